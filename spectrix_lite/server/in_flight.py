"""In-flight tracker: how many requests are under way, so that a stop can wait for them."""

from __future__ import annotations

import asyncio
from types import TracebackType


class InFlight:
    """Counts requests in flight: a context manager around each, or `enter` and `leave`."""

    def __init__(self) -> None:
        self.draining = False
        self._in_flight = 0
        self._idle: asyncio.Event | None = None

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.leave()

    def enter(self) -> None:
        """One more is in flight, until `leave`."""
        self._in_flight += 1

    def leave(self) -> None:
        """One that was entered is done."""
        self._in_flight -= 1
        if self._idle is not None and not self._in_flight:
            self._idle.set()

    def begin_draining(self) -> None:
        """The server is stopping: from now on `draining` says so, and new requests are refused."""
        self.draining = True

    async def wait_idle(self, seconds: float) -> bool:
        """Waits until nothing is in flight; False where `seconds` were not enough."""
        self._idle = asyncio.Event()
        if not self._in_flight:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True
