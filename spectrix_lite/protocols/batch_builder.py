"""Batch builder: takes the records of one body one after the other, and makes each an entry or a rejection."""

from __future__ import annotations

import base64
from typing import Any, Final, NoReturn

import msgspec
from msgspec import UNSET, Raw

from ..core.errors import TooLarge
from ..entries.entry import Batch, CanonicalEntry, Entry, Limits, Rejection, encode
from ..entries.entry_reader import EntryReader
from ..entries.fields.values import Members
from ..entries.json_repair import check_width, cut, readable, valid_utf8
from ..entries.lenient import SHOWN_REJECTIONS
from ..entries.long_texts import shortened
from ..entries.shapes import ShapeReader
from .carried import CarriedReader
from .value_shapes import ValueShapeReader

MENDED: Final = 512 * 1024
"""Bytes of a record that is mended: in one call, which holds up whoever else would run."""

_SAMPLE: Final = 200
_MARGIN: Final = 8  # deeper than a record may be, so that an entry still shows that it was too deep

_decode_members: Final = msgspec.json.Decoder(Members).decode


def _otherwise(value: Any) -> str:
    """What msgpack has and JSON has not: an extension of its own kind."""
    return base64.b64encode(value.data).decode() if isinstance(value, msgspec.msgpack.Ext) else str(value)


def encode_any(value: Any) -> bytes:
    """The JSON of a value that was decoded; what JSON has no kind for becomes text."""
    try:
        return _encode_plain(value)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):  # such as keys that are no text
        return encode(str(type(value).__name__))


_encode_plain: Final = msgspec.json.Encoder(enc_hook=_otherwise).encode


class RecordReader:
    """Makes entries of records, under one set of limits, and remembers their shapes."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.shapes = ShapeReader(limits)
        self.value_shapes = ValueShapeReader(limits)
        self._carried = CarriedReader(self.shapes, limits)

    def entry(self, fields: Members, arrived: str, around: Members | None = None) -> Entry | tuple[str | None, str]:
        """The entry of a record, or (field, reason) of its rejection; `around` as in `EntryReader`."""
        entry = self._carried.entry(fields, around, arrived) if around else self.shapes.entry(fields, arrived)
        read = entry or EntryReader(fields, self.limits, around).entry(arrived)
        return read if isinstance(read, tuple) else _redactable(read)

    def batch(self, text: bytes, arrived: str) -> list[Entry] | None:
        """The entries of JSON text, the inside of an array; None where one of them is to be rejected or mended."""
        entries = self.shapes.batch(b"[%b]" % text, arrived, self._closer)
        return None if entries is None else list(map(_redactable, entries))

    def _closer(self, fields: Members, arrived: str) -> Entry | None:
        entry = EntryReader(fields, self.limits).entry(arrived)
        return None if isinstance(entry, tuple) else entry


def _redactable(entry: Entry) -> Entry:
    """The same as no canonical one: only what came by the native path is left as it was sent."""
    return Entry(**msgspec.structs.asdict(entry)) if type(entry) is CanonicalEntry else entry


class BatchBuilder:
    """One body's entries, in their order. `arrived`, RFC 3339, stands in for a time that is missing.

    Every method raises TooLarge for one record more than a request may bring.
    """

    def __init__(self, reader: RecordReader, arrived: str) -> None:
        self.arrived = arrived
        self.batch = Batch([], [], [])
        self.limits = reader.limits
        self._reader = reader
        self._room = reader.limits.entries

    def add(self, entry: Entry) -> None:
        """One entry that is within the limits."""
        if self._room <= 0:
            self._refuse()
        self._room -= 1
        self.batch.entries.append(entry)

    def take(self, text: bytes) -> bool:
        """The inside of an array of records, all of them or, where one needs more done to it, none."""
        entries = self._reader.batch(text, self.arrived)
        if entries is None:
            return False
        if len(entries) > self._room:
            self._refuse()
        self._room -= len(entries)
        self.batch.entries += entries
        return True

    def values(self, records: list[dict[str, Any]]) -> None:
        """Records that were decoded to values; what JSON has no kind for becomes text."""
        if len(records) > self._room:
            self._refuse()
        usual, arrived, append = self._reader.value_shapes.entry, self.arrived, self.batch.entries.append
        for record in records:
            entry = usual(record, arrived)
            if entry is not None:
                self._room -= 1
                append(entry)
            else:
                self.record({name: Raw(valid_utf8(encode_any(value))) for name, value in record.items()})

    def json(self, text: bytes, around: Members | None = None, at: str | None = None) -> None:
        """One record as JSON text; what is broken in it is mended, and what is no object rejected."""
        fields = self.members(text)
        if isinstance(fields, str):
            self.reject(None, fields, text)
        else:
            self.record(fields, around, at, text)

    def record(
        self, fields: Members, around: Members | None = None, at: str | None = None, text: bytes | None = None
    ) -> None:
        """One record; what its carrier says of it, `around`, fills what it lacks, and `at`, RFC 3339, a missing time.
        Both objects are used up.
        """
        entry = self._reader.entry(fields, at or self.arrived, around)
        if isinstance(entry, tuple):
            self.reject(*entry, msgspec.json.encode(fields) if text is None else text)
        else:
            self.add(entry)

    def shortened(self, entry: Entry) -> None:
        """One entry that may be beyond the limits, or says nothing: cut, marked, or rejected."""
        fields: Members = msgspec.json.decode(encode(entry), type=Members)
        names = fields.pop("readFrom", UNSET)
        if not entry.message:
            del fields["message"]
        read = EntryReader(fields, self.limits).entry(self.arrived)
        if isinstance(read, tuple):
            self.reject(*read, encode(entry))
            return
        read = _redactable(read)
        read.read_from = names
        self.add(read)

    def reject(self, field: str | None, reason: str, text: bytes) -> None:
        """One record of which nothing can be made; `text` is shown to the operator, its beginning."""
        batch = self.batch
        index = len(batch.entries) + len(batch.rejected)
        if self._room <= 0:
            self._refuse()
        self._room -= 1
        batch.rejected.append(Rejection(index, field, reason))
        if len(batch.samples) < SHOWN_REJECTIONS:
            batch.samples.append(cut(text[: 4 * _SAMPLE].decode("utf-8", "replace"), _SAMPLE))

    def members(self, text: bytes) -> Members | str:
        """The members of a JSON object, mended where that is what it takes; else the reason why there are none.

        `text` must be valid UTF-8. Raises TooLarge where there are more of them than may be taken apart.
        """
        text = shortened(text, 0, len(text))
        check_width(text, self.limits.entries)
        try:
            return _decode_members(text)
        except (msgspec.MsgspecError, RecursionError):
            mended = readable(text, self.limits.depth + _MARGIN) if len(text) <= MENDED else None
        if mended is None:
            return "invalid_json"
        try:
            return _decode_members(mended)
        except msgspec.ValidationError:
            return "not_an_object"

    def inner(self, text: str) -> Members | None:
        """The members of a text that is one JSON object itself; None for any other text."""
        if text[:1] != "{" and text.lstrip()[:1] != "{":
            return None
        fields = self.members(text.strip().encode())
        return None if isinstance(fields, str) else fields

    def _refuse(self) -> NoReturn:
        raise TooLarge(f"A request takes at most {self.limits.entries} entries; send smaller batches.")
