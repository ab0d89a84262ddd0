"""Times as text: RFC 3339 in UTC with milliseconds, the one form in which the server writes a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)? ?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)


def is_canonical(stamp: str) -> bool:
    """Whether `stamp` is a real time already written as `rfc3339` writes it."""
    if len(stamp) != 24 or stamp[10] != "T" or stamp[23] != "Z" or stamp[19] != "." or stamp[5] == "W":
        return False
    try:
        datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return True


def read_time(value: str | float) -> str | None:
    """RFC 3339 text, or a number since 1970 (milliseconds, below 1e11 seconds), as `rfc3339` writes it.

    Text without an offset is taken as UTC. None for what is no time between the years 1 and 9999.
    """
    if isinstance(value, str):
        if is_canonical(value):
            return value
        match = _RFC3339.fullmatch(value.strip())
        if match is None:
            return None
        day, clock, fraction, offset = match.groups()
        zone = "+00:00" if offset is None or offset in "Zz" else offset
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '').ljust(6, '0')[:6]}{zone}")
            return _written(moment.astimezone(UTC))
        except (ValueError, OverflowError):
            return None
    try:
        return rfc3339(int(value if abs(value) >= 1e11 else value * 1000))
    except (ValueError, OverflowError):
        return None


def rfc3339(milliseconds: int) -> str:
    """Epoch milliseconds as RFC 3339 UTC with milliseconds: `2026-05-14T10:30:00.000Z`.

    Raises OverflowError beyond the years 1 to 9999.
    """
    second, millisecond = divmod(milliseconds, 1000)
    return f"{_second(second)}.{millisecond:03}Z"


@lru_cache(maxsize=64)  # the present second is asked for again and again
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"
