"""Judge: the rules of one service, each a cursor into what the screen has let through, with a budget of its own.

A rule that uses up its budget waits, and the others go on. One that has fallen too far behind is taken on to the
newest, as a slow watcher is: what it did not look at is counted, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Final

from ..entries.entry import NumberedEntry
from ..query.parser import EVERYTHING
from ..stream.filter_budget import FilterBudget
from ..stream.search import IsOver
from .groups import EntryGroups
from .hits import MOST_TOGETHER, Hits, let_go, portions
from .lane import CountingLane, Lane
from .machine import SHOWN_ENTRIES
from .screen import screen_of

MOST_HITS: Final = 1_000
"""How far a rule may be behind, in entries that it is to look at."""

BEHIND_SECONDS: Final = 0.5
"""One that would look at what has come only so much later is behind, and does not try to: notices leave within 2 s."""

MOST_BYTES: Final = 1024 * 1024
TOGETHER_SECONDS: Final = 0.9
"""Where many entries are let through, rules are told of those of so long together, at the tick after that."""

_FEW: Final = 64  # entries that are told of at once
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
        self._whole = [lane for lane in lanes if isinstance(lane, CountingLane) and lane.query == EVERYTHING]
        self._asked = [lane for lane in lanes if lane not in self._whole]
        self._screen = screen_of(tuple(lane.query for lane in self._asked))
        self._active = (1 << len(self._asked)) - 1
        self._counting = sum(1 << bit for bit, lane in enumerate(self._asked) if isinstance(lane, CountingLane))
        self._guard = self._screen.guard(self._active)
        self._groups = EntryGroups(self._screen, self._counting, self._active)
        self._noted: list[NumberedEntry] = []  # what was let through
        self._sorted = -inf
        self.entries = 0
        """That have arrived."""
        self.through = 0
        """The number of the last of them."""
        self._told = 0  # so many of them had arrived when rules were told last
        self._by_mask: dict[int, list[Lane]] = {}
        self._whole_seqs: list[int] = []
        self._whole_through = 0
        self._waiting: dict[Lane, None] = {}  # those that have hits, in the order in which they take turns

    # On the way of ingest: what this costs, every batch pays.

    def appended(self, entries: Sequence[NumberedEntry]) -> None:
        """A batch has entered the ring buffer."""
        flagged = self._guard.flagged(entries)
        self.entries += len(entries)
        if flagged:
            for entry in flagged:
                let_go(entry)
            # Many at once take about half of what they take a batch at a time, between whatever else ingest does.
            self._noted += flagged
            if len(self._noted) > MOST_TOGETHER:
                self.sort()
        if self._whole and len(self._whole_seqs) < SHOWN_ENTRIES:
            self._whole_seqs.append(entries[0].seq)
        self.through = entries[-1].seq

    def sort(self) -> None:
        """What was let through goes to the rules that it concerns."""
        if not self._noted:
            return
        self._sorted, self._told = self._monotonic(), self.entries
        idle: set[Any] = set()
        hits: list[NumberedEntry] = []
        for key, entry in zip(self._screen.keys(self._noted), self._noted, strict=True):
            group = self._groups[key]
            if group.is_counted:
                group.seqs.append(entry.seq)
            elif not group.is_asked:
                idle.add(key)
            if group.is_asked:
                group.hits.append(len(hits))
                hits.append(entry)
        self._guard.learn(idle)
        if hits:
            self._enqueue(hits)
        self._count()
        self._groups.trim()
        self._noted = []

    def _count(self) -> None:
        """The rules are told of what surely matches them."""
        now = self._monotonic()
        counts: dict[Lane, int] = {}
        firsts: dict[Lane, list[int]] = {}
        for group in self._groups.all:
            seqs = group.seqs
            if seqs:
                group.seqs = []
                for lane in self._lanes(group.counts):
                    if lane in counts:
                        counts[lane] += len(seqs)
                        firsts[lane] += seqs[:SHOWN_ENTRIES]
                    else:
                        counts[lane] = len(seqs)
                        firsts[lane] = seqs[:SHOWN_ENTRIES]
        for lane, count in counts.items():
            assert isinstance(lane, CountingLane)
            lane.matched(now, sorted(firsts[lane])[:SHOWN_ENTRIES], count)

    def _enqueue(self, noted: Sequence[NumberedEntry]) -> None:
        """What is to be asked waits for the rules that are to look at it."""
        now = self._monotonic()
        by_lane: dict[Lane, int] = {}
        for group in self._groups.all:
            if group.hits:
                which = sum(map((1).__lshift__, group.hits))
                group.hits = []
                for lane in self._lanes(group.asks & self._active):
                    by_lane[lane] = by_lane.get(lane, 0) | which
        for portion, first, size in portions(noted):
            hits, all_of_it = Hits(portion, size, now), (1 << len(portion)) - 1
            for lane, which in by_lane.items():
                if which >> first & all_of_it:
                    lane.add(hits, which >> first & all_of_it)
        for lane in by_lane:
            self._waiting[lane] = None
            if lane.entries > MOST_HITS or lane.bytes > MOST_BYTES:
                self._lap(lane)
        if any(lane.entries > _SOON for lane in by_lane):
            self._wake(self)

    def _lanes(self, rules: int) -> list[Lane]:
        lanes = self._by_mask.get(rules)
        if lanes is None:
            lanes = self._by_mask[rules] = [lane for bit, lane in enumerate(self._asked) if rules >> bit & 1]
        return lanes

    def _lap(self, lane: Lane) -> None:
        """Takes one that is too far behind on to the newest; it rests until it has a budget again."""
        lane.skip()
        self._waiting.pop(lane, None)
        lane.paused = True
        lane.seen = self._told
        self._listen(self._active & ~(1 << self._asked.index(lane)))

    def _listen(self, active: int) -> None:
        self._active = active
        self._guard = self._screen.guard(active | self._counting)
        self._groups.listen(active)

    # In the scheduler's turns

    @property
    def has_work(self) -> bool:
        """Whether there is something that was not looked at."""
        return bool(self._noted or self._waiting)

    def is_due(self) -> bool:
        """Whether it should go on: where much is let through it pays to look at more of it together."""
        return len(self._noted) > 0 and (
            len(self._noted) <= _FEW or self._monotonic() - self._sorted >= TOGETHER_SECONDS
        )

    @property
    def waits(self) -> bool:
        """Whether a rule has something to look at."""
        return bool(self._waiting)

    @property
    def lanes(self) -> Sequence[Lane]:
        """Those of its rules that use a budget."""
        return self._asked

    def run(self, is_over: IsOver) -> bool:
        """See `scheduler.Job`: it is done too where all that is left waits for its budget, until the next tick."""
        if self.is_due():
            self.sort()
        now, began = self._monotonic(), self._cpu()
        for lane in list(self._waiting):
            if lane.waits:
                continue
            if now < lane.rests_until:
                if lane.rests_until - now > BEHIND_SECONDS:
                    self._lap(lane)
                continue
            del self._waiting[lane]  # it has had its turn: the others come first
            lane.look(is_over)
            ended = self._cpu()
            used, began = ended - began, ended
            lane.used += used
            lane.budget.spend(used, now)
            wait = lane.budget.wait(now)
            lane.rests_until = now + wait
            if lane.waiting and wait > BEHIND_SECONDS:
                self._lap(lane)
            elif lane.waiting:
                self._waiting[lane] = None
            if is_over():
                return not self._waiting
        return True

    def resume(self) -> None:
        """Rules that were taken on look at what comes from now on, as far as they have a budget again."""
        now = self._monotonic()
        if self._whole_seqs:
            seqs, self._whole_seqs = self._whole_seqs, []
            for whole in self._whole:
                whole.matched(now, seqs, self.entries - self._whole_through)
        self._whole_through = self.entries
        if self._noted and not self.is_due():
            return
        rested = 0
        for bit, lane in enumerate(self._asked):
            if lane.paused:
                lane.miss(self.entries - lane.seen)
                lane.seen = self.entries
                if lane.budget.is_rested(now):
                    lane.paused = False
                    rested |= 1 << bit
        if rested:
            self.sort()  # what was let through before is none of their business: it counts as missed
            self._listen(self._active | rested)

    def finish(self) -> None:
        """Looks at what is left, for a moment; what is not looked at then is counted as missed."""
        self.sort()
        self.resume()
        end = self._monotonic() + _FINISH_SECONDS
        for lane in self._asked:
            if not lane.waits:
                lane.look(lambda: self._monotonic() >= end)
            lane.skip()
        self._waiting.clear()

    def overdrawn(self) -> None:
        """Never so: it has no budget."""

    def failed(self, error: Exception) -> None:
        """What could not be looked at is skipped, and the rules go on behind it."""
        self._skip(len(self._noted))

    def missed(self, count: int) -> None:
        """So many entries have arrived that it was not told of, as it had failed."""
        self.entries += count
        self.through += count
        self._whole_through += count
        for lane in self._whole:
            lane.miss(count)
        self._skip(count + len(self._noted))

    def _skip(self, count: int) -> None:
        self._groups.forget()
        self._noted = []
        for lane in self._asked:
            lane.skip()
            lane.miss(count)
        self._waiting.clear()
