"""What is written is read back; what is damaged costs itself, and never an exception that nobody expects."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.entries.entry import IngestAnswer, RejectedEntry, Rejection
from spectrix_lite.history.snapshot import (
    MAGIC,
    Damaged,
    ServiceState,
    SnapshotHeader,
    pack_service,
    read_header,
    read_services,
    without,
    write_header,
)
from spectrix_lite.stream.log import RememberedAnswer
from spectrix_lite.stream.ring import RingBuffer, Run

HEADER = SnapshotHeader("database", 7)
ANSWER = RememberedAnswer("key", b"name", b"body", IngestAnswer(2, 1, [Rejection(1, "level", "not_an_object")]))
SAMPLE = RejectedEntry("2026-11-29T10:00:00.000Z", "key", 3, None, "invalid_json", "{")


def filled(batches: Sequence[int], max_entries: int = 1000) -> RingBuffer:
    ring = RingBuffer(max_entries, 1 << 20)
    for count in batches:
        ring.append(b",".join(b'{"seq":%d}' % (ring.head + 1 + n) for n in range(count)), count)
    return ring


def state(service: str, ring: RingBuffer) -> ServiceState:
    levels = (ring.head, 0, 0, 0)
    return ServiceState(service, "epoch", ring.oldest, ring.head, ring.head, 1, levels, 1_000, [SAMPLE], [ANSWER])


def runs(ring: RingBuffer) -> list[Run]:
    return list(ring.after(ring.oldest - 1))


def written(*rings: RingBuffer) -> bytes:
    file = io.BytesIO()
    write_header(file, HEADER)
    for number, ring in enumerate(rings):
        file.writelines(pack_service(state(f"service {number}", ring), runs(ring)))
    return file.getvalue()


def read(content: bytes) -> list[tuple[ServiceState, list[Run]] | Damaged]:
    file = io.BytesIO(content)
    assert read_header(file) == HEADER
    return list(read_services(file))


@given(st.lists(st.lists(st.integers(1, 20), max_size=8), max_size=4), st.integers(1, 50))
def test_what_is_written_is_read_back(batches: list[list[int]], max_entries: int) -> None:
    rings = [filled(each, max_entries) for each in batches]
    assert read(written(*rings)) == [(state(f"service {n}", ring), runs(ring)) for n, ring in enumerate(rings)]


def test_what_there_is_no_time_to_compress_is_stored() -> None:
    ring = filled([20] * 40)
    compressed = pack_service(state("service", ring), runs(ring))
    sizes = [sum(map(len, compressed))]
    for run_when_late in (0, 20):
        asked = iter([False] * run_when_late + [True] * len(runs(ring)))
        packed = pack_service(state("service", ring), runs(ring), lambda asked=asked: next(asked))  # type: ignore[misc]
        sizes.append(sum(map(len, packed)))
        file = io.BytesIO()
        write_header(file, HEADER)
        file.writelines(packed)
        assert read(file.getvalue()) == [(state("service", ring), runs(ring))]
    assert sizes[0] < sizes[2] < sizes[1]


def test_what_was_taken_out_stays_so() -> None:
    ring = filled([5, 5, 5])
    ring.forget([1, 7, 8, 14, 15])
    (found,) = read(written(ring))
    assert found == (state("service 0", ring), runs(ring))
    assert isinstance(found, tuple)
    again = RingBuffer(1000, 1 << 20)
    again.restore(found[1], found[0].oldest, found[0].head)
    assert (len(again), list(again.holes)) == (10, list(ring.holes))


def test_an_empty_ring_keeps_its_numbers() -> None:
    ring = filled([5])
    ring.shrink(1 << 20)
    (found,) = read(written(ring))
    assert isinstance(found, tuple)
    assert (found[0].oldest, found[0].head, found[1]) == (6, 5, [])


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", MAGIC, MAGIC + b"\0\0\0", MAGIC + b"\xff" * 64])
def test_what_is_no_snapshot_is_refused_by_its_header(content: bytes) -> None:
    with pytest.raises(Damaged):
        read_header(io.BytesIO(content))


def test_another_version_is_refused() -> None:
    with pytest.raises(Damaged, match="this version"):
        read_header(io.BytesIO(written().replace(b"snapshot 1", b"snapshot 2")))


@given(st.data())
def test_damage_costs_what_it_touches(data: st.DataObject) -> None:
    """One byte changed, or the file cut: a service is read as it was written, or told as damaged; the first is whole
    where the damage lies behind it."""
    content = written(filled([3, 2]), filled([4]), filled([1, 1, 1]))
    begins = len(written())
    first_ends = len(written(filled([3, 2])))
    at = data.draw(st.integers(begins, len(content) - 1))
    garbled = bytearray(content)
    if data.draw(st.booleans()):
        del garbled[at:]
    else:
        garbled[at] ^= data.draw(st.integers(1, 255))
    right = read(content)
    found = read(bytes(garbled))
    assert [each for each in found if not isinstance(each, Damaged) and each not in right] == []
    if at >= first_ends:
        assert found[0] == right[0]
    assert found != right


def test_a_service_is_taken_out() -> None:
    target = io.BytesIO()
    without(io.BytesIO(written(filled([3]), filled([4]))), target, "service 0")
    (found,) = read(target.getvalue())
    assert isinstance(found, tuple)
    assert found[0].service == "service 1"
    assert b"service 0" not in target.getvalue()
