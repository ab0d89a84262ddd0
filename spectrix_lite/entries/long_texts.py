"""Long texts: what is far longer than anything that is kept is cut before a decoder sees it, for one call on a text of
60 MiB would hold up whoever else wants to run.
"""

from __future__ import annotations

import re
from typing import Final

from .json_repair import end_of

LONGEST: Final = 1024 * 1024
"""Bytes of JSON that a text is cut to: many times what is kept of a message, or of all metadata."""

_STEP: Final = LONGEST // 2
_QUOTE: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_WHOLE: Final = re.compile(rb'"[^"\\]*+(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*+)*+', re.DOTALL)
"""A text's beginning, to before an escape that is cut short."""


def shortened(body: bytes, start: int, end: int) -> bytes:
    """The JSON value `body[start:end]`, in which no text is longer than a mebibyte or so. Linear, in calls of a
    millisecond.
    """
    if end - start < _STEP or not _has_long(body, start, end):
        return body[start:end]
    parts: list[bytes] = []
    kept = at = start
    while (opens := body.find(b'"', at, end)) >= 0 and (at := end_of(body, opens, end)) >= 0:
        if at - opens > LONGEST:
            beginning = _WHOLE.match(body, opens, opens + LONGEST)
            cut = opens + LONGEST if beginning is None else beginning.end()
            while body[cut] & 0xC0 == 0x80:  # within a character
                cut -= 1
            parts += body[kept:cut], b'"'
            kept = at
    parts.append(body[kept:end])
    return b"".join(parts)


def _has_long(body: bytes, start: int, end: int) -> bool:
    """Whether there may be such a text: somewhere, half of it long, no quote ends one. An escape may begin where one
    looks, or end there.
    """
    return any(
        _QUOTE.match(body, at + odd, at + _STEP) is None
        for at in range(start, end - _STEP + 1, _STEP)
        for odd in (0, 1)
    )


def found_in_steps(body: bytes, mark: bytes, start: int, stop: int) -> int:
    """Where `mark` stands next, or `stop`; no call looks through all of it."""
    while start < stop:
        if (found := body.find(mark, start, min(stop, start + LONGEST + len(mark)))) >= 0:
            return found
        start += LONGEST
    return stop
