"""JSON values one after the other: the text of each entry in a body, found a piece at a time, whatever is broken in it.

A body holds values with line ends, commas, record separators (RFC 7464) or nothing between them. An array, and an
object whose `logs` is an array (an envelope), stand for their elements. A piece ends where one object ends and the next
begins. That may as well be inside a string or an inner array; the decoder tells: what begins with an element and
decodes as a list has ended with one. What it refuses is read value by value, and a value that cannot be read costs
itself: the next line, or the object behind it that can be read, is the next value.

Time is linear in the body: what may be looked at in vain is counted, and once it is spent, a value ends at the next
line or where the next object seems to begin. No match looks at more than `_STEP` bytes, no decode at more than two
pieces, unless one entry is larger, so that a thread that reads never holds up the others for long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec import Raw

from ..core.errors import InvalidJson, TooLarge
from .json_repair import TOKEN, check_width, end_of, joined, lined, readable
from .long_texts import found_in_steps, shortened

PIECE: Final = 128 * 1024
"""Bytes decoded in one call, up to twice as many: about a millisecond."""

_TRIES: Final = 16
_STEP: Final = 64 * 1024
_VAIN: Final = 8  # times the body's size

_LOGS = rb'"logs"[ \t\r\n]*+:[ \t\r\n]*+\['
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Members before `logs`: scalars, and objects of scalars.
_MEMBER = rb"(?!%b)%b[ \t\r\n]*+:[ \t\r\n]*+(?:%b|\{(?:[^\"\[\]{}]++|%b)*+\}|[\w.+-]++)[ \t\r\n]*+,[ \t\r\n]*+"
_OPENING = re.compile(
    rb"(\{[ \t\r\n]*+(?:%b){0,32}+%b)|\[" % (_MEMBER % (_LOGS, _TEXT, _TEXT, _TEXT), _LOGS), re.DOTALL
)
_ENVELOPE_END = re.compile(rb"[ \t\r\n]*+\}")
_BETWEEN = re.compile(rb"(?:[ \t\r\n,\x1e]++|\xef\xbb\xbf)*+")
_COMMA_SEAM = re.compile(rb"\}[ \t\r\n]*+,[ \t\r\n]*+(?=\{)")
_SEAM = re.compile(rb"\}[ \t\r\n,\x1e]*+(?=\{)")
_WORD = re.compile(rb"[\]}]++|[^\s,\x1e\[\]{}\"]++")
# What may stand behind a value for it to be one of the body's own, and not a part of a broken one.
_BEHIND = re.compile(rb"[ \t\r\n]*+(?:\Z|[,{\[\x1e]|\][ \t\r\n]*+(?:\Z|[,}{\[\x1e]))")
_LINE_MARKS: Final = (b"\n{", b"\n[", b"\x1e{")
_BYTE = re.compile(r"\(byte (\d+)\)")
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_any = msgspec.json.Decoder(Raw).decode

Take = Callable[[bytes], bool]
"""Offered JSON text, the inside of an array of entries; True where they were taken, all of them and in this order."""


def values(body: bytes, take: Take, most: int, depth: int, size: int = PIECE) -> Iterator[bytes]:
    """The JSON text of each entry that `take` does not take, in order, of a body that is valid UTF-8.

    What cannot be read is given as it is. `depth` is how many containers deep a value may be that is mended, deeper
    ones become null. Raises InvalidJson where nothing of the body can be read, TooLarge where one value has more
    members than `most` and than can be taken apart.
    """
    reader = _Reader(body, take, most, depth, size)
    yield from reader.read()
    if not reader.found:
        raise InvalidJson


class _Reader:
    """One body while it is read: `_at` is where the next value begins."""

    def __init__(self, body: bytes, take: Take, most: int, depth: int, size: int) -> None:
        self.found = False  # anything at all that can be read
        self._body = body
        self._stop = len(body)
        self._at = 0
        self._take = take
        self._most = most
        self._containers = 0
        self._depth = depth
        self._size = size
        self._vain = _VAIN * len(body)
        self._marks = dict.fromkeys(_LINE_MARKS, -1)  # where each stands next
        self._next_seam = -1

    def read(self) -> Iterator[bytes]:
        while self._skip():
            opening = _OPENING.match(self._body, self._at, self._at + _STEP)
            if opening is None:
                yield from self._values(inside=False)
                continue
            if (line := self._line_of_its_own()) is not None:
                yield from self._inner(line)
                continue
            self._at = opening.end()
            self._count_container()
            yield from self._values(inside=True)
            if opening[1]:
                yield from self._rest_of_envelope()

    def _line_of_its_own(self) -> bytes | None:
        """The array or envelope that begins here, passed over, if it ends before another line opens a value."""
        start = self._at
        line = self._line_after(start)
        if line == self._stop or line - start > self._size or self._vain < 0:
            return None
        end = end_of(self._body, start, line)
        self._vain -= line - start
        if end < 0 or self._readable(start, end) is None:
            return None
        self._at = end
        return self._body[start:end]

    def _skip(self) -> bool:
        """Passes over what stands between values. False at the end."""
        while self._at < self._stop:
            match = _BETWEEN.match(self._body, self._at, self._at + _STEP)
            if match is None or match.end() == self._at:
                return True
            self._at = match.end()
        return False

    def _values(self, *, inside: bool) -> Iterator[bytes]:
        """The elements up to the end of an array, or values up to the next array or envelope."""
        last = self._body.rfind(b"]", self._at) if inside else self._stop
        while self._skip():
            piece = self._piece(last, inside=inside)
            if piece is not None:
                self.found = True
                yield from piece if inside else self._unwrapped(piece)
                continue
            until = min(self._at + self._size, self._stop)
            while self._at < until and self._skip():
                if inside and self._body[self._at] == 0x5D:
                    self._at += 1
                    self.found = True
                    return
                if not inside and _OPENING.match(self._body, self._at, self._at + _STEP):
                    return
                yield from self._one(inside=inside)

    # The usual: a piece at once

    def _piece(self, last: int, *, inside: bool) -> list[bytes] | None:
        """The elements of the next piece that were not taken; None where a piece does not tell."""
        if self._vain < 0:
            return None
        self._vain -= min(self._size, self._stop - self._at)
        for end in self._ends(last, inside=inside):
            text = self._body[self._at : end]
            if not inside:
                if self._take(lined(text)):
                    return self._passed(end, [])
                text = joined(text)
            if self._take(text):
                return self._passed(end, [])
            try:
                elements = _decode_list(b"[%b]" % text)
            except msgspec.DecodeError as problem:
                if "truncated" in str(problem):
                    continue  # the seam is within a string or an inner array, or else nothing is right from here on
                return None
            except RecursionError:
                return None
            return self._passed(end, list(map(bytes, elements)))
        return None

    def _passed(self, end: int, elements: list[bytes]) -> list[bytes]:
        self._vain += end - self._at  # it was not in vain
        self._at = end
        return elements

    def _ends(self, last: int, *, inside: bool) -> Iterator[int]:
        """Where a piece may end."""
        start = self._at
        if last - start <= 2 * self._size:
            if last > start:
                yield last
            return
        seams = (_COMMA_SEAM if inside else _SEAM).finditer(self._body, start + self._size, start + 2 * self._size)
        for _, seam in zip(range(_TRIES), seams, strict=False):
            yield seam.start() + 1

    def _unwrapped(self, parts: list[bytes]) -> Iterator[bytes]:
        """Values of the body itself: what is an envelope or an array stands for its elements."""
        for part in parts:
            if part[:1] == b"[":
                yield from self._inner(part)
                continue
            check_width(part, self._most)
            if b'"logs"' not in part:
                yield part
                continue
            try:
                members = _decode_members(part)
            except msgspec.MsgspecError:
                yield part
                continue
            logs = members.get("logs")
            if logs is None or bytes(memoryview(logs)[:1]) != b"[":
                yield part
            else:
                yield from self._inner(bytes(logs))

    def _inner(self, part: bytes) -> Iterator[bytes]:
        self.found = True
        self._count_container()
        inner = _Reader(part, self._take, self._most, self._depth, self._size)
        return inner.read()

    def _count_container(self) -> None:
        self._containers += 1
        if self._containers > self._most:
            raise TooLarge(f"A request takes at most {self._most} entries, and as many arrays.")

    def _rest_of_envelope(self) -> Iterator[bytes]:
        """Passes over what stands behind an envelope's `logs`."""
        if match := _ENVELOPE_END.match(self._body, self._at, self._at + _STEP):
            self._at = match.end()
            return
        end = end_of(self._body, self._at, self._stop, 1)
        if end < 0:
            if self._skip():  # cut short, or no envelope after all
                start, self._at = self._at, self._line_after(self._at)
                yield self._body[start : self._at]
            return
        rest = b'{"":0%b' % self._body[self._at : end].lstrip(b" \t\r\n")
        self._at = end
        if b'"logs"' in rest:
            yield from (part for part in self._unwrapped([rest]) if part is not rest)

    # The unusual: value by value

    def _one(self, *, inside: bool) -> Iterator[bytes]:
        """The next value, mended where that is what it takes."""
        start = self._at
        self._at, text = self._next(start)
        if text is None:
            if self._body[start] not in b"]}":  # what closes nothing holds nothing
                yield self._body[start : self._at]
            return
        self.found = True
        if inside:
            yield text
        else:
            yield from self._unwrapped([text])

    def _next(self, start: int) -> tuple[int, bytes | None]:
        """Where the value that begins at `start` ends, and its text if it can be read."""
        if self._body[start] not in b'{["':
            word = _WORD.match(self._body, start, start + _STEP)
            end = start + 1 if word is None else word.end()
            return end, self._readable(start, end)
        line = self._line_after(start)
        if self._vain < 0:
            line = min(line, self._seam_after(start))
        end = end_of(self._body, start, line)
        if end < 0:
            self._vain -= line - start
            if line < self._stop and self._vain >= 0:
                if self._reads(line):
                    return line, None
                end = end_of(self._body, start, self._stop)
                self._vain -= (self._stop if end < 0 else end) - start
        if end >= 0 and (text := self._readable(start, end)) is not None:
            return end, text
        edge = line if end < 0 else end
        for suspect in self._suspects(start, edge):
            if self._reads(suspect):
                self._vain -= edge - start
                return suspect, None
        return edge, None

    def _readable(self, start: int, end: int) -> bytes | None:
        return readable(shortened(self._body, start, end), self._depth)

    def _reads(self, start: int) -> bool:
        """Whether a value begins at `start` that can be read, so that a broken one may end there."""
        if self._vain < 0:
            return False
        stop = min(self._stop, start + _STEP)
        end = end_of(self._body, start, stop)
        self._vain -= (stop if end < 0 else end) - start
        return end >= 0 and _BEHIND.match(self._body, end) is not None and self._readable(start, end) is not None

    def _suspects(self, start: int, end: int) -> Iterator[int]:
        """Where, in a value that is broken, the next one may begin: behind a brace that is missing, or a quote.

        An object that stands in an array of the broken one is none of them.
        """
        text = self._body[start : min(end, start + _STEP)]
        try:
            _decode_any(text)
        except msgspec.DecodeError as problem:
            if (where := _BYTE.search(str(problem))) and text[int(where[1]) : int(where[1]) + 1] == b"{":
                yield start + int(where[1])
        except RecursionError:
            pass
        count = 0
        for match in TOKEN.finditer(text):
            if match[1] is None:
                continue
            for seam in _COMMA_SEAM.finditer(text, *match.span()):
                yield start + seam.end()
                count += 1
                if count == _TRIES:
                    return

    def _line_after(self, at: int) -> int:
        """Where the next line begins that opens a value; the body's end where none does."""
        for mark, place in self._marks.items():
            if place < at:
                self._marks[mark] = found_in_steps(self._body, mark, at, self._stop)
        return min(min(self._marks.values()) + 1, self._stop)

    def _seam_after(self, at: int) -> int:
        """Where an object seems to begin behind another; the body's end where none does."""
        if self._next_seam <= at:
            start = at
            self._next_seam = self._stop
            while start < self._stop:
                if match := _SEAM.search(self._body, start, start + _STEP):
                    self._next_seam = match.end()
                    break
                start += _STEP - 64
        return self._next_seam
