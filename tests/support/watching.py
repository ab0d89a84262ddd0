"""A watcher for tests: the stream's WebSocket, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from .serving import Server

Message = dict[str, Any]

SECONDS = 60.0
"""What does not come within these does not come at all."""


class Watching:
    """One connected socket. Every wait has a deadline."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send_json(message)

    async def next(self, kind: str | None = None) -> Message:
        """The next message, of `kind` where one is named; others before it are an error."""
        message: Message = await self.socket.receive_json(timeout=SECONDS)
        assert kind is None or message["type"] == kind, message
        return message

    async def entries(self, count: int) -> list[Message]:
        """The next `count` entries, which may come in several messages; anything else is an error."""
        found: list[Message] = []
        while len(found) < count:
            found += (await self.next("entries"))["entries"]
        assert len(found) == count, [entry["seq"] for entry in found]
        return found

    async def closed(self) -> int | None:
        """The close code; whatever comes before it is passed over."""
        while True:
            message = await self.socket.receive(timeout=SECONDS)
            if message.type is aiohttp.WSMsgType.CLOSE:
                code: int = message.data
                return code
            if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR):
                return self.socket.close_code


async def until(condition: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Lets the loop turn until `condition` holds: for what the server does and nobody is told of. So long at most."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # there is no event to wait for, that is why
            await asyncio.sleep(0.001)


@asynccontextmanager
async def connected(server: Server, **options: Any) -> AsyncIterator[Watching]:
    """A socket that has said nothing yet."""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{server.api}/stream", max_msg_size=2**20, **options) as socket,
    ):
        yield Watching(socket)


@asynccontextmanager
async def watching(server: Server, token: str, **watch: Any) -> AsyncIterator[tuple[Watching, Message]]:
    """A socket that has sent `watch`, and the `watching` that answered it."""
    async with connected(server) as watcher:
        await watcher.send(type="watch", token=token, **watch)
        yield watcher, await watcher.next("watching")
