"""Snapshot: what the rings held at a stop, in one file beside the database until the next start.

The format, version 1, is a line `spectrix-lite snapshot 1`, a block with the header, and a block a service. A block is
its lengths and a CRC-32 (three unsigned 32-bit integers, big-endian: of the description, of the entries, of both), the
description as JSON, and the service's runs one behind the other, in one or two zlib streams: what there was no time to
compress is stored in the second. What is damaged within one block leaves the others as they are, as long as its lengths
can be believed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final

import msgspec

from ..entries.entry import RejectedEntry
from ..stream.log import RememberedAnswer
from ..stream.ring import Run

MAGIC: Final = b"spectrix-lite snapshot 1\n"
LEVEL: Final = 1
"""zlib's: 190 to 380 MB/s on one core; a higher one is slower than a stop may be."""

_STORED: Final = 0  # zlib's level for what is only copied: ten times as fast
_LENGTHS: Final = struct.Struct(">III")
_MOST: Final = 1 << 30  # bytes of one block: far above the largest ring, far below what a damaged length may claim


class SnapshotHeader(msgspec.Struct, frozen=True, rename="camel"):
    """Whose snapshot it is: the id of the database, and the start counter of the process that wrote it."""

    database: str
    start: int


class ServiceState(msgspec.Struct, frozen=True, rename="camel"):
    """What a service's stream was at the stop.

    `oldest` to `head` are the seqs that the ring held; an empty ring has oldest = head + 1. `levels` counts entries as
    info, warn, error, debug since the service's first start; `last_received_at` is in milliseconds since 1970.
    """

    service: str
    epoch: str
    oldest: int
    head: int
    accepted: int
    rejected: int
    levels: tuple[int, int, int, int]
    last_received_at: int | None
    samples: list[RejectedEntry]
    answers: list[RememberedAnswer]


class Damaged(Exception):
    """A snapshot, or the rest of one, that cannot be read: a few words say what is wrong with it."""


class _Description(msgspec.Struct, frozen=True, rename="camel"):
    state: ServiceState
    runs: list[tuple[int, int, int]]  # first seq, last seq, bytes


_encode: Final = msgspec.json.Encoder().encode
_header: Final = msgspec.json.Decoder(SnapshotHeader).decode
_description: Final = msgspec.json.Decoder(_Description).decode


def write_header(file: BinaryIO, header: SnapshotHeader) -> None:
    """Begins a snapshot. Raises OSError."""
    file.write(MAGIC)
    file.writelines(_block(_encode(header), []))


def _never() -> bool:
    return False


def pack_service(state: ServiceState, runs: Sequence[Run], is_late: Callable[[], bool] = _never) -> list[bytes]:
    """A service with the runs of its ring, the oldest first, as the parts of the block to be written.

    Takes a second for some 200 MB of runs, nearly all of it without the interpreter's lock. `is_late` is asked once for
    each run; from the first that it is true of, they are no longer compressed. What it raises is raised.
    """
    level, packer = LEVEL, zlib.compressobj(LEVEL)
    packed: list[bytes] = []
    for run in runs:
        if is_late() and level != _STORED:
            packed.append(packer.flush())
            level, packer = _STORED, zlib.compressobj(_STORED)
        packed.append(packer.compress(run.encoded))
    packed.append(packer.flush())
    sizes = [(run.first, run.last, len(run.encoded)) for run in runs]
    return _block(_encode(_Description(state, sizes)), packed)


def read_header(file: BinaryIO) -> SnapshotHeader:
    """What a snapshot begins with. Raises Damaged or OSError."""
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        raise Damaged("it is no snapshot of this version")
    block = _read(file)
    if block is None:
        raise Damaged("it ends within its header")
    try:
        return _header(block[0])
    except msgspec.MsgspecError:
        raise Damaged("its header cannot be read") from None


def read_services(file: BinaryIO) -> Iterator[tuple[ServiceState, list[Run]] | Damaged]:
    """The services after the header, each with its runs, or what is wrong with it. Raises OSError.

    Where lengths can no longer be believed, a last Damaged stands for all that follows.
    """
    while True:
        try:
            block = _read(file)
        except Damaged as damage:
            yield damage
            return
        if block is None:
            return
        try:
            yield _service(*block)
        except Damaged as damage:
            yield damage


def without(source: BinaryIO, target: BinaryIO, service: str) -> None:
    """Copies a snapshot without one service, and without what cannot be read. Raises Damaged, OSError."""
    write_header(target, read_header(source))
    for found in read_services(source):
        if not isinstance(found, Damaged) and found[0].service != service:
            target.writelines(pack_service(*found))


def _block(description: bytes, entries: list[bytes]) -> list[bytes]:
    checksum = zlib.crc32(description)
    for part in entries:
        checksum = zlib.crc32(part, checksum)
    return [_LENGTHS.pack(len(description), sum(map(len, entries)), checksum), description, *entries]


def _read(file: BinaryIO) -> tuple[bytes, bytes, bool] | None:
    """(description, entries, whether they are what was written), or None at the end. Raises Damaged."""
    head = file.read(_LENGTHS.size)
    if not head:
        return None
    if len(head) < _LENGTHS.size:
        raise Damaged("it is cut off")
    described, held, checksum = _LENGTHS.unpack(head)
    if described + held > _MOST:
        raise Damaged("a length in it is impossible")
    description, entries = file.read(described), file.read(held)
    if len(description) < described or len(entries) < held:
        raise Damaged("it is cut off")
    return description, entries, zlib.crc32(entries, zlib.crc32(description)) == checksum


def _service(description: bytes, entries: bytes, intact: bool) -> tuple[ServiceState, list[Run]]:
    if not intact:
        raise Damaged("a service in it is not what was written")
    try:
        found = _description(description)
    except msgspec.MsgspecError:
        raise Damaged("a service in it cannot be read") from None
    state = found.state
    size = sum(each for _, _, each in found.runs)
    try:
        encoded = _opened(entries, size + 1)
    except zlib.error:
        raise Damaged("the entries of a service in it cannot be opened") from None
    runs: list[Run] = []
    start, follows = 0, found.runs[0][0] if found.runs else state.head + 1
    for first, last, length in found.runs:
        if first != follows or last < first or length < 0:
            raise Damaged("the numbers of a service in it do not follow each other")
        runs.append(Run(first, last, encoded[start : start + length]))
        start, follows = start + length, last + 1
    begins = runs[0].first if runs else state.oldest
    if len(encoded) != size or follows != state.head + 1 or not begins <= state.oldest <= state.head + 1:
        raise Damaged("the numbers of a service in it do not follow each other")
    return state, runs


def _opened(packed: bytes, most: int) -> bytes:
    """What some zlib streams hold, one behind the other: at most so many bytes of it. Raises zlib.error."""
    parts: list[bytes] = []
    while packed and most > 0:
        unpacker = zlib.decompressobj()
        parts.append(unpacker.decompress(packed, most))
        most -= len(parts[-1])
        packed = unpacker.unused_data  # nothing where the stream has no end
    return parts[0] if len(parts) == 1 else b"".join(parts)
