"""The form of a body, told by its first bytes and not by its content type; and each entry in it, as JSON text.

What begins with `{`, or with `[` and then `{`, `[`, `"` or `]`, is JSON values. Any other text is one entry a line.
Blanks, record separators and a UTF-8 byte order mark may stand before either. UTF-16 is not read: it is full of NULs,
which no text has. Forms that go by their content type (msgpack, protobuf) do not come here: `protocols/` tells them
apart.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal

import msgspec

from ..core.errors import InvalidBody, InvalidJson, UnsupportedType
from .entry import Limits
from .json_repair import valid_utf8
from .json_values import PIECE, Take, values
from .text_line import read_line, read_text

Form = Literal["json", "text"]

_SAMPLE: Final = 4096
_MOST_FOREIGN: Final = 0.05  # of the sample, in bytes
_LINES: Final = 256  # read before they are taken: a millisecond or so
_EXAMINED: Final = 64 * 1024  # characters of a line beyond a message's size
_MARGIN: Final = 8  # deeper than the body's own shell, so that every entry still shows that it was too deep

_BLANK = re.compile(rb"(?:[ \t\r\n\x1e]++|\xef\xbb\xbf)*+")
_OPENS_JSON = re.compile(rb'\{|\[[ \t\r\n]*+[{\["\]]')
_FOREIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c\x1d\x1f\x7f-\x9f\udc80-\udcff]")


def form_of(body: bytes) -> Form:
    """How the body is to be read. Raises UnsupportedType for what is neither JSON nor text."""
    if b"\0" in body:
        raise UnsupportedType(
            "The body is UTF-16; send UTF-8."
            if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            else "The body is neither JSON nor text: there is a NUL in it."
        )
    start = _after_blanks(body, 0)
    if _OPENS_JSON.match(body, start, start + _SAMPLE):
        return "json"
    sample = body[:_SAMPLE]
    # As far as a character is cut at the sample's end, it is none of it.
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(sample, final=len(sample) == len(body))
    foreign = sum(2 if "\x80" <= found[0] <= "\x9f" else 1 for found in _FOREIGN.finditer(text))
    if foreign > len(sample) * _MOST_FOREIGN:
        raise UnsupportedType("The body is neither JSON nor text.")
    return "text"


def begins_as_value(body: bytes) -> bool:
    """Whether a body that is said to be a form begins with `{` or `[`: then it is none (`curl -d` says so)."""
    start = _after_blanks(body, 0)
    return body[start : start + 1] in (b"{", b"[")


def _after_blanks(body: bytes, at: int) -> int:
    while (match := _BLANK.match(body, at, at + _EXAMINED)) and match.end() > at:
        at = match.end()
    return at


def records(body: bytes, arrived: str, take: Take, limits: Limits) -> Iterator[bytes]:
    """The JSON text of each entry of a body that `take` does not take (see there), in order; what is broken, as it is.

    Raises InvalidJson and InvalidBody where nothing can be read, UnsupportedType, TooLarge.
    """
    form = form_of(body)
    body = valid_utf8(body)
    if form == "text":
        yield from _lines(body, arrived, take, limits)
        return
    _check_alone(body)
    yield from values(body, take, limits.entries, limits.depth + _MARGIN)


def _check_alone(body: bytes) -> None:
    """Raises InvalidBody for one object alone that is an envelope without entries, or that has nothing in it."""
    if len(body) > PIECE:
        return
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        return
    if not members:
        raise InvalidBody
    if (
        (logs := members.get("logs")) is not None
        and bytes(logs)[:1] != b"["
        and not {"message", "msg"} & members.keys()
    ):
        raise InvalidBody("`logs` is not an array; send " + '{"logs": [entry, ...]}.')


def _lines(body: bytes, arrived: str, take: Take, limits: Limits) -> Iterator[bytes]:
    lines = _split(body)
    empty = True
    most = limits.message + _EXAMINED
    while some := list(islice(lines, _LINES)):
        empty = False
        records = [_line_record(line, arrived, most) for line in some]
        if not take(b",".join(records)):
            yield from records
    if empty:
        raise InvalidJson("The body is empty.")


def _split(body: bytes) -> Iterator[bytes]:
    """The lines that hold anything."""
    at = 0
    while (at := _after_blanks(body, at)) < len(body):
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        yield body[at:end].rstrip(b" \t\r")
        at = end


def _line_record(line: bytes, arrived: str, most: int) -> bytes:
    if line[:1] in b'{"':
        try:
            value = bytes(msgspec.json.decode(line, type=msgspec.Raw))
        except (msgspec.MsgspecError, RecursionError):
            pass
        else:
            if value[:1] == b"{":
                return value
            if value[:1] == b'"':
                return msgspec.json.encode(read_text(msgspec.json.decode(value, type=str), arrived))
    return msgspec.json.encode(read_line(line[: 4 * most].decode("utf-8", "ignore")[:most], arrived))
