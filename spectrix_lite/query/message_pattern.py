r"""The shape of a message: what stays the same when numbers, ids, addresses and quoted texts differ, as in the page's
`entry/message-pattern.js`. It is of the first line, and of no more than its beginning.

    Charge of order 48213 failed after 2.4s: "card declined"  ->  Charge of order # failed after #s: "…"
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from .http_route import route

LONGEST: Final = 240
"""Characters of a message that count."""

_BLANKS: Final = " \t\r\v\f\n\u00a0\ufeff\u2028\u2029"
# Blanks, quoted texts, and tokens in which something may vary. An apostrophe within a word quotes nothing.
_PARTS: Final = re.compile(
    r"(?P<blank>[ \t\r\v\f]+)"
    r"|\"[^\"]*\"|`[^`]*`|(?<![A-Za-z0-9_])'[^']*'(?![A-Za-z0-9_])"
    r"|(?P<token>[^ \t\r\v\f\"`'()\[\]{}<>;|]+)"
)
_VARYING: Final = re.compile(r"[0-9/@]")
_AT_END: Final = ".,:!?"
_NUMBERS: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
# A number, an amount, a date, a time, an address of IPv4 with its port.
_NUMERIC: Final = re.compile(r"[+-]?[0-9][0-9.,:_%TZ/+-]*")
_IPV6: Final = re.compile(r"[0-9a-f.]*:[0-9a-f.]*:[0-9a-f.:]*", re.IGNORECASE | re.ASCII)
# UUIDs, hashes, mixed ids; with a figure in them, or they are words.
_ID: Final = re.compile(r"0x[0-9a-f]+|(?=[^0-9]*[0-9])(?:[0-9a-f-]{8,}|[A-Za-z0-9_-]{20,})", re.IGNORECASE | re.ASCII)
_WORDS: Final = re.compile(r"[^=:]+")
_HEXADECIMAL: Final = re.compile(r"[0-9]x", re.IGNORECASE)
_ALL_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")


def message_pattern(message: str) -> str:
    """The pattern of a message: numbers, ids and quoted texts are folded away. At most `LONGEST` characters and `…`."""
    return _pattern(alike(message[: 2 * LONGEST]))


def alike(message: str) -> str:
    """A message of the same pattern, which many share: which figures stand in it tells nothing, but for `0x`."""
    if _HEXADECIMAL.search(message):
        return message
    return message.encode("utf-8", "surrogatepass").translate(_ALL_ZERO).decode("utf-8", "surrogatepass")


@lru_cache(1024)
def _pattern(message: str) -> str:
    line = message.lstrip(_BLANKS).partition("\n")[0].rstrip(_BLANKS)
    folded = _PARTS.sub(_folded, line[:LONGEST])
    return f"{folded[:LONGEST]}…" if len(line) > LONGEST or len(folded) > LONGEST else folded


def _folded(found: re.Match[str]) -> str:
    text = found[0]
    if found["blank"]:
        return " "
    if not found["token"]:
        return f"{text[0]}…{text[0]}"
    if not _VARYING.search(text):
        return text
    kept = text.rstrip(_AT_END)
    return _bare(kept) + text[len(kept) :]


def _bare(text: str) -> str:
    """A token without punctuation behind it."""
    if _NUMERIC.fullmatch(text) or _IPV6.fullmatch(text):
        return "#"
    scheme = text.find("://")
    if scheme > 0:
        path = text.find("/", scheme + 3)
        host = text if path < 0 else text[:path]
        return _NUMBERS.sub("#", host) + ("" if path < 0 else _path(text[path:]))
    if text.find("@", 1) > 0:
        return "#"
    return _path(text) if "/" in text else _WORDS.sub(_word, text)


def _path(path: str) -> str:
    """One perhaps with a query."""
    mark = re.search(r"[?#]", path)
    return _NUMBERS.sub("#", route(path)) + (f"{mark[0]}…" if mark else "")


def _word(found: re.Match[str]) -> str:
    return "#" if _ID.fullmatch(found[0]) else _NUMBERS.sub("#", found[0])
