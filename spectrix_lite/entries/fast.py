"""Fast decoding: the usual body, a batch in which every entry is as the contract has it, decoded in one call.

What it refuses is read again, entry by entry, by the lenient decoder.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from ..core.timestamps import is_canonical, read_time
from .entry import Entry, Level, Limits


class FastDecoder:
    """Decodes the entries that need nothing done to them, all of a batch at once.

    Made for one set of limits: they are part of the decoded type, so that checking them costs nothing more.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

        def text(size: int) -> Any:
            return Annotated[str, Meta(max_length=size)] | UnsetType

        incoming = msgspec.defstruct(
            "Incoming",
            [
                # A producer must not set these four: typed so that nothing it could send fits.
                ("seq", UnsetType, UNSET),
                ("received_at", UnsetType, UNSET),
                ("timestamp", str | UnsetType, UNSET),
                ("level", Level),
                ("message", Annotated[str, Meta(min_length=1, max_length=limits.message)]),
                ("source", text(limits.source), UNSET),
                ("endpoint", text(limits.endpoint), UNSET),
                ("method", text(limits.method), UNSET),
                ("status_code", Annotated[int, Meta(ge=100, le=599)] | UnsetType, UNSET),
                ("metadata", Raw | UnsetType, UNSET),
                ("truncated", UnsetType, UNSET),
                ("read_from", UnsetType, UNSET),
            ],
            rename="camel",
            kw_only=True,
            forbid_unknown_fields=True,
            gc=False,
        )
        envelope = msgspec.defstruct("Envelope", [("logs", list[incoming])], gc=False)  # type: ignore[valid-type]  # a type made at run time
        self._envelope = msgspec.json.Decoder(envelope).decode
        self._array = msgspec.json.Decoder(list[incoming]).decode  # type: ignore[valid-type]
        self._entry = msgspec.json.Decoder(incoming).decode

    def batch(self, body: bytes, arrived: str) -> list[Entry] | None:
        """The entries of `{"logs": [...]}`, or None where one of them needs a closer look.

        `body` must be valid UTF-8. `arrived` stands in for a timestamp that is missing.
        """
        try:
            entries: list[Entry] = cast(Any, self._envelope(body)).logs
        except (msgspec.MsgspecError, RecursionError):
            return None
        return self._checked(entries, body, arrived)

    def array(self, body: bytes, arrived: str) -> list[Entry] | None:
        """As `batch`, of a bare array."""
        try:
            entries = cast(list[Entry], self._array(body))
        except (msgspec.MsgspecError, RecursionError):
            return None
        return self._checked(entries, body, arrived)

    def _checked(self, entries: list[Entry], body: bytes, arrived: str) -> list[Entry] | None:
        if len(entries) > self._limits.entries:
            return None
        if not _has_a_byte_a_character(body) and not all(map(self._fits, entries)):
            return None
        if not self._has_fitting_metadata(entries, body) or not _stamp(entries, arrived):
            return None
        return entries

    def _has_fitting_metadata(self, entries: list[Entry], body: bytes) -> bool:
        """Whether all of it fits.

        For speed: where the body is within the size of one metadata, and has no array but that of the entries, metadata
        is an object of scalars if its last brace is its first byte. That assumes that the body was decoded, so that
        what begins with a brace ends with one; a brace in a string only makes it look closer.
        """
        is_flat = len(body) <= self._limits.metadata and body.find(b"[", body.find(b"[") + 1) < 0
        for entry in entries:
            metadata = entry.metadata
            if metadata is UNSET or (is_flat and bytes(metadata).rfind(b"{") == 0):
                continue
            if not self._metadata_fits(metadata):
                return False
        return True

    def entry(self, text: bytes | Raw, arrived: str) -> Entry | None:
        """One entry, or None where it needs a closer look. `text` must be valid UTF-8."""
        try:
            entry = cast(Entry, self._entry(text))
        except (msgspec.MsgspecError, RecursionError):
            return None
        if not self._fits(entry):
            return None
        if entry.metadata is not UNSET and not self._metadata_fits(entry.metadata):
            return None
        if entry.timestamp is UNSET:
            entry.timestamp = arrived
        elif (time := read_time(entry.timestamp)) is not None:
            entry.timestamp = time
        else:
            return None  # what is no time is kept in metadata
        return entry

    def _fits(self, entry: Entry) -> bool:
        limits = self._limits
        for value, size in (
            (entry.message, limits.message),
            (entry.endpoint, limits.endpoint),
            (entry.source, limits.source),
            (entry.method, limits.method),
        ):
            if value is not UNSET and not value.isascii() and len(value.encode()) > size:
                return False
        return True

    def _metadata_fits(self, metadata: Raw) -> bool:
        """Whether it is an object, small enough, and certainly not too deep."""
        if len(metadata) > self._limits.metadata:
            return False
        text = bytes(metadata)
        return text.startswith(b"{") and text.count(b"{") + text.count(b"[") <= self._limits.depth


def _has_a_byte_a_character(body: bytes) -> bool:
    """Whether the decoder has checked all lengths: it counts characters, the limits are in bytes.

    For speed: assumes that only what is not ASCII, or an escape, stands for a character of several bytes. One byte is
    looked for, not two: that is what the interpreter does fast.
    """
    return body.isascii() and b"\\" not in body


def _stamp(entries: list[Entry], arrived: str) -> bool:
    """Makes every timestamp canonical; False where one is no time, which is kept in metadata.

    For speed: the last one that was canonical is remembered, as the entries of a batch often have the same.
    """
    last = None
    for entry in entries:
        stamp = entry.timestamp
        if stamp == last:
            continue
        if stamp is UNSET:
            entry.timestamp = arrived
        elif is_canonical(stamp):
            last = stamp
        elif (time := read_time(stamp)) is not None:
            entry.timestamp = time
        else:
            return False
    return True
