"""What a rule makes of matches as time passes: each test is a small history."""

from __future__ import annotations

import pytest

from spectrix_lite.alerts.machine import Machine, Told, machine
from spectrix_lite.core.alert_records import When

COUNT = When("count", 10, 60)
NONE = When("none", 0, 300)


def told(rule: Machine, now: float, *, repeats: bool = True) -> list[Told]:
    rule.pass_time(now)
    return rule.take(now) if rule.is_due(repeats) else []


def burst(rule: Machine, now: float, count: int, seq: int = 1) -> None:
    for each in range(count):
        rule.match(now, seq + each)


def test_ten_in_a_minute_fire_and_nine_do_not() -> None:
    rule = machine(COUNT, 0.0, started=False)
    burst(rule, 1.0, 9)
    assert told(rule, 2.0) == []
    rule.match(3.0, 10)
    assert told(rule, 4.0) == [Told("firing", 10, 3.0, (1, 2, 3))]
    assert told(rule, 5.0) == [], "told once"


def test_what_is_spread_over_more_than_the_window_does_not_fire() -> None:
    rule = machine(COUNT, 0.0, started=False)
    for second in range(0, 1000, 7):
        rule.match(float(second), second)
        assert told(rule, float(second)) == []


def test_a_burst_of_a_thousand_is_told_once_and_what_follows_is_counted() -> None:
    rule = machine(COUNT, 0.0, started=False)
    burst(rule, 1.0, 1000)
    assert [each.count for each in told(rule, 1.5)] == [1000]
    burst(rule, 30.0, 37, seq=1001)
    assert told(rule, 31.0, repeats=False) == [], "without a cooldown it is told that it began, not that it goes on"
    assert told(rule, 31.0) == [Told("firing", 37, 1.0, (1001, 1002, 1003))]


def test_it_is_over_when_there_were_fewer_for_a_whole_window() -> None:
    rule = machine(COUNT, 0.0, started=False)
    burst(rule, 1.0, 10)
    told(rule, 1.0)
    rule.match(50.0, 11)
    assert told(rule, 60.9, repeats=False) == []
    assert rule.firing
    assert told(rule, 119.0) == []
    assert told(rule, 121.0) == [Told("resolved", 1, 71.0, ())]
    assert not rule.firing


def test_one_that_is_over_before_it_could_be_told_is_told_as_both() -> None:
    rule = machine(COUNT, 0.0, started=False)
    burst(rule, 1.0, 10)
    for second in range(2, 200):
        rule.pass_time(float(second))
    assert [(each.kind, each.count) for each in rule.take(200.0)] == [("firing", 10), ("resolved", 0)]


def test_single_ones_long_over_are_not_counted() -> None:
    rule = machine(COUNT, 0.0, started=False)
    rule.match(1.0, 1)
    rule.pass_time(100.0)
    burst(rule, 101.0, 10, seq=50)
    assert told(rule, 101.0) == [Told("firing", 10, 0.0, (50, 51, 52))]


def test_after_a_start_nothing_is_judged_for_one_window() -> None:
    rule = machine(COUNT, 0.0, started=True)
    burst(rule, 1.0, 20)
    assert told(rule, 30.0) == []
    assert [each.count for each in told(rule, 60.0)] == [20]


def test_silence_fires_once_something_has_come() -> None:
    rule = machine(NONE, 0.0, started=False)
    assert told(rule, 1000.0) == [], "it is not armed"
    rule.match(1000.0, 7)
    assert told(rule, 1299.0) == []
    assert told(rule, 1300.0) == [Told("firing", 0, 0.0, (7,))]
    assert told(rule, 9000.0) == []
    rule.match(9001.0, 8)
    assert [each.kind for each in told(rule, 9001.0)] == ["resolved"]


def test_silence_is_counted_from_the_start_and_is_still_armed_then() -> None:
    rule = machine(NONE, 0.0, started=False)
    rule.match(1.0, 7)
    after = machine(NONE, 5000.0, started=True)
    after.restore(rule.dump(), 5000.0, same_epoch=True)
    assert told(after, 5299.0) == []
    assert [each.kind for each in told(after, 5300.0)] == ["firing"]


def test_each_kind_that_is_new_is_due_at_once() -> None:
    rule = machine(When("firstSeen"), 0.0, started=False)
    rule.match(1.0, 4)
    rule.match(1.0, 9)
    assert told(rule, 1.0, repeats=False) == [Told("firing", 2, 0.0, (4, 9))]
    assert told(rule, 2.0) == []
    assert not rule.firing


@pytest.mark.parametrize("same_epoch", [True, False])
def test_what_is_due_survives_a_restart(same_epoch: bool) -> None:
    rule = machine(COUNT, 0.0, started=False)
    burst(rule, 1.0, 12)
    rule.pass_time(1.0)
    after = machine(COUNT, 500.0, started=True)
    assert rule.changed
    after.restore(rule.dump(), 500.0, same_epoch=same_epoch)
    assert not rule.changed
    assert told(after, 501.0) == [Told("firing", 12, 1.0, (1, 2, 3) if same_epoch else ())]


def test_what_was_not_looked_at_is_told_once() -> None:
    rule = machine(COUNT, 0.0, started=False)
    burst(rule, 1.0, 10)
    rule.missed += 400
    assert [each.missed for each in told(rule, 1.0)] == [400]
    assert rule.missed == 0
