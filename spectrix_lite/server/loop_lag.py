"""How late the event loop comes to what is due: the one figure that tells whether everybody is served in time."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from typing import Final

BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds: each observation counts below the first bound that it does not exceed, or above them all."""

EVERY_SECONDS: Final = 0.25
SLOW_SECONDS: Final = 0.5
"""Later than this is worth a line in the log."""

_log = logging.getLogger("spectrix_lite.loop")


class LoopLag:
    """A histogram of how late a timer fired that is due four times a second."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0  # seconds, all observations added up

    async def watch(self) -> None:
        """Observes for as long as the loop runs."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            self.observe(loop.time() - due)

    def observe(self, late: float) -> None:
        """`late` is in seconds."""
        late = max(0.0, late)
        self.counts[bisect_left(BOUNDS, late)] += 1
        self.total += late
        if late > SLOW_SECONDS:
            _log.warning("the event loop was %.1f s late: the machine is overloaded, or was asleep", late)
