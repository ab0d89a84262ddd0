"""Judge: the rules of one service, each a cursor into what the screen has let through, with a budget of its own.

A rule that uses up its budget waits, and the others go on. One that has fallen too far behind is taken on to the
newest, as a slow watcher is: what it did not look at is counted, and said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET

from ..entries.entry import Entry
from ..query.candidate import Candidate
from ..query.parser import EVERYTHING
from ..stream.filter_budget import FilterBudget
from ..stream.search import IsOver
from .lane import Lane
from .screen import Screen

MOST_HITS: Final = 1_000
"""How far a rule may be behind, in entries that the screen has let through."""

MOST_BYTES: Final = 1024 * 1024
_FINISH_SECONDS: Final = 0.002
_SOON: Final = 200  # so many are not left until the next tick


class Hit(NamedTuple):
    """An entry that the screen has let through: the rules that it may concern, and surely does, as bits."""

    may: int
    sure: int
    seq: int
    at: float
    entry: Candidate


class Judge:
    """Of one service. `wake` has `run` called soon, until it says that nothing is left to do."""

    budget: FilterBudget | None = None  # each lane has its own

    def __init__(
        self, lanes: Sequence[Lane], wake: Callable[[Judge], None], monotonic: Callable[[], float],
        cpu: Callable[[], float],
    ) -> None:  # fmt: skip
        self.lanes = list(lanes)
        self._wake = wake
        self._monotonic = monotonic
        self._cpu = cpu
        self._whole = [lane for lane in lanes if lane.query == EVERYTHING]
        self._asked = [lane for lane in lanes if lane.query != EVERYTHING]
        self._screen = Screen([lane.query for lane in self._asked]) if self._asked else None
        self._active = (1 << len(self._asked)) - 1
        self._hits: deque[Hit] = deque()
        self._base = 0  # the place of the first of them, counted from the beginning
        self._bytes = 0

    # On the way of ingest: what this costs, every batch pays.

    def appended(self, entries: Sequence[Entry]) -> None:
        """A batch has entered the ring buffer."""
        now = self._monotonic()
        for lane in self._whole:
            lane.matched(now, entries[0].seq, len(entries))  # type: ignore[arg-type]
        if self._screen is None:
            return
        for lane in self._asked:
            if lane.paused:
                lane.miss(len(entries))
        active = self._active
        for entry, may, sure in self._screen.flagged(entries):
            if may & active:
                hit = Hit(may, sure, entry.seq, now, _candidate(entry))  # type: ignore[arg-type]
                self._hits.append(hit)
                self._bytes += _size(hit)
        if len(self._hits) > MOST_HITS or self._bytes > MOST_BYTES:
            self._lap()
        if len(self._hits) >= _SOON:
            self._wake(self)

    def _lap(self) -> None:
        """Takes those that are furthest behind on to the newest."""
        end = self._base + len(self._hits)
        oldest = min(lane.place for lane in self._asked if not lane.paused)
        for bit, lane in enumerate(self._asked):
            if lane.place == oldest and not lane.paused:
                lane.miss(sum(1 for hit in self._hits if hit.may >> bit & 1))
                lane.place = end
                lane.paused = True
                self._active &= ~(1 << bit)
        self._trim()

    # In the scheduler's turns

    @property
    def has_work(self) -> bool:
        """Whether there is something that was not looked at."""
        return bool(self._hits)

    def run(self, is_over: IsOver) -> bool:
        """See `scheduler.Job`: it is done too where all that is left waits for its budget, until the next tick."""
        waits = True
        for bit, lane in enumerate(self._asked):
            waits &= self._run_lane(bit, lane, is_over)
            if is_over():
                break
        self._trim()
        return waits

    def resume(self) -> None:
        """Rules that were taken on look at what comes from now on, as far as they have a budget again."""
        now = self._monotonic()
        self._trim()
        for bit, lane in enumerate(self._asked):
            if lane.paused and lane.budget.is_rested(now):
                lane.paused = False
                self._active |= 1 << bit

    def finish(self) -> None:
        """Looks at what is left, for a moment; what is not looked at then is counted as missed."""
        end = self._monotonic() + _FINISH_SECONDS
        for lane in self._asked:
            lane.budget = FilterBudget(self._monotonic(), 1.0, 1.0)
        self.run(lambda: self._monotonic() >= end)
        for bit, lane in enumerate(self._asked):
            left = lane.place - self._base
            lane.miss(sum(1 for hit in list(self._hits)[left:] if hit.may >> bit & 1))

    def overdrawn(self) -> None:
        """Never so: it has no budget."""

    def failed(self, error: Exception) -> None:
        """What could not be looked at is skipped, and the rules go on behind it."""
        for bit in range(len(self._asked)):
            self._asked[bit].place = self._base + len(self._hits)
        self._trim()

    def _run_lane(self, bit: int, lane: Lane, is_over: IsOver) -> bool:
        """Whether it has nothing more to do now."""
        start = max(0, lane.place - self._base)
        end = len(self._hits)
        if start == end or lane.waits or lane.paused:
            return True
        now = self._monotonic()
        if lane.budget.left(now) <= 0:
            return True
        began = self._cpu()
        mask = 1 << bit
        for place in range(start, end):
            hit = self._hits[place]
            lane.place += 1
            if hit.may & mask:
                if hit.sure & mask or lane.query.matches(hit.entry):
                    lane.found(hit.at, hit.seq, hit.entry)
                if is_over():
                    break
        lane.budget.spend(self._cpu() - began, now)
        return lane.place - self._base >= end

    def _trim(self) -> None:
        """Lets go of what every rule has passed, or was taken on over."""
        end = self._base + len(self._hits)
        for lane in self._asked:
            if lane.paused:
                lane.place = end
        passed = min((lane.place for lane in self._asked), default=0) - self._base
        for _ in range(passed):
            self._bytes -= _size(self._hits.popleft())
            self._base += 1


def _candidate(entry: Entry) -> Candidate:
    """The entry as queries look at it; it holds on to no body."""
    metadata = entry.metadata
    return Candidate(
        level=entry.level,
        message=entry.message,
        source=entry.source or "",
        endpoint=entry.endpoint or "",
        method=entry.method or "",
        status=entry.status_code or 0,
        metadata=UNSET if metadata is UNSET else msgspec.Raw(bytes(metadata)),
    )


def _size(hit: Hit) -> int:
    entry = hit.entry
    return 256 + len(entry.message) + (0 if entry.metadata is UNSET else len(bytes(entry.metadata)))
