"""Judge: the rules of one service, each a cursor into what the screen has let through, with a budget of its own.

A rule that uses up its budget waits, and the others go on. One that has fallen too far behind is taken on to the
newest, as a slow watcher is: what it did not look at is counted, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ..entries.entry import NumberedEntry
from ..query.candidate import Candidate
from ..query.parser import EVERYTHING
from ..stream.filter_budget import FilterBudget
from ..stream.search import IsOver
from .hits import MOST_TOGETHER, Hits, hit, portions
from .lane import CountingLane, Lane
from .machine import SHOWN_ENTRIES
from .screen import screen_of

MOST_HITS: Final = 1_000
"""How far a rule may be behind, in entries that it is to look at."""

BEHIND_SECONDS: Final = 2.0
"""One that would look at what has come only so much later is behind, and does not try to."""

MOST_BYTES: Final = 1024 * 1024
_FINISH_SECONDS: Final = 0.002
_SOON: Final = 200  # so many are not left until the next tick
_MEMORY: Final = 4096  # combinations of fields


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
        self._listen(self._active)
        self._keys: list[Any] = []  # of what was let through, and their numbers
        self._seqs: list[int] = []
        self._hits: list[Candidate] = []  # those that are to be asked, and the rules that are to look at them
        self._rules: list[int] = []
        self.entries = 0
        """That have arrived."""
        self.through = 0
        """The number of the last of them."""
        self._by_mask: dict[int, list[Lane]] = {}
        self._whole_seqs: list[int] = []
        self._whole_through = 0
        self._waiting: dict[Lane, None] = {}  # those that have hits, in the order in which they take turns

    # On the way of ingest: what this costs, every batch pays.

    def appended(self, entries: Sequence[NumberedEntry]) -> None:
        """A batch has entered the ring buffer."""
        flagged = self._guard.flagged(entries)
        if flagged:
            self._take(flagged)
        if self._whole and len(self._whole_seqs) < SHOWN_ENTRIES:
            self._whole_seqs.append(entries[0].seq)
        self.entries += len(entries)
        self.through = entries[-1].seq

    def _take(self, entries: Sequence[NumberedEntry]) -> None:
        """Notes what tells of them while they are at hand: to hold on to them would hold on to whole bodies."""
        keys = self._screen.keys(entries)
        self._keys += keys
        self._seqs += [entry.seq for entry in entries]
        for entry, rules in zip(entries, map(self._to_ask.__getitem__, keys), strict=True):
            if rules:
                self._hits.append(hit(entry))
                self._rules.append(rules)
        if len(self._seqs) > MOST_HITS or len(self._hits) > MOST_TOGETHER:
            self.sort()

    def sort(self) -> None:
        """What was let through goes to the rules that it concerns."""
        if not self._keys:
            return
        keys, seqs, self._keys, self._seqs = self._keys, self._seqs, [], []
        now = self._monotonic()
        self._guard.learn(keys)
        self._count(now, [self._surely[key] for key in keys], seqs)
        hits, rules, self._hits, self._rules = self._hits, self._rules, [], []
        for portion, size in portions(hits):
            self._enqueue(Hits(portion, size, now), rules[: len(portion)])
            del rules[: len(portion)]

    def _count(self, now: float, sure: Sequence[int], seqs: Sequence[int]) -> None:
        """Of each entry the rules that it surely matches are told."""
        by_rules: dict[int, list[int]] = {}
        for rules, seq in zip(sure, seqs, strict=True):
            if rules in by_rules:
                by_rules[rules].append(seq)
            elif rules:
                by_rules[rules] = [seq]
        by_lane: dict[Lane, list[list[int]]] = {}
        for rules, matching in by_rules.items():
            for lane in self._lanes(rules):
                by_lane.setdefault(lane, []).append(matching)
        for lane, groups in by_lane.items():
            assert isinstance(lane, CountingLane)
            firsts = groups[0] if len(groups) == 1 else sorted(seq for each in groups for seq in each[:SHOWN_ENTRIES])
            lane.matched(now, firsts[:SHOWN_ENTRIES], sum(map(len, groups)))

    def _enqueue(self, hits: Hits, rules: Sequence[int]) -> None:
        by_rules: dict[int, int] = {}
        for bit, may in enumerate(rules):
            by_rules[may] = by_rules.get(may, 0) | 1 << bit
        by_lane: dict[Lane, int] = {}
        for may, which in by_rules.items():
            for lane in self._lanes(may):
                by_lane[lane] = by_lane.get(lane, 0) | which
        for lane, which in by_lane.items():
            lane.add(hits, which)
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
        lane.seen = self.entries
        self._listen(self._active & ~(1 << self._asked.index(lane)))

    def _listen(self, active: int) -> None:
        counting = self._counting
        self._active = active
        self._guard = self._screen.guard(active | counting)
        self._surely = _ByKey(lambda key: self._screen.masks(key)[1] & counting)
        self._to_ask = _ByKey(lambda key: self._screen.masks(key)[0] & ~self._surely[key] & active)

    # In the scheduler's turns

    @property
    def has_work(self) -> bool:
        """Whether there is something that was not looked at."""
        return bool(self._keys or self._waiting)

    @property
    def lanes(self) -> Sequence[Lane]:
        """Those of its rules that use a budget."""
        return self._asked

    def run(self, is_over: IsOver) -> bool:
        """See `scheduler.Job`: it is done too where all that is left waits for its budget, until the next tick."""
        self.sort()
        now, began = self._monotonic(), self._cpu()
        for lane in list(self._waiting):
            if lane.waits or now < lane.rests_until:
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
        active = self._active
        for bit, lane in enumerate(self._asked):
            if lane.paused:
                lane.miss(self.entries - lane.seen)
                lane.seen = self.entries
                if lane.budget.is_rested(now):
                    lane.paused = False
                    active |= 1 << bit
        if active != self._active:
            self.sort()  # what was let through before is none of their business: it counts as missed
            self._listen(active)

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
        self._skip(len(self._hits))

    def missed(self, count: int) -> None:
        """So many entries have arrived that it was not told of, as it had failed."""
        self.entries += count
        self.through += count
        self._whole_through += count
        for lane in self._whole:
            lane.miss(count)
        self._skip(count + len(self._hits))

    def _skip(self, count: int) -> None:
        for noted in (self._keys, self._seqs, self._hits, self._rules):
            noted.clear()
        for lane in self._asked:
            lane.skip()
            lane.miss(count)
        self._waiting.clear()


class _ByKey(dict[Any, int]):
    """The rules that are concerned by each combination of fields, told once."""

    def __init__(self, rules: Callable[[Any], int]) -> None:
        super().__init__()
        self._concerned = rules

    def __missing__(self, key: Any) -> int:
        if len(self) >= _MEMORY:
            self.clear()
        found = self[key] = self._concerned(key)
        return found
