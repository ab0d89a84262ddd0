"""Bytes and text made to fit: valid UTF-8, JSON that a decoder takes, no deeper and no longer than they may be.

Nothing here recurses over the input, so depth costs nothing but time; and every pattern is linear in what it reads.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

_SLICE: Final = 1024 * 1024
"""Bytes decoded at a time: in a thread, what is decoded in one call holds up the event loop as long as it takes."""


def valid_utf8(body: bytes) -> bytes:
    """`body` with U+FFFD for each byte sequence that is not UTF-8, and without a byte order mark."""
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    if body.isascii():
        return body
    try:
        for _ in _decoded(body, "strict"):
            pass
    except UnicodeDecodeError:
        return b"".join(text.encode() for text in _decoded(body, "replace"))
    return body


def _decoded(body: bytes, errors: str) -> Iterator[str]:
    if len(body) <= _SLICE:
        yield body.decode("utf-8", errors)
        return
    decode = codecs.getincrementaldecoder("utf-8")(errors).decode
    for start in range(0, len(body), _SLICE):
        yield decode(body[start : start + _SLICE], start + _SLICE >= len(body))


# Strings are matched whole, so that what looks like structure inside them is passed over; one that never ends is
# matched to the end of the text, or else each of its quotes would be tried as a beginning.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_LONE_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_NOT_A_NUMBER = re.compile(_STRING + rb"|(NaN|-?Infinity)", re.DOTALL)
_MEMBERS = re.compile(_STRING + rb"|[\[\]{},]", re.DOTALL)
# The same, but an object without containers below its members' is one match; of not too many pieces, for a match holds
# up whoever else would run.
_PIECE = rb'[^"\[\]{}]++|' + _STRING
_SHALLOW = rb"\{(?:" + _PIECE + rb"|[\[{](?:" + _PIECE + rb"){0,500}+[\]}]){0,500}+\}"
_ENTRIES = re.compile(_STRING + rb"|" + _SHALLOW + rb"|[\[\]{},]", re.DOTALL)
_STRUCTURE = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)


def repaired(text: bytes, depth: int) -> bytes:
    """JSON text that msgspec accepts, if only surrogates, NaN, Infinity or depth stood in the way.

    Lone surrogates become U+FFFD, NaN and Infinity null, and what lies below `depth` containers null as well.
    """
    if b"\\ud" in text or b"\\uD" in text:
        text = _LONE_SURROGATE.sub(lambda m: rb"\ufffd" if m[1] else m[0], text)
    if b"NaN" in text or b"Infinity" in text:
        text = _NOT_A_NUMBER.sub(lambda m: b"null" if m[1] else m[0], text)
    return prune(text, depth)


def prune(text: bytes, depth: int) -> bytes:
    """JSON text with null for each container that stands more than `depth` deep; the same object if there is none."""
    if text.count(b"{") + text.count(b"[") <= depth:
        return text
    return b"".join(_pruned(text, depth))


def _pruned(text: bytes, depth: int) -> Iterator[bytes]:
    level = start = 0
    for match in _STRUCTURE.finditer(text):
        token = text[match.start()]
        if token in b"{[":
            level += 1
            if level == depth + 1:
                yield text[start : match.start()]
        elif token in b"}]":
            level -= 1
            if level == depth:
                yield b"null"
                start = match.end()
    # Where containers are never closed, what came before them is left: the decoder says that it is cut short.
    if level <= depth:
        yield text[start:]


def is_wide(text: bytes, most: int, depth: int = 5) -> bool:
    """Whether a container among the upper `depth` levels has more than `most` members: more than may be decoded.

    Each member costs a decoder a hundred bytes, so that a body of nothing but commas would become gigabytes.
    """
    return text.count(b",") >= most and _is_wide(text, most, depth, _ENTRIES)


def _is_wide(text: bytes, most: int, depth: int, pattern: re.Pattern[bytes]) -> bool:
    commas = [0]
    level = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        token = text[start]
        if token in b"{[":
            if end - start > 1:  # shallow, and too short to be wide
                if end - start > most:
                    return _is_wide(text, most, depth, _MEMBERS)
                continue
            level += 1
            if level < depth:
                commas.append(0)
        elif token in b"}]":
            if level < depth and len(commas) > 1:
                commas.pop()
            level -= 1
        elif token in b"," and level < depth:
            commas[-1] += 1
            if commas[-1] >= most:
                return True
    return False


def cut(text: str, size: int) -> str:
    """At most `size` bytes of `text`, cut at a character; the same object where it fits."""
    if len(text) <= size and (text.isascii() or len(text.encode()) <= size):
        return text
    return text[:size].encode()[:size].decode("utf-8", "ignore")
