"""Screen: which rules an entry may concern, told from what it has in a few fields, without looking at the rest.

As a rule most entries concern no rule at all, and cost no more than a look into a dictionary. It is exact: what it
leaves out no query would match, and where it is sure every one would. This is what is clever for speed: `verdict` is
held to the queries themselves by a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import inf
from operator import attrgetter
from typing import Any, Final, TypeVar

from msgspec import UNSET

from ..entries.entry import LEVELS, Entry
from ..query.candidate import Candidate
from ..query.nodes import And, Field, FieldPattern, Level, Node, Not, Or, Status

_MEMORY: Final = 4096  # values, or combinations of them, that are remembered at once
_GUARDS: Final = 64

E = TypeVar("E", bound=Entry)


class Failing(Node, frozen=True):
    """Not part of the language: a failure, as `query.failure` has it."""

    def matches(self, entry: Candidate) -> bool:
        return entry.level == "error" or entry.status >= 500


class Screen:
    """Of one service. Rules are bits, in the order of `queries`.

    `guard` leaves out most entries as they arrive, by single fields, which is cheapest; `masks` tells of what is left
    by several together.
    """

    def __init__(self, queries: Sequence[Node]) -> None:
        named = {name for query in queries for name in _fields(query)}
        names = ("level", "status_code", *(name for name in ("source", "method") if name in named))
        needed = [guards_of(query) for query in queries]
        self._tests = list(dict.fromkeys(test for tests in needed for test in tests))
        numbers = {test: number for number, test in enumerate(self._tests)}
        self._needed = [sum(1 << numbers[test] for test in set(tests)) for tests in needed]  # of each query, as bits
        self._key = attrgetter(*names)
        self._together = _Masks(queries, names)
        self._guards: dict[int, Guard] = {}

    def guard(self, wanted: int) -> Guard:
        """Lets through what rules that are `wanted` may be concerned by. They change when a rule pauses."""
        needed = 0
        for bit, tests in enumerate(self._needed):
            if wanted >> bit & 1:
                needed |= tests
        guard = self._guards.get(needed)
        if guard is None:
            if len(self._guards) >= _GUARDS:
                self._guards.clear()
            tests_of = [test for number, test in enumerate(self._tests) if needed >> number & 1]
            guard = self._guards[needed] = Guard(tests_of)
        return guard

    def keys(self, entries: Sequence[Entry]) -> list[Any]:
        """What `masks` and `Guard.learn` have to know of each entry."""
        return list(map(self._key, entries))

    def masks(self, key: Any) -> tuple[int, int]:
        """The rules that an entry may concern, and those of them that it surely does."""
        return self._together[key]


class Guard:
    """Of each query one thing that must be so, told by one field: an entry of which none is so is let go.

    Values that were not met yet are let through, until `learn` has looked at them.
    """

    def __init__(self, tests: Sequence[tuple[str, Node]]) -> None:
        self._all = any(name == "" for name, _ in tests)
        self._levels = frozenset(
            level
            for level in LEVELS
            if any(name == "level" and query.matches(Candidate(level=level, message="")) for name, query in tests)
        )
        self._status = _Values([query for name, query in tests if name == "status_code"])
        self._source = _Values([query for name, query in tests if name == "source"])

    def flagged(self, entries: Sequence[E]) -> Sequence[E]:
        """Those that may concern a rule."""
        if self._all:
            return entries
        levels, statuses, sources = self._levels, self._status.others, self._source.others
        if self._source.tests and self._status.tests:
            return [e for e in entries if e.level in levels or e.status_code not in statuses or e.source not in sources]
        if self._source.tests:
            return [e for e in entries if e.level in levels or e.source not in sources]
        if self._status.tests:
            return [e for e in entries if e.level in levels or e.status_code not in statuses]
        return [e for e in entries if e.level in levels] if levels else ()

    def learn(self, keys: Iterable[Any]) -> None:
        """Looks at what was let through, by its keys: what concerns no rule is let go from now on."""
        keys = list(keys)
        if self._status.tests:
            for status in self._status.unknown({key[1] for key in keys}):
                self._status.learn(status, Candidate(level="", message="", status=status or 0))
        if self._source.tests:
            for source in self._source.unknown({key[2] for key in keys}):
                self._source.learn(source, Candidate(level="", message="", source=source or ""))


class _Values:
    """Those of one field: `met` are such as concern a rule, `others` none."""

    def __init__(self, tests: Sequence[Node]) -> None:
        self.tests = tests
        self.met: set[Any] = set()
        self.others: set[Any] = set()

    def unknown(self, values: set[Any]) -> set[Any]:
        """Those that it has not learned yet."""
        return values - self.met - self.others

    def learn(self, value: Any, asked: Candidate) -> None:
        """Whether it concerns a rule tells an entry that has nothing else."""
        found = self.met if any(test.matches(asked) for test in self.tests) else self.others
        if len(found) >= _MEMORY:
            found.clear()
        found.add(value)


def guards_of(query: Node) -> list[tuple[str, Node]]:
    """(field, query): whatever matches the query matches one of these, told by that field alone; "" tells of nothing.

    Of several that must be so the one that leaves out most of what usually comes.
    """
    match query:
        case Level():
            return [("level", query)]
        case Status():
            return [("status_code", query)]
        case Failing():
            return [("level", Level(":", "error")), ("status_code", Status(500, inf))]
        case Field(name="source", path=()) | FieldPattern(name="source", path=()):
            return [("source", query)]
        case Not(part=Level() | Status() | Field(name="source", path=()) as part):
            return [(guards_of(part)[0][0], query)]
        case And(parts=parts) if parts:
            return min(map(guards_of, parts), key=_breadth)
        case Or(parts=parts):
            return [test for part in parts for test in guards_of(part)]
    return [("", query)]


def _breadth(tests: list[tuple[str, Node]]) -> int:
    """How much of what usually comes it lets through: an info with the status 200, or without one."""
    usual = [Candidate(level="info", message="", status=status) for status in (0, 200)]
    wide = {"": 100, "source": 1}  # another field to look at costs a little more
    return sum(wide.get(name, 0) + 10 * (bool(name) and sum(query.matches(e) for e in usual)) for name, query in tests)


@lru_cache(64)
def screen_of(queries: tuple[Node, ...]) -> Screen:
    """One for all services that have the same rules: what it has learned of one serves the others."""
    return Screen(queries)


class _Masks(dict[Any, tuple[int, int]]):
    """By the fields' values: the rules that may be concerned, and those that surely are."""

    def __init__(self, queries: Sequence[Node], names: Sequence[str]) -> None:
        super().__init__()
        self._queries = queries
        self._names = names

    def __missing__(self, key: Any) -> tuple[int, int]:
        if len(self) >= _MEMORY:
            self.clear()
        values = {name: value for name, value in zip(self._names, key, strict=True) if value is not UNSET}
        entry = Candidate(
            level=values.get("level", ""),
            message="",
            source=values.get("source", ""),
            method=values.get("method", ""),
            status=values.get("status_code", 0),
        )
        may = sure = 0
        for bit, query in enumerate(self._queries):
            told = verdict(query, entry, frozenset(self._names))
            may |= (told is not False) << bit
            sure |= (told is True) << bit
        self[key] = may, sure
        return may, sure


