"""Value shapes: records that were decoded to values, of whose names it is worked out once what each is.

What is usual in a record is read here: the first name that may be a field is that field. Any other is given back, to be
read as its JSON would be, which gives the same entry for any record that is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..core.timestamps import LONGEST as LONGEST_TIME
from ..core.timestamps import read_time
from ..entries.entry import Entry, Level, Limits
from ..entries.fields.levels import LONGEST as LONGEST_LEVEL
from ..entries.fields.levels import LevelReader, Meaning, level_readers
from ..entries.fields.names import CANONICAL, FieldCandidate, candidates, told

MOST_SHAPES: Final = 256
MOST_NAMES: Final = 64
MOST_BYTES: Final = 2048
"""What is remembered of them: a stranger chooses the names."""

_encode: Final = msgspec.json.Encoder().encode
_CLOSER: Final = frozenset(("body", "log", "@mt"))
"""Messages that need more than a look."""


class _ValueShape:
    """The key of each field, and what reads the level; `keys` are all of them, `read_from` is what is told of those."""

    __slots__ = ("keys", "level", "message", "nested", "read_from", "read_level", "source", "time")

    def __init__(self, names: tuple[str, ...]) -> None:
        found = candidates(names)
        levels = level_readers(found["level"], found["level number"])
        read: dict[str, FieldCandidate] = {}
        self.read_level = _cached(levels[0][1]) if levels else None
        self.level = self._first(read, "level", [each for each, _ in levels])
        self.time = self._first(read, "timestamp", found["timestamp"])
        self.message = self._first(read, "message", found["message"])
        self.source = self._first(read, "source", found["source"])
        self.nested = tuple({each.key for tries in found.values() for each in tries if each.path})
        self.keys = tuple(each.key for each in read.values())
        self.read_from: Raw | UnsetType = Raw(_encode(named)) if (named := told(read)) else UNSET

    def _first(self, read: dict[str, FieldCandidate], field: str, tries: Sequence[FieldCandidate]) -> str:
        """Empty where no name may be that field."""
        if not tries:
            return ""
        read[field] = tries[0]
        return tries[0].key


def _shape_of(names: tuple[str, ...]) -> _ValueShape | None:
    """None for names that need a closer look at each record: a request's, metadata of its own, one name for two."""
    found = candidates(names)
    if any(found[field] for field in ("endpoint", "method", "statusCode", "metadata")):
        return None
    if not found["message"] or found["message"][0].name in _CLOSER:
        return None
    if any(tries and tries[0].path for tries in found.values()):
        return None
    shape = _ValueShape(names)
    is_usual = len(set(shape.keys)) == len(shape.keys) and CANONICAL.isdisjoint(set(names) - set(shape.keys))
    return shape if is_usual else None


def _cached(read: LevelReader) -> Callable[[str | int], Meaning | None]:
    @lru_cache(maxsize=256)
    def read_value(value: str | int) -> Meaning | None:
        raw = _encode(value)
        return read(raw) if len(raw) <= LONGEST_LEVEL else None

    return read_value


class ValueShapeReader:
    """Reads records whose shape it knows, or learns; under one set of limits."""

    def __init__(self, limits: Limits) -> None:
        self._message, self._source = limits.message, limits.source
        self._metadata, self._depth = limits.metadata, limits.depth
        self._shapes: dict[tuple[str, ...], _ValueShape | None] = {}

    def entry(self, record: dict[str, Any], arrived: str) -> Entry | None:  # flat: each call is time
        """The entry of a record, or None where it needs a closer look. `arrived` stands in for a missing time."""
        names = tuple(record)
        shape = self._shapes.get(names)
        if shape is None and (shape := self._learn(names)) is None:
            return None
        for key in shape.nested:
            if type(record[key]) is dict:
                return None
        message = record[shape.message]
        if type(message) is not str or not message or len(message) > self._message:
            return None
        if not message.isascii() and len(message.encode()) > self._message:
            return None
        level: Level = "info"
        lost = False
        value = None
        if shape.read_level is not None:
            value = record[shape.level]
            if type(value) is not str and type(value) is not int:
                return None
            meaning = shape.read_level(value)
            if meaning is None:
                return None
            level, lost = meaning
        stamp: Any = arrived
        if shape.time:
            time = record[shape.time]
            if type(time) is not str or len(time) > LONGEST_TIME or (stamp := read_time(time)) is None:
                return None
        source: Any = UNSET
        if shape.source:
            source = record[shape.source]
            if type(source) is not str or not source or len(source.encode()) > self._source:
                return None
        entry = Entry(timestamp=stamp, level=level, message=message, source=source, read_from=shape.read_from)
        if len(shape.keys) == len(names) and not lost:
            return entry
        rest = record.copy()
        for key in shape.keys:
            del rest[key]
        if lost:
            if "originalLevel" in rest:
                return None
            rest = {"originalLevel": value, **rest}
        try:
            metadata = _encode(rest)
        except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
            return None
        if len(metadata) > self._metadata or metadata.count(b"{") + metadata.count(b"[") > self._depth:
            return None
        entry.metadata = Raw(metadata)
        return entry

    def _learn(self, names: tuple[str, ...]) -> _ValueShape | None:
        if names in self._shapes or len(names) > MOST_NAMES or sum(map(len, names)) > MOST_BYTES:
            return None
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        shape = self._shapes[names] = _shape_of(names)
        return shape
