"""Bytes and text made to fit: valid UTF-8, JSON that a decoder takes, no deeper, wider and longer than they may be.

Nothing here recurses over the input, so depth costs nothing but time; and every pattern is linear in what it reads.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

import msgspec

from ..core.errors import TooLarge

_SLICE: Final = 1024 * 1024
"""Bytes decoded at a time: in a thread, what is decoded in one call holds up the event loop as long as it takes."""


_decode_any = msgspec.json.Decoder(msgspec.Raw).decode


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


_TEXT = re.compile(_STRING, re.DOTALL)
_WRONG = re.compile(rb"""\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|((?:\\x[0-9a-fA-F]{2})++)|(\\'?)|([\x00-\x1f])""", re.DOTALL)
_SPARE_COMMA = re.compile(_STRING + rb"|(,)[ \t\r\n]*+(?=[\]}])", re.DOTALL)


def mended(text: bytes) -> bytes:
    r"""JSON text whose strings hold no raw control character and no escape that JSON does not have, without spare
    commas.

    `\xC3\xA9` (nginx writes it) are bytes, `\d` (a path of Windows) is a backslash and a letter.
    """
    text = _SPARE_COMMA.sub(lambda m: b"" if m[1] else m[0], text)
    return _TEXT.sub(lambda m: _WRONG.sub(_right, m[0]), text)


def _right(match: re.Match[bytes]) -> bytes:
    if run := match[1]:
        raw = bytes.fromhex(run.decode().replace("\\x", ""))
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        return json.dumps(text)[1:-1].encode()
    if match[2] is not None:
        return b"'" if match[2] == b"\\'" else b"\\\\"
    return b"\\u%04x" % match[3][0] if match[3] is not None else match[0]


def repaired(text: bytes, depth: int) -> bytes:
    """JSON text that msgspec accepts, if only surrogates, NaN, Infinity or depth stood in the way.

    Lone surrogates become U+FFFD, NaN and Infinity null, and what lies below `depth` containers null as well.
    """
    if b"\\ud" in text or b"\\uD" in text:
        text = _LONE_SURROGATE.sub(lambda m: rb"\ufffd" if m[1] else m[0], text)
    if b"NaN" in text or b"Infinity" in text:
        text = _NOT_A_NUMBER.sub(lambda m: b"null" if m[1] else m[0], text)
    return prune(text, depth)


def readable(text: bytes, depth: int) -> bytes | None:
    """`text` as one JSON value, repaired and mended where that is what it takes; None where it cannot be read."""
    for mend in (bytes, partial(repaired, depth=depth), mended):
        text = mend(text)
        try:
            _decode_any(text)
        except (msgspec.MsgspecError, RecursionError):
            continue
        return text
    return None


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


TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[\[{]++|[\]}]++', re.DOTALL)
"""A string, with its closing quote as the group where it has one; brackets that open; brackets that close."""

_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)
_FLAT = re.compile(_SHALLOW, re.DOTALL)
_MATCHED: Final = 64 * 1024  # bytes one match looks at


def end_of(body: bytes, start: int, stop: int, depth: int = 0) -> int:
    """Where the container or string that begins at `start` ends; -1 where it does not before `stop`.

    With a `depth`, `start` is within as many containers, and the end is that of the outermost.
    """
    if not depth and (shallow := _FLAT.match(body, start, min(stop, start + _MATCHED))):
        return shallow.end()
    at = start
    in_text = False
    while at < stop:
        edge = min(stop, at + _MATCHED)
        if in_text:
            rest = _REST_OF_STRING.match(body, at, edge)
            if rest is None or rest.end() == at:  # a backslash, and nothing behind it
                return -1
            at = rest.end()
            in_text = not rest[1]
            if not in_text and not depth:
                return at
            continue
        for match in TOKEN.finditer(body, at, edge):
            token = body[match.start()]
            if token == 0x22:
                if not match[1]:
                    in_text = True
                    at = match.end()
                    break
                if not depth:
                    return match.end()
            elif token in b"[{":
                depth += match.end() - match.start()
            else:
                closed = min(depth, match.end() - match.start())
                depth -= closed
                if not depth:
                    return match.start() + closed
        else:
            at = edge
    return -1


WIDE: Final = 512 * 1024
"""Bytes above which the members of one value are counted before it is taken apart."""

_MANY: Final = 100_000  # members of one container: fewer than this can be decoded before they are counted


def check_width(part: bytes, most: int) -> None:
    """Raises TooLarge for one value that has more members than `most`, and than can be taken apart."""
    if len(part) > WIDE and is_wide(part, max(most, _MANY)):
        raise TooLarge(f"A request takes at most {most} entries, and an entry as many members.")


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


def lined(run: bytes) -> bytes:
    """Values that stand one a line, with commas between them: the inside of an array.

    The line ends stay beside the commas: where one is within a string, the decoder refuses it.
    """
    return run.rstrip(b" \t\r\n").replace(b"\n", b"\n,")


def joined(run: bytes) -> bytes:
    """The same for objects, on however many lines, with line ends, record separators or nothing between them."""
    run = run.replace(b"}\n{", b"}\n,{")
    if b"}{" in run:
        run = run.replace(b"}{", b"}\n,{")
    if b"\r" in run:
        run = run.replace(b"}\r\n{", b"}\r\n,{")
    if b"\x1e" in run:
        run = run.replace(b"}\n\x1e{", b"}\n,{")
    return run
