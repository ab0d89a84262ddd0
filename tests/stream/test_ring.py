"""The ring against a plain list of everything that ever came in."""

from __future__ import annotations

import gc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.entries.entry import split_run
from spectrix_lite.stream.ring import RingBuffer, Run

from ..support.properties import repeatable


def run(first: int, count: int, padding: int = 0) -> bytes:
    """The inside of an array of `count` entries; their numbers are what they are known by."""
    return b",".join(b'{"seq":%d,"x":"%b"}' % (seq, b"x" * padding) for seq in range(first, first + count))


def push(ring: RingBuffer, count: int, padding: int = 0) -> int:
    return ring.append(run(ring.head + 1, count, padding), count)


def held(ring: RingBuffer, seq: int = 0) -> list[bytes]:
    """What a reader behind `seq` gets: the beginning of the first run left out where it is evicted or known."""
    found: list[bytes] = []
    for one in ring.after(seq):
        entries = [] if one.is_hole else split_run(one.encoded)
        if one.is_hole:
            continue
        assert len(entries) == one.last - one.first + 1
        found += entries[max(seq + 1, ring.oldest, one.first) - one.first :]
    return found


def expected(first: int, last: int, padding: int = 0) -> list[bytes]:
    return [run(seq, 1, padding) for seq in range(first, last + 1)]


def test_a_new_ring_is_empty() -> None:
    ring = RingBuffer(10, 1000)
    assert (ring.oldest, ring.head, len(ring), ring.bytes) == (1, 0, 0, 0)
    assert list(ring.after(0)) == []
    assert ring.shrink(1000) == 0


def test_what_comes_in_is_numbered_and_stays_as_it_is() -> None:
    ring = RingBuffer(10, 1000)
    grown = push(ring, 3)
    assert grown == ring.bytes == len(run(1, 3))
    push(ring, 2)
    assert (ring.oldest, ring.head, len(ring)) == (1, 5, 5)
    assert list(ring.after(0)) == [Run(1, 3, run(1, 3)), Run(4, 5, run(4, 2))]


@pytest.mark.parametrize("seq", range(7))
def test_a_reader_gets_what_lies_behind_its_cursor(seq: int) -> None:
    ring = RingBuffer(10, 1000)
    for count in (2, 1, 3):
        push(ring, count)
    assert held(ring, seq) == expected(seq + 1, 6)


def test_the_bound_in_entries_is_exact() -> None:
    ring = RingBuffer(5, 10_000)
    push(ring, 3)
    push(ring, 2)
    assert (ring.oldest, len(ring)) == (1, 5)
    push(ring, 1)
    assert (ring.oldest, ring.head, len(ring)) == (2, 6, 5)
    assert held(ring) == expected(2, 6)
    push(ring, 2)
    assert held(ring) == expected(4, 8)
    assert ring.bytes == len(run(4, 2)) + len(run(6, 1)) + len(run(7, 2))


def test_a_run_larger_than_the_ring_loses_its_beginning() -> None:
    ring = RingBuffer(5, 10_000)
    push(ring, 2)
    push(ring, 12)
    assert (ring.oldest, ring.head) == (10, 14)
    assert held(ring) == expected(10, 14)


def test_the_bound_in_bytes_counts_whole_runs() -> None:
    size = len(run(1, 3))
    ring = RingBuffer(100, 2 * size)
    assert push(ring, 3) == size
    assert push(ring, 3) == size
    assert push(ring, 3) == 0
    assert (ring.oldest, ring.head, ring.bytes) == (4, 9, 2 * size)


def test_a_run_beyond_all_bytes_evicts_itself() -> None:
    ring = RingBuffer(100, 50)
    push(ring, 1)
    assert push(ring, 3, padding=100) < 0
    assert (ring.oldest, ring.head, len(ring), ring.bytes) == (5, 4, 0, 0)
    assert list(ring.after(0)) == []
    push(ring, 1)
    assert held(ring) == expected(5, 5)


def test_shrinking_evicts_the_oldest_runs_and_no_more_than_it_must() -> None:
    ring = RingBuffer(100, 10_000)
    for _ in range(3):
        push(ring, 2)
    size = len(run(1, 2))
    assert ring.shrink(0) == 0
    assert ring.shrink(1) == size
    assert ring.oldest == 3
    assert ring.shrink(size + 1) == 2 * size
    assert (ring.oldest, ring.head, ring.bytes) == (7, 6, 0)
    assert ring.shrink(1) == 0


def test_what_is_evicted_is_released_at_once() -> None:
    gone: list[bytes] = []

    class Text(bytes):
        """Bytes that say when they go."""

        def __del__(self) -> None:
            gone.append(bytes(self))

    ring = RingBuffer(2, 10_000)
    for seq in range(1, 6):
        ring.append(Text(run(seq, 1)), 1)
    gc.collect()
    assert gone == expected(1, 3)
    ring.shrink(1)
    gc.collect()
    assert gone == expected(1, 4)


def test_a_ring_that_has_turned_often_holds_no_more_than_it_should() -> None:
    ring = RingBuffer(10, 10_000)
    for _ in range(5000):
        push(ring, 1)
    assert held(ring) == expected(4991, 5000)
    assert ring.bytes == sum(map(len, expected(4991, 5000)))
    assert held(ring, 4995) == expected(4996, 5000)


steps = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 12), st.integers(0, 30)),
    st.tuples(st.just("shrink"), st.integers(0, 400), st.just(0)),
    st.tuples(st.just("forget"), st.integers(1, 30), st.integers(1, 12)),
)


@repeatable
@given(st.integers(1, 20), st.integers(1, 600), st.lists(steps, max_size=30))
def test_a_ring_is_the_end_of_a_list(max_entries: int, max_bytes: int, todo: list[tuple[str, int, int]]) -> None:
    ring = RingBuffer(max_entries, max_bytes)
    came: list[bytes] = []
    gone: set[int] = set()
    for what, amount, padding in todo:
        before, oldest, first_runs = ring.bytes, ring.oldest, list(ring.after(0))
        if what == "append":
            came += expected(ring.head + 1, ring.head + amount, padding)
            assert push(ring, amount, padding) == ring.bytes - before
        elif what == "forget":
            seqs = range(amount, amount + 40, padding)
            gone |= {seq for seq in seqs if ring.oldest <= seq <= ring.head}
            assert ring.forget(seqs) == before - ring.bytes
            assert ring.oldest == oldest
        else:
            freed = ring.shrink(amount)
            assert freed == before - ring.bytes >= min(amount, before)
            left = first_runs[: len(first_runs) - len(list(ring.after(0)))]
            assert not left or left[-1].is_hole or freed - len(left[-1].encoded) < amount, "less would have done"
        assert ring.head == len(came)
        assert oldest <= ring.oldest <= ring.head + 1
        there = [seq for seq in range(ring.oldest, ring.head + 1) if seq not in gone]
        assert len(ring) == len(there)
        assert ring.head - ring.oldest < max_entries
        assert ring.bytes <= max_bytes
        runs = list(ring.after(0))
        assert ring.bytes == sum(len(one.encoded) for one in runs)
        assert [one for one in runs if one.is_hole] == list(ring.holes)
        assert all(one.last + 1 == other.first for one, other in pairwise(runs))
        assert not any(one.is_hole and other.is_hole for one, other in pairwise(runs))
        for seq in range(ring.head + 2):
            assert held(ring, seq) == [came[each - 1] for each in there if each > seq]
        for seq in range(ring.oldest, ring.head + 1):
            assert ring.entry(seq) == (None if seq in gone else came[seq - 1])
