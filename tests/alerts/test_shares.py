"""What rules may use of a core: who needs little keeps up, also where all would need far more than there is."""

from __future__ import annotations

import pytest

from spectrix_lite.alerts.hits import Hits
from spectrix_lite.alerts.lane import CountingLane
from spectrix_lite.alerts.shares import share_of_all, shares
from spectrix_lite.entries.entry import NumberedEntry
from spectrix_lite.query.parser import EVERYTHING
from spectrix_lite.stream.search import never


def test_the_more_arrives_the_less_all_together_may_use() -> None:
    assert share_of_all(0) == share_of_all(500) == 0.04
    assert share_of_all(20_000) == pytest.approx(0.001)


def test_who_needs_little_keeps_up_and_what_is_left_is_for_the_others() -> None:
    cheap, middle, dear = shares([0.0001, 0.0004, 0.1], 0.001)
    assert cheap > 0.0001
    assert middle > 0.0004
    assert 0 < dear < 0.001


def test_what_is_not_enough_for_all_is_enough_for_some() -> None:
    given = shares([0.0003] * 20, 0.001)
    assert sum(share > 0.0003 for share in given) == 3
    assert min(given) > 0


def test_what_a_rule_needs_is_what_its_entries_take_while_it_listens() -> None:
    lane = CountingLane(EVERYTHING, 0.0, 1, [])
    entries = [NumberedEntry(seq=seq, level="info", message="") for seq in range(100)]
    lane.add(Hits(entries, 0, 0.0), (1 << 100) - 1)
    lane.look(never)
    lane.used = 0.01
    assert lane.need(2.0) == pytest.approx(0.0001 * 50)
    lane.paused = True
    assert lane.need(2.0) == pytest.approx(0.0001 * 50), "less comes to one that is paused, and that tells nothing"


def test_after_a_rest_it_uses_no_more_at_once_than_in_two_seconds() -> None:
    lane = CountingLane(EVERYTHING, 0.0, 1, [])
    assert lane.budget.left(0.0) > 0.01
    lane.give(0.001)
    assert lane.budget.left(100.0) == pytest.approx(0.002)
