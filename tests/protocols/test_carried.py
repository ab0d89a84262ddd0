"""A record within what its carrier says: read at once, it is the entry that the entry reader makes of both."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from spectrix_lite.entries.entry import Limits, encode
from spectrix_lite.entries.entry_reader import EntryReader
from spectrix_lite.entries.fields.values import Members
from spectrix_lite.entries.shapes import ShapeReader
from spectrix_lite.protocols.carried import CarriedReader

from .golden import ARRIVED

INNER: list[dict[str, Any]] = [
    {"msg": "a", "level": 30, "time": 1795971076232, "pid": 7},
    {"msg": "a", "level": "fatal", "userId": 7},
    {"message": "a"},
    {"message": "a", "level": "odd", "logger": "own", "host": "own"},
    {"message": "a", "level": None, "source": ""},
    {"msg": "a", "req": {"method": "GET", "url": "/a"}, "res": {"statusCode": 200}},
    {"userId": 7},
    {"metadata": {"a": 1}, "msg": "a"},
    {"timestamp": "soon", "msg": "a", "severity": "error"},
]
AROUND: list[dict[str, Any]] = [
    {"level": "warn", "host": "web-1", "app": "shop"},
    {"host": "web-1"},
    {"severity": "critical", "service": "shop"},
    {"source": "outer", "message": "theirs", "time": "2026-11-29T16:00:00Z"},
    {"method": "POST", "path": "/b"},
    {"metadata": {"b": 2}, "level": "error"},
    {"originalLevel": "x", "level": "warn"},
]


def members(record: dict[str, Any]) -> Members:
    return {name: Raw(msgspec.json.encode(value)) for name, value in record.items()}


@pytest.mark.parametrize("limits", [Limits(), Limits(metadata=40, source=4)], ids=["usual", "small"])
def test_it_is_the_entry_that_the_entry_reader_makes(limits: Limits) -> None:
    reader = CarriedReader(ShapeReader(limits), limits)
    at_once = 0
    for inner, around in [*itertools.product(INNER, AROUND)] * 2:  # the second time their names are known
        entry = reader.entry(members(inner), members(around), ARRIVED)
        if entry is not None:
            at_once += 1
            expected = EntryReader(members(inner), limits, members(around)).entry(ARRIVED)
            assert not isinstance(expected, tuple)
            assert json.loads(encode(entry)) == json.loads(encode(expected)), (inner, around)
    assert at_once >= (30 if limits.metadata > 40 else 1)
