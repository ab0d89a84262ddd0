"""Lanes: rules' ways through the entries of one service. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from ..query.failure import Failure, failure_of
from ..query.nodes import Node
from ..stream.filter_budget import FilterBudget
from ..stream.search import IsOver
from .hits import Hits
from .machine import SHOWN_ENTRIES, Machine
from .screen import Failing
from .shares import SHARE_OF_ALL

_BURST_OF_ALL: Final = 0.05
_BURST_OF_ONE: Final = 0.02
_BURST_SECONDS: Final = 2.0


class Lane(ABC):
    """A query that is asked, and where its cursor stands: `waiting` are hits that it has not looked at yet."""

    def __init__(self, query: Node, now: float, lanes: int) -> None:
        """`lanes` is how many there are in all: what there is to use is shared by them."""
        self.query = query
        self.waiting: deque[tuple[Hits, int]] = deque()  # of each the entries that it is about, as bits
        self.entries = 0
        """That it is still to look at."""
        self.bytes = 0
        self.rests_until = now
        self.paused = False
        self.seen = 0  # of the judge's entries, while it is paused
        self._burst = min(_BURST_OF_ONE, _BURST_OF_ALL / max(1, lanes))
        self.budget = FilterBudget(now, SHARE_OF_ALL / max(1, lanes), self._burst)
        self.used = 0.0
        """Seconds of processor time, since `need` was asked last."""
        self._added = self._looked = 0  # entries, since then
        self._cost = self._rate = 0.0  # seconds of processor time for an entry, and entries a second while it listens
        self._was_paused = False
        self._found = 0  # of the first that waits, as bits
        self._open: int | None = None

    @property
    def waits(self) -> bool:
        """Whether it cannot go on yet."""
        return False

    def need(self, seconds: float) -> float:
        """What it would use of a core to keep up, as of late; `seconds` are since this was asked last."""
        if self._looked:
            self._cost = _follow(self._cost, self.used / self._looked)
        if not (self.paused or self._was_paused):
            self._rate = _follow(self._rate, self._added / seconds)
        self._was_paused = self.paused
        self._added = self._looked = 0
        self.used = 0.0
        return self._cost * self._rate

    def give(self, share: float) -> None:
        """It may use so much of a core from now on; and at once only so much as that is in a while."""
        self.budget.share = share
        self.budget.burst = min(self._burst, share * _BURST_SECONDS)

    def add(self, hits: Hits, which: int) -> None:
        """It is to look at those of some entries whose bits are set in `which`."""
        self.waiting.append((hits, which))
        count = which.bit_count()
        self.entries += count
        self._added += count
        self.bytes += hits.bytes

    def look(self, is_over: IsOver) -> None:
        """Goes on until the slice is over or nothing waits."""
        while self.waiting:
            hits, which = self.waiting[0]
            if self._open is None:
                self._found, self._open = self.judge(hits, which)
            while self._open:
                lowest = self._open & -self._open
                if self.query.matches(hits.candidates[lowest.bit_length() - 1]):
                    self._found |= lowest
                self._open ^= lowest
                if self._open and is_over():
                    return
            self._looked += which.bit_count()
            self._pass(self._found)
            if is_over():
                return

    def skip(self) -> None:
        """What waits is not looked at; it counts as missed."""
        while self.waiting:
            _, which = self.waiting[0]
            left = which if self._open is None else self._open
            self.miss(left.bit_count())
            self._pass(self._found)

    def _pass(self, found: int) -> None:
        hits, which = self.waiting.popleft()
        self.entries -= which.bit_count()
        self.bytes -= hits.bytes
        self._found, self._open = 0, None
        if found:
            self.found(hits, found)

    def judge(self, hits: Hits, which: int) -> tuple[int, int]:
        """Bits of the entries that match, and of those that are to be asked by themselves."""
        return hits.columns.verdict(self.query, which)

    @abstractmethod
    def found(self, hits: Hits, which: int) -> None:
        """So many of some entries match."""

    @abstractmethod
    def miss(self, count: int) -> None:
        """So many entries were not looked at."""


class CountingLane(Lane):
    """Rules of one query that count, or wait for none: what surely matches they need not see."""

    def __init__(self, query: Node, now: float, lanes: int, machines: Sequence[Machine]) -> None:
        super().__init__(query, now, lanes)
        self._machines = machines

    def matched(self, now: float, seqs: Sequence[int], count: int) -> None:
        """So many matches, of the first of which these are the numbers."""
        for machine in self._machines:
            machine.match(now, seqs[0], count, seqs[1:SHOWN_ENTRIES])

    def found(self, hits: Hits, which: int) -> None:
        self.matched(hits.at, hits.seqs(which, SHOWN_ENTRIES), which.bit_count())

    def miss(self, count: int) -> None:
        for machine in self._machines:
            machine.missed += count


class KindLane(Lane):
    """The failures of a service: those of a new kind go to every rule that waits for them, if its query matches."""

    def __init__(self, now: float, lanes: int, is_new: Callable[[Failure], bool]) -> None:
        super().__init__(Failing(), now, lanes)
        self.rules: list[tuple[Node, Machine]] = []
        self.learns = False
        """Whether it is still learning what is known already."""
        self._is_new = is_new

    @property
    def waits(self) -> bool:
        return self.learns

    def judge(self, hits: Hits, which: int) -> tuple[int, int]:
        """Each is looked at: of what kind it is tells only its text."""
        return 0, which

    def found(self, hits: Hits, which: int) -> None:
        for entry in hits.of(which):
            if self._is_new(failure_of(entry)):
                for query, machine in self.rules:
                    if query.matches(entry):
                        machine.match(hits.at, entry.seq)

    def miss(self, count: int) -> None:
        for _, machine in self.rules:
            machine.missed += count


def _follow(known: float, met: float) -> float:
    """What is taken for so: more at once, less by and by."""
    return max(met, known + (met - known) / 4)
