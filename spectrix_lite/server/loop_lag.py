"""Lag of the event loop: how late it comes to what is due, the one figure that tells whether all are served in time."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from collections import deque
from typing import Final

BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds: each observation counts below the first bound that it does not exceed, or above them all."""

EVERY_SECONDS: Final = 0.05
"""A turn of the loop that takes longer than this is noticed, at most so much shorter than it was."""

LONGEST_OF_SECONDS: Final = 60.0
SLOW_SECONDS: Final = 0.5
"""Later than this is worth a line in the log."""

_log = logging.getLogger("spectrix_lite.loop")


class LoopLag:
    """A histogram of how late a timer fired that is due twenty times a second, and the latest of the last minute."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0  # seconds, all observations added up
        self._latest: deque[tuple[float, float]] = deque()  # (when, how late) of each with none as late behind it

    async def watch(self) -> None:
        """Observes for as long as the loop runs."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            now = loop.time()
            self.observe(now - due, now)

    def observe(self, late: float, now: float) -> None:
        """Both are in seconds, `now` of any clock that only goes forward."""
        late = max(0.0, late)
        while self._latest and self._latest[-1][1] <= late:
            self._latest.pop()
        self._latest.append((now, late))
        self.longest(now)
        self.counts[bisect_left(BOUNDS, late)] += 1
        self.total += late
        if late > SLOW_SECONDS:
            _log.warning("the event loop was %.1f s late: the machine is overloaded, or was asleep", late)

    def longest(self, now: float) -> float:
        """The latest that it was within the last `LONGEST_OF_SECONDS`, in seconds; 0 where nothing was observed."""
        while self._latest and self._latest[0][0] < now - LONGEST_OF_SECONDS:
            self._latest.popleft()
        return self._latest[0][1] if self._latest else 0.0
