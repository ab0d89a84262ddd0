"""Budgets grant what they say, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.rate_limit import ByteBudget, KeyedRateLimiter, TokenBucket

from ..support.properties import repeatable


def test_a_bucket_starts_full_and_fills_again() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=100.0)
    assert [bucket.take(100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(100.0) == pytest.approx(0.5)
    assert bucket.take(100.25) == pytest.approx(0.25)
    assert bucket.take(100.5) == 0.0
    assert bucket.take(100.5) > 0


def test_waiting_as_long_as_told_is_enough_and_asking_costs_nothing() -> None:
    bucket = TokenBucket(rate=10, burst=1, now=0.0)
    assert bucket.take(0.0) == 0.0
    for _ in range(50):
        wait = bucket.take(0.0)
    assert bucket.take(wait + 1e-9) == 0.0


def test_no_more_is_saved_than_the_burst() -> None:
    bucket = TokenBucket(rate=1000, burst=2, now=0.0)
    assert [bucket.take(3600.0) for _ in range(2)] == [0.0, 0.0]
    assert bucket.take(3600.0) > 0


@repeatable
@given(st.integers(1, 50), st.integers(1, 20), st.lists(st.floats(0, 2), max_size=60))
def test_never_more_than_burst_and_rate(rate: int, burst: int, pauses: list[float]) -> None:
    now = 1000.0
    bucket = TokenBucket(rate, burst, now)
    granted = 0
    for pause in pauses:
        now += pause
        wait = bucket.take(now)
        granted += wait == 0.0
        assert 0.0 <= wait <= 1 / rate
        assert granted <= burst + rate * (now - 1000.0) + 1e-6


def test_each_name_has_its_own_bucket() -> None:
    """A key over its rate costs no other key anything."""
    buckets = KeyedRateLimiter(rate=1, burst=1, size=10)
    assert buckets.take("a", 0.0) == 0.0
    assert buckets.take("a", 0.0) > 0
    assert buckets.take("b", 0.0) == 0.0


def test_the_name_longest_unused_is_forgotten_first() -> None:
    buckets = KeyedRateLimiter(rate=1, burst=1, size=2)
    for name in ("a", "b", "a"):
        buckets.take(name, 0.0)
    assert buckets.take("c", 0.0) == 0.0  # b is forgotten
    assert buckets.take("a", 0.0) > 0
    assert buckets.take("b", 0.0) == 0.0


def test_a_budget_is_for_all_at_once() -> None:
    budget = ByteBudget(10)
    assert budget.take(4)
    assert budget.take(6)
    assert not budget.take(1)
    assert budget.take(0)
    budget.give(6)
    assert not budget.take(7)
    assert budget.take(6)
    assert budget.used == 10
