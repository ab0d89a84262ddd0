"""What a node says of a service once more makes the same ring everywhere, whatever the others have of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.cluster.log.message import MessageHead, rebuilt_by, unpack, without_first
from spectrix_lite.cluster.log.numbering import NOTHING, Numbering
from spectrix_lite.cluster.log.refill import Content, refill
from spectrix_lite.entries.entry import IngestAnswer
from spectrix_lite.stream.log import RememberedAnswer
from spectrix_lite.stream.ring import RingBuffer

from ..support.properties import repeatable


class Node:
    """A ring and its numbering, without a hub."""

    def __init__(self, entries: int) -> None:
        self.ring = RingBuffer(entries, 1 << 20)
        self.numbering = Numbering("n", "s")
        self.numbering.begin("e")
        self.answers: list[RememberedAnswer] = []

    def take(self, head: MessageHead, runs: list[tuple[bytes, int]], seq: int) -> None:
        seen = self.numbering.see(head, seq)
        if head.forget:
            self.ring.forget(head.forget)
        elif head.first + seen.known > self.ring.head + 1:
            self.ring.skip(head.first + seen.known - 1)
        for encoded, count in without_first(runs, seen.known):
            self.ring.append(encoded, count)
        self.answers += head.answers

    def entries(self) -> dict[int, bytes | None]:
        return {seq: self.ring.entry(seq) for seq in range(self.ring.oldest, self.ring.head + 1)}


def run(first: int, count: int) -> tuple[bytes, int]:
    return b",".join(b'{"seq":%d}' % seq for seq in range(first, first + count)), count


@repeatable
@given(
    sizes=st.lists(st.integers(1, 9), max_size=12),
    behind=st.integers(0, 12),
    bound=st.integers(4, 60),
    gone=st.sets(st.integers(1, 60)),
    room=st.integers(1, 200),
    names=st.integers(0, 9),
)
def test_all_have_the_same_after_it(
    sizes: list[int], behind: int, bound: int, gone: set[int], room: int, names: int
) -> None:
    full, late, fresh = Node(bound), Node(bound), Node(bound)
    for place, size in enumerate(sizes):
        first = full.numbering.head + 1
        total = first + size - 1
        head = MessageHead(f"w-{place}", "e", first, size, 0, (), (size, 0, 0, 0), (total, 0, 0, 0))
        for node in (full, late) if place < len(sizes) - behind else (full,):
            node.take(head, [run(first, size)], place + 1)
    full.ring.forget(sorted(gone))
    answers = [RememberedAnswer("k", b"%d" % name, b"", IngestAnswer(1, 0, [])) for name in range(names)]
    messages = list(refill(Content(full.numbering, full.ring, answers, 7), "r", room))
    for number, message in enumerate(messages, 1000):
        for node in (full, late, fresh):
            head, runs = unpack(message)
            assert (head.attempt, head.epoch, head.at, head.more) == (rebuilt_by("r"), "e", 7, False)
            node.take(head, list(runs), number)
    held = full.entries()
    for node in (late, fresh):
        assert (node.ring.head, node.numbering.head) == (full.ring.head, full.numbering.head)
        assert {seq: entry for seq, entry in node.entries().items() if seq in held} == held
        assert node.numbering.totals == full.numbering.totals
        assert node.answers == answers
        assert list(node.numbering.recent)[-len(sizes) :] == [f"w-{place}" for place in range(len(sizes))]
        assert all(node.ring.entry(seq) is None for seq in gone)
    assert late.ring.oldest <= full.ring.oldest
    assert fresh.ring.oldest >= full.ring.oldest
    assert full.numbering.totals == (NOTHING if not sizes else (sum(sizes), 0, 0, 0))


def test_messages_are_not_larger_than_they_may_be() -> None:
    node = Node(10_000)
    for place in range(200):
        first = node.numbering.head + 1
        head = MessageHead(f"w-{place}", "e", first, 10, 0, (), NOTHING, NOTHING)
        node.take(head, [run(first, 10)], place + 1)
    messages = list(refill(Content(node.numbering, node.ring, (), 0), "r", 4000))
    assert all(len(message) < 4000 + 3000 for message in messages)
    assert len(messages) < 10, "several runs together"
