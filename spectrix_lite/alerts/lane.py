"""Lane: one rule's way through the entries of one service. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..query.candidate import Candidate
from ..query.failure import Failure, failure_of
from ..query.nodes import Node
from ..stream.filter_budget import FilterBudget
from .machine import Machine
from .screen import Failing

SHARE_OF_ALL: Final = 0.04
"""Of one core, what all rules may use in the long run: ingest never loses more to them."""

SHARE_OF_ONE: Final = 0.01
BURST_SECONDS: Final = 0.02


class Lane:
    """A query that is asked, and where its cursor stands; what matches goes to `matched`."""

    waits = False
    """Whether it cannot go on yet."""

    def __init__(self, query: Node, now: float, rules: int) -> None:
        """`rules` is how many there are in all: what there is to use is shared by them."""
        self.query = query
        self.place = 0  # in the judge's hits
        self.paused = False
        self.budget = FilterBudget(now, min(SHARE_OF_ONE, SHARE_OF_ALL / max(1, rules)), BURST_SECONDS)

    def matched(self, now: float, seq: int, count: int) -> None:
        """So many matches, the first of them with this seq. Raises NotImplementedError where a lane does not say."""
        raise NotImplementedError

    def found(self, now: float, seq: int, entry: Candidate) -> None:
        """An entry matches."""
        self.matched(now, seq, 1)

    def miss(self, count: int) -> None:
        """So many entries were not looked at. Raises NotImplementedError where a lane does not say."""
        raise NotImplementedError


class RuleLane(Lane):
    """A rule that counts, or waits for none."""

    def __init__(self, query: Node, now: float, rules: int, machine: Machine) -> None:
        super().__init__(query, now, rules)
        self._machine = machine

    def matched(self, now: float, seq: int, count: int) -> None:
        self._machine.match(now, seq, count)

    def miss(self, count: int) -> None:
        self._machine.missed += count


class KindLane(Lane):
    """The failures of a service: those of a new kind go to every rule that waits for them, if its query matches."""

    def __init__(self, now: float, rules: int, is_new: Callable[[Failure], bool]) -> None:
        super().__init__(Failing(), now, rules)
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
