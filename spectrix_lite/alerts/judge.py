"""Judge: the rules of one service, each a cursor into what the screen has let through, with a budget of its own.

A rule that uses up its budget waits, and the others go on. One that has fallen too far behind is taken on to the
newest, as a slow watcher is: what it did not look at is counted, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import UNSET

from ..entries.entry import Entry
from ..query.candidate import Candidate
from ..query.parser import EVERYTHING
from ..stream.filter_budget import FilterBudget
from ..stream.search import IsOver
from .lane import Hit, Lane
from .machine import SHOWN_ENTRIES
from .screen import screen_of

MOST_HITS: Final = 1_000
"""How far a rule may be behind, in entries that it is to look at."""

BEHIND_SECONDS: Final = 2.0
"""One that would look at what has come only so much later is behind, and does not try to."""

MOST_BYTES: Final = 1024 * 1024
_FINISH_SECONDS: Final = 0.002
_SOON: Final = 200  # so many are not left until the next tick


class Judge:
    """Of one service. `wake` has `run` called soon, until it says that nothing is left to do."""

    budget: FilterBudget | None = None  # each lane has its own

    def __init__(
        self,
        lanes: Sequence[Lane],
        wake: Callable[[Judge], None],
        monotonic: Callable[[], float],
        cpu: Callable[[], float],
    ) -> None:
        self._wake = wake
        self._monotonic = monotonic
        self._cpu = cpu
        self._whole = [lane for lane in lanes if lane.query == EVERYTHING]
        self._asked = [lane for lane in lanes if lane.query != EVERYTHING]
        self._screen = screen_of(tuple(lane.query for lane in self._asked)) if self._asked else None
        self._active = (1 << len(self._asked)) - 1
        self._counting = sum(1 << bit for bit, lane in enumerate(self._asked) if lane.counts)
        self._counted: dict[int, list[int]] = {}  # by the rules that match: how many, and the first of them
        self.entries = 0
        """That have arrived."""
        self._by_mask: dict[int, list[Lane]] = {}
        self._whole_seqs: list[int] = []
        self._whole_through = 0
        self._waiting: dict[Lane, None] = {}  # those that have hits, in the order in which they take turns

    # On the way of ingest: what this costs, every batch pays.

    def appended(self, entries: Sequence[Entry]) -> None:
        """A batch has entered the ring buffer."""
        self.entries += len(entries)
        if self._whole and len(self._whole_seqs) < SHOWN_ENTRIES:
            self._whole_seqs.append(entries[0].seq)  # type: ignore[arg-type]
        if self._screen is None:
            return
        active, counting, counted = self._active, self._counting, self._counted
        for entry, may, sure in self._screen.flagged(entries, active | counting):
            if sure := sure & counting:
                if sure in counted:
                    count = counted[sure]
                    count[0] += 1
                    if len(count) <= SHOWN_ENTRIES:
                        count.append(entry.seq)  # type: ignore[arg-type]
                else:
                    counted[sure] = [1, entry.seq]  # type: ignore[list-item]
            if may := may & ~sure & active:
                self._enqueue(may, entry)

    def _enqueue(self, rules: int, entry: Entry) -> None:
        hit = Hit(entry.seq, self._monotonic(), _candidate(entry))  # type: ignore[arg-type]
        size = _size(hit)
        lanes = self._by_mask.get(rules)
        if lanes is None:
            lanes = self._by_mask[rules] = [lane for bit, lane in enumerate(self._asked) if rules >> bit & 1]
        for lane in lanes:
            lane.hits.append(hit)
            lane.bytes += size
            self._waiting[lane] = None
            if len(lane.hits) > MOST_HITS or lane.bytes > MOST_BYTES:
                self._lap(lane)
            elif len(lane.hits) == _SOON:
                self._wake(self)

    def _lap(self, lane: Lane) -> None:
        """Takes one that is too far behind on to the newest; it rests until it has a budget again."""
        lane.miss(len(lane.hits))
        lane.hits.clear()
        lane.bytes = 0
        self._waiting.pop(lane, None)
        lane.paused = True
        lane.seen = self.entries
        self._active &= ~(1 << self._asked.index(lane))

    # In the scheduler's turns

    @property
    def has_work(self) -> bool:
        """Whether there is something that was not looked at."""
        return bool(self._waiting)

    @property
    def lanes_asked(self) -> int:
        """How many of its rules use a budget."""
        return len(self._asked)

    def run(self, is_over: IsOver) -> bool:
        """See `scheduler.Job`: it is done too where all that is left waits for its budget, until the next tick."""
        now = self._monotonic()
        for lane in list(self._waiting):
            if lane.waits or now < lane.rests_until:
                continue
            del self._waiting[lane]  # it has had its turn: the others come first
            began = self._cpu()
            while lane.hits:
                lane.take_next()
                if is_over():
                    break
            lane.budget.spend(self._cpu() - began, now)
            wait = lane.budget.wait(now)
            lane.rests_until = now + wait
            if lane.hits and wait > BEHIND_SECONDS:
                self._lap(lane)
            elif lane.hits:
                self._waiting[lane] = None
            if is_over():
                return not self._waiting
        return True

    def flush(self) -> None:
        """What was only counted goes to its rules."""
        now = self._monotonic()
        counted, self._counted = self._counted, {}
        for sure, (count, *seqs) in counted.items():
            for bit, lane in enumerate(self._asked):
                if sure >> bit & 1:
                    _count(lane, now, count, seqs)
        if self._whole_seqs:
            seqs, self._whole_seqs = self._whole_seqs, []
            for lane in self._whole:
                _count(lane, now, self.entries - self._whole_through, seqs)
        self._whole_through = self.entries
        for lane in self._asked:
            if lane.paused:
                lane.miss(self.entries - lane.seen)
                lane.seen = self.entries

    def resume(self) -> None:
        """Rules that were taken on look at what comes from now on, as far as they have a budget again."""
        self.flush()
        now = self._monotonic()
        for bit, lane in enumerate(self._asked):
            if lane.paused and lane.budget.is_rested(now):
                lane.paused = False
                self._active |= 1 << bit

    def finish(self) -> None:
        """Looks at what is left, for a moment; what is not looked at then is counted as missed."""
        self.flush()
        end = self._monotonic() + _FINISH_SECONDS
        for lane in self._asked:
            while lane.hits and self._monotonic() < end:
                lane.take_next()
            lane.miss(len(lane.hits))
            lane.hits.clear()
        self._waiting.clear()

    def share(self, of_one: float) -> None:
        """What each of its rules may use of a core from now on."""
        for lane in self._asked:
            lane.budget.share = of_one

    def overdrawn(self) -> None:
        """Never so: it has no budget."""

    def failed(self, error: Exception) -> None:
        """What could not be looked at is skipped, and the rules go on behind it."""
        for lane in self._asked:
            lane.miss(len(lane.hits))
            lane.hits.clear()
        self._waiting.clear()


def _count(lane: Lane, now: float, count: int, seqs: Sequence[int]) -> None:
    """So many matches, of the first of which the numbers are known."""
    for seq in seqs[:count]:
        lane.matched(now, seq, 1)
    if count > len(seqs):
        lane.matched(now, seqs[-1], count - len(seqs))


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
