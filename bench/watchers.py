"""Watchers: WebSocket clients that count what they get, as cheaply as they can, for they share a core."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
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
_LONGEST_HEAD: Final = 10
_READ: Final = 256 * 1024
_WINDOW: Final = 1024 * 1024
_CONNECT_SECONDS: Final = 20.0
SETTLE_SECONDS: Final = 3.0
_CLOSE, _PING = 8, 9


class FrameWalk:
    """Finds the frames in a stream of bytes without putting them together: only their heads are looked at."""

    def __init__(self) -> None:
        self._head = b""  # the beginning of a head that is not all there
        self._left = 0  # bytes of the present frame that are still to come

    def feed(self, data: bytes | bytearray, size: int) -> list[int]:
        """The opcodes of the frames whose heads end in the first `size` bytes of `data`."""
        found: list[int] = []
        at = self._left
        if self._head:
            start = self._head + data[: min(size, _LONGEST_HEAD)]
            length = _frame_size(start, 0, len(start))
            if length is None:
                self._head = start
                return found
            found.append(start[0] & 0x0F)
            at = length - len(self._head)
            self._head = b""
        while at < size:
            length = _frame_size(data, at, size)
            if length is None:
                self._head = bytes(data[at:size])
                self._left = 0
                return found
            found.append(data[at] & 0x0F)
            at += length
        self._left = at - size
        return found


def _frame_size(data: bytes | bytearray, at: int, stop: int) -> int | None:
    """The size of the unmasked frame at `at`, head and all; None where its head goes beyond `stop`."""
    length = data[at + 1] if stop > at + 1 else 0
    head = {126: 4, 127: _LONGEST_HEAD}.get(length, 2)
    if stop < at + head:
        return None
    if head > 2:
        length = struct.unpack_from("!H" if head == 4 else "!Q", data, at + 2)[0]
    return head + length


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame of less than 64 KiB. The mask is zero: it has to be there, nobody says that it must hide."""
    head = bytes([0x80 | opcode, 0x80 | len(payload)]) if len(payload) < 126 else b""
    return (head or struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload))) + bytes(4) + payload


class Watcher(asyncio.BufferedProtocol):
    """Counts marks (`marks`, the sum of their batches' `numbers`), and with a filter the entries.

    Reads into `buffer`, which watchers of one loop may share: it is looked through before another one reads.
    `latencies` are milliseconds from the sending of a marked batch to its arrival here.
    """

    def __init__(self, port: int, token: str, filter_: Filter | None = None, buffer: bytearray | None = None) -> None:
        self.marks = 0
        self.numbers = 0
        self.entries = 0
        self.latencies: list[float] = []
        self.filter = filter_
        self.problem: str | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = bytearray(_READ) if buffer is None else buffer
        self._port = port
        self._token = token
        self._transport: asyncio.Transport | None = None
        self._answer: bytes | None = b""  # None when it has come
        self._walk = FrameWalk()
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        # As large as a browser's grows in time: what the server can write at once should not depend on how warm it is.
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW)
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

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data, size = self._buffer, nbytes
        if self._answer is not None:
            self._answer += data[:size]
            if b"\r\n\r\n" not in self._answer:
                return
            self._check(self._answer)  # no frame comes before our first message
            self._answer = None
            return
        for opcode in self._walk.feed(data, size):
            if opcode == _PING:
                self._write(masked(10, b""))
            elif opcode == _CLOSE:
                self.problem = f"the server has closed a watcher: {bytes(data[max(0, size - 60) : size])!r}"
        if not self.ready.done() and data.find(b'"type":"watching"', 0, size) >= 0:
            self.ready.set_result(None)
        self.look(data, size)

    def _check(self, answer: bytes) -> None:
        if not answer.startswith(b"HTTP/1.1 101"):
            self.problem = f"a watcher was refused: {answer.decode(errors='replace')[:200]}"
            self.close()
            return
        watch = {"type": "watch", "token": self._token, "backlog": 0, "filter": self.filter}
        self._write(masked(1, json.dumps(watch).encode()))

    def _write(self, frame: bytes) -> None:
        assert self._transport is not None
        self._transport.write(frame)

    def look(self, data: bytes | bytearray, size: int) -> None:
        """Counts what is in the first `size` bytes of `data`."""
        now = time.perf_counter_ns()
        before = len(self._tail)
        # The tail is a byte shorter than a mark: one that begins in it ends in what has come now, or later.
        seam = self._tail + data[: min(size, MARK_SIZE)]
        if self.filter is not None:
            rest = len(_SEQ) - 1
            self.entries += data.count(_SEQ, 0, size) + seam.count(_SEQ, max(0, before - rest), before + rest)
        self._find(seam, before, len(seam), now)
        self._find(data, size, size, now)
        self._tail = (self._tail + data[max(0, size - MARK_SIZE + 1) : size])[1 - MARK_SIZE :]

    def _find(self, data: bytes | bytearray, begin: int, end: int, now: int) -> None:
        """Notes the marks that begin before `begin` and end before `end`."""
        at = data.find(MARK, 0, begin)
        while 0 <= at <= end - MARK_SIZE:
            found = read_mark(data, at)
            if found is not None:
                self.marks += 1
                self.numbers += found[0]
                self.latencies.append((now - found[1]) / 1e6)
            at = data.find(MARK, at + 1, begin)


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
    buffer = bytearray(_READ)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            for index in range(count):
                watcher = Watcher(source.port, token, filters[index % len(filters)], buffer)
                watchers.append(watcher)
                await asyncio.get_running_loop().create_connection(partial(_same, watcher), "127.0.0.1", source.port)
                await watcher.ready
        yield Audience(source, watchers)
    finally:
        for watcher in watchers:
            watcher.close()
