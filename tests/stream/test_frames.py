"""Frames: built once for those at one cursor; a filter is asked of an entry once, wherever its watchers stand."""

from __future__ import annotations

from typing import Any

import pytest

from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.filter import EVERYTHING, Filter
from spectrix_lite.query.nodes import Node
from spectrix_lite.stream.frames import UNCHECKED_BYTES, Frames
from spectrix_lite.stream.ring import RingBuffer
from spectrix_lite.stream.search import never

from .test_subscriber import filled, push, read


class Noting(Node, frozen=True):
    """Matches every second message that it is asked of, and notes how many those were."""

    asked: Any

    def matches(self, entry: Candidate) -> bool:
        self.asked.append(entry.message)
        return len(self.asked) % 2 == 1

    def __hash__(self) -> int:
        return id(self.asked)


@pytest.fixture
def noting() -> Filter:
    return Filter(queries=(Noting([]),))


def asked(filter_: Filter) -> int:
    (node,) = filter_.queries
    assert isinstance(node, Noting)
    return len(node.asked)


def test_those_at_one_cursor_get_the_same_bytes(noting: Filter) -> None:
    ring, frames = filled(40, batch=10), Frames()
    for filter_ in (EVERYTHING, noting):
        assert frames.after(0, ring, filter_, never, ring.head) is frames.after(0, ring, filter_, never, ring.head)


@pytest.mark.parametrize("batch", [1, 7, 40])
def test_a_filter_is_asked_of_an_entry_once_wherever_its_watchers_stand(noting: Filter, batch: int) -> None:
    ring, frames = filled(40, batch=batch), Frames()
    found = {cursor: frames.after(cursor, ring, noting, never, ring.head) for cursor in (0, 13, 5, 39)}
    assert asked(noting) == 40
    for cursor, (through, frame) in found.items():
        seqs = [entry["seq"] for entry in read(frame)["entries"]] if frame else []
        assert (through, seqs) == (40, list(range(cursor + 1 + cursor % 2, 41, 2)))


def test_a_slice_that_is_over_costs_what_is_left_alone(noting: Filter) -> None:
    """Some entries are asked each time; where it was cut, whoever comes next goes on."""
    ring, frames = RingBuffer(100, 1 << 20), Frames()
    push(ring, *["info"] * 10, message="m" * UNCHECKED_BYTES)
    push(ring, *["info"] * 10, message="m" * (UNCHECKED_BYTES // 2))
    through, seen = 0, []
    while through < 20:
        through, _ = frames.after(through, ring, noting, lambda: True, ring.head)
        seen.append(through)
    assert seen == [*range(1, 11), *range(12, 21, 2)]
    frames.after(2, ring, noting, never, ring.head)
    assert asked(noting) == 20


def test_nothing_is_kept_of_what_is_cleared(noting: Filter) -> None:
    ring, frames = filled(10), Frames()
    frames.after(0, ring, noting, never, ring.head)
    frames.clear()
    frames.after(0, ring, noting, never, ring.head)
    assert asked(noting) == 20
