"""Lenient decoder: what the fast decode refuses is repaired and split, and each entry is saved as far as it can be.

Nothing of one entry can cost its neighbours. A large body takes its time: the caller gives it a thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from ..core.errors import TooLarge
from .body_form import records
from .entry import Batch, CanonicalEntry, Entry, Limits, Rejection
from .entry_reader import EntryReader
from .fast import FastDecoder
from .fields.names import CANONICAL
from .fields.values import Members
from .json_repair import check_width, cut, lined, repaired, valid_utf8
from .redaction import Redaction
from .shapes import ShapeReader

LARGE: Final = 512 * 1024
"""Bytes above which a body is read entry by entry: one decode of all of it would hold the interpreter for too long."""

SMALL: Final = 64 * 1024
FEW: Final = 600
"""Bytes, and objects in them, up to which records of other shapes are read in a moment: some two milliseconds."""

SHOWN_REJECTIONS: Final = 100
_SAMPLE: Final = 200
_MARGIN: Final = 8  # deeper than the body's own shell, so that every entry still shows that it was too deep

_decode_members = msgspec.json.Decoder(Members).decode


class LenientDecoder:
    """Reads any body the contract accepts, and redacts what came in another form than the canonical one; under one set
    of limits.
    """

    def __init__(self, limits: Limits, redaction: Redaction | None = None) -> None:
        self._limits = limits
        self._redaction = redaction
        self._fast = FastDecoder(limits)
        self._shapes = ShapeReader(limits, redaction)

    def read_usual(self, body: bytes, arrived: str) -> Batch | None:
        """The entries of a usual body, with nothing to mend, in a moment: `{"logs": [...]}`, or its entries bare, be it
        an array or lines; None for any other.
        """
        if len(body) > LARGE:
            return None
        body = valid_utf8(body)
        entries = self._fast.batch(body, arrived)
        array = None if entries is not None else _as_array(body)
        if array is not None:
            entries = self._fast.array(array, arrived)
        if entries is not None:
            self._redact_canonical(entries)
        elif len(body) <= SMALL and body.count(b"{") <= FEW:
            entries = self._shapes.batch(body, arrived, None)
            if entries is None and array is not None and array is not body:
                entries = self._shapes.batch(array, arrived, None)
        return None if entries is None else Batch(entries, [], [])

    def read(self, body: bytes, arrived: str) -> Batch:
        """The entries of one decompressed body, whatever its form. `arrived` is RFC 3339.

        Raises InvalidJson, InvalidBody, UnsupportedType, or TooLarge (too many entries); then nothing of the body was
        taken.
        """
        limits = self._limits
        batch = Batch([], [], [])
        usual = True  # a batch is mostly of one kind, and being refused by the other's decoder costs

        def take(text: bytes) -> bool:
            array = b"[%b]" % text
            entries = self._fast.array(array, arrived)
            if entries is None:
                entries = self._shapes.batch(array, arrived, self._closer)
            else:
                self._redact_canonical(entries)
            batch.entries += entries or ()
            return entries is not None

        for part in records(body, arrived, take, limits):
            index = len(batch.entries) + len(batch.rejected)
            if index >= limits.entries:
                break
            check_width(part, limits.entries)
            entry: Entry | tuple[str | None, str] | None = self._fast.entry(part, arrived) if usual else None
            if entry is None:
                entry, usual = self._entry(part, arrived)
            elif not isinstance(entry, tuple):
                self._redact_canonical([entry])
            if not isinstance(entry, tuple):
                batch.entries.append(entry)
                continue
            field, reason = entry
            batch.rejected.append(Rejection(index, field, reason))
            if len(batch.samples) < SHOWN_REJECTIONS:
                batch.samples.append(self.sample(part, _SAMPLE))
        else:
            if len(batch.entries) + len(batch.rejected) <= limits.entries:
                return batch
        raise TooLarge(f"A request takes at most {limits.entries} entries; send smaller batches.")

    def sample(self, part: bytes, size: int) -> str:
        """The beginning of what came, at most `size` bytes of it, as an operator may see it."""
        text = cut(bytes(part[: 4 * size]).decode("utf-8", "replace"), size)
        return text if self._redaction is None else self._redaction.sample(text)

    def _redact_canonical(self, entries: Iterable[Entry]) -> None:
        if self._redaction is not None and self._redaction.covers(CanonicalEntry):
            for entry in entries:
                self._redaction.entry(entry)

    def _closer(self, fields: Members, arrived: str) -> Entry | None:
        entry = self._read(fields, arrived)
        return None if isinstance(entry, tuple) else entry

    def _read(self, fields: Members, arrived: str) -> Entry | tuple[str | None, str]:
        entry = EntryReader(fields, self._limits).entry(arrived)
        if self._redaction is not None and not isinstance(entry, tuple) and self._redaction.covers(type(entry)):
            self._redaction.entry(entry)
        return entry

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
        return self._shapes.entry(fields, arrived) or self._read(fields, arrived), usual


def _as_array(body: bytes) -> bytes | None:
    """A body of bare entries as one array: lines with commas between them."""
    first = body[:1]
    return body if first == b"[" else b"[%b]" % lined(body) if first == b"{" else None
