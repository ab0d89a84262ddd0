"""Lane: one rule's way through the entries of one service. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from ..query.candidate import Candidate
from ..query.failure import Failure, failure_of
from ..query.nodes import Node
from ..stream.filter_budget import FilterBudget
from .machine import Machine
from .screen import Failing

SHARE_OF_ALL: Final = 0.04
"""Of one core, what all rules may use in the long run while little arrives."""

_FULL_RATE: Final = 500
"""Entries a second of all services. The more arrive, the less rules may use: ingest comes first."""

_LEAST_OF_ALL: Final = 0.0005
_MOST_OF_ONE: Final = 0.01
_BURST_OF_ALL: Final = 0.05
_BURST_OF_ONE: Final = 0.02


def share_of_one(lanes: int, rate: float) -> float:
    """Of a core, what each of so many lanes may use while `rate` entries a second arrive."""
    of_all = max(_LEAST_OF_ALL, SHARE_OF_ALL * min(1.0, _FULL_RATE / max(1.0, rate)))
    return min(_MOST_OF_ONE, of_all / max(1, lanes))


class Hit(NamedTuple):
    """An entry that a rule is to look at: its number, and when it came."""

    seq: int
    at: float
    entry: Candidate


class Lane:
    """A query that is asked, and where its cursor stands; what matches goes to `matched`."""

    waits = False
    """Whether it cannot go on yet."""

    counts = True
    """Whether it need not see an entry that surely matches: counting it is enough."""

    def __init__(self, query: Node, now: float, lanes: int) -> None:
        """`lanes` is how many there are in all: what there is to use is shared by them."""
        self.query = query
        self.hits: deque[Hit] = deque()
        self.bytes = 0  # of them, since there were none
        self.rests_until = now
        self.paused = False
        self.seen = 0  # of the judge's entries, while it is paused
        self.budget = FilterBudget(now, share_of_one(lanes, 0.0), min(_BURST_OF_ONE, _BURST_OF_ALL / max(1, lanes)))

    def matched(self, now: float, seq: int, count: int) -> None:
        """So many matches, the first of them with this seq. Raises NotImplementedError where a lane does not say."""
        raise NotImplementedError

    def found(self, now: float, seq: int, entry: Candidate) -> None:
        """An entry matches."""
        self.matched(now, seq, 1)

    def take_next(self) -> None:
        """Looks at the next of its hits."""
        hit = self.hits.popleft()
        if not self.hits:
            self.bytes = 0
        if self.query.matches(hit.entry):
            self.found(hit.at, hit.seq, hit.entry)

    def miss(self, count: int) -> None:
        """So many entries were not looked at. Raises NotImplementedError where a lane does not say."""
        raise NotImplementedError


class RuleLane(Lane):
    """A rule that counts, or waits for none."""

    def __init__(self, query: Node, now: float, lanes: int, machine: Machine) -> None:
        super().__init__(query, now, lanes)
        self._machine = machine

    def matched(self, now: float, seq: int, count: int) -> None:
        self._machine.match(now, seq, count)

    def miss(self, count: int) -> None:
        self._machine.missed += count


class KindLane(Lane):
    """The failures of a service: those of a new kind go to every rule that waits for them, if its query matches."""

    counts = False

    def __init__(self, now: float, lanes: int, is_new: Callable[[Failure], bool]) -> None:
        super().__init__(Failing(), now, lanes)
        self.waiting: list[tuple[Node, Machine]] = []
        self._is_new = is_new

    def found(self, now: float, seq: int, entry: Candidate) -> None:
        if self._is_new(failure_of(entry)):
            for query, machine in self.waiting:
                if query.matches(entry):
                    machine.match(now, seq)

    def miss(self, count: int) -> None:
        for _, machine in self.waiting:
            machine.missed += count
