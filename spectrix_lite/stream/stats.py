"""Statistics of one service, counted by the second. Pure; time is an argument (monotonic seconds)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from ..entries.entry import LEVELS, Entry

SECONDS: Final = 60
_RATE_SECONDS: Final = 10
_ERROR: Final = LEVELS.index("error")


class LevelCounts(msgspec.Struct, frozen=True):
    """Entries by level."""

    info: int
    warn: int
    error: int
    debug: int


class Stats(msgspec.Struct, rename="camel"):
    """A service at this moment. `rate` is entries a second over 10 s, `error_share` of the last 60 s, from 0 to 1.

    `history` holds one-second buckets [info, warn, error, debug], newest last. `paused` is there only while history
    cannot be written: the first seq that it has not recorded.
    """

    epoch: str
    oldest: int
    head: int
    buffered: int
    bytes: int
    accepted: int
    rejected: int
    levels: LevelCounts
    rate: float
    error_share: float
    last_received_at: str | None
    watchers: int
    paused: int | UnsetType = UNSET
    history: list[list[int]] | UnsetType = UNSET


def counted(entries: Sequence[Entry]) -> tuple[int, int, int, int]:
    """How many there are of each level, as in `LEVELS`."""
    levels = [entry.level for entry in entries]
    warn, error, debug = levels.count("warn"), levels.count("error"), levels.count("debug")
    return len(levels) - warn - error - debug, warn, error, debug


class Tally:
    """Counts by level, in all and for each of the last 60 seconds."""

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected = 0
        self.totals = [0, 0, 0, 0]
        self._seconds = [[0, 0, 0, 0] for _ in range(SECONDS)]
        self._newest = 0  # the whole second that the newest bucket counts

    def restore(self, accepted: int, rejected: int, totals: Sequence[int]) -> None:
        """Goes on from an earlier process's totals, by level as in `LEVELS`; its last 60 seconds are not known."""
        self.accepted, self.rejected, self.totals = accepted, rejected, list(totals)

    def add(self, entries: Sequence[Entry], now: float) -> None:
        """Counts accepted entries, which came at `now`."""
        counts = counted(entries)
        self.accepted += len(entries)
        bucket = self._at(now)
        for index, count in enumerate(counts):
            self.totals[index] += count
            bucket[index] += count

    def follow(self, counts: Sequence[int], totals: Sequence[int], now: float | None) -> None:
        """Takes over `totals`, counted elsewhere; `counts` of them came at `now`, or at a time that is not known."""
        self.totals = list(totals)
        self.accepted = sum(totals)
        if now is not None:
            bucket = self._at(now)
            for index, count in enumerate(counts):
                bucket[index] += count

    def rate(self, now: float) -> float:
        """Entries a second over the last 10 s."""
        return round(sum(map(sum, self.history(now, _RATE_SECONDS))) / _RATE_SECONDS, 1)

    def error_share(self, now: float) -> float:
        """The part of the last 60 seconds' entries that were errors, 0.0 where there were none."""
        history = self.history(now, SECONDS)
        total = sum(map(sum, history))
        return round(sum(bucket[_ERROR] for bucket in history) / total, 4) if total else 0.0

    def history(self, now: float, seconds: int) -> list[list[int]]:
        """The last `seconds` (at most 60) buckets, the newest last, which is the one still being counted."""
        self._at(now)
        return [list(self._seconds[second % SECONDS]) for second in range(self._newest - seconds + 1, self._newest + 1)]

    def _at(self, now: float) -> list[int]:
        second = int(now)
        for stale in range(max(self._newest, second - SECONDS) + 1, second + 1):
            self._seconds[stale % SECONDS] = [0, 0, 0, 0]
        self._newest = max(self._newest, second)
        return self._seconds[self._newest % SECONDS]
