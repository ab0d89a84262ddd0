"""Wire: the fields of a protobuf message by its framing alone, each length and number bounded before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..core.errors import InvalidBody

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5

_LONGEST_VARINT: Final = 10
_WRONG: Final = "The body is no protobuf message of this kind."


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number and where it ends. Raises InvalidBody where it is longer than 64 bits take, or cut short."""
    value = shift = 0
    for place in range(at, min(end, at + _LONGEST_VARINT)):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place + 1
        shift += 7
    raise InvalidBody(_WRONG)


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, start, end) of each field that has a length, between `at` and `end`; all others are passed over.

    Raises InvalidBody where the framing is broken.
    """
    while at < end:
        tag = data[at]
        if tag < 0x80:
            at += 1
        else:
            tag, at = varint(data, at, end)
        kind = tag & 7
        if kind == BYTES:
            if at < end and data[at] < 0x80:
                size, start = data[at], at + 1
            else:
                size, start = varint(data, at, end)
            at = start + size
            if at > end:
                raise InvalidBody(_WRONG)
            yield tag >> 3, start, at
            continue
        if kind == VARINT:
            _, at = varint(data, at, end)
        elif kind in (FIXED64, FIXED32):
            at += 8 if kind == FIXED64 else 4
        else:
            raise InvalidBody(_WRONG)
        if at > end:
            raise InvalidBody(_WRONG)


def numbers(data: bytes, at: int, end: int) -> dict[int, int]:
    """The numbers of a message that has nothing but numbers, by their fields. Raises InvalidBody."""
    found: dict[int, int] = {}
    while at < end:
        tag, at = varint(data, at, end)
        if tag & 7 != VARINT:
            raise InvalidBody(_WRONG)
        found[tag >> 3], at = varint(data, at, end)
    return found


def encoded(number: int, value: int | bytes) -> bytes:
    """One field: a number, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3 | VARINT) + _varint(value)
    return _varint(number << 3 | BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
