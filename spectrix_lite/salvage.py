"""What the fast decode refuses: bytes are repaired, the body is split, and each entry is saved as far as it can be.

Nothing here recurses over the input, so depth costs nothing but time; every pattern is linear in what it reads; and
nothing of one entry can cost its neighbours. A large body takes its time: the caller gives it a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Raw

from .errors import InvalidBody, InvalidJson, TooLarge
from .wire import Batch, Entry, Fast, Level, Limits, Rejection, read_time

KNOWN_FIELDS: Final = frozenset(
    ("level", "message", "msg", "body", "timestamp", "time", "dt", "date", "source", "endpoint", "method")
) | {"statusCode", "metadata"}

_MESSAGE_NAMES = ("message", "msg", "body")
_TIME_NAMES = ("timestamp", "time", "dt", "date")
_TEXT_FIELDS = ("source", "endpoint", "method")

_LEVEL_NAMES: dict[str, tuple[Level, bool]] = {
    # spelling: (level, whether the spelling said more than the level does); numbers are pino's
    **dict.fromkeys(("info", "information", "informational", "30"), ("info", False)),
    **dict.fromkeys(("warn", "warning", "40"), ("warn", False)),
    **dict.fromkeys(("error", "err", "50"), ("error", False)),
    **dict.fromkeys(("debug", "20"), ("debug", False)),
    **dict.fromkeys(("fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "60"), ("error", True)),
    **dict.fromkeys(("trace", "verbose", "silly", "10"), ("debug", True)),
    "notice": ("info", True),
}

LARGE: Final = 512 * 1024
"""Bytes above which a body is read entry by entry: one decode of all of it would hold the interpreter for too long."""

SHOWN_REJECTIONS: Final = 100
_SAMPLE: Final = 200

T = TypeVar("T")


class Salvage:
    """Reads any body the contract accepts, under one set of limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._fast = Fast(limits)

    def read_usual(self, body: bytes, arrived: str) -> Batch | None:
        """The entries of a usual body, `{"logs": [...]}` with nothing to mend; None for any other."""
        if len(body) > LARGE or (entries := self._fast.batch(valid_utf8(body), arrived)) is None:
            return None
        return Batch(entries, [], [])

    def read(self, body: bytes, arrived: str, *, lines: bool = False) -> Batch:
        """The entries of one decompressed body; `lines` says that it is NDJSON. `arrived` is RFC 3339.

        Raises InvalidJson, InvalidBody, or TooLarge (too many entries); then nothing of the body was taken.
        """
        body = valid_utf8(body)
        parts = split_lines(body, self._limits) if lines else split(body, self._limits)
        if len(parts) > self._limits.entries:
            raise TooLarge(f"A request takes at most {self._limits.entries} entries; send smaller batches.")
        batch = Batch([], [], [])
        for index, part in enumerate(parts):
            entry = self._fast.entry(part, arrived) or self._entry(part, arrived)
            if not isinstance(entry, tuple):
                batch.entries.append(entry)
                continue
            field, reason = entry
            batch.rejected.append(Rejection(index, field, reason))
            if len(batch.samples) < SHOWN_REJECTIONS:
                batch.samples.append(cut(bytes(part[: 4 * _SAMPLE]).decode("utf-8", "replace"), _SAMPLE))
        return batch

    def _entry(self, part: bytes, arrived: str) -> Entry | tuple[str | None, str]:
        """One entry from JSON text, or (field, reason) where there is nothing to save."""
        try:
            fields = msgspec.json.decode(repaired(part, self._limits.depth + _MARGIN), type=dict[str, Raw])
        except msgspec.ValidationError:
            return None, "not_an_object"
        except msgspec.DecodeError:
            return None, "invalid_json"
        return _Reading(fields, self._limits).entry(arrived)


