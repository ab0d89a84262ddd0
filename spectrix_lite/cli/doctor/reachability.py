"""Reachability checks of `doctor`: the way from a client through whatever stands between to the server, and back."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from ...core.config import Config
from ...core.errors import SpectrixError, StartupError
from ...server.ingest.refusals import PROBE
from ..access import is_kept_here
from ..address import INGEST, STREAM, local_url, public_url
from ..program import hint
from ..settings import SERVER
from .finding import Finding, fail, ok, warn
from .visit import read_json, stranger, visiting

SECONDS: Final = 5.0
SKEW_SECONDS: Final = 5.0
_HOW: Final = "docs/self-host has files to copy for nginx, Caddy and Traefik."


async def ways(config: Config, url: str | None, patience: float = SECONDS) -> list[Finding]:
    """The way to the server on this machine, and the one that others go, where there is another.

    No step takes longer than `patience` seconds.
    """
    direct, public = local_url(config), (url or public_url(config)).rstrip("/")
    findings = [] if url is not None and not await asyncio.to_thread(Path(config.db).exists) else [await near(config)]
    if findings and findings[0].outcome == "fail":
        return findings
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=patience), cookie_jar=aiohttp.DummyCookieJar()
    ) as client:
        return [*findings, *await Way(client, config, public, public != direct, patience).examine()]


async def near(config: Config) -> Finding:
    """Whether the server runs here and is ready."""
    base = local_url(config)
    port = config.port
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as client,
            client.get(f"{base}/readyz") as answer,
        ):
            server, body = answer.headers.get("Server", ""), await read_json(answer)
    except aiohttp.ClientConnectorError:
        start = hint(config, "serve", takes=SERVER)
        return fail("server", f"nothing listens at {base}", f"Start it: {start}; or give its --host and --port.")
    except (aiohttp.ClientError, TimeoutError):
        return fail("server", f"what listens at {base} does not speak HTTP", f"Find it: ss -ltnp 'sport = :{port}'")
    if server != "spectrix-lite":
        told = f"another program answers at {base}"
        return fail("server", told, f"Find it: ss -ltnp 'sport = :{port}'; stop it, or give another --port.")
    if body.get("status") != "ok":
        return fail("server", f"it runs, and is not ready: {body.get('code', 'no reason given')}", _sentence(body))
    return ok("server", f"runs at {base} and takes writes")


class Way:
    """One address, step by step; where a step fails, those that build on it are left out."""

    def __init__(self, client: aiohttp.ClientSession, config: Config, url: str, proxied: bool, patience: float) -> None:
        self._client = client
        self._config = config
        self._url = url
        self._proxied = proxied
        self._patience = patience

    async def examine(self) -> list[Finding]:
        reached = await self._reach()
        if reached[-1].outcome == "fail":
            return reached
        return [*reached, *await self._origin(), *await self._headers(), *await self._stream(), await self._body()]

    async def _reach(self) -> list[Finding]:
        """Whether our server is at the other end, and what time it is there."""
        url = self._url
        try:
            async with self._client.get(f"{url}/api/v1/auth/me", allow_redirects=False) as answer:
                status, date, body = answer.status, answer.headers.get("Date"), await read_json(answer)
        except aiohttp.ClientConnectorCertificateError:
            remedy = "Get a certificate from an authority, or point SSL_CERT_FILE at your own for this command."
            return [fail("address", f"the certificate of {url} is not one that this machine trusts", remedy)]
        except aiohttp.ClientConnectorDNSError:
            return [fail("address", f"the name in {url} leads nowhere", "Set its DNS record to this machine.")]
        except (aiohttp.ClientError, TimeoutError) as problem:
            told = f"{url} cannot be reached ({type(problem).__name__})"
            return [fail("address", told, "Start the proxy, and let the firewall pass its port.")]
        if body.get("code") == "misdirected":
            return [
                fail(
                    "host",
                    f"at {url} the server is called by a name that is not its own",
                    f"Start it with --public-url {url}, and let the proxy pass Host. {_HOW}",
                )
            ]
        if status in (502, 503, 504) and "code" not in body:
            told = f"the proxy at {url} answers {status}: it does not reach the server"
            return [fail("address", told, f"Let it pass requests on to {local_url(self._config)}. {_HOW}")]
        if "signedIn" not in body:
            told = f"another program answers at {url}, with {status}"
            return [fail("address", told, f"Let it pass every path on to the server. {_HOW}")]
        return [ok("address", f"{url} leads to a server of version {body.get('version', '?')}"), *_skew(date)]

    async def _origin(self) -> list[Finding]:
        """Whether a page of ours may change something there, as browsers ask."""
        headers = {"Origin": self._url, "Sec-Fetch-Site": "same-origin"}
        async with self._client.post(f"{self._url}/api/v1/auth/logout", headers=headers) as answer:
            body = await read_json(answer)
        if body.get("code") == "sign_in_required":
            return [ok("host", "Host and scheme arrive as a browser sends them")]
        if body.get("code") == "bad_origin":
            return [
                fail(
                    "host",
                    f"the server does not know that it is opened as {self._url}: nobody can sign in there",
                    f"Start it with --public-url {self._url}, and let the proxy pass Host with its port. {_HOW}",
                )
            ]
        told = f"a POST is answered {answer.status} on its way"
        return [fail("host", told, f"Let the proxy pass every method. {_HOW}")]

    async def _headers(self) -> list[Finding]:
        """What the server sees of a client, told by itself to who signs in."""
        if not self._proxied:
            return []
        if not await asyncio.to_thread(is_kept_here, self._config):
            remedy = "Ask on the server's own machine, with its --db."
            return [warn("headers", "what the proxy adds was not looked at, for there is no database here", remedy)]
        try:
            async with visiting(self._client, self._config, self._url) as headers:
                if headers is None:
                    return [replace(stranger(self._config, self._url), check="headers")]
                async with self._client.get(f"{self._url}/api/v1/auth/connection", headers=headers) as answer:
                    seen = await read_json(answer)
        except (SpectrixError, StartupError):
            return [warn("headers", "what the proxy adds was not looked at", "Mend the database first.")]
        return [seen_as(seen, self._url)]

    async def _stream(self) -> list[Finding]:
        """Whether a WebSocket gets through, and what it carries at once."""
        try:
            socket = await self._client.ws_connect(f"{self._url}{STREAM}", origin=self._url, autoping=False)
        except aiohttp.WSServerHandshakeError as refusal:
            return [
                fail(
                    "websocket",
                    f"the upgrade is answered {refusal.status}: nobody can watch",
                    f"Let the proxy speak HTTP/1.1 to the server and pass Upgrade and Connection. {_HOW}",
                )
            ]
        except (aiohttp.ClientError, TimeoutError) as problem:
            told = f"the upgrade breaks off ({type(problem).__name__}): nobody can watch"
            return [fail("websocket", told, f"Let the proxy pass WebSockets. {_HOW}")]
        began = time.monotonic()
        async with socket:
            await socket.ping(b"doctor")
            try:
                message = await socket.receive(timeout=self._patience)
            except TimeoutError:
                message = None
        if message is None or message.type is not aiohttp.WSMsgType.PONG:
            told = "a WebSocket opens, but nothing comes back through it: entries would be held up or lost"
            return [ok("websocket", "opens"), fail("stream", told, f"Turn buffering off in the proxy. {_HOW}")]
        took = (time.monotonic() - began) * 1000
        return [ok("websocket", "opens"), ok("stream", f"an answer comes back after {took:.0f} ms")]

    async def _body(self) -> Finding:
        """Whether a body as large as the server takes is let through: announced, and never sent."""
        size = self._config.max_body
        parts = urlsplit(self._url)
        secure = parts.scheme == "https"
        head = (
            f"POST {INGEST} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {size}\r\nExpect: 100-continue\r\nUser-Agent: {PROBE}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(self._patience):
                reader, writer = await asyncio.open_connection(
                    parts.hostname, parts.port or (443 if secure else 80), ssl=True if secure else None
                )
                try:
                    writer.write(head.encode("ascii"))
                    status = (await reader.readline()).split(b" ")[1:2]
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return warn("body", "whether large bodies are let through was not to be found out", "Ask again.")
        if status == [b"413"]:
            return fail(
                "body",
                f"the proxy refuses bodies of {size} bytes, which the server takes: producers lose entries",
                f"Raise its limit (nginx: client_max_body_size 64m). {_HOW}",
            )
        return ok("body", f"bodies of {size} bytes are let through")


def seen_as(seen: dict[str, Any], url: str) -> Finding:
    """What the server says of a client that came by `url` through a proxy."""
    peer, forwarded = seen.get("peer", "?"), set(seen.get("forwarded", ()))
    if seen.get("origin") != _origin(url):
        told = f"the server takes {url} for {seen.get('origin')}"
        return fail("headers", told, f"Let the proxy pass Host with its port, and give --public-url {url}. {_HOW}")
    if not forwarded & {"X-Forwarded-For", "Forwarded"}:
        told = f"the proxy at {peer} does not say who asks: all clients share one limit for wrong passwords"
        return fail("headers", told, f"Let it send X-Forwarded-For. {_HOW}")
    if not seen.get("peerTrusted"):
        told = f"what the proxy at {peer} says of clients is not believed: all share one limit for wrong passwords"
        return fail("headers", told, f"Start the server with --trusted-proxy {peer}")
    if not forwarded & {"X-Forwarded-Proto", "Forwarded"}:
        told = f"the proxy at {peer} does not say whether TLS was used"
        return fail("headers", told, f"Let it send X-Forwarded-Proto. {_HOW}")
    return ok("headers", f"the server sees this machine as {seen.get('address')}, by the proxy at {peer}")


def _skew(date: str | None) -> list[Finding]:
    """How the clock here differs from the one at the other end; nothing where that does not tell its time."""
    try:
        there = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return []
    off = abs(time.time() - there)
    if off > SKEW_SECONDS:
        told = f"the clocks here and at the server differ by {off:.0f} s"
        return [fail("clock", told, "Set both by NTP: timedatectl set-ntp true")]
    return [ok("clock", "the same here and at the server")]


def _origin(url: str) -> str:
    """As the server writes its own: without a default port."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, default) else f":{parts.port}")


def _sentence(body: dict[str, Any]) -> str:
    return str(body.get("detail") or "Look at its log.")
