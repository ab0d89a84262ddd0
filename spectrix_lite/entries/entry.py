"""Entries on the wire: what a producer may send, what a watcher gets. The only owner of an entry's field names.

The usual body, a batch in which every entry is as the contract has it, is decoded in one call and goes on as it is.
Whatever that call refuses is read again by `salvage`, entry by entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, cast

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

Level = Literal["info", "warn", "error", "debug"]
LEVELS: Final[tuple[Level, ...]] = ("info", "warn", "error", "debug")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """One structured log as a watcher gets it; `seq` and `received_at` are given when it enters the ring buffer.

    `timestamp` and `received_at` are RFC 3339 UTC with milliseconds. `metadata` is an object; what was cut is named in
    `truncated`.
    """

    seq: int | UnsetType = UNSET
    received_at: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET
    level: Level = "info"
    message: str
    source: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    status_code: int | UnsetType = UNSET
    metadata: Annotated[Raw, Meta(extra_json_schema={"type": "object"})] | UnsetType = UNSET
    truncated: list[str] | UnsetType = UNSET


class Rejection(msgspec.Struct, frozen=True):
    """Why one entry of a batch was not taken. `reason` is a stable code."""

    index: int
    field: str | None
    reason: str


class IngestAnswer(msgspec.Struct, omit_defaults=True):
    """What a producer is told: how many were taken, and the first 20 that were not."""

    accepted: int
    rejected: int
    errors: Annotated[list[Rejection], Meta(max_length=20)]
    duplicate: bool = False


class RejectedEntry(msgspec.Struct, rename="camel", frozen=True):
    """A rejected entry as the operator sees it: `sample` is the beginning of what came."""

    at: str
    key_id: str
    index: int
    field: str | None
    reason: str
    sample: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an entry is kept. Sizes are bytes of UTF-8, `depth` counts the metadata itself."""

    message: int = 16_384
    endpoint: int = 2_048
    source: int = 128
    method: int = 16
    metadata: int = 32_768
    depth: int = 32
    entries: int = 200_000


@dataclass(slots=True)
class Batch:
    """What came of one body: entries to append, and what was not taken, with a sample of each of the first."""

    entries: list[Entry]
    rejected: list[Rejection]
    samples: list[str]


encode: Final = msgspec.json.Encoder().encode

RUN_BYTES: Final = 64 * 1024
"""About how large a run of encoded entries may be."""

_split = msgspec.json.Decoder(list[Raw]).decode


def encoded_runs(entries: Sequence[Entry]) -> Iterator[tuple[bytes, int]]:
    """(inside of a JSON array, count of entries) for all of `entries`, in order, in runs of some `RUN_BYTES`."""
    encoded = encode(entries)
    if len(encoded) <= 2 * RUN_BYTES or len(entries) == 1:
        yield encoded[1:-1], len(entries)
        return
    size = max(1, len(entries) * RUN_BYTES // len(encoded))
    for start in range(0, len(entries), size):
        yield from encoded_runs(entries[start : start + size])


def split_run(encoded: bytes) -> list[bytes]:
    """The entries of a run, each as it was encoded."""
    return [bytes(entry) for entry in _split(b"[%b]" % encoded)]


class Fast:
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
                # A producer must not set these three: typed so that nothing it could send fits.
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
            ],
            rename="camel",
            kw_only=True,
            forbid_unknown_fields=True,
            gc=False,
        )
        envelope = msgspec.defstruct("Envelope", [("logs", list[incoming])], gc=False)  # type: ignore[valid-type]  # a type made at run time
        self._envelope = msgspec.json.Decoder(envelope).decode
        self._entry = msgspec.json.Decoder(incoming).decode

    def batch(self, body: bytes, arrived: str) -> list[Entry] | None:
        """The entries of `{"logs": [...]}`, or None where one of them needs a closer look.

        `body` must be valid UTF-8. `arrived` stands in for a timestamp that is missing.
        """
        try:
            entries: list[Entry] = cast(Any, self._envelope(body)).logs
        except (msgspec.MsgspecError, RecursionError):
            return None
        if len(entries) > self._limits.entries:
            return None
        # In ASCII a character is a byte, so the decoder has checked the lengths; an escape may stand for any character.
        # One byte is looked for, not two: that is what the interpreter does fast.
        if not (body.isascii() and b"\\" not in body) and not all(map(self._fits, entries)):
            return None
        # A body without a further array and within the size of one metadata leaves little to ask of each.
        flat = len(body) <= self._limits.metadata and body.find(b"[", body.find(b"[") + 1) < 0
        last = None
        for entry in entries:
            metadata = entry.metadata
            # The last brace being the first: an object, and nothing in it but scalars.
            if (
                metadata is not UNSET
                and not (flat and bytes(metadata).rfind(b"{") == 0)
                and not self._metadata_fits(metadata)
            ):
                return None
            stamp = entry.timestamp
            if stamp != last:
                if stamp is UNSET:
                    entry.timestamp = arrived
                elif is_canonical(stamp):
                    last = stamp
                else:
                    entry.timestamp = read_time(stamp) or arrived
        return entries

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
        stamp = entry.timestamp
        entry.timestamp = arrived if stamp is UNSET else read_time(stamp) or arrived
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


_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)? ?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)


def is_canonical(stamp: str) -> bool:
    """Whether `stamp` is a real time already written as `rfc3339` writes it."""
    if len(stamp) != 24 or stamp[10] != "T" or stamp[23] != "Z" or stamp[19] != "." or stamp[5] == "W":
        return False
    try:
        datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return True


def read_time(value: str | float) -> str | None:
    """RFC 3339 text, or a number since 1970 (milliseconds, below 1e11 seconds), as `rfc3339` writes it.

    Text without an offset is taken as UTC. None for what is no time between the years 1 and 9999.
    """
    if isinstance(value, str):
        if is_canonical(value):
            return value
        match = _RFC3339.fullmatch(value.strip())
        if match is None:
            return None
        day, clock, fraction, offset = match.groups()
        zone = "+00:00" if offset is None or offset in "Zz" else offset
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '').ljust(6, '0')[:6]}{zone}")
            return _written(moment.astimezone(UTC))
        except (ValueError, OverflowError):
            return None
    try:
        return rfc3339(int(value if abs(value) >= 1e11 else value * 1000))
    except (ValueError, OverflowError):
        return None


def rfc3339(milliseconds: int) -> str:
    """Epoch milliseconds as RFC 3339 UTC with milliseconds: `2026-05-14T10:30:00.000Z`.

    Raises OverflowError beyond the years 1 to 9999.
    """
    second, millisecond = divmod(milliseconds, 1000)
    return f"{_second(second)}.{millisecond:03}Z"


@lru_cache(maxsize=64)  # the present second is asked for again and again
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"
