"""Derived fields: what metadata says of an entry's duration, request, trace and route, by all of their spellings.

Pure, and metadata stays as it was sent. A value is what `json` makes of it: text, numbers, dicts, lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

Unit = Literal["ms", "s", "ns", "text"]

DURATIONS: Final[tuple[tuple[str, Unit], ...]] = (
    ("duration", "text"),
    *((name, "ms") for name in ("duration_ms", "durationMs", "responseTime", "response_time", "response-time")),
    *((name, "ms") for name in ("elapsed_ms", "latency_ms", "took")),
    ("request_time", "s"),
    ("event.duration", "ns"),
    ("Duration", "ns"),
)
"""Names in order, each with its unit; `text` is a number of milliseconds, `12.5ms` or `1.2s`, or Caddy's seconds."""

REQUEST_IDS: Final = ("requestId", "request_id", "req.id", "x-request-id")
TRACE_IDS: Final = ("traceId", "trace_id", "trace.id", "dd.trace_id", "otelTraceID")
ROUTES: Final = ("route", "http.route")

_FACTORS: Final[dict[str, float]] = {"ms": 1, "s": 1000, "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "": 1}
_LONGEST: Final = 1e18
_TEXT = re.compile(r"\s*(\d{1,18}(?:\.\d{1,18})?)\s*(ms|s|ns|us|µs)?\s*", re.ASCII)


def duration_of(metadata: Mapping[str, Any]) -> float | None:
    """How long it took in milliseconds; None where metadata does not say."""
    for name, unit in DURATIONS:
        value = member_of(metadata, name)
        if unit == "text" and isinstance(value, int | float) and {"request", "bytes_read"} <= metadata.keys():
            unit = "s"  # Caddy's
        if (found := _milliseconds(value, unit)) is not None:
            return found
    return None


def request_of(metadata: Mapping[str, Any]) -> str | None:
    """The id of the request, as text."""
    return _first_text(metadata, REQUEST_IDS)


def trace_of(metadata: Mapping[str, Any]) -> str | None:
    """The id of the trace, as text."""
    return _first_text(metadata, TRACE_IDS)


def route_of(metadata: Mapping[str, Any]) -> str | None:
    """The route as its framework has it, such as `/users/:id`; None where only the path tells."""
    return next((value for name in ROUTES if isinstance(value := member_of(metadata, name), str) and value), None)


def member_of(metadata: Mapping[str, Any], name: str) -> Any:
    """A member by its dotted name: as one key, else by objects within objects; None where there is none."""
    if name in metadata:
        return metadata[name]
    value: Any = metadata
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _milliseconds(value: Any, unit: Unit) -> float | None:
    if isinstance(value, str) and (match := _TEXT.fullmatch(value)) is not None:
        return float(match[1]) * _FACTORS[match[2] or ("" if unit == "text" else unit)]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= _LONGEST:
        return None
    return value * _FACTORS["" if unit == "text" else unit]


def _first_text(metadata: Mapping[str, Any], names: Iterable[str]) -> str | None:
    for name in names:
        value = member_of(metadata, name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None
