"""What the fast decode refuses: the body is repaired and split, and each entry is saved as far as it can be.

Nothing of one entry can cost its neighbours. A large body takes its time: the caller gives it a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final, TypeVar

import msgspec
from msgspec import Raw

from ..core.errors import InvalidBody, InvalidJson, TooLarge
from .entry import Batch, Entry, Limits, Rejection
from .entry_reader import EntryReader
from .fast import FastDecoder
from .field_names import CANONICAL
from .field_values import Members
from .json_array import elements
from .json_repair import cut, is_wide, repaired, valid_utf8
from .shapes import ShapeReader

KNOWN_FIELDS: Final = frozenset(
    ("level", "message", "msg", "body", "timestamp", "time", "dt", "date", "source", "endpoint", "method")
) | {"statusCode", "metadata"}

LARGE: Final = 512 * 1024
"""Bytes above which a body is read entry by entry: one decode of all of it would hold the interpreter for too long."""

SMALL: Final = 64 * 1024
FEW: Final = 600
"""Bytes, and objects in them, up to which records of other shapes are read in a moment: some two milliseconds."""

_MANY: Final = 100_000  # members of one container: fewer than this can be decoded before they are counted

SHOWN_REJECTIONS: Final = 100
_SAMPLE: Final = 200

_LINE = re.compile(rb"[^\n]+")

_decode_members = msgspec.json.Decoder(Members).decode

T = TypeVar("T")


class LenientDecoder:
    """Reads any body the contract accepts, under one set of limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._fast = FastDecoder(limits)
        self._shapes = ShapeReader(limits)

    def read_usual(self, body: bytes, arrived: str) -> Batch | None:
        """The entries of a usual body, with nothing to mend, in a moment; None for any other."""
        if len(body) > LARGE:
            return None
        body = valid_utf8(body)
        entries = self._fast.batch(body, arrived)
        if entries is None and len(body) <= SMALL and body.count(b"{") <= FEW:
            entries = self._shapes.batch(body, arrived, None)
        return None if entries is None else Batch(entries, [], [])

    def read(self, body: bytes, arrived: str, *, lines: bool = False) -> Batch:
        """The entries of one decompressed body; `lines` says that it is NDJSON. `arrived` is RFC 3339.

        Raises InvalidJson, InvalidBody, or TooLarge (too many entries); then nothing of the body was taken.
        """
        body = valid_utf8(body)
        if len(body) <= LARGE and not lines:
            entries = self._fast.batch(body, arrived)
            if entries is None:
                entries = self._shapes.batch(body, arrived, self._closer)
            if entries is not None:
                return Batch(entries, [], [])
        parts = elements(body, self._limits.entries) if len(body) > LARGE and not lines else None
        if parts is None:
            if len(body) > LARGE and is_wide(body, max(self._limits.entries, _MANY)):
                raise TooLarge(f"A request takes at most {self._limits.entries} entries, and an entry as many members.")
            parts = split_lines(body, self._limits) if lines else split(body, self._limits)
        batch = Batch([], [], [])
        usual = True  # a batch is mostly of one kind, and being refused by the other's decoder costs
        for index, part in enumerate(parts):
            entry: Entry | tuple[str | None, str] | None = self._fast.entry(part, arrived) if usual else None
            if entry is None:
                entry, usual = self._entry(part, arrived)
            if not isinstance(entry, tuple):
                batch.entries.append(entry)
                continue
            field, reason = entry
            batch.rejected.append(Rejection(index, field, reason))
            if len(batch.samples) < SHOWN_REJECTIONS:
                batch.samples.append(cut(bytes(part[: 4 * _SAMPLE]).decode("utf-8", "replace"), _SAMPLE))
        return batch

    def _closer(self, fields: Members, arrived: str) -> Entry | None:
        entry = EntryReader(fields, self._limits).entry(arrived)
        return None if isinstance(entry, tuple) else entry

    def _entry(self, part: bytes, arrived: str) -> tuple[Entry | tuple[str | None, str], bool]:
        """One entry from JSON text, or (field, reason) of a rejection; and whether its names are all ours."""
        try:
            fields = _decode_members(part)
        except (msgspec.MsgspecError, RecursionError):
            try:
                fields = _decode_members(repaired(part, self._limits.depth + _MARGIN))
            except msgspec.ValidationError:
                return (None, "not_an_object"), True
            except msgspec.DecodeError:
                return (None, "invalid_json"), True
        usual = CANONICAL.issuperset(fields)
        return self._shapes.entry(fields, arrived) or EntryReader(fields, self._limits).entry(arrived), usual


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
