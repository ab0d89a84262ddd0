"""What has come in, counted by the second: at its edges, over quiet spells, and as the contract shows it."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.entries.entry import LEVELS, Entry, encode
from spectrix_lite.stream.stats import SECONDS, LevelCounts, Stats, Tally

from ..support.properties import repeatable

Level = Literal["info", "warn", "error", "debug"]


def entries(**counts: int) -> list[Entry]:
    return [Entry(level=level, message="m") for level in LEVELS for _ in range(counts.get(level, 0))]


def test_a_tally_starts_with_nothing() -> None:
    tally = Tally()
    assert (tally.accepted, tally.rejected, tally.totals) == (0, 0, [0, 0, 0, 0])
    assert tally.rate(1000.0) == 0.0
    assert tally.error_share(1000.0) == 0.0
    assert tally.history(1000.0, SECONDS) == [[0, 0, 0, 0]] * SECONDS


def test_levels_are_counted_in_all_and_by_the_second() -> None:
    tally = Tally()
    tally.add(entries(info=3, warn=2, error=1), 1000.2)
    tally.add(entries(info=1, debug=4), 1000.9)
    tally.add(entries(error=5), 1002.0)
    assert tally.accepted == 16
    assert tally.totals == [4, 2, 6, 4]
    assert tally.history(1002.5, 4) == [[0, 0, 0, 0], [4, 2, 1, 4], [0, 0, 0, 0], [0, 0, 5, 0]]


def test_the_rate_is_over_ten_seconds() -> None:
    tally = Tally()
    tally.add(entries(info=20), 1000.0)
    assert tally.rate(1000.0) == 2.0
    assert tally.rate(1009.9) == 2.0
    assert tally.rate(1010.0) == 0.0


def test_the_share_of_errors_is_over_sixty_seconds() -> None:
    tally = Tally()
    tally.add(entries(info=1, error=2), 1000.0)
    tally.add(entries(info=3), 1030.0)
    assert tally.error_share(1059.9) == pytest.approx(2 / 6, abs=1e-4)
    assert tally.error_share(1060.0) == 0.0


@pytest.mark.parametrize("pause", [60, 61, 119, 120, 86_400 * 365])
def test_after_a_quiet_spell_the_seconds_are_empty_and_the_totals_are_not(pause: int) -> None:
    tally = Tally()
    tally.add(entries(info=9), 1000.0)
    assert tally.history(1000.0 + pause, SECONDS) == [[0, 0, 0, 0]] * SECONDS
    tally.add(entries(warn=1), 1000.0 + pause)
    assert tally.history(1000.0 + pause, 2) == [[0, 0, 0, 0], [0, 1, 0, 0]]
    assert tally.totals == [9, 1, 0, 0]


def test_a_bucket_shown_is_a_copy() -> None:
    tally = Tally()
    shown = tally.history(1000.0, 1)
    tally.add(entries(info=1), 1000.0)
    assert shown == [[0, 0, 0, 0]]


@repeatable
@given(st.lists(st.tuples(st.floats(0, 70), st.lists(st.sampled_from(LEVELS), max_size=5)), max_size=20))
def test_history_is_what_a_list_of_everything_would_show(steps: list[tuple[float, list[Level]]]) -> None:
    tally = Tally()
    now = 5000.0
    seen: list[tuple[int, Level]] = []
    for pause, levels in steps:
        now += pause
        tally.add([Entry(level=level, message="m") for level in levels], now)
        seen += [(int(now), level) for level in levels]
    assert tally.history(now, SECONDS) == [
        [seen.count((second, level)) for level in LEVELS] for second in range(int(now) - SECONDS + 1, int(now) + 1)
    ]
    assert tally.totals == [[level for _, level in seen].count(level) for level in LEVELS]


def test_stats_have_the_names_of_the_contract() -> None:
    stats = Stats("e", 1, 2, 2, 100, 2, 0, LevelCounts(1, 0, 1, 0), 0.2, 0.5, None, 3)
    shown = json.loads(encode(stats))
    assert list(shown) == [
        *("epoch", "oldest", "head", "buffered", "bytes", "accepted", "rejected", "levels"),
        *("rate", "errorShare", "lastReceivedAt", "watchers"),
    ]
    assert shown["levels"] == {"info": 1, "warn": 0, "error": 1, "debug": 0}
    stats.history = [[1, 0, 0, 0]]
    assert json.loads(encode(stats))["history"] == [[1, 0, 0, 0]]
