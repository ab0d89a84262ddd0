"""A whole server for a test: real sockets, a database of its own, argon2 at its cheapest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from spectrix_lite.access.hashing import Argon2Thread, Cost
from spectrix_lite.access.sessions import Session
from spectrix_lite.app import make_app
from spectrix_lite.core.clock import Clock
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import BodyStalled
from spectrix_lite.entries.entry import split_run
from spectrix_lite.server.context import CONTEXT, Context
from spectrix_lite.server.listener import Listener, listen
from spectrix_lite.server.problems import ANSWERED

CHEAP = Cost(passes=1, memory=8, lanes=1)


@dataclass(frozen=True)
class Server:
    """A running server and shortcuts past its operator API."""

    app: web.Application
    listener: Listener
    port: int

    @property
    def context(self) -> Context:
        return self.app[CONTEXT]

    @property
    def host(self) -> str:
        """What a browser sends as `Host`."""
        return f"127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"http://{self.host}"

    @property
    def api(self) -> str:
        return f"{self.base_url}/api/v1"

    def held(self, service_id: str) -> list[bytes]:
        """What the service's ring buffer holds, oldest first."""
        ring = self.context.hub.channel(service_id).ring
        entries = [entry for run in ring.after(ring.oldest - 1) for entry in split_run(run.encoded)]
        return entries[len(entries) - len(ring) :]

    def stalls(self) -> int:
        """How many bodies it has given up waiting for since it was asked last. Who means to stall has to ask."""
        return self.app[ANSWERED].pop(BodyStalled.status, 0)

    @asynccontextmanager
    async def anyone(self, headers: dict[str, str] | None = None) -> AsyncIterator[aiohttp.ClientSession]:
        """A client that keeps cookies, not signed in; relative addresses begin at the server's root."""
        async with aiohttp.ClientSession(
            self.base_url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers=headers, auto_decompress=True
        ) as client:
            yield client

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client with the sign-in cookie. Without an `Origin`, as a program sends, not a browser."""
        async with self.anyone() as client:
            await self.sign_in(client)
            yield client

    async def sign_in(self, client: aiohttp.ClientSession) -> None:
        token = await self.context.authority.operator.new_link()
        async with client.post("/api/v1/auth/token", json={"token": token}) as answer:
            assert answer.status == 204, await answer.text()

    async def create_service(self, name: str = "Production API") -> str:
        """The new service's id."""
        return (await self.context.authority.create_service(name)).id

    async def create_key(self, service_id: str, name: str = "backend") -> str:
        """The new stream key, secret and all."""
        _, key = await self.context.authority.create_stream_key(service_id, name)
        return key

    async def create_session(self, service_id: str, **options: Any) -> tuple[Session, str]:
        """A session and its token."""
        return await self.context.authority.create_session(service_id, **options)


async def check_problem(answer: aiohttp.ClientResponse, status: int, code: str) -> dict[str, Any]:
    """Asserts that `answer` is this problem, in the shape that all errors have; the problem."""
    assert (answer.status, answer.content_type) == (status, "application/problem+json"), await answer.text()
    problem: dict[str, Any] = await answer.json(content_type=None)
    place = {"from", "to"} if code == "invalid_query" else set()
    assert set(problem) == {"type", "title", "status", "detail", "code"} | place
    assert (problem["status"], problem["code"]) == (status, code)
    return problem


@asynccontextmanager
async def serving(config: Config, clock: Clock, **parts: Any) -> AsyncIterator[Server]:
    """Starts a server for `config`, whose port should be 0, and stops it in the end. `parts`: see `make_app`."""
    cheap: dict[str, Any] = {"key_hasher": Argon2Thread(CHEAP), "password_hasher": Argon2Thread(CHEAP), "penalty": 0.0}
    app = make_app(config, clock, **(cheap | parts))
    listener = await listen(app, config)
    server = Server(app, listener, listener.port)
    try:
        yield server
    finally:
        await listener.close()
    assert server.stalls() == 0, "a body was not read to its end, and its sender got 408"
