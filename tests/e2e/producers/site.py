"""A server as an operator runs it: one database and one port, over which its process may end and come back."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from ...processes import ServerProcess, run, server
from .follower import Follower


class Watched(NamedTuple):
    """A service, one stream key of it, and the token of one session."""

    id: str
    name: str
    key: str
    token: str


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


class Site:
    """Made stopped. `operator` is signed in from the first start on."""

    def __init__(self, folder: Path, flags: tuple[str, ...], stack: AsyncExitStack) -> None:
        self.port = free_port()
        self.operator: aiohttp.ClientSession
        self._folder = folder
        self._flags = flags
        self._stack = stack
        self._life = ExitStack()
        self._process: ServerProcess | None = None

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.base_url}/api/v1"

    async def start(self) -> None:
        """Returns when it listens."""
        life = server("--port", str(self.port), *self._flags, cwd=self._folder)
        self._process = await asyncio.to_thread(self._life.enter_context, life)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it with a signal; its exit status, once it is gone. It must have had nothing to complain of."""
        process, self._process = self._process, None
        assert process is not None
        process.send(number)
        status = await asyncio.to_thread(process.wait)
        errors = process.errors()
        self._life.close()
        assert errors == ""
        return status

    async def sign_in(self) -> None:
        """By a link that the command line gives."""
        said = await asyncio.to_thread(run, "url", "--port", str(self.port), cwd=self._folder)
        token = said.stdout.strip().partition("#token=")[2]
        self.operator = await self._stack.enter_async_context(
            aiohttp.ClientSession(self.base_url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        async with self.operator.post("/api/v1/auth/token", json={"token": token}) as answer:
            assert answer.status == 204, await answer.text()

    async def create(self, path: str, **fields: Any) -> Any:
        """What the operator API answers to a POST that makes something."""
        async with self.operator.post(f"/api/v1/{path}", json=fields) as answer:
            assert answer.status == 201, await answer.text()
            return await answer.json()

    async def service(self, name: str) -> Watched:
        """A new one, with a stream key and a session."""
        service_id = (await self.create("services", name=name))["id"]
        key = (await self.create(f"services/{service_id}/stream-keys", name="backend"))["key"]
        token = (await self.create(f"services/{service_id}/sessions"))["token"]
        return Watched(service_id, name, key, token)

    async def follow(self, service: Watched) -> Follower:
        """A watcher from the first entry on, connected; it leaves when the site does."""
        follower = await self._stack.enter_async_context(Follower(f"{self.api}/stream", service.token))
        await follower.connect()
        return follower

    async def end(self) -> None:
        """Whatever state it is in."""
        if self._process is not None:
            assert await self.stop() == 0


@asynccontextmanager
async def opened(folder: Path, *flags: str) -> AsyncIterator[Site]:
    """A running site with a new database in `folder`, signed in; `flags` are those of `serve`."""
    async with AsyncExitStack() as stack:
        site = Site(folder, flags, stack)
        stack.callback(site._life.close)
        await site.start()
        await site.sign_in()
        yield site
        await site.end()
