"""Screen: which rules an entry may concern, told from what it has in a few fields, without looking at the rest.

As a rule most entries concern no rule at all, and cost no more than a look into a dictionary. It is exact: what it
leaves out no query would match, and where it is sure every one would. This is what is clever for speed: `verdict` is
held to the queries themselves by a test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from msgspec import UNSET

from ..entries.entry import Entry
from ..query.candidate import Candidate
from ..query.nodes import And, Field, FieldPattern, Level, Node, Not, Or, Status

_MEMORY: Final = 4096  # combinations of fields that are remembered at once


class Failing(Node, frozen=True):
    """Not part of the language: a failure, as `query.failure` has it."""

    def matches(self, entry: Candidate) -> bool:
        return entry.level == "error" or entry.status >= 500


class Screen:
    """Of one service. Rules are bits, in the order of `queries`.

    First each field is looked at alone, which is cheapest, and leaves out most; what is left by all of them together.
    """

    def __init__(self, queries: Sequence[Node]) -> None:
        named = {name for query in queries for name in _fields(query)}
        names = ("level", "status_code", *(name for name in ("method", "source") if name in named))
        self._key = attrgetter(*names)
        self._together = _Masks(queries, names)
        self._level = _Masks(queries, names[:1])
        self._status = _Masks(queries, names[1:2])
        self._source = _Masks(queries, ("source",)) if "source" in named else None

    def flagged(self, entries: Sequence[Entry], wanted: int = -1) -> list[tuple[Entry, int, int]]:
        """(entry, rules that it may concern, those of them that it surely does) for those that may concern one.

        Rules that are not `wanted` are not looked for.
        """
        level, status, source, together = self._level, self._status, self._source, self._together
        if source is None:
            found = [entry for entry in entries if level[entry.level] & status[entry.status_code] & wanted]
        else:
            found = [
                entry
                for entry in entries
                if level[entry.level] & status[entry.status_code] & source[entry.source] & wanted
            ]
        keys = list(map(self._key, found))
        may = list(map(together.__getitem__, keys))
        sure = together.sure
        return [(entry, m, sure[key]) for entry, m, key in zip(found, may, keys, strict=True) if m]


@lru_cache(64)
def screen_of(queries: tuple[Node, ...]) -> Screen:
    """One for all services that have the same rules: what it has learned of one serves the others."""
    return Screen(queries)


class _Masks(dict[Any, int]):
    """By the fields' values: the rules that may be concerned."""

    def __init__(self, queries: Sequence[Node], names: Sequence[str]) -> None:
        super().__init__()
        self.sure: dict[Any, int] = {}
        self._queries = queries
        self._names = names

    def __missing__(self, key: Any) -> int:
        if len(self) >= _MEMORY:
            self.clear()
        if len(self.sure) >= 2 * _MEMORY:
            self.sure.clear()
        each = key if len(self._names) > 1 else (key,)
        values = {name: value for name, value in zip(self._names, each, strict=True) if value is not UNSET}
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
        self[key] = may
        self.sure[key] = sure
        return may


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
