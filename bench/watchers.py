"""Watchers: WebSocket clients that count what they get, as cheaply as they can, for they share a core."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, cast

from .load import Source
from .processes import Failure
from .traffic import MARK, MARK_SIZE, Filter, let_through, read_mark

_SEQ: Final = b'"seq":'
_GAP: Final = b'"type":"gap"'
_CONNECT_SECONDS: Final = 20.0
SETTLE_SECONDS: Final = 3.0
_CLOSE, _PING = 8, 9


class FrameWalk:
    """Finds the frames in a stream of bytes without putting them together: only their heads are looked at."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def feed(self, data: bytes) -> list[int]:
        """The opcodes of the frames that begin in `data`."""
        found: list[int] = []
        if self._head:
            data, self._head = self._head + data, b""
        at = self._left
        while at < len(data):
            size = _head_size(data, at)
            if size is None:
                self._head = data[at:]
                break
            found.append(data[at] & 0x0F)
            at += sum(size)
        self._left = max(0, at - len(data)) if not self._head else 0
        return found


def _head_size(data: bytes, at: int) -> tuple[int, int] | None:
    """(size of the head, of the payload) of the unmasked frame at `at`; None where the head is not all there."""
    length = data[at + 1] if len(data) > at + 1 else 0
    head = {126: 4, 127: 10}.get(length, 2)
    if len(data) < at + head:
        return None
    if head > 2:
        length = struct.unpack_from("!H" if head == 4 else "!Q", data, at + 2)[0]
    return head, length


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame of less than 64 KiB. The mask is zero: it has to be there, nobody says that it must hide."""
    head = bytes([0x80 | opcode, 0x80 | len(payload)]) if len(payload) < 126 else b""
    return (head or struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload))) + bytes(4) + payload


class Watcher(asyncio.Protocol):
    """Counts marks (`marks`, the sum of their batches' `numbers`), or with a filter the entries; gaps always.

    `latencies` are milliseconds from the sending of a marked batch to its arrival here.
    """

    def __init__(self, port: int, token: str, filter_: Filter | None = None) -> None:
        self.marks = 0
        self.numbers = 0
        self.entries = 0
        self.gaps = 0
        self.received = 0  # bytes
        self.latencies: list[float] = []
        self.filter = filter_
        self.problem: str | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._port = port
        self._token = token
        self._transport: asyncio.Transport | None = None
        self._answer: bytes | None = b""  # None when it has come
        self._walk = FrameWalk()
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        nonce = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.problem = self.problem or "the server has closed a watcher's connection"
        if not self.ready.done():
            self.ready.set_exception(Failure(self.problem))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._answer is not None:
            self._answer += data
            if b"\r\n\r\n" not in self._answer:
                return
            head, _, data = self._answer.partition(b"\r\n\r\n")
            self._answer = None
            if not head.startswith(b"HTTP/1.1 101"):
                self.problem = f"a watcher was refused: {head.decode()[:200]}"
                self.close()
                return
            watch = {"type": "watch", "token": self._token, "backlog": 0, "filter": self.filter}
            self._write(masked(1, json.dumps(watch).encode()))
        self.received += len(data)
        for opcode in self._walk.feed(data):
            if opcode == _PING:
                self._write(masked(10, b""))
            elif opcode == _CLOSE:
                self.problem = f"the server has closed a watcher: {data[-60:]!r}"
        if not self.ready.done() and b'"type":"watching"' in data:
            self.ready.set_result(None)
        self.look(data)

    def _write(self, frame: bytes) -> None:
        assert self._transport is not None
        self._transport.write(frame)

    def look(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        if self.filter is not None:
            self.entries += self._count(_SEQ, data)
        self.gaps += self._count(_GAP, data)
        # The tail is a byte shorter than a mark: one that begins in it ends in what has come now, or later.
        seam = self._tail + data[:MARK_SIZE]
        at = seam.find(MARK, 0, len(self._tail) + len(MARK) - 1)
        while at >= 0:
            self._note(seam, at, now)
            at = seam.find(MARK, at + 1, len(self._tail) + len(MARK) - 1)
        at = data.find(MARK)
        while at >= 0:
            self._note(data, at, now)
            at = data.find(MARK, at + 1)
        self._tail = (self._tail + data[1 - MARK_SIZE :])[1 - MARK_SIZE :]

    def _count(self, text: bytes, data: bytes) -> int:
        """How often `text` ends in `data`, also where it begins in what came before."""
        rest = len(text) - 1
        return data.count(text) + (self._tail[-rest:] + data[:rest]).count(text)

    def _note(self, data: bytes, at: int, now: int) -> None:
        found = read_mark(data, at)
        if found is not None:
            self.marks += 1
            self.numbers += found[0]
            self.latencies.append((now - found[1]) / 1e6)


class Audience:
    """The watchers of one source, and what they should have got of it since they are there."""

    def __init__(self, source: Source, watchers: Sequence[Watcher]) -> None:
        self.watchers = watchers
        self._source = source
        self._sent, self._numbers = source.sent, source.numbers
        self._each = [0 if one.filter is None else let_through(one.filter, source.batch) for one in watchers]

    def lost(self) -> int:
        """Deliveries that are missing or came more often than once: marked entries, where there are filters entries.

        Raises Failure where a watcher is gone.
        """
        sent, numbers = self._source.sent - self._sent, self._source.numbers - self._numbers
        lost = 0
        for watcher, each in zip(self.watchers, self._each, strict=True):
            if watcher.problem is not None:
                raise Failure(watcher.problem)
            if watcher.filter is not None:
                lost += abs(sent * each - watcher.entries)
            else:
                lost += abs(sent - watcher.marks) or watcher.numbers != numbers
        return lost

    async def settle(self) -> None:
        """Waits until all is delivered, a while at most."""
        until = time.perf_counter() + SETTLE_SECONDS
        while self.lost() and time.perf_counter() < until:  # noqa: ASYNC110  an event would cost every delivery
            await asyncio.sleep(0.002)

    def latencies(self) -> list[float]:
        """Milliseconds of all marked entries."""
        return [each for watcher in self.watchers for each in watcher.latencies]

    def close(self) -> None:
        for watcher in self.watchers:
            watcher.close()


def _same(watcher: Watcher) -> Watcher:
    return watcher


@asynccontextmanager
async def audience(
    source: Source, token: str, count: int, filters: Sequence[Filter | None] = (None,)
) -> AsyncIterator[Audience]:
    """`count` watchers of the source's service, which take turns with the filters."""
    watchers: list[Watcher] = []
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            for index in range(count):
                watcher = Watcher(source.port, token, filters[index % len(filters)])
                watchers.append(watcher)
                await asyncio.get_running_loop().create_connection(partial(_same, watcher), "127.0.0.1", source.port)
                await watcher.ready
        yield Audience(source, watchers)
    finally:
        for watcher in watchers:
            watcher.close()
