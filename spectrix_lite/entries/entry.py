"""Entries on the wire: what a producer may send, what a watcher gets. The only owner of an entry's field names.

The usual body, a batch in which every entry is as the contract has it, is decoded in one call and goes on as it is.
Whatever that call refuses is read again by `lenient`, entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

Level = Literal["info", "warn", "error", "debug"]
LEVELS: Final[tuple[Level, ...]] = ("info", "warn", "error", "debug")


_TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}}


class Entry(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """One structured log as a watcher gets it; `seq` and `received_at` are given when it enters the ring buffer.

    `timestamp` and `received_at` are RFC 3339 UTC with milliseconds. `metadata` is an object; what was cut is named in
    `truncated`. `read_from` is an object of texts: under which name each field came that had not its own.
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
    read_from: Annotated[Raw, Meta(extra_json_schema=_TEXTS)] | UnsetType = UNSET


class CanonicalEntry(Entry):
    """One that came under the entry's own names alone, level and message among them: it is not redacted by itself."""


class NumberedEntry(Entry, kw_only=True):
    """One that has entered the ring buffer: what every entry is once its log has numbered it."""

    seq: int


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


_decoded: Final = msgspec.json.Decoder(list[Entry]).decode


def decoded_run(encoded: bytes) -> list[Entry]:
    """The entries of a run, as they were before they were encoded."""
    return _decoded(b"[%b]" % encoded)


def seq_of(entry: bytes) -> int:
    """The number of an encoded entry, which begins with it."""
    return int(entry[len(b'{"seq":') : entry.index(b",")])


def split_run(encoded: bytes) -> list[bytes]:
    """The entries of a run, each as it was encoded."""
    return [bytes(entry) for entry in _split(b"[%b]" % encoded)]
