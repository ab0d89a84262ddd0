"""Screen: which rules an entry may concern, told from what it has in a few fields, without looking at the rest.

As a rule most entries concern no rule at all, and cost no more than a look into a dictionary. It is exact: what it
leaves out no query would match, and where it is sure every one would. This is what is clever for speed: `verdict` is
held to the queries themselves by a test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """Of one service. Rules are bits, in the order of `queries`."""

    def __init__(self, queries: Sequence[Node]) -> None:
        named = {name for query in queries for name in _fields(query)}
        self._names = ("level", "status_code", *(name for name in ("method", "source") if name in named))
        self._key = attrgetter(*self._names)
        self._masks = _Masks(queries, self._names)

    def flagged(self, entries: Sequence[Entry]) -> list[tuple[Entry, int, int]]:
        """(entry, rules that it may concern, those of them that it surely does) for those that may concern one."""
        masks = self._masks
        found = list(map(masks.__getitem__, map(self._key, entries)))
        if not any(found):
            return []
        sure = masks.sure
        return [(entry, mask, sure[self._key(entry)]) for entry, mask in zip(entries, found, strict=True) if mask]


class _Masks(dict[tuple[Any, ...], int]):
    """By the fields' values: the rules that may be concerned."""

    def __init__(self, queries: Sequence[Node], names: Sequence[str]) -> None:
        super().__init__()
        self.sure: dict[tuple[Any, ...], int] = {}
        self._queries = queries
        self._names = names

    def __missing__(self, key: tuple[Any, ...]) -> int:
        if len(self) >= _MEMORY:
            self.clear()
            self.sure.clear()
        values = {name: value for name, value in zip(self._names, key, strict=True) if value is not UNSET}
        status = values.pop("status_code", 0)
        entry = Candidate(message="", status=status, **values)
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
        case Level() | Status() | Failing():
            return query.matches(entry)
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
