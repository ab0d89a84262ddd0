"""Stand-ins that behave: a clock that moves when told."""

from __future__ import annotations


class FakeClock:
    """Starts at 2026-05-14T10:30:00Z and moves only by `advance`."""

    def __init__(self, wall: int = 1_778_754_600_000) -> None:
        self._wall = wall
        self._monotonic = 1000.0

    def monotonic(self) -> float:
        return self._monotonic

    def wall(self) -> int:
        return self._wall

    def advance(self, seconds: float) -> None:
        """Both readings go forward by `seconds`."""
        self._monotonic += seconds
        self._wall += round(seconds * 1000)

    def set_wall(self, wall: int) -> None:
        """As when somebody sets the system's clock: durations are not touched."""
        self._wall = wall
