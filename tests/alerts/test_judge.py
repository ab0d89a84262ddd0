"""Rules as cursors: one that is dear waits, one that is too far behind is taken on, and the others never notice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from spectrix_lite.alerts import judge as module
from spectrix_lite.alerts.judge import Judge
from spectrix_lite.alerts.lane import CountingLane, Lane
from spectrix_lite.alerts.machine import Machine
from spectrix_lite.entries.entry import NumberedEntry
from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.nodes import Node
from spectrix_lite.query.parser import parse_query
from spectrix_lite.stream.search import never


class Work:
    """Processor time passes when a dear query is asked."""

    def __init__(self) -> None:
        self.now = 100.0
        self.used = 0.0
        self.woken = 0

    def wake(self, judge: Judge) -> None:
        self.woken += 1

    def judge(self, *lanes: Lane) -> Judge:
        return Judge(lanes, self.wake, lambda: self.now, lambda: self.used)


class Counted(Machine):
    """Notes the numbers that it is told, and how many matches that were."""

    def __init__(self) -> None:
        super().__init__()
        self.seqs: list[int] = []
        self.count = 0

    def match(self, now: float, seq: int, count: int = 1, others: Sequence[int] = ()) -> None:
        self.seqs += (seq, *others)
        self.count += count


class Seen(CountingLane):
    def __init__(self, query: Node) -> None:
        self.machine = Counted()
        super().__init__(query, 100.0, 2, [self.machine])

    @property
    def seqs(self) -> list[int]:
        return self.machine.seqs

    @property
    def counted(self) -> int:
        return self.machine.count

    @property
    def skipped(self) -> int:
        return self.machine.missed


class Dear(Node, frozen=True):
    def matches(self, entry: Candidate) -> bool:
        WORK[-1].used += 0.001
        return True


WORK: list[Work] = []


@pytest.fixture
def work() -> Work:
    WORK.append(Work())
    return WORK[-1]


def batch(first: int, count: int, level: str = "error", message: str = "boom") -> list[NumberedEntry]:
    return [NumberedEntry(seq=seq, level=level, message=message) for seq in range(first, first + count)]  # type: ignore[arg-type]


def test_each_rule_gets_what_it_matches_in_order(work: Work) -> None:
    errors, boom, whole = Seen(parse_query("level:error")), Seen(parse_query("boom")), Seen(parse_query(""))
    judge = work.judge(errors, boom, whole)
    judge.appended(batch(1, 3))
    judge.appended(batch(4, 2, "info"))
    judge.appended(batch(6, 1, "error", "other"))
    assert judge.has_work
    assert judge.run(never)
    assert (boom.seqs, boom.counted) == ([1, 2, 3], 5), "the first are named, and all are counted"
    assert (errors.seqs, errors.counted) == ([1, 2, 3], 4)
    assert not judge.has_work
    judge.resume()
    assert (whole.seqs, whole.counted) == ([1, 4, 6], 6)
    judge.resume()
    judge.run(never)
    assert (errors.counted, boom.counted, whole.counted) == (4, 5, 6)


def test_it_goes_in_slices(work: Work) -> None:
    dear = Seen(Dear())
    judge = work.judge(dear)
    judge.appended(batch(1, 3))
    slices = 1
    while not judge.run(lambda: True):
        slices += 1
    assert (dear.counted, slices) == (3, 3)


def test_a_dear_rule_waits_for_its_budget_and_the_others_go_on(work: Work) -> None:
    cheap, dear = Seen(parse_query("level:error -other")), Seen(Dear())
    judge = work.judge(cheap, dear)
    judge.appended(batch(1, 100))
    dear.budget.share = 0.1
    judge.run(lambda: work.used > 0.03)
    assert judge.run(never), "nothing is left to do before its budget is filled again"
    assert cheap.counted == 100
    assert dear.counted < 100
    assert judge.has_work
    for _ in range(4):
        work.now += 1
        judge.run(never)
    assert dear.counted == 100
    assert dear.skipped == 0


def test_one_that_could_not_look_within_two_seconds_does_not_try_to(work: Work) -> None:
    dear = Seen(Dear())
    judge = work.judge(dear)
    dear.budget.share = 0.0001
    judge.appended(batch(1, 100))
    judge.run(lambda: work.used > 0.03)
    assert not judge.has_work
    assert dear.counted + dear.skipped == 100
    judge.appended(batch(101, 50))
    judge.resume()
    assert dear.counted + dear.skipped == 150


def test_where_much_is_let_through_it_is_told_together_and_within_a_second(work: Work) -> None:
    errors = Seen(parse_query("level:error"))
    judge = work.judge(errors)
    judge.appended(batch(1, 100))
    judge.run(never)
    assert errors.counted == 100, "it has rested"
    work.now += 0.5
    judge.appended(batch(101, 100))
    judge.run(never)
    assert (errors.counted, judge.has_work, judge.is_due()) == (100, True, False)
    work.now += 0.5
    judge.run(never)
    assert errors.counted == 200
    work.now += 0.5
    judge.appended(batch(201, 1))
    judge.run(never)
    assert errors.counted == 201, "few are told at once"


def test_rules_by_which_entries_differ_in_many_ways_are_told_of_each(work: Work) -> None:
    lanes = [Seen(parse_query(f"source:s{number}")) for number in range(300)]
    judge = work.judge(*lanes)
    for number in range(300):
        judge.appended([NumberedEntry(seq=number + 1, level="info", message="", source=f"s{number}")])
    judge.sort()
    judge.appended([NumberedEntry(seq=301, level="info", message="", source="s7")])
    judge.sort()
    assert [lane.counted for lane in lanes] == [2 if number == 7 else 1 for number in range(300)]


def test_one_that_has_overdrawn_its_budget_says_so_when_the_next_come(work: Work) -> None:
    dear = Seen(Dear())
    judge = work.judge(dear)
    dear.budget.share = 0.0001
    judge.appended(batch(1, 40))
    judge.run(never)
    assert (dear.counted, judge.has_work) == (40, False), "all that was there is looked at"
    work.now += 1
    judge.appended(batch(41, 1))
    judge.run(never)
    assert (dear.counted, dear.skipped) == (40, 1), "it would be looked at in minutes only"


def test_what_has_come_since_it_was_told_counts_as_missed_when_it_is_taken_on(work: Work) -> None:
    dear = Seen(Dear())
    judge = work.judge(dear)
    judge.appended(batch(1, 100))
    judge.sort()
    judge.appended(batch(101, 100))
    dear.budget.share = 0.0001
    judge.run(lambda: work.used > 0.05)
    assert dear.counted + dear.skipped == 100
    work.now += 1
    judge.resume()
    assert dear.counted + dear.skipped == 200


@pytest.mark.case(151)
def test_one_that_is_too_far_behind_is_taken_on_and_says_how_many_it_missed(work: Work) -> None:
    cheap, dear = Seen(parse_query("level:error -other")), Seen(Dear())
    judge = work.judge(cheap, dear)
    work.used = 0.0
    dear.budget.spend(1.0, work.now)
    dear.rests_until = work.now + 100
    dear.budget.share = 0.01
    for first in range(1, 3001, 100):
        judge.appended(batch(first, 100))
        work.now += 1
        judge.run(never)
    assert cheap.counted == 3000
    judge.resume()
    assert dear.counted == 0
    assert dear.skipped >= 2900
    work.now += 1000
    judge.resume()
    judge.appended(batch(3001, 1))
    judge.run(never)
    assert dear.seqs[-1] == 3001
    assert dear.skipped + dear.counted == 3001


def test_large_entries_count_for_more(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    errors = Seen(parse_query("level:error -other"))
    judge = work.judge(errors)
    judge.appended(batch(1, 10, message="x" * 5000))
    judge.run(never)
    assert errors.skipped + errors.counted == 10
    assert errors.skipped > 0


def test_many_at_once_are_judged_soon(work: Work) -> None:
    judge = work.judge(Seen(parse_query("level:error -other")))
    judge.appended(batch(1, 100, "info"))
    assert work.woken == 0
    judge.appended(batch(101, 300))
    assert work.woken


def test_at_the_end_what_is_left_is_judged(work: Work) -> None:
    dear = Seen(Dear())
    judge = work.judge(dear)
    judge.appended(batch(1, 10))
    dear.budget.spend(1.0, work.now)
    judge.finish()
    assert (dear.seqs, dear.counted) == ([1, 2, 3], 10)
    assert dear.skipped == 0


def test_what_fails_is_skipped(work: Work) -> None:
    errors = Seen(parse_query("level:error -other"))
    judge = work.judge(errors)
    judge.appended(batch(1, 3))
    judge.failed(RuntimeError())
    judge.appended(batch(4, 1))
    judge.run(never)
    assert errors.seqs == [4]