def verdict(query: Node, entry: Candidate, known: frozenset[str]) -> bool | None:
    """Whether a query matches every entry that has these values in its `known` fields; None: that depends."""
    match query:
        case Level():
            return query.matches(entry) if "level" in known else None
        case Status():
            return query.matches(entry) if "status_code" in known else None
        case Failing():
            if "level" in known and entry.level == "error":
                return True
            if "status_code" in known and entry.status >= 500:
                return True
            return False if {"level", "status_code"} <= known else None
        case Field(name=name, path=()) | FieldPattern(name=name, path=()) if name in known:
            return query.matches(entry)
        case Not(part=part):
            told = verdict(part, entry, known)
            return None if told is None else not told
        case And(parts=parts):
            verdicts = [verdict(part, entry, known) for part in parts]
            return False if False in verdicts else None if None in verdicts else True
        case Or(parts=parts):
            verdicts = [verdict(part, entry, known) for part in parts]
            return True if True in verdicts else None if None in verdicts else False
    return None


def _fields(query: Node) -> Iterator[str]:
    match query:
        case Field(name=name, path=()) | FieldPattern(name=name, path=()):
            yield name
        case Not(part=part):
            yield from _fields(part)
        case And(parts=parts) | Or(parts=parts):
            for each in parts:
                yield from _fields(each)
