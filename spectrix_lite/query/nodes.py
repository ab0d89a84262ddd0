"""Nodes of a query's tree: each is asked of one entry. Equal queries are equal trees, and share work.

What each term means is told in `docs/query.md`; `tests/golden/queries.json` holds this side and the page's to it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from .candidate import Candidate
from .member import Leaf
from .numbers import Exact
from .regex import Expression

Op = Literal[":", "=", "!=", ">", ">=", "<", "<="]

COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
RANKS: Final = {"debug": 0, "info": 1, "warn": 2, "error": 3}


class Node(msgspec.Struct, frozen=True, tag=True):
    """A part of a query."""

    @property
    def cost(self) -> int:
        """How dear it is to ask, against others: of an AND and of an OR the cheap ones are asked first."""
        return 1

    def matches(self, entry: Candidate) -> bool:
        """Whether the entry matches. Raises NotImplementedError where a node does not say."""
        raise NotImplementedError


class _Group(Node, frozen=True):
    parts: tuple[Node, ...]

    @property
    def cost(self) -> int:
        return sum(part.cost for part in self.parts)


class And(_Group, frozen=True):
    """All of its parts match; without any it leaves nothing out."""

    def matches(self, entry: Candidate) -> bool:
        for part in self.parts:  # noqa: SIM110  a generator would cost as much as many a part
            if not part.matches(entry):
                return False
        return True


class Or(_Group, frozen=True):
    """One of its parts matches."""

    def matches(self, entry: Candidate) -> bool:
        for part in self.parts:  # noqa: SIM110
            if part.matches(entry):
                return True
        return False


def cheapest_first(parts: list[Node]) -> tuple[Node, ...]:
    """In the order to ask them in; those that cost alike stay as they are. No part has an effect on another."""
    return tuple(sorted(parts, key=lambda part: part.cost))


class Not(Node, frozen=True):
    """Whatever its part does not match."""

    part: Node

    @property
    def cost(self) -> int:
        return self.part.cost

    def matches(self, entry: Candidate) -> bool:
        return not self.part.matches(entry)


class Text(Node, frozen=True):
    """Somewhere in the entry, whatever its case; `text` is in lower case."""

    text: str

    @property
    def cost(self) -> int:
        return 8

    def matches(self, entry: Candidate) -> bool:
        if "\n" in self.text:  # the fields lie with line ends between them
            return any(self.text in field.lower() for field in entry.fields())
        return self.text in entry.text()


class Pattern(Node, frozen=True):
    """A regular expression that one of the five fields holds."""

    expression: Expression

    @property
    def cost(self) -> int:
        return 16 + self.expression.size

    def matches(self, entry: Candidate) -> bool:
        # One look instead of five, for most entries; of a long one it might cost as much again.
        if self.expression.is_local and (whole := entry.short()) and not self.expression.found_in(whole):
            return False
        for field in entry.fields():  # noqa: SIM110
            if self.expression.found_in(field.utf8()):
                return True
        return False


class Level(Node, frozen=True):
    """A level against another, by rank: debug, info, warn, error."""

    op: Op
    level: str

    def matches(self, entry: Candidate) -> bool:
        if self.op in (":", "="):
            return entry.level == self.level
        if self.op == "!=":
            return entry.level != self.level
        return COMPARE[self.op](RANKS[entry.level], RANKS[self.level])


class Status(Node, frozen=True):
    """`least` to `most`, both included; where there is none, it never matches."""

    least: float
    most: float

    def matches(self, entry: Candidate) -> bool:
        return entry.status != 0 and self.least <= entry.status <= self.most


class Duration(Node, frozen=True):
    """Milliseconds."""

    op: Op
    value: float

    @property
    def cost(self) -> int:
        return _DERIVED

    def matches(self, entry: Candidate) -> bool:
        taken = entry.duration()
        if taken is None:
            return self.op == "!="
        if self.op in COMPARE:
            return COMPARE[self.op](taken, self.value)
        return (taken == self.value) is (self.op != "!=")


class Field(Node, frozen=True):
    """A text of the entry. `name` is message, path, source, method, route, request, trace; or `path` is in metadata.

    `how` is whole or part (ignoring case; `text` is in lower case), exact (`number` is what the text says), or there.
    """

    name: str
    path: tuple[str, ...]
    how: Literal["whole", "part", "exact", "there"]
    text: str = ""
    number: Exact | None = None

    @property
    def cost(self) -> int:
        return _field_cost(self.name)

    def matches(self, entry: Candidate) -> bool:
        found = _field(entry, self.name, self.path)
        if found is None:
            return False
        if self.how == "there":
            return found.text != "" and (found.is_string or found.text != "null")
        if self.how == "exact":
            return found.text == self.text or _is_number(found, "=", self.number)
        return found.lower() == self.text if self.how == "whole" else self.text in found.lower()


class FieldPattern(Node, frozen=True):
    """A regular expression in one field."""

    name: str
    path: tuple[str, ...]
    expression: Expression

    @property
    def cost(self) -> int:
        return _field_cost(self.name) + 8 + self.expression.size

    def matches(self, entry: Candidate) -> bool:
        found = _field(entry, self.name, self.path)
        return found is not None and self.expression.found_in(found.utf8())


class Number(Node, frozen=True):
    """A number in the metadata against another."""

    path: tuple[str, ...]
    op: Op
    number: Exact

    @property
    def cost(self) -> int:
        return _MEMBER

    def matches(self, entry: Candidate) -> bool:
        leaf = entry.member(self.path)
        return leaf is not None and _is_number(leaf, self.op, self.number)


class Received(Node, frozen=True):
    """When it came, against a time as RFC 3339 writes it."""

    op: Op
    at: str

    def matches(self, entry: Candidate) -> bool:
        received = entry.received_at
        match self.op:
            case ">":
                return received > self.at
            case ">=":
                return received >= self.at
            case "<":
                return received < self.at
            case _:
                return received <= self.at


class Moment(Node, frozen=True):
    """When it came, against a time that depends on when that is asked: `span` milliseconds ago, or today at `clock`.

    It does not say before `moments.resolved` has made a `Received` of it.
    """

    op: Op
    span: int = 0
    clock: str = ""


_MEMBER: Final = 6
_DERIVED: Final = 12
"""What is sought under several names."""

_COSTS: Final = {
    **{"source": 2, "method": 2, "path": 2, "message": 3},
    **dict.fromkeys(("route", "request", "trace"), _DERIVED),
}


def _field_cost(name: str) -> int:
    return _COSTS.get(name, _MEMBER)


def _field(entry: Candidate, name: str, path: tuple[str, ...]) -> Leaf | None:
    if path:
        return entry.member(path)
    return entry.id(name) if name == "request" or name == "trace" else entry.field(name)


def _is_number(found: Leaf, op: str, wanted: Exact | None) -> bool:
    number = None if wanted is None else found.number()
    return number is not None and wanted is not None and number.holds(op, wanted)
