"""A server as an operator runs it: one database and one port, over which its process may end and come back."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from ...support.processes import SECONDS, ServerProcess, run, server


class Watched(NamedTuple):
    """A service, one stream key of it, and the token of one session."""

    id: str
    name: str
    key: str
    token: str


class Site:
    """Made stopped. `flags` are those of `serve`."""

    def __init__(self, folder: Path, flags: tuple[str, ...]) -> None:
        self.port = free_port()
        self._folder = folder
        self._flags = flags
        self._cookie = ""
        self._numbers = count(1)
        self._life = ExitStack()
        self._process: ServerProcess | None = None

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.base_url}/api/v1"

    # Its process

    def begin(self) -> None:
        """Returns when it listens. Blocks the loop, where there is one."""
        life = server("--port", str(self.port), *self._flags, cwd=self._folder)
        self._process = self._life.enter_context(life)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it with a signal; its exit status, once it is gone. It must have had nothing to complain of.

        Blocks the loop: no close frame goes out meanwhile.
        """
        process, self._process = self._process, None
        assert process is not None
        process.send(number)
        status = process.wait()
        complaints = process.complaints()
        self._life.close()
        assert complaints == ""
        return status

    async def start(self) -> None:
        """As `begin`, beside the loop."""
        await asyncio.to_thread(self.begin)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """As `end`, beside the loop."""
        return await asyncio.to_thread(self.end, number)

    def leave(self) -> None:
        """Ends it as an operator would, if it runs; whatever happens, nothing of it stays."""
        with self._life:
            assert self._process is None or self.end() == 0

    # Its operator

    def sign_in(self) -> None:
        """By a link that the command line gives."""
        said = run("url", "--port", str(self.port), cwd=self._folder)
        with self._ask("auth/token", {"token": said.stdout.strip().partition("#token=")[2]}) as answer:
            self._cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def service(self, name: str) -> Watched:
        """A new one of this name and a number, with a stream key and a session."""
        made = self.ask("services", {"name": f"{name} {next(self._numbers)}"})
        key = self.ask(f"services/{made['id']}/stream-keys", {"name": "backend"})["key"]
        token = self.ask(f"services/{made['id']}/sessions", {})["token"]
        return Watched(made["id"], made["name"], key, token)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the operator API answers to a GET, or to a POST of `body`."""
        with self._ask(path, body) as answer:
            return json.load(answer)

    def _ask(self, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Cookie": self._cookie}
        request = urllib.request.Request(f"{self.api}/{path}", data, headers)  # noqa: S310  a test's own server
        return urllib.request.urlopen(request, timeout=SECONDS)  # noqa: S310  likewise


@contextmanager
def opened(folder: Path, *flags: str) -> Iterator[Site]:
    """A running site with a new database in `folder`, its operator signed in."""
    site = Site(folder, flags)
    try:
        site.begin()
        site.sign_in()
        yield site
    finally:
        site.leave()


def free_port() -> int:
    """One below those that the system gives to clients: what connects to a server that is down must not meet itself."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
