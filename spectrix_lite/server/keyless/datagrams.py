"""Datagrams: syslog by UDP, queued within bounds; what finds no room is counted, and said in the log itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from ...core.errors import SpectrixError

MOST: Final = 4096
MOST_BYTES: Final = 4 * 1024 * 1024
_AT_ONCE: Final = 256

_log = logging.getLogger("spectrix_lite.keyless")


class Datagrams(asyncio.DatagramProtocol):
    """Hands on what comes, in its order. `close` takes what waits, and ends."""

    def __init__(self, take: Callable[[list[bytes]], Coroutine[Any, Any, None]]) -> None:
        self._take = take
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._lost = 0
        self._transport: asyncio.BaseTransport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if len(self._waiting) >= MOST or self._bytes + len(data) > MOST_BYTES:
            self._lost += 1
            return
        self._waiting.append(data)
        self._bytes += len(data)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._hand_on())

    async def close(self) -> None:
        """Idempotent."""
        if self._transport is not None:
            self._transport.close()
        if self._task is not None:
            await self._task

    async def _hand_on(self) -> None:
        try:
            while self._waiting:
                part, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                self._bytes -= sum(map(len, part))
                lost, self._lost = self._lost, 0
                if lost:
                    part.append(b"<12>spectrix-lite: %d syslog messages were lost: they came too fast" % lost)
                await self._take(part)
        except SpectrixError as problem:
            _log.warning("datagrams were not taken: %s", problem)
