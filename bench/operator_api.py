"""The operator's side of a measured server: signs in with a one-time link and makes what a case needs."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .processes import Failure, Measured, kept_in, run


class Operator:
    """Signed in from the start. Any answer but 2xx raises Failure. `where` are further flags of commands."""

    def __init__(self, server: Measured, database: Path, where: Sequence[str] = ()) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        self._cookie = ""
        self._place = (*kept_in(database, where), "--port", str(server.port), *where)
        self._call("POST", "/auth/token", {"token": self.link().partition("#token=")[2]})

    def close(self) -> None:
        self._connection.close()

    def link(self) -> str:
        """A fresh one-time sign-in link."""
        _, printed = run("-m", "spectrix_lite", "url", *self._place)
        return printed.strip()

    def service(self, name: str) -> str:
        """The new service's id."""
        return str(self._call("POST", "/services", {"name": name})["id"])

    def key(self, service: str) -> str:
        """A new stream key, secret and all."""
        return str(self._call("POST", f"/services/{service}/stream-keys", {"name": "bench"})["key"])

    def token(self, service: str, ttl: int = 3600) -> str:
        """A new session's token, good for `ttl` seconds."""
        return str(self._call("POST", f"/services/{service}/sessions", {"ttl": ttl})["token"])

    def read_token(self) -> str:
        """A new token that reads every service."""
        return str(self._call("POST", "/read-tokens", {"name": "bench"})["token"])

    def alert(self, body: dict[str, Any]) -> str:
        """The new alert's id."""
        return str(self._call("POST", "/alerts", body)["id"])

    def behind(self) -> dict[str, int]:
        """By each alert's query, how many entries it has not looked at since its last notice."""
        return {str(alert["query"]): int(alert["behind"]) for alert in self._call("GET", "/alerts")["alerts"]}

    def stats(self) -> list[dict[str, Any]]:
        """Every service's statistics."""
        return [service["stats"] for service in self._call("GET", "/services")["services"]]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Cookie": self._cookie} if self._cookie else {}
        text = None if body is None else json.dumps(body)
        if text is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, f"/api/v1{path}", text, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise Failure(f"{method} {path}: {answer.status} {content.decode()[:300]}")
        self._cookie = (answer.getheader("Set-Cookie") or self._cookie).partition(";")[0]
        return json.loads(content) if content else None
