"""Field values: what the JSON text of a member says as a field's text, time, status or path; None where it is none."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Raw

from ..core.timestamps import LONGEST as _LONGEST_TIME
from ..core.timestamps import read_time
from .field_names import Candidate

LONGEST_SCALAR: Final = _LONGEST_TIME + 2
"""Bytes of the longest JSON text that is read as a time or a status."""

_decode_text: Final = msgspec.json.Decoder(str).decode
_decode_object: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_STATUS = re.compile(r"\s*[1-5][0-9]{2}(?:\.0*)?\s*", re.ASCII)
_URL = re.compile(r"(https?://)([^/?#]*+)([^?#]*+)(.*+)", re.IGNORECASE | re.DOTALL)

Members = dict[str, Raw]
Opened = MutableMapping[tuple[str, ...], Members]
"""The nested objects of one record that were opened already, by the way to them."""


def members_of(raw: Raw | bytes) -> Members:
    """The members of an object, none of anything else."""
    return _decode_object(raw) if memoryview(raw)[0] == 0x7B else {}


def find_value(fields: Members, candidate: Candidate, opened: Opened) -> Raw | None:
    """The value of a candidate; below the key a name's own spelling comes before any other case."""
    raw = fields[candidate.key]
    way: tuple[str, ...] = (candidate.key,)
    for name in candidate.path:
        inner = opened.get(way)
        if inner is None:
            inner = opened[way] = members_of(raw)
        found = inner.get(name)
        if found is None:
            name = name.lower()
            found = next((inner[key] for key in inner if key.lower() == name), None)
            if found is None:
                return None
        raw = found
        way = (*way, name)
    return raw


def read_text(raw: Raw | bytes) -> str | None:
    """The text of a JSON string."""
    try:
        return _decode_text(raw)
    except msgspec.ValidationError:
        return None


def read_body(raw: Raw | bytes) -> str | None:
    """Text, or the one value of OpenTelemetry's `{"stringValue": …}`; lists and maps as their JSON."""
    if (text := read_text(raw)) is not None:
        return text
    members = members_of(raw)
    if len(members) != 1:
        return None
    (kind, value), *_ = members.items()
    if kind in ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue"):
        text = read_text(value)
        return bytes(value).decode() if text is None and memoryview(value)[0] not in b"{[" else text
    return bytes(value).decode() if kind in ("arrayValue", "kvlistValue") else None


@lru_cache(maxsize=1024)
def read_timestamp(raw: bytes) -> str | None:
    """A time, from the text of a JSON string or number of at most `LONGEST_SCALAR` bytes."""
    if raw[0] == 0x22:
        return read_time(_decode_text(raw) if b"\\" in raw else raw[1:-1].decode())
    return read_time(raw.decode())


@lru_cache(maxsize=1024)
def read_status(raw: bytes) -> int | None:
    """A whole number from 100 to 599, from a JSON number, or a string, of at most `LONGEST_SCALAR` bytes."""
    if raw[0] == 0x22:
        text = _decode_text(raw)
        return int(text.split(".")[0]) if _STATUS.fullmatch(text) else None
    if raw[0] not in b"-0123456789":
        return None
    number = float(raw)
    return int(number) if 100 <= number <= 599 and number % 1 == 0 else None


def is_path(text: str) -> bool:
    """Whether it may be an endpoint: a path, or a whole URL."""
    return text.startswith("/") or _URL.match(text) is not None


def split_url(url: str) -> tuple[str, str]:
    """The path of a whole URL, and the URL without user info; of a path the path, twice."""
    if (match := _URL.fullmatch(url)) is None:
        return url, url
    scheme, authority, path, rest = match.groups()
    return path or "/", f"{scheme}{authority.rpartition('@')[2]}{path}{rest}"
