"""Somebody who does what is right while others do what is wrong, and is served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from .weighing import Watched, Weighed

_BATCH = b'{"logs":[{"level":"info","message":"GET /api/users","statusCode":200}]}'


async def status(reader: asyncio.StreamReader, seconds: float = 60) -> int:
    """That of the next answer, whose body is read as well; it has to come within `seconds`."""
    async with asyncio.timeout(seconds):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
    return int(head.split(b" ")[1])


class Neighbour:
    """A producer with one connection, one small batch at a time. `answered` counts them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
        self._reader = reader
        self._writer = writer
        self.answered = 0
        head = f"POST /api/v1/ingest/logs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        self._request = head.encode() + b"Content-Length: %d\r\n\r\n" % len(_BATCH) + _BATCH

    async def send(self, count: int) -> None:
        """Sends `count` batches, one after the other; each is answered with 200."""
        for _ in range(count):
            self._writer.write(self._request)
            assert await status(self._reader) == 200
            self.answered += 1
            await asyncio.sleep(0.002)  # below the rate of a key


@asynccontextmanager
async def neighbour(it: Weighed, service: Watched) -> AsyncIterator[Neighbour]:
    """One of `service`, whose key is known to the server from here on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
    try:
        found = Neighbour(reader, writer, service.key)
        await found.send(1)
        yield found
    finally:
        writer.close()


@asynccontextmanager
async def crowd(size: int, member: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """`size` of them do what `member` does, again and again until the end of the block; none of them may fail."""

    async def again() -> None:
        while True:
            await member()

    tasks = [asyncio.create_task(again()) for _ in range(size)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
