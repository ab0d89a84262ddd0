"""Field values: what the JSON text of a member says as a field's text, time, status or path; None where it is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Raw

from ...core.timestamps import LONGEST as _LONGEST_TIME
from ...core.timestamps import read_epoch, read_time
from .names import FieldCandidate

LONGEST_SCALAR: Final = _LONGEST_TIME + 2
"""Bytes of the longest JSON text that is read as a time or a status."""


class _StringValue(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    stringValue: str  # noqa: N815  # OpenTelemetry's name


class _Object(msgspec.Struct, gc=False):
    """An object that is passed over."""


Value = str | int | float | bool | list[Raw] | _Object | None

decode_value: Final[Callable[[Raw | bytes], Value]] = msgspec.json.Decoder(Value).decode
"""Any value, where only a scalar is wanted: a refusal costs more. Raises msgspec.ValidationError for a number out of
range.
"""

_decode_string_value: Final = msgspec.json.Decoder(_StringValue).decode
_decode_text: Final = msgspec.json.Decoder(str).decode
_decode_object: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_STATUS = re.compile(r"\s*[1-5][0-9]{2}(?:\.0*)?\s*", re.ASCII)
_URL = re.compile(r"(https?://)([^/?#]*+)([^?#]*+)(.*+)", re.IGNORECASE | re.DOTALL)

Members = dict[str, Raw]
Opened = dict[str, Members]
"""The nested objects of one record that were opened already, by their key."""


def members_of(raw: Raw | bytes) -> Members:
    """The members of an object, none of anything else."""
    try:
        return _decode_object(raw)
    except msgspec.ValidationError:
        return {}


def find_value(fields: Members, candidate: FieldCandidate, opened: Opened) -> Raw | None:
    """The value of a candidate; below the key a name's own spelling comes before any other case."""
    key, path, _ = candidate
    if not path:
        return fields[key]
    inner = opened.get(key)
    if inner is None:
        inner = opened[key] = members_of(fields[key])
    found = inner.get(path[0])
    if found is None and inner:
        found = _other_case(inner, path[0])
    for name in path[1:]:
        inner = {} if found is None else members_of(found)
        found = inner.get(name) or _other_case(inner, name)
    return found


def _other_case(members: Members, name: str) -> Raw | None:
    lower = name.lower()
    return next((members[key] for key in members if key.lower() == lower), None)


def read_text(raw: Raw | bytes) -> str | None:
    """The text of a JSON string."""
    try:
        return _decode_text(raw)
    except msgspec.ValidationError:
        return None


def read_text_or_object(raw: Raw | bytes) -> str | None:
    """As `read_text`, where the value may as well be an object: looked at first, as a refusal costs more."""
    return _decode_text(raw) if memoryview(raw)[0] == 0x22 else None


def read_body(raw: Raw | bytes) -> str | None:
    """Text, or the one value of OpenTelemetry's `{"stringValue": …}`; lists and maps as their JSON."""
    if (text := read_text_or_object(raw)) is not None:
        return text
    try:
        return _decode_string_value(raw).stringValue
    except msgspec.ValidationError:
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
    if raw.isdigit():
        return read_epoch(int(raw))
    text = raw[1:-1] if raw[0] == 0x22 else raw
    whole, point, fraction = text.partition(b".")
    if whole.isdigit() and (not point or fraction.isdigit()):
        return read_epoch(int(whole), fraction.decode())
    return read_time(_decode_text(raw) if raw[0] == 0x22 and b"\\" in text else text.decode())


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
