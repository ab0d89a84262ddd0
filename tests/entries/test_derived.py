"""Duration, request, trace and route by all of their spellings."""

from __future__ import annotations

from typing import Any

import pytest

from spectrix_lite.entries.derived import DURATIONS, duration_of, request_of, route_of, trace_of


@pytest.mark.parametrize(
    ("metadata", "milliseconds"),
    [
        *(({name: 12.5}, 12.5) for name, unit in DURATIONS if unit == "ms"),
        *(({name: "12.5"}, 12.5) for name, unit in DURATIONS if unit == "ms"),
        ({"duration": 12}, 12),
        ({"duration": "12.5ms"}, 12.5),
        ({"duration": "1.2s"}, 1200),
        ({"duration": "850µs"}, 0.85),
        ({"duration": 0.0123, "request": {}, "bytes_read": 0}, 12.3),
        ({"duration": 0.5, "request": {}}, 0.5),
        ({"request_time": "0.012"}, 12),
        ({"event": {"duration": 12_000_000}}, 12),
        ({"event.duration": 12_000_000}, 12),
        ({"Duration": 12_000_000}, 12),
        ({"duration_ms": "soon", "took": 3}, 3),
        ({"duration": -1}, None),
        ({"duration": True}, None),
        ({"duration": 10**400}, None),
        ({"duration": "9" * 100_000}, None),
        ({"event": "duration"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_duration_in_milliseconds(metadata: dict[str, Any], milliseconds: float | None) -> None:
    found = duration_of(metadata)
    assert found == (None if milliseconds is None else pytest.approx(milliseconds))


def test_ids_and_routes() -> None:
    for name in ("requestId", "request_id", "req.id", "x-request-id"):
        assert request_of({name: "r1"}) == "r1"
    assert request_of({"req": {"id": 7}}) == "7"
    for name in ("traceId", "trace_id", "trace.id", "dd.trace_id", "otelTraceID"):
        assert trace_of({name: "t1"}) == "t1"
    assert trace_of({"dd": {"trace_id": "t1"}, "trace_id": ""}) == "t1"
    assert route_of({"route": "/users/:id", "http.route": "/x"}) == "/users/:id"
    assert route_of({"http": {"route": "/users/{id}"}}) == "/users/{id}"
    assert (request_of({"req": {"id": None}}), trace_of({"trace_id": []}), route_of({"route": 1})) == (None, None, None)
