"""Duration, request, trace and route by all of their spellings: the golden vectors that the page is held to as well."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.derived import DURATIONS, REQUEST_IDS, ROUTES, TRACE_IDS
from spectrix_lite.query.filter import candidate
from spectrix_lite.query.parser import parse_query


class Vector(msgspec.Struct):
    """An entry's endpoint and metadata (JSON text), and what is derived of them; what is absent is not there."""

    metadata: str | None = None
    endpoint: str = ""
    duration: float | None = None
    request: str | None = None
    trace: str | None = None
    route: str = ""

    def entry(self) -> Candidate:
        fields: dict[str, Any] = {"level": "info", "message": "m", "endpoint": self.endpoint}
        if self.metadata is not None:
            fields["metadata"] = Raw(self.metadata.encode())
        return candidate(msgspec.json.encode(fields))


VECTORS = msgspec.json.decode(
    (Path(__file__).parent.parent / "golden" / "derived.json").read_bytes(), type=list[Vector]
)


def _name(vector: Vector) -> str:
    return vector.metadata or ""


@pytest.mark.parametrize("vector", VECTORS, ids=_name)
def test_what_metadata_says(vector: Vector) -> None:
    entry = vector.entry()
    request, trace = entry.id("request"), entry.id("trace")
    assert entry.duration() == vector.duration
    assert (request and request.text, trace and trace.text) == (vector.request, vector.trace)
    assert entry.field("route").text == vector.route


@pytest.mark.parametrize("vector", VECTORS, ids=_name)
def test_a_query_finds_it(vector: Vector) -> None:
    entry = vector.entry()
    for field in ("request", "trace", "route"):
        value = getattr(vector, field)
        assert parse_query(f"{field}:*").matches(entry) == bool(value)
        if value:
            quoted = '"' + value.replace('"', '\\"') + '"'
            assert parse_query(f"{field}={quoted}").matches(entry)
            assert not parse_query(f"{field}!={quoted}").matches(entry)
    assert parse_query("duration:*").matches(entry) == (vector.duration is not None)
    if vector.duration is not None and "e" not in str(vector.duration):
        assert parse_query(f"duration={vector.duration}").matches(entry)
        assert parse_query(f"duration>={vector.duration}").matches(entry)
        assert not parse_query(f"duration>{vector.duration}").matches(entry)


def test_every_spelling_has_a_vector() -> None:
    together = " ".join(map(_name, VECTORS))
    for name in (*(name for name, _ in DURATIONS), *REQUEST_IDS, *TRACE_IDS, *ROUTES):
        assert f'"{name}":' in together


def test_what_is_derived_is_worked_out_once_however_many_terms_ask() -> None:
    members = b",".join(b'"key%d":{"took":[%d]}' % (number, number) for number in range(1500))
    names = b",".join(b'"%s":null' % name.encode() for name, _ in DURATIONS)
    run = b'{"level":"info","message":"m","metadata":{%b,%b}}' % (members, names)

    def took(query: str) -> float:
        parsed, times = parse_query(query), []
        for _ in range(5):
            entry = candidate(run)
            began = time.thread_time()
            assert not parsed.matches(entry)
            times.append(time.thread_time() - began)
        return min(times)

    one = took("duration>1")
    assert took(" OR ".join(f"duration>{number}" for number in range(30))) < 2 * one
    assert took(" OR ".join(f"trace:t{number} OR request:r{number}" for number in range(20))) < 4 * one
