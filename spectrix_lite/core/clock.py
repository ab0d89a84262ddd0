"""Time as an argument: what has to wait or expire takes a `Clock`, so a test moves time instead of sleeping."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time. Durations go by `monotonic`, what leaves the process by `wall`."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never jumps, whatever is done to the system's clock."""

    def wall(self) -> int:
        """Milliseconds since 1970 UTC, as the system's clock has it."""


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> int:
        return time.time_ns() // 1_000_000
