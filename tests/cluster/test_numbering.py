"""Numbering by several writers: whatever the network does, no number twice, no hole, nothing acknowledged lost."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spectrix_lite.cluster.log.message import MessageHead, rebuilt_by
from spectrix_lite.cluster.log.numbering import NOTHING, Append, Attempt, Numbering, WentBack, added
from spectrix_lite.entries.entry import Entry, IngestAnswer
from spectrix_lite.stream.log import RememberedAnswer

from ..support.properties import repeatable

SERVICE = "service"


@dataclass
class FakeLog:
    """One subject of the engine: messages with their place in the stream, stored by compare and set."""

    epoch: str = "e1"
    messages: list[tuple[int, MessageHead, list[str]]] = field(default_factory=list)
    seq: int = 0

    @property
    def last(self) -> int:
        return self.messages[-1][0] if self.messages else 0

    def store(self, attempt: Attempt) -> bool:
        if attempt.expected != self.last:
            return False
        self.seq += 3  # other subjects have messages, too
        texts = [entry.message for append in attempt.appends for entry in append.entries]
        levels, totals = NOTHING, attempt.totals
        for append in attempt.appends:
            levels, totals = added(levels, append.levels), added(totals, append.levels)
        answers = tuple(append.answer for append in attempt.appends if append.answer is not None)
        head = MessageHead(
            attempt.name, self.epoch, attempt.first, len(texts), 0, ((len(texts), 1),), levels, totals, answers
        )
        self.messages.append((self.seq, head, texts))
        return True

    def rebuild(self, writer: Writer, size: int) -> None:
        """From what that one has, `size` entries a message."""
        numbering = writer.numbering
        self.messages, self.seq = [], self.seq + 1000
        attempt = rebuilt_by(str(self.seq))
        for first in range(1, numbering.head + 1, size):
            texts = writer.shown[first - 1 : first - 1 + size]
            head = MessageHead(attempt, self.epoch, first, len(texts), 0, (), NOTHING, numbering.totals)
            self.messages.append((self.seq + first, head, texts))
        self.seq += numbering.head + 1
        head = MessageHead(
            attempt, self.epoch, numbering.head + 1, 0, 0, (), NOTHING, numbering.totals,
            settles=tuple(numbering.recent),
        )  # fmt: skip
        self.messages.append((self.seq, head, []))


class Writer:
    """A node: reads the log as far as it has got, and remembers what was settled."""

    def __init__(self, name: str, log: FakeLog) -> None:
        self.log = log
        self.numbering = Numbering(name, SERVICE)
        self.numbering.begin(log.epoch)
        self.read = 0
        self.shown: list[str] = []
        self.taken: list[str] = []
        self.earlier: list[str] = []
        self.given: list[str] = []
        self.asked: list[str] = []
        self.attempt: Attempt | None = None
        self.now = 0.0

    def ask(self, texts: list[str], name: str | None = None) -> None:
        answer = None if name is None else RememberedAnswer("k", name.encode(), b"", IngestAnswer(len(texts), 0, []))

        def settle(earlier: RememberedAnswer | None) -> None:
            (self.taken if earlier is None else self.earlier).extend(texts)

        self.asked += texts
        entries = [Entry(message=text) for text in texts]
        self.numbering.ask(Append(entries, 0, settle, answer=answer, asked=self.now))

    def see(self) -> None:
        if self.read < len(self.log.messages):
            seq, head, texts = self.log.messages[self.read]
            self.read += 1
            before = self.numbering.head
            seen = self.numbering.see(head, seq)
            assert seen.is_new
            assert not seen.is_lost
            assert head.first == before + 1 or head.is_rebuilt
            self.shown += texts[seen.known :]
            assert self.numbering.head == len(self.shown)
            assert not self.numbering.see(head, seq).is_new, "shown again, it counts once"


class ThreeWriters(RuleBasedStateMachine):
    """Attempts travel, may come twice or never, and late; writers read late, give up, die and begin again."""

    def __init__(self) -> None:
        super().__init__()
        self.log = FakeLog()
        self.writers = [Writer(f"w{number}", self.log) for number in range(3)]
        self.under_way: list[Attempt] = []
        self.texts = 0
        self.taken: list[str] = []
        self.generation = 3
        self.dead_head = 0

    @rule(number=st.integers(0, 2), size=st.integers(1, 3), name=st.sampled_from([None, "one", "two"]))
    def ask(self, number: int, size: int, name: str | None) -> None:
        writer = self.writers[number]
        writer.now += 1
        if name is not None:
            seen = self.log.messages[: writer.read]
            if any(name.encode() == answer.name for _, head, _ in seen for answer in head.answers):
                return  # the idempotency cache knows it: it is not asked
            texts = [f"{name}.{part}" for part in range(2)]
        else:
            texts = [f"t{self.texts + part}" for part in range(size)]
            self.texts += size
        writer.ask(texts, name)

    @rule(number=st.integers(0, 2))
    def publish(self, number: int) -> None:
        """What is under way is sent again, as its outcome is not known."""
        writer = self.writers[number]
        writer.attempt = writer.numbering.next() or writer.attempt
        if writer.attempt is not None and writer.numbering.is_under_way(writer.attempt):
            self.under_way.append(writer.attempt)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), keep=st.booleans())
    def arrives(self, data: st.DataObject, keep: bool) -> None:
        place = data.draw(st.integers(0, len(self.under_way) - 1))
        self.log.store(self.under_way[place] if keep else self.under_way.pop(place))

    @rule(number=st.integers(0, 2))
    def see(self, number: int) -> None:
        self.writers[number].see()

    @rule(number=st.integers(0, 2), age=st.integers(0, 3))
    def give_up(self, number: int, age: int) -> None:
        writer = self.writers[number]
        for append in writer.numbering.give_up(writer.now - age):
            writer.given += [entry.message for entry in append.entries]

    @rule(number=st.integers(0, 2))
    def die(self, number: int) -> None:
        self.taken += self.writers[number].taken
        self.dead_head = max(self.dead_head, self.writers[number].numbering.head)
        self.writers[number] = Writer(f"w{self.generation}", self.log)
        self.generation += 1

    @precondition(lambda self: max(writer.numbering.head for writer in self.writers) >= self.dead_head)
    @rule(size=st.integers(1, 4))
    def is_lost_and_rebuilt(self, size: int) -> None:
        """What no writer has seen is gone. Of who died nothing was shown that nobody has: else it is not rebuilt."""
        best = max(self.writers, key=lambda writer: writer.numbering.head)
        self.log.rebuild(best, size)
        for writer in self.writers:
            writer.read = 0

    @invariant()
    def numbers_have_no_hole_and_none_comes_twice(self) -> None:
        following = 1
        for _, head, texts in self.log.messages:
            assert head.first == following
            following += len(texts)
        stored = [text for _, _, texts in self.log.messages for text in texts]
        assert len(stored) == len(set(stored)), "nothing is stored twice, whoever sends it how often"
        for writer in self.writers:
            assert stored[: len(writer.shown)] == writer.shown
            assert set(writer.taken) | set(self.taken) <= set(stored)
            assert set(writer.earlier) <= set(stored)

    def teardown(self) -> None:
        """With a network that works, everybody is answered."""
        for _ in range(500):
            for number, writer in enumerate(self.writers):
                self.publish(number)
                if writer.attempt is not None:
                    self.log.store(writer.attempt)
                for other in self.writers:
                    other.see()
            if all(writer.numbering.is_idle for writer in self.writers):
                break
        assert all(writer.numbering.is_idle for writer in self.writers)
        self.numbers_have_no_hole_and_none_comes_twice()
        for writer in self.writers:
            assert sorted(writer.asked) == sorted(writer.taken + writer.earlier + writer.given), "answered once, each"
        assert len({writer.numbering.totals for writer in self.writers if writer.read == len(self.log.messages)}) <= 1


TestThreeWriters = ThreeWriters.TestCase
TestThreeWriters.settings = settings(repeatable, max_examples=60, stateful_step_count=40)


def test_what_waits_is_stored_together() -> None:
    log = FakeLog()
    writer = Writer("w", log)
    for text in "abc":
        writer.ask([text])
    attempt = writer.numbering.next()
    assert attempt is not None
    assert len(attempt.appends) == 3
    assert writer.numbering.next() is None, "one at a time"
    assert log.store(attempt)
    writer.see()
    assert writer.taken == ["a", "b", "c"]


def test_who_loses_numbers_anew_and_counts_it() -> None:
    log = FakeLog()
    one, other = Writer("one", log), Writer("other", log)
    one.ask(["a"])
    other.ask(["b", "c"])
    first, second = one.numbering.next(), other.numbering.next()
    assert first is not None
    assert second is not None
    assert log.store(second)
    assert not log.store(first)
    one.see()
    again = one.numbering.next()
    assert again is not None
    assert (again.first, again.expected, one.numbering.races) == (3, 3, 1)


def test_a_log_that_went_back_is_not_gone_on_with() -> None:
    log = FakeLog()
    writer, other = Writer("w", log), Writer("other", log)
    for text in "ab":
        other.ask([text])
        attempt = other.numbering.next()
        assert attempt is not None
        log.store(attempt)
        other.see()
        writer.see()
    seq, head, _ = log.messages[0]
    with pytest.raises(WentBack):
        writer.numbering.see(head, seq + 100)
    writer.numbering.begin("e2")
    assert (writer.numbering.head, writer.numbering.last) == (0, 0)


def test_a_rebuilt_log_that_ends_earlier_is_not_gone_on_with() -> None:
    """As of nodes that never saw what this one has shown."""
    log = FakeLog()
    writer, other = Writer("w", log), Writer("other", log)
    writer.ask(["a", "b"])
    attempt = writer.numbering.next()
    assert attempt is not None
    log.store(attempt)
    writer.see()
    log.rebuild(other, 1)
    seq, head, _ = log.messages[0]
    assert (head.first, head.count) == (1, 0)
    with pytest.raises(WentBack):
        writer.numbering.see(head, seq)


def test_a_message_of_an_epoch_that_is_over_only_takes_its_place() -> None:
    log = FakeLog()
    writer = Writer("w", log)
    writer.ask(["a"])
    late = writer.numbering.next()
    assert late is not None
    writer.numbering.begin("e2")
    assert log.store(late)
    seq, head, _ = log.messages[0]
    assert not writer.numbering.see(head, seq).is_new
    attempt = writer.numbering.next()
    assert attempt is not None
    assert (attempt.first, attempt.expected) == (1, seq)


def test_what_is_given_up_before_it_was_sent_never_comes() -> None:
    log = FakeLog()
    writer = Writer("w", log)
    writer.ask(["a"])
    attempt = writer.numbering.next()
    assert attempt is not None
    writer.now = 1.0
    writer.ask(["b"])
    given = writer.numbering.give_up(before=2.0)
    assert [append.sent for append in given] == [True, False]
    assert log.store(attempt), "it may come yet: its writer was told so"
    writer.see()
    assert (writer.shown, writer.taken, writer.numbering.is_idle) == (["a"], [], True)
