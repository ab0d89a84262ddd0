"""The elements of a large JSON array, found a piece at a time: one decode of it all holds up every other thread.

A piece ends where one object ends and the next begins. That may as well be inside a string or an inner array; the
decoder tells: what begins with an element and decodes as a list has ended with one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw

PIECE: Final = 512 * 1024
"""Bytes decoded in one call, up to twice as many: less than a millisecond."""

TRIES: Final = 16
_MOST_AFTER: Final = 64  # bytes behind the array
_BLANK: Final = b" \t\r\n"
_OPENING = re.compile(rb'[ \t\r\n]*+(\{[ \t\r\n]*+"logs"[ \t\r\n]*+:[ \t\r\n]*+)?+\[')
_SEAM = re.compile(rb"\}[ \t\r\n]*+,[ \t\r\n]*+(?=\{)")
_decode = msgspec.json.Decoder(list[Raw]).decode


def elements(body: bytes, most: int, size: int = PIECE) -> list[bytes] | None:
    """The JSON text of each element of `[...]` or `{"logs": [...]}`, which is valid UTF-8.

    None where pieces of `size` bytes do not tell, be it that the body is no JSON, is unusual, or has more than `most`.
    """
    opening = _OPENING.match(body)
    stop = body.rfind(b"]")
    if opening is None or len(body) - stop > _MOST_AFTER:
        return None
    if body[stop + 1 :].strip(_BLANK) != (b"}" if opening[1] else b""):
        return None
    found: list[bytes] = []
    start = opening.end()
    while start < stop:
        for end, following in _ends(body, start, stop, size):
            try:
                piece = _decode(b"[%b]" % body[start:end])
            except (msgspec.MsgspecError, RecursionError):
                continue
            if len(found) + len(piece) > most:
                return None
            found.extend(map(bytes, piece))
            start = following
            break
        else:
            return None
    return found


def _ends(body: bytes, start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Where a piece from `start` on may end, and where the next one would begin."""
    if stop - start <= 2 * size:
        yield stop, stop
        return
    for _, seam in zip(range(TRIES), _SEAM.finditer(body, start + size, start + 2 * size), strict=False):
        yield seam.start() + 1, seam.end()
