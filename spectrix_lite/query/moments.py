"""Moments of a query: `since:5m`, `time>14:05`, `time<"2026-11-28 23:00"`: which time of receipt each means, and when.

A time without a zone is UTC; without a day it is today's. The page reads them alike (`moments.js`).
"""

from __future__ import annotations

import re
from typing import Final

from ..core.timestamps import read_time, rfc3339
from .nodes import And, Moment, Node, Not, Or, Received

_SPAN: Final = re.compile(r"(\d{1,9})(s|m|h|d|w)", re.ASCII)
_UNITS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?", re.ASCII)
_DAY: Final = re.compile(
    r"\d{4}-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_YEARS: Final = 253_402_300_800_000  # until the year 10000


def milliseconds(span: str) -> int | None:
    """How long `5m` is, or `30s`, `2h`, `7d`, `1w`; None for what is no span."""
    found = _SPAN.fullmatch(span)
    return int(found[1]) * _UNITS[found[2]] if found else None


def bounds(span: str, now: int) -> tuple[str | None, str | None] | None:
    """(from, to) of a view's range at `now`, as `receivedAt` has them: of `-1h` and of `2026-11-28T23:00:00Z/` only
    where it begins; of two RFC 3339 times with a slash between them both, the second exclusive. None for what is none
    of these, or ends before it begins.
    """
    if span.startswith("-"):
        ago = milliseconds(span[1:])
        return None if ago is None else (rfc3339(max(0, now - ago)), None)
    first, _, last = span.partition("/")
    start, end = read_time(first), read_time(last) if last else None
    return None if start is None or (last and (end is None or end <= start)) else (start, end)


def is_clock(text: str) -> bool:
    """Whether it is a time of a day, such as `14:05`."""
    return _CLOCK.fullmatch(text) is not None


def day_and_time(text: str) -> str | None:
    """A day, `2026-11-28`, or a time of it, `2026-11-28 23:00`, in RFC 3339; None for anything else."""
    text = text.upper()
    if _DAY.fullmatch(text) is None:
        return None
    return read_time(text if len(text) > 10 else f"{text}T00:00:00")


def resolved(node: Node, now: int) -> Node:
    """The query as it is meant at `now`, milliseconds since 1970."""
    match node:
        case Moment(op, span, clock):
            if clock:
                return Received(op, _at(clock, now))
            return Received(op, rfc3339(max(0, min(now - span, _YEARS - 1))))
        case Not(part):
            inner = resolved(part, now)
            return node if inner is part else Not(inner)
        case And(parts) | Or(parts):
            inners = tuple(resolved(part, now) for part in parts)
            return node if all(one is other for one, other in zip(inners, parts, strict=True)) else type(node)(inners)
        case _:
            return node


def _at(clock: str, now: int) -> str:
    whole, _, fraction = clock.partition(".")
    return f"{rfc3339(now)[:10]}T{whole if len(whole) > 5 else whole + ':00'}.{fraction.ljust(3, '0')}Z"
