"""Timers of watchers, and how much may wait to be written for one, whatever it is connected by."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import partial
from typing import Final

from ...stream.watcher import tell
from ..context import Context

BEAT_SECONDS: Final = 0.25
HIGH_WATER: Final = 64 * 1024
"""Bytes that may wait to be written for one watcher."""
_SEND_BUFFER: Final = 256 * 1024  # what the kernel may hold for one socket: it would take megabytes


class TimedWatcher(ABC):
    """A watcher with something to do at `due`, monotonic seconds."""

    due: float

    @abstractmethod
    def tick(self, now: float) -> None:
        """Does what is due at `now`, and says when it is due again."""


def bound_buffers(transport: asyncio.Transport | asyncio.WriteTransport) -> None:
    """Keeps what waits for one watcher small, in this process and in the kernel."""
    if transport.is_closing():
        return
    transport.set_write_buffer_limits(high=HIGH_WATER)
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)


async def beat(context: Context) -> None:
    """Every quarter of a second, each watcher's timers: for as long as the application lives."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        tick(context)


def tick(context: Context) -> None:
    """Runs what is due now."""
    now = context.clock.monotonic()
    for watcher in context.hub.all_watchers():
        if isinstance(watcher, TimedWatcher) and watcher.due <= now:
            tell(watcher, partial(watcher.tick, now))
