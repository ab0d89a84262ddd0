"""Derived fields: what metadata says of an entry's duration, request, trace and route, by all of their spellings.

Metadata stays as it was sent. The page reads the same spellings (`entry/derived.js`); `tests/golden/derived.json` holds
both to them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .member import Leaf

Path = tuple[str, ...]
Lookup = Callable[[Path], Leaf | None]
"""What stands at a path of metadata; None where nothing does."""

_Unit = Literal["", "ms", "s", "ns"]

DURATIONS: Final[tuple[tuple[str, _Unit], ...]] = (
    ("duration", ""),
    *((name, "ms") for name in ("duration_ms", "durationMs", "responseTime", "response_time", "response-time")),
    *((name, "ms") for name in ("elapsed_ms", "latency_ms", "took")),
    ("request_time", "s"),
    ("event.duration", "ns"),
    ("Duration", "ns"),
)
"""Names in order, each with its unit; `duration` is milliseconds, a text with its own unit, or Caddy's seconds."""

REQUEST_IDS: Final = ("requestId", "request_id", "req.id", "x-request-id")
TRACE_IDS: Final = ("traceId", "trace_id", "trace.id", "dd.trace_id", "otelTraceID")
ROUTES: Final = ("route", "http.route")

_FACTORS: Final = {"ms": 1.0, "s": 1000.0, "ns": 1e-6, "us": 1e-3, "\u00b5s": 1e-3, "\u03bcs": 1e-3}
_TEXT = re.compile("([0-9]{1,18}(?:\\.[0-9]{1,18})?) ?(ms|s|ns|us|\u00b5s|\u03bcs|)")


def _paths(name: str) -> tuple[Path, ...]:
    """A dotted name as one key, then as objects within objects."""
    return ((name,),) if "." not in name else ((name,), tuple(name.split(".")))


_DURATIONS: Final = tuple((path, unit) for name, unit in DURATIONS for path in _paths(name))
_IDS: Final = {
    "request": tuple(path for name in REQUEST_IDS for path in _paths(name)),
    "trace": tuple(path for name in TRACE_IDS for path in _paths(name)),
}
_ROUTES: Final = tuple(path for name in ROUTES for path in _paths(name))


class _Durations(msgspec.Struct, gc=False):
    duration: Raw | UnsetType = UNSET
    bytes_read: Raw | UnsetType = UNSET


_durations: Final = msgspec.json.Decoder(_Durations).decode


def plain_duration(metadata: bytes) -> float | None:
    """As `duration_of` in a tenth of the time, where a number is its `duration`, as most have it; None: look there."""
    if b'"duration"' not in metadata:
        return None
    found = _durations(metadata)
    if found.duration is UNSET or found.bytes_read is not UNSET:
        return None
    text = bytes(found.duration)
    taken = float(text) if text[:1].isdigit() else math.inf
    return taken if taken < math.inf else None


def duration_of(at: Lookup) -> float | None:
    """How long it took in milliseconds; None where metadata does not say."""
    for path, unit in _DURATIONS:
        leaf = at(path)
        if leaf is None:
            continue
        if not unit and not leaf.is_string:
            is_caddy = at(("bytes_read",)) is not None and at(("request",)) is not None
            unit = "s" if is_caddy else "ms"
        if (found := _milliseconds(leaf, unit)) is not None:
            return found
    return None


def id_of(at: Lookup, field: str) -> Leaf | None:
    """The id of the `request` or of the `trace`: the first that is a text or a number; None without one."""
    for path in _IDS[field]:
        leaf = at(path)
        if leaf is not None and (leaf.text != "" if leaf.is_string else leaf.number() is not None):
            return leaf
    return None


def route_of(at: Lookup) -> str:
    """The route as its framework has it, such as `/users/:id`; "" where only the path tells."""
    for path in _ROUTES:
        leaf = at(path)
        if leaf is not None and leaf.is_string and leaf.text:
            return leaf.text
    return ""


def _milliseconds(leaf: Leaf, unit: _Unit) -> float | None:
    """None for what is no time of 0 or more; without a `unit` a text must have one."""
    if leaf.is_string:
        match = _TEXT.fullmatch(leaf.text)
        if match is None or not (match[2] or unit):
            return None
        return float(match[1]) * _FACTORS[match[2] or unit]
    number = leaf.number()
    if number is None or not 0 <= number.value < math.inf:
        return None
    return number.value * _FACTORS[unit]