class _Reading:
    """One entry while it is read: fields are taken out by name, and what is left over becomes metadata."""

    def __init__(self, fields: dict[str, Raw], limits: Limits) -> None:
        self._fields = fields
        self._limits = limits
        self._extra: dict[str, Raw] = {}
        self._truncated: list[str] = []

    def entry(self, arrived: str) -> Entry | tuple[str | None, str]:
        level = self._level()
        stamp = self._timestamp()
        texts = {name: self._text(name) for name in _TEXT_FIELDS}
        status = self._status()
        message = self._message()
        if message is None:
            # As an access log would put it: "GET /api/users".
            parts = [text for text in (texts["method"], texts["endpoint"]) if text]
            if not parts:
                return "message", "missing_message"
            message = " ".join(parts)
        message = self._cut("message", message, self._limits.message)
        metadata = self._metadata()
        return Entry(
            timestamp=stamp or arrived,
            level=level,
            message=message,
            source=texts["source"] or UNSET,
            endpoint=texts["endpoint"] or UNSET,
            method=texts["method"] or UNSET,
            status_code=UNSET if status is None else status,
            metadata=UNSET if metadata is None else Raw(metadata),
            truncated=self._truncated or UNSET,
        )

    def _take(self, name: str) -> Any:
        """The scalar of a field, taken out; None where it is missing or null, or no scalar and stays for metadata."""
        raw = self._fields.get(name)
        if raw is None or (text := bytes(raw))[:1] in b"{[":
            return None
        try:
            value = msgspec.json.decode(text)
        except msgspec.MsgspecError:  # a number beyond what Python reads
            return None
        del self._fields[name]
        return value

    def _level(self) -> Level:
        raw = self._fields.pop("level", None)
        if raw is None or (text := bytes(raw)) == b"null":
            return "info"
        level, lost = _LEVEL_NAMES.get(text.decode().strip('" ').lower(), ("info", True))
        if lost:
            self._extra["originalLevel"] = raw
        return level

    def _timestamp(self) -> str | None:
        for name in _TIME_NAMES:
            value = self._take(name)
            if value is not None and not isinstance(value, bool) and (stamp := read_time(value)):
                return stamp
        return None

    def _message(self) -> str | None:
        for name in _MESSAGE_NAMES:
            raw = self._fields.get(name)
            if raw is None:
                continue
            del self._fields[name]
            text = bytes(raw)
            if text in (b"null", b'""'):
                continue
            return msgspec.json.decode(text, type=str) if text[:1] == b'"' else text.decode()
        return None

    def _text(self, name: str) -> str | None:
        raw = self._fields.get(name)
        value = self._take(name)
        if value is None or value == "":
            return None
        text = value if isinstance(value, str) else bytes(raw or b"").decode()
        return self._cut(name, text, getattr(self._limits, name))

    def _status(self) -> int | None:
        raw = self._fields.get("statusCode")
        value = self._take("statusCode")
        if value is None:
            return None
        try:
            number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
        except (ValueError, OverflowError):
            number = 0.0
        if number.is_integer() and 100 <= number <= 599:
            return int(number)
        if raw is not None:
            self._extra["statusCode"] = raw
        return None

    def _cut(self, field: str, text: str, size: int) -> str:
        shorter = cut(text, size)
        if shorter is not text:
            self._truncated.append(field)
        return shorter

    def _metadata(self) -> bytes | None:
        """`metadata` and every field that has no other place, within size and depth; None where there is nothing."""
        members: dict[str, Raw] = {}
        raw = self._fields.pop("metadata", None)
        if raw is not None and (text := bytes(raw)) != b"null":
            members = msgspec.json.decode(text, type=dict[str, Raw]) if text[:1] == b"{" else {"value": raw}
        elif not self._fields and not self._extra:
            return None
        for name, value in (*self._extra.items(), *self._fields.items()):
            while name in members:
                name = "_" + name
            members[name] = value
        limits = self._limits
        kept = {name: prune(bytes(value), limits.depth - 1) for name, value in members.items()}
        lost = any(kept[name] != bytes(value) for name, value in members.items())
        # What a member adds to the object: name, colon, value, comma.
        sizes = {name: len(msgspec.json.encode(name)) + len(value) + 2 for name, value in kept.items()}
        total = 1 + sum(sizes.values())
        for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
            if total <= limits.metadata:
                break
            total -= sizes[name]
            del kept[name]
            lost = True
        if lost:
            self._truncated.append("metadata")
        return msgspec.json.encode({name: Raw(text) for name, text in kept.items()})


_MARGIN: Final = 8  # deeper than the body's own shell, so that every entry still shows that it was too deep


def valid_utf8(body: bytes) -> bytes:
    """`body` with U+FFFD for each byte sequence that is not UTF-8, and without a byte order mark."""
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    if body.isascii():
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").encode()
    return body


def split(body: bytes, limits: Limits) -> list[bytes]:
    """The JSON text of each entry of a batch, an array or a single entry. Raises InvalidJson, InvalidBody."""
    head = body.lstrip(b" \t\r\n")[:1]
    if head == b"[":
        return [bytes(part) for part in _decoded(body, list[Raw], limits)]
    if head != b"{":
        _decoded(body, Raw, limits)
        raise InvalidBody
    envelope = _decoded(body, dict[str, Raw], limits)
    if "logs" in envelope:
        logs = bytes(envelope["logs"])
        if not logs.startswith(b"["):
            raise InvalidBody("`logs` is not an array; send " + '{"logs": [entry, ...]}.')
        return [bytes(part) for part in msgspec.json.decode(logs, type=list[Raw])]
    if not KNOWN_FIELDS.isdisjoint(envelope):
        return [msgspec.json.encode(envelope)]
    raise InvalidBody


def split_lines(body: bytes, limits: Limits) -> list[bytes]:
    """The lines of an NDJSON body that hold anything. Raises InvalidJson where none of them is JSON."""
    lines = [line for line in (line.strip() for line in body.split(b"\n")) if line]
    for line in lines:
        try:
            _decoded(line, Raw, limits)
        except InvalidJson:
            continue
        return lines
    if lines:
        raise InvalidJson("No line of the body is JSON.")
    return lines


def _decoded(body: bytes, kind: type[T], limits: Limits) -> T:
    """`body` decoded as `kind`, repaired where that is what it takes. Raises InvalidJson."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        pass
    try:
        return msgspec.json.decode(repaired(body, limits.depth + _MARGIN), type=kind)
    except msgspec.MsgspecError as problem:
        # msgspec names what it met and where, never the text itself.
        raise InvalidJson(f"The body is not JSON: {problem}.") from None


# Strings are matched whole, so that what looks like structure inside them is passed over; one that never ends is
# matched to the end of the text, or else each of its quotes would be tried as a beginning.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_LONE_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_NOT_A_NUMBER = re.compile(_STRING + rb"|(NaN|-?Infinity)", re.DOTALL)
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
    # Text whose containers are never closed is no JSON; what is left says so to the decoder.
    yield text[start:]


def cut(text: str, size: int) -> str:
    """At most `size` bytes of `text`, cut at a character; the same object where it fits."""
    if len(text) <= size and (text.isascii() or len(text.encode()) <= size):
        return text
    return text[:size].encode()[:size].decode("utf-8", "ignore")
