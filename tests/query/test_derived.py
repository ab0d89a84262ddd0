"""Duration, request, trace and route by all of their spellings: the golden vectors that the page is held to as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from spectrix_lite.query import candidate as query_candidate
from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.derived import DURATIONS, REQUEST_IDS, ROUTES, TRACE_IDS, Lookup
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


def test_what_is_derived_is_worked_out_once_however_many_terms_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    names = b",".join(b'"%s":null' % name.encode() for name, _ in DURATIONS)
    entry = candidate(b'{"level":"info","message":"m","metadata":{"key":{"took":[1]},%b}}' % names)
    asked: list[str] = []

    def noted(how: str, work_out: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(at: Lookup, *more: str) -> Any:
            asked.append(" ".join((how, *more)))
            return work_out(at, *more)

        return wrapper

    for how in ("duration_of", "id_of", "route_of"):
        monkeypatch.setattr(query_candidate, how, noted(how, getattr(query_candidate, how)))
    for term in ("duration>{}", "trace:t{} OR request:r{}", "route:/a{}"):
        assert not parse_query(" OR ".join(term.format(number, number) for number in range(20))).matches(entry)
    assert sorted(asked) == ["duration_of", "id_of request", "id_of trace"]  # no byte of it says that it has a route
    routed = candidate(b'{"level":"info","message":"m","metadata":{"route":"/x"}}')
    assert not parse_query(" OR ".join(f"route:/a{number}" for number in range(20))).matches(routed)
    assert asked.count("route_of") == 1
