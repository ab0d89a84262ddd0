"""Producers: connections that post batches, as fast as they are answered or at a rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from .floor import PATH
from .processes import Failure
from .traffic import Batch, mark

CONNECTIONS: Final = 4
WARM_SECONDS: Final = 0.15
_LATE_SECONDS: Final = 20.0
"""How much longer than planned a run may take before it counts as hung."""


class Producer(asyncio.Protocol):
    """One kept connection; `post` sends a request, and `answered` of its source is told of the answer."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._transport: asyncio.Transport | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def connection_lost(self, exc: Exception | None) -> None:
        self._source.lost()

    def post(self, request: bytes) -> None:
        assert self._transport is not None
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        data = self._data + data
        end = data.find(b"\r\n\r\n")
        at = data.lower().find(b"content-length: ", 0, end) + 16
        if end < 0 or len(data) < end + 4 + int(data[at : data.index(b"\r\n", at)]):
            self._data = data
            return
        self._data = b""
        self._source.answered(self, data)


class Source:
    """All producers of one service. `sent` and `numbers` (their sum) count the batches that were taken."""

    def __init__(self, port: int, key: str, batch: Batch) -> None:
        self.port = port
        self.batch = batch
        self.sent = 0
        self.numbers = 0
        self._started = 0
        self._key = key
        self._before = self.head(batch.size) + batch.before
        self._free: list[Producer] = []
        self._pending: dict[Producer, int] = {}
        self._stop = 0.0  # loop time
        self._closed_loop = True
        self._failed: str | None = None
        self._idle = asyncio.Event()
        self._available = asyncio.Event()

    def head(self, size: int) -> bytes:
        """Of a request with a body of so many bytes."""
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        )
        return head.encode()

    def request(self, number: int) -> bytes:
        """The next to post."""
        return b"".join((self._before, mark(number, time.perf_counter_ns()), self.batch.after))

    async def connect(self, connections: int = CONNECTIONS) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, producer = await loop.create_connection(lambda: Producer(self), "127.0.0.1", self.port)
            self._free.append(producer)

    def close(self) -> None:
        self._failed = self._failed or "closed"
        for producer in [*self._free, *self._pending]:
            producer.close()

    async def run(self, seconds: float, rate: float = 0.0) -> float:
        """Posts for so long, `rate` batches a second or (0) as fast as answers come. Returns the wall seconds it took.

        Ends when all is answered. Raises Failure at the first answer but 200.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._stop = began + seconds
        self._closed_loop = rate == 0.0
        self._idle.clear()
        async with asyncio.timeout(seconds + _LATE_SECONDS):
            if self._closed_loop:
                for producer in list(self._free):
                    self._post(producer)
            else:
                await self._pace(began, seconds, rate)
            if self._pending:
                await self._idle.wait()
        if self._failed is not None:
            raise Failure(self._failed)
        return loop.time() - began

    async def _pace(self, began: float, seconds: float, rate: float) -> None:
        loop = asyncio.get_running_loop()
        for number in range(round(seconds * rate)):
            # Who is behind goes on without a pause: the rate holds on the whole.
            if (early := began + number / rate - loop.time()) > 0:
                await asyncio.sleep(early)
            while not self._free and self._failed is None:
                self._available.clear()
                await self._available.wait()
            if self._failed is not None:
                return
            self._post(self._free[0])  # each in its turn: one that nobody uses, the server would close

    def _post(self, producer: Producer) -> None:
        self._idle.clear()
        self._free.remove(producer)
        self._pending[producer] = number = self._started
        self._started += 1
        producer.post(self.request(number))

    def answered(self, producer: Producer, answer: bytes) -> None:
        number = self._pending.pop(producer)
        self._free.append(producer)
        if not answer.startswith(b"HTTP/1.1 200") or (b'"rejected":' in answer and b'"rejected":0' not in answer):
            self._failed = f"a batch was answered {answer.decode(errors='replace')[:300]!r}"
        else:
            self.sent += 1
            self.numbers += number
        if self._closed_loop and self._failed is None and asyncio.get_running_loop().time() < self._stop:
            self._post(producer)
        self._available.set()
        if not self._pending:
            self._idle.set()

    def lost(self) -> None:
        self._failed = self._failed or "the server has closed a producer's connection"
        self._available.set()
        self._idle.set()


@asynccontextmanager
async def source(port: int, key: str, batch: Batch) -> AsyncIterator[Source]:
    """Connected and warm: the key is verified, the paths have been gone once."""
    found = Source(port, key, batch)
    try:
        await found.connect()
        await found.run(WARM_SECONDS)
        yield found
    finally:
        found.close()
