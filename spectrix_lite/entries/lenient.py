"""What the fast decode refuses: the body is repaired and split, and each entry is saved as far as it can be.

Nothing of one entry can cost its neighbours. A large body takes its time: the caller gives it a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Raw

from ..core.errors import InvalidBody, InvalidJson, TooLarge
from ..core.timestamps import read_time
from .entry import Batch, Entry, Level, Limits, Rejection
from .fast import FastDecoder
from .json_array import elements
from .json_repair import cut, is_wide, prune, repaired, valid_utf8

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

_MANY: Final = 100_000  # members of one container: fewer than this can be decoded before they are counted

SHOWN_REJECTIONS: Final = 100
_SAMPLE: Final = 200

_LINE = re.compile(rb"[^\n]+")
_STATUS = re.compile(r"\s*[1-5][0-9]{2}(?:\.0*)?\s*", re.ASCII)

T = TypeVar("T")


class LenientDecoder:
    """Reads any body the contract accepts, under one set of limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._fast = FastDecoder(limits)

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
        parts = elements(body, self._limits.entries) if len(body) > LARGE and not lines else None
        if parts is None:
            if len(body) > LARGE and is_wide(body, max(self._limits.entries, _MANY)):
                raise TooLarge(f"A request takes at most {self._limits.entries} entries, and an entry as many members.")
            parts = split_lines(body, self._limits) if lines else split(body, self._limits)
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
            source=UNSET if texts["source"] is None else texts["source"],
            endpoint=UNSET if texts["endpoint"] is None else texts["endpoint"],
            method=UNSET if texts["method"] is None else texts["method"],
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
            if text[:1] == b'"':
                return msgspec.json.decode(text, type=str)
            shallow = prune(text, self._limits.depth)
            if shallow is not text:
                self._truncated.append("message")
            return shallow.decode()
        return None

    def _text(self, name: str) -> str | None:
        raw = self._fields.get(name)
        value = self._take(name)
        if value is None:
            return None
        text = value if isinstance(value, str) else bytes(raw or b"").decode()
        return self._cut(name, text, getattr(self._limits, name))

    def _status(self) -> int | None:
        raw = self._fields.get("statusCode")
        value = self._take("statusCode")
        if value is None:
            return None
        if isinstance(value, str) and _STATUS.fullmatch(value):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 100 <= value <= 599 and value % 1 == 0:
            return int(value)
        if raw is not None:
            self._extra["statusCode"] = raw
        return None

    def _cut(self, field: str, text: str, size: int) -> str:
        shorter = cut(text, size)
        if shorter is not text and field not in self._truncated:
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
            if name in members:
                # Twice as many each time: names made to collide one by one would take for ever.
                before = "_"
                while before + name in members:
                    before += before
                name = before + name
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


def split(body: bytes, limits: Limits) -> list[bytes]:
    """The JSON text of each entry of a batch, an array or a single entry. Raises InvalidJson, InvalidBody, TooLarge."""
    head = body.lstrip(b" \t\r\n")[:1]
    if head == b"[":
        return _taken(_decoded(body, list[Raw], limits), limits)
    if head != b"{":
        _decoded(body, Raw, limits)
        raise InvalidBody
    envelope = _decoded(body, dict[str, Raw], limits)
    if "logs" in envelope:
        logs = envelope["logs"]  # as it is: of a large body a copy would be one more
        if bytes(memoryview(logs)[:1]) != b"[":
            raise InvalidBody("`logs` is not an array; send " + '{"logs": [entry, ...]}.')
        return _taken(msgspec.json.decode(logs, type=list[Raw]), limits)
    if not KNOWN_FIELDS.isdisjoint(envelope):
        return [msgspec.json.encode(envelope)]
    raise InvalidBody


def split_lines(body: bytes, limits: Limits) -> list[bytes]:
    """The lines of an NDJSON body that hold anything. Raises InvalidJson where none of them is JSON, or TooLarge."""
    lines = _taken((line for found in _LINE.finditer(body) if (line := found[0].strip())), limits)
    for line in lines:
        try:
            _decoded(line, Raw, limits)
        except InvalidJson:
            continue
        return lines
    if lines:
        raise InvalidJson("No line of the body is JSON.")
    return lines


def _taken(parts: Iterable[bytes | Raw], limits: Limits) -> list[bytes]:
    """`parts` as bytes. Raises TooLarge, before it holds more of them than a request may have."""
    taken = [bytes(part) for part in islice(parts, limits.entries + 1)]
    if len(taken) > limits.entries:
        raise TooLarge(f"A request takes at most {limits.entries} entries; send smaller batches.")
    return taken


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
