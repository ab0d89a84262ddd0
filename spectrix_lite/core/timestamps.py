"""Timestamps: RFC 3339 in UTC with milliseconds, the one form in which a time is written, and all that are read.

Reading is linear in what is read, and nothing longer than `LONGEST` characters is a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

LONGEST: Final = 64
"""Characters of the longest text that is read as a time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OLDEST: Final = 10**8  # seconds: a smaller number is a duration, a count or an uptime, and no time
_MILLISECONDS: Final = 10**11
_MICROSECONDS: Final = 10**14
_NANOSECONDS: Final = 10**17

_SECOND = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d", re.ASCII)
_NUMBER = re.compile(r"(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?", re.ASCII)

_CLOCK = r"(?P<clock>\d\d{0}\d\d(?:{0}\d\d)?)(?:[.,](?P<fraction>\d+))?"
_ZONE = r"(?: ?(?:Z|UTC?|GMT)| ?(?P<offset>[+-]\d\d(?::?\d\d)?)(?: ?(?:UTC|GMT|\([\w ]+\)))?| (?P<name>[ECMP][SD]T))?"
_REGION = r"(?:\[[\w/+-]+\])?"  # as Java's ZonedDateTime names it besides the offset
_FLAGS = re.ASCII | re.IGNORECASE
_ISO = (
    re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:T| +)" + _CLOCK.replace("{0}", ":") + _ZONE + _REGION, _FLAGS),
    re.compile(r"(?P<day>\d{8})(?:T| )" + _CLOCK.replace("{0}", "") + _ZONE, _FLAGS),
)
_DAY_FIRST = re.compile(  # RFC 2822's `Sun, 29 Nov 2026 16:45:00 +0000`, an access log's `[29/Nov/2026:16:45:00 +0000]`
    r"\[?(?:[A-Z]{3},? +)?(?P<date>\d{1,2})(?: +|/|-)(?P<month>[A-Z]{3})(?: +|/|-)(?P<year>\d{4})(?: +|:)"
    + _CLOCK.replace("{0}", ":")
    + _ZONE
    + r"\]?",
    _FLAGS,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES: Final = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}  # RFC 2822


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
    """A time in any usual form as `rfc3339` writes it, cut to milliseconds; None for what is no time.

    Text is RFC 3339 or ISO 8601 (a blank for the T, a comma, `+00`, `+0000`, ` UTC`, basic), RFC 2822, or the Common
    Log Format; without a zone it is UTC. A number, also as text, counts since 1970: seconds from 1e8 on, milliseconds
    from 1e11, microseconds from 1e14, nanoseconds from 1e17. Years are 1 to 9999.
    """
    text = value if isinstance(value, str) else repr(value)
    if is_canonical(text):
        return text
    text = text.strip()
    try:
        # The usual form first: of what is finer than a second, and a zone, each second is worked out once.
        if len(text) > 20 and text[19] in ".,":
            zone = -1 if text[-1] in "Zz" else -6 if text[-6] in "+-" else len(text)
            fraction = text[20:zone]
            if fraction.isdecimal() and fraction.isascii():
                return f"{_utc(text[:19], text[zone:])}.{(fraction + '000')[:3]}Z"
        if len(text) > LONGEST:
            return None
        if (number := _NUMBER.fullmatch(text)) is not None:
            return _from_number(*number.groups(default=""))
        return _from_calendar(text)
    except (ValueError, OverflowError):  # no such day, or beyond the years
        return None


def read_epoch(whole: int, fraction: str = "") -> str | None:
    """A number since 1970, with the digits behind its point, as `read_time` reads it."""
    try:
        return _from_epoch(whole, fraction)
    except OverflowError:
        return None


def _from_epoch(whole: int, fraction: str) -> str | None:
    if whole < _OLDEST:
        return None
    if whole < _MILLISECONDS:
        return f"{_second(whole)}.{(fraction + '000')[:3]}Z"
    if whole < _MICROSECONDS:
        return rfc3339(whole)
    return rfc3339(whole // (1000 if whole < _NANOSECONDS else 1_000_000))


def _from_number(whole: str, fraction: str, exponent: str) -> str | None:
    """By its digits, not as a float: that has too few of them for a millisecond of now."""
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).ljust(point, "0")
    return _from_epoch(int(digits[: max(0, point)] or 0), digits[max(0, point) :])


def _from_calendar(text: str) -> str | None:
    for pattern in _ISO:
        if (match := pattern.fullmatch(text)) is not None:
            day = match["day"]
            if "-" not in day:
                day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
            return _written(day, match)
    if (match := _DAY_FIRST.fullmatch(text)) is not None:
        month = _MONTHS.index(match["month"].lower()) + 1
        return _written(f"{match['year']}-{month:02}-{int(match['date']):02}", match)
    return None


def _written(day: str, match: re.Match[str]) -> str:
    clock = match["clock"].replace(":", "")
    zone = match["offset"] or ""
    if match["name"]:
        zone = f"{_ZONES[match['name'].lower()]:+03}"
    moment = f"{day}T{clock[:2]}:{clock[2:4]}:{clock[4:] or '00'}"
    return f"{_utc(moment, zone)}.{((match['fraction'] or '') + '000')[:3]}Z"


@lru_cache(maxsize=256)  # entries of one second come together
def _utc(second: str, zone: str) -> str:
    """`2026-05-14T10:30:00`, in UTC. Raises ValueError, OverflowError."""
    if _SECOND.fullmatch(second) is None:
        raise ValueError(second)
    moment = datetime.fromisoformat(second)
    if zone not in ("", "Z", "z"):
        hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
        if hours > 23 or minutes > 59:
            raise ValueError(zone)
        offset = timedelta(hours=hours, minutes=minutes)
        moment = moment + offset if zone[0] == "-" else moment - offset
    return moment.isoformat()


_MILLISECOND: Final = tuple(f".{each:03}Z" for each in range(1000))  # to format one takes as long as all the rest


def rfc3339(milliseconds: int) -> str:
    """Epoch milliseconds as RFC 3339 UTC with milliseconds: `2026-05-14T10:30:00.000Z`.

    Raises OverflowError beyond the years 1 to 9999.
    """
    second, millisecond = divmod(milliseconds, 1000)
    return _second(second) + _MILLISECOND[millisecond]


@lru_cache(maxsize=64)  # the present second is asked for again and again
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]
