"""Summary of a run of entries: levels, routes, and what failed by kind, looked at in slices of time.

What was lost before or meanwhile is counted; of a kind it is told whether the entries before had it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..entries.entry import LEVELS, split_run
from ..query.candidate import Candidate
from ..query.failure import Failure, failure_of, has_failed
from ..query.filter import EVERYTHING, Filter, candidate
from .ring import RingBuffer
from .search import IsOver

Look = Callable[[int, Candidate], None]

MOST_KINDS: Final = 2000
"""Kinds of failures, and routes, that one summary tells apart: what comes above counts in the totals alone."""


_MOST_DURATIONS: Final = 512  # of one route


@dataclass(slots=True)
class FailureKind:
    """What failed in one way, and its shape in words; `first` and `last` are the times of arrival (RFC 3339), `seq` and
    `sample` the last's.
    """

    failure: Failure
    shape: str
    first: str
    last: str
    seq: int
    sample: Candidate
    count: int = 1


@dataclass(slots=True)
class RouteCount:
    """Requests of one route, how many of them failed, and how long some of them took, in milliseconds: of many every
    second, fourth, and so on.
    """

    route: str
    count: int = 0
    failed: int = 0
    durations: list[float] = field(default_factory=list)
    step: int = 1

    def take(self, entry: Candidate, failed: bool) -> None:
        """Counts one more."""
        self.count += 1
        self.failed += failed
        if self.count % self.step == 0 and (duration := entry.duration()) is not None:
            self.durations.append(duration)
            if len(self.durations) == _MOST_DURATIONS:
                del self.durations[::2]
                self.step *= 2

    @property
    def p95(self) -> float | None:
        """None where none says how long it took."""
        ordered = sorted(self.durations)
        return ordered[max(0, -(-95 * len(ordered) // 100) - 1)] if ordered else None


class Summed:
    """What was counted so far of entries that match, received from `since` on and before `until` (RFC 3339)."""

    def __init__(self, filter_: Filter, since: str | None = None, until: str | None = None) -> None:
        self.entries = 0
        self.levels: dict[str, int] = dict.fromkeys(LEVELS, 0)
        self.kinds: dict[str, FailureKind] = {}
        self.routes: dict[str, RouteCount] = {}
        self.known: set[str] | None = None
        """Kinds before the range; None where nothing is held of what was before."""
        self.began: str | None = None
        """When the first came that was counted."""
        self._filter = filter_
        self._since = since
        self._until = until

    def note_known(self, seq: int, entry: Candidate) -> None:
        """One that lies before the range."""
        if self.known is None:
            self.known = set()
        if has_failed(entry) and len(self.known) < MOST_KINDS:
            self.known.add(str(failure_of(entry)))

    def count(self, seq: int, entry: Candidate) -> None:
        """One of the range, if it was received within."""
        if self._since is not None and entry.received_at < self._since:
            self.note_known(seq, entry)
            return
        if self._until is not None and entry.received_at >= self._until:
            return
        if self._filter is not EVERYTHING and not self._filter.matches(entry):
            return
        if self.began is None:
            self.began = entry.received_at
        self.entries += 1
        self.levels[entry.level] += 1
        failed = has_failed(entry)
        if entry.endpoint or entry.status:
            self._count_route(entry, failed)
        if failed:
            self._count_kind(seq, entry)

    def _count_route(self, entry: Candidate, failed: bool) -> None:
        path = entry.field("route").text
        name = f"{entry.method} {path}" if entry.method else path
        found = self.routes.get(name)
        if found is None:
            if len(self.routes) >= MOST_KINDS:
                return
            found = self.routes[name] = RouteCount(name)
        found.take(entry, failed)

    def _count_kind(self, seq: int, entry: Candidate) -> None:
        failure = failure_of(entry)
        shape = str(failure)
        found = self.kinds.get(shape)
        if found is None:
            if len(self.kinds) < MOST_KINDS:
                self.kinds[shape] = FailureKind(failure, shape, entry.received_at, entry.received_at, seq, entry)
            return
        found.count += 1
        found.last, found.seq, found.sample = entry.received_at, seq, entry


class SummedEntries:
    """Counts entries that come one after the other, as history has them. Resumable."""

    def __init__(self, summed: Summed, entries: Sequence[bytes]) -> None:
        self._summed = summed
        self._entries = entries
        self._next = 0

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether all were counted."""
        while self._next < len(self._entries):
            entry = candidate(self._entries[self._next])
            self._summed.count(entry.seq, entry)
            self._next += 1
            if is_over():
                break
        return self._next == len(self._entries)


class SummarySearch:
    """Counts what `ring` holds after the seq `after`.

    Before that, it looks at what it holds up to there, for the kinds that are not new. Resumable: `through` is how far
    it came.
    """

    def __init__(self, ring: RingBuffer, summed: Summed, after: int | None) -> None:
        start = ring.oldest - 1 if after is None else min(after, ring.head)
        self.summed = summed
        self.lost = max(0, ring.oldest - 1 - start)
        self.through = max(start, ring.oldest - 1)
        self._ring = ring
        self._head = ring.head
        # How far the kinds before were looked at; of what was counted already none is before.
        self._before = ring.oldest - 1 if summed.began is None else self.through
        self._start = self.through

    @property
    def is_complete(self) -> bool:
        """Whether all was looked at that there was at the beginning."""
        return self.through >= self._head

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether all was looked at."""
        while self._before < self._start:
            self._before = self._look(self._before, self._start, is_over, self.summed.note_known)
            if is_over():
                return False
        while self.through < self._head:
            self.through = self._look(self.through, self._head, is_over, self.summed.count)
            if is_over():
                return self.through >= self._head
        return True

    def _look(self, seq: int, last: int, is_over: IsOver, look: Look) -> int:
        """Looks at the rest of the run after `seq`, up to `last`; the seq it has come to."""
        oldest = self._ring.oldest
        if seq + 1 < oldest:  # evicted meanwhile
            if look == self.summed.count:
                self.lost += min(oldest - 1, last) - seq
            return min(oldest - 1, last)
        run = next(self._ring.after(seq))
        if run.is_hole:
            return min(run.last, last)
        entries = split_run(run.encoded)
        for at in range(seq + 1, min(run.last, last) + 1):
            look(at, candidate(entries[at - run.first]))
            seq = at
            if is_over():
                break
        return seq
