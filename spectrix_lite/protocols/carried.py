"""Carried: records within what their carrier says of them (labels, an envelope), of whose names it is worked out once
which of both are one field, so that both are read as one record.

Any pair that is not usual is left to the entry reader, which gives the same entry for each that is read here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Raw

from ..entries.entry import Entry, Limits
from ..entries.fields.levels import LONGEST as LONGEST_LEVEL
from ..entries.fields.levels import level_readers
from ..entries.fields.names import FieldCandidates, candidates
from ..entries.fields.values import LONGEST_SCALAR, Members, read_text, read_timestamp
from ..entries.shapes import MOST_BYTES, MOST_NAMES, ShapeReader

_MOST_PAIRS: Final = 256

Check = tuple[str, Callable[[Any], Any], int]
"""A key of the record, what reads it, and how long it may be: where that gives nothing, the carrier's counts."""


class _Plan(NamedTuple):
    """How a record of some names is read within what a carrier says by others."""

    checks: list[Check]
    merged: tuple[str, ...]
    kept: list[tuple[str, bytes]]  # keys of the carrier's that are no fields here, each as it stands in an object


class CarriedReader:
    """Reads pairs whose names it knows, or learns."""

    def __init__(self, shapes: ShapeReader, limits: Limits) -> None:
        self._shapes = shapes
        self._size, self._depth = limits.metadata, limits.depth
        self._plans: dict[tuple[tuple[str, ...], tuple[str, ...]], _Plan | None] = {}

    def entry(self, fields: Members, around: Members, arrived: str) -> Entry | None:
        """The entry, or None where it needs a closer look; nothing of either is used up. `arrived` stands in for a
        missing time.
        """
        names = tuple(fields), tuple(around)
        plan = self._plans.get(names)
        if plan is None and (plan := self._learn(*names)) is None:
            return None
        for key, read, longest in plan.checks:
            raw = fields[key]
            if len(raw) > longest or not read(bytes(raw)):
                return None
        whole = fields.copy()
        for name in plan.merged:
            whole[name] = around[name]
        entry = self._shapes.entry(whole, arrived)
        if entry is None or not plan.kept:
            return entry
        inside = b",".join([name + bytes(around[key]) for key, name in plan.kept])
        metadata = (
            b"{" + inside + b"}" if entry.metadata is UNSET else bytes(entry.metadata)[:-1] + b"," + inside + b"}"
        )
        if len(metadata) > self._size or metadata.count(b"{") + metadata.count(b"[") > self._depth:
            return None
        entry.metadata = Raw(metadata)
        return entry

    def _learn(self, names: tuple[str, ...], around: tuple[str, ...]) -> _Plan | None:
        if (names, around) in self._plans or len(names) + len(around) > MOST_NAMES:
            return None
        if sum(map(len, names)) + sum(map(len, around)) > MOST_BYTES:
            return None
        if len(self._plans) >= _MOST_PAIRS:
            self._plans.clear()
        plan = self._plans[names, around] = _plan(names, around)
        return plan


def _plan(names: tuple[str, ...], around: tuple[str, ...]) -> _Plan | None:
    inner, outer = candidates(names), candidates(around)
    checks: list[Check] = []
    kept: set[str] = set()
    for field in ("message", "endpoint", "method", "statusCode", "metadata"):
        if inner[field] and outer[field]:
            return None
    for field, check in (("level", _level), ("timestamp", _time), ("source", _source)):
        mine, theirs = _tried(inner, field), _tried(outer, field)
        if mine and theirs:
            if (made := check(inner)) is None:
                return None
            checks.append(made)
            kept |= theirs
    merged = tuple(name for name in around if name not in kept)
    # A name that both have: the entry reader knows what becomes of it. One of our own is no name for what is left.
    if any(name in names for name in merged) or "originalLevel" in (*names, *around):
        return None
    if inner["metadata"] or outer["metadata"]:
        return None
    left = [name for name in around if name in kept]
    if any(name in names and name not in {key for key, *_ in checks} for name in left):
        return None
    return _Plan(checks, merged, [(name, msgspec.json.encode(name) + b":") for name in left])


def _tried(found: FieldCandidates, field: str) -> set[str]:
    tries = found[field] + (found["level number"] if field == "level" else [])
    return {each.key for each in tries}


def _level(found: FieldCandidates) -> Check | None:
    readers = level_readers(found["level"], found["level number"])
    each, read = readers[0]
    return None if each.path else (each.key, read, LONGEST_LEVEL)


def _time(found: FieldCandidates) -> Check | None:
    each = found["timestamp"][0]
    return None if each.path else (each.key, read_timestamp, LONGEST_SCALAR)


def _source(found: FieldCandidates) -> Check | None:
    each = found["source"][0]
    return None if each.path else (each.key, read_text, 1024)
