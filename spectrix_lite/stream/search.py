"""Searches through a ring buffer in slices of time: each is resumable, and exact while the ring moves on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from ..entries.entry import LEVELS, split_run
from ..query.filter import EVERYTHING, Filter, candidate
from .ring import RingBuffer

IsOver = Callable[[], bool]
"""Whether the present slice of time is over. Asked after each entry: one is always looked at."""

_RECEIVED: Final = b'"receivedAt":"'
TRIAL_ENTRIES: Final = 300
TRIAL_SECONDS: Final = 0.02


def never() -> bool:
    """A slice without an end."""
    return False


class BacklogSearch:
    """Finds the place before the last `wanted` matching entries among those up to the seq `head`, newest first.

    `before` is the seq before the oldest one found so far. What is evicted meanwhile and was not found is not missed.
    """

    def __init__(self, ring: RingBuffer, filter_: Filter, wanted: int, head: int) -> None:
        self.wanted = wanted
        self.head = self.before = head
        self._ring = ring
        self._filter = filter_
        self._missing = wanted
        self._at = head  # the seq to look at next

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether the place is found."""
        for seq, entry in _backwards(self._ring, self._at):
            self._at = seq - 1
            if self._filter.matches(candidate(entry)):
                self.before = seq - 1
                self._missing -= 1
                if not self._missing:
                    return True
            if is_over():
                break
        else:
            self._at = self._ring.oldest - 1
        return self._at < self._ring.oldest


class SearchSpan(NamedTuple):
    """What of a ring is looked at: the seqs from `first` to `last`, both inclusive, that were received from `start` to
    before `end` (RFC 3339), in which order.
    """

    first: int
    last: int
    start: str = ""
    end: str = "~"
    newest_first: bool = False

    def holds(self, entry: bytes) -> bool:
        """Whether an encoded entry was received within."""
        if not self.start and self.end == "~":
            return True
        at = entry.index(_RECEIVED) + len(_RECEIVED)
        return self.start <= entry[at : at + 24].decode() < self.end


class PageSearch:
    """Finds the first `limit` matching entries of a span, in its order: `found`, looked through to `through`, which is
    the last seq that was looked at.

    Oldest first it ends at what is the newest now. Where the ring has moved on past `through` meanwhile, it ends there,
    so that a client that goes on behind `through` can tell what is missing.
    """

    def __init__(self, ring: RingBuffer, filter_: Filter, span: SearchSpan, limit: int) -> None:
        if span.newest_first:
            self.through = max(min(span.last, ring.head) + 1, ring.oldest)
        else:
            self.through = max(span.first - 1, ring.oldest - 1)
        self.found: list[bytes] = []
        self.seqs: list[int] = []
        """Of what is found."""
        self._ring = ring
        self._filter = filter_
        self._span = span
        self._limit = limit
        self._last = min(span.last, ring.head)

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether all is found."""
        while len(self.found) < self._limit and (seqs := self._next()):
            run = next(self._ring.after(seqs[0] - 1))
            if run.is_hole:
                self.through = seqs[-1]
                continue
            entries = split_run(run.encoded)
            for seq in seqs:
                entry = entries[seq - run.first]
                self.through = seq
                if self._span.holds(entry) and (self._filter is EVERYTHING or self._filter.matches(candidate(entry))):
                    self.found.append(entry)
                    self.seqs.append(seq)
                    if len(self.found) == self._limit:
                        return True
                if is_over():
                    return False
        return True

    def _next(self) -> range:
        """The seqs of the next run that are to be looked at, in order."""
        ring, through = self._ring, self.through
        if self._span.newest_first:
            least = max(self._span.first, ring.oldest)
            if through <= least:
                return range(0)
            run = next(ring.after(through - 2))
            return range(through - 1, max(run.first, least) - 1, -1)
        if not ring.oldest - 1 <= through < self._last:
            return range(0)
        run = next(ring.after(through))
        return range(through + 1, min(run.last, self._last) + 1)


class CountSearch:
    """Counts the matching entries of a span by level in every `step` seconds, the newest first: `rows` of [start of a
    step in seconds since 1970, info, warn, error, debug]. All was looked at down to the seq `through`.
    """

    def __init__(self, ring: RingBuffer, filter_: Filter, span: SearchSpan, step: int) -> None:
        self.through = min(span.last, ring.head) + 1
        self._ring = ring
        self._filter = filter_
        self._span = span
        self._step = step
        self._counts: dict[int, dict[str, int]] = {}

    def rows(self) -> list[tuple[int, int, int, int, int]]:
        """What was counted."""
        found = []
        for at in sorted(self._counts, reverse=True):
            info, warn, error, debug = (self._counts[at][level] for level in LEVELS)
            found.append((at, info, warn, error, debug))
        return found

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether all is counted."""
        for seq, entry in _backwards(self._ring, self.through - 1):
            if seq < self._span.first:
                return True
            self.through = seq
            looked = candidate(entry)
            if self._span.holds(entry) and (self._filter is EVERYTHING or self._filter.matches(looked)):
                at = seconds_of(looked.received_at)
                self._counts.setdefault(at - at % self._step, dict.fromkeys(LEVELS, 0))[looked.level] += 1
            if is_over():
                return False
        self.through = min(self.through, max(self._span.first, self._ring.oldest))
        return True


@lru_cache(maxsize=256)  # entries of one second come together
def _second(time: str) -> int:
    return int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp())


def seconds_of(time: str) -> int:
    """A time of receipt in whole seconds since 1970; a minute as in `2026-05-14T10:30` is its beginning."""
    return _second(time[:19])


class Trial:
    """Tries a filter on the newest entries of a ring: `cost` is the seconds of processor time that an entry takes.

    `cpu` is the processor time of this thread, in seconds.
    """

    def __init__(self, ring: RingBuffer, filter_: Filter, cpu: Callable[[], float]) -> None:
        self._ring = ring
        self._filter = filter_
        self._cpu = cpu
        self._at = ring.head
        self._looked = 0
        self._seconds = 0.0

    @property
    def cost(self) -> float:
        """Seconds of processor time an entry; 0.0 before the first."""
        return self._seconds / max(1, self._looked)

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether enough was looked at to tell."""
        began = self._cpu()
        for seq, entry in _backwards(self._ring, self._at):
            self._at = seq - 1
            self._filter.matches(candidate(entry))
            self._looked += 1
            if self._looked == TRIAL_ENTRIES or is_over():
                break
        else:
            self._at = self._ring.oldest - 1
        self._seconds += self._cpu() - began
        is_told = self._looked == TRIAL_ENTRIES or self._seconds >= TRIAL_SECONDS
        return is_told or self._at < self._ring.oldest


def _backwards(ring: RingBuffer, seq: int) -> Iterator[tuple[int, bytes]]:
    """The entries from `seq` down to the oldest, each with its seq. Only within one turn of the loop."""
    while seq >= ring.oldest:
        run = next(ring.after(seq - 1))
        entries = [] if run.is_hole else split_run(run.encoded)
        for at in range(seq, max(run.first, ring.oldest) - 1, -1) if entries else ():
            yield at, entries[at - run.first]
        seq = run.first - 1
