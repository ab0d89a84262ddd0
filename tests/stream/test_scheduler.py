"""Filters take turns: a slice of clock for all of them in each turn of the loop, and what they used is charged."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable

import pytest

from spectrix_lite.stream.filter_budget import BURST_SECONDS, FilterBudget
from spectrix_lite.stream.scheduler import CORE_BURST_SECONDS, CORE_SHARE, SLICE_SECONDS, FilterScheduler
from spectrix_lite.stream.search import IsOver

from ..support.fakes import FakeClock


@dataclasses.dataclass
class Hand:
    """A clock that the jobs move."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def skip(self, seconds: float, call: Callable[[], None]) -> asyncio.Handle:
        """A rest that is over at once."""
        self.now += seconds
        return asyncio.get_running_loop().call_soon(call)


class Work:
    """Steps of so many seconds; `ran` is how many were done in each turn that it had."""

    def __init__(self, hand: Hand, steps: int, seconds: float = 0.0005, budget: FilterBudget | None = None) -> None:
        self.budget = budget
        self.ran: list[int] = []
        self.errors: list[Exception] = []
        self.overdrafts = 0
        self.done = asyncio.Event()
        self._hand = hand
        self._left = steps
        self._seconds = seconds

    def run(self, is_over: IsOver) -> bool:
        self.ran.append(0)
        while self._left:
            self._left -= 1
            self._hand.now += self._seconds
            self.ran[-1] += 1
            if is_over():
                break
        if not self._left:
            self.done.set()
        return not self._left

    def overdrawn(self) -> None:
        self.overdrafts += 1

    def failed(self, error: Exception) -> None:
        self.errors.append(error)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def scheduler(hand: Hand, clock: FakeClock) -> FilterScheduler:
    return FilterScheduler(clock.monotonic, hand, hand, hand.skip)


async def finished(*jobs: Work) -> None:
    async with asyncio.timeout(10):
        for job in jobs:
            await job.done.wait()


async def test_all_jobs_together_have_one_slice_in_a_turn_of_the_loop(hand: Hand, scheduler: FilterScheduler) -> None:
    """Steps of half a millisecond, four to a slice: whoever began one goes on behind the others."""
    jobs = [Work(hand, 8) for _ in range(3)]
    for job in jobs:
        scheduler.add(job)
    assert [job.ran for job in jobs] == [[], [], []], "never inside the call"
    before = hand.now
    await asyncio.sleep(0)
    assert hand.now - before == pytest.approx(SLICE_SECONDS)
    assert [job.ran for job in jobs] == [[4], [], []]
    await finished(*jobs)
    assert [job.ran for job in jobs] == [[4, 4], [4, 4], [4, 4]]


async def test_small_jobs_share_a_slice(hand: Hand, scheduler: FilterScheduler) -> None:
    jobs = [Work(hand, 1) for _ in range(3)]
    for job in jobs:
        scheduler.add(job)
    await asyncio.sleep(0)
    assert [job.ran for job in jobs] == [[1], [1], [1]]


async def test_everything_else_has_as_long_as_they_had(hand: Hand, scheduler: FilterScheduler) -> None:
    """However many turns the loop makes: behind a burst, each slice waits for its time."""
    work = Work(hand, 200)
    scheduler.add(work)
    await finished(work)
    assert hand.now == pytest.approx((0.1 - CORE_BURST_SECONDS) / CORE_SHARE, abs=2 * SLICE_SECONDS)


async def test_a_burst_makes_up_for_what_others_took(hand: Hand, scheduler: FilterScheduler) -> None:
    """Where the machine has withheld the processor, slices follow each other, a turn of the loop each."""
    work = Work(hand, 40)
    scheduler.add(work)
    for _ in range(10):
        await asyncio.sleep(0)
    assert sum(work.ran) == 40
    assert hand.now == pytest.approx(CORE_BURST_SECONDS)


async def test_a_job_that_is_known_is_not_queued_again(hand: Hand, scheduler: FilterScheduler) -> None:
    job = Work(hand, 1)
    scheduler.add(job)
    scheduler.add(job)
    await finished(job)
    await asyncio.sleep(0)
    assert job.ran == [1]
    scheduler.add(job)
    await asyncio.sleep(0)
    assert len(job.ran) <= 2


async def test_what_is_used_is_charged_and_a_spent_budget_waits(
    hand: Hand, clock: FakeClock, scheduler: FilterScheduler
) -> None:
    """Of one session, all its jobs together; another one's go on."""
    budget = FilterBudget(clock.monotonic())
    budget.spend(BURST_SECONDS - 0.001, clock.monotonic())
    spent, same, other = Work(hand, 8, budget=budget), Work(hand, 1, budget=budget), Work(hand, 8)
    for job in (spent, same, other):
        scheduler.add(job)
    await finished(other)
    assert (spent.ran, spent.overdrafts) == ([4], 1)
    assert same.ran == []
    clock.advance(1)
    await finished(spent, same)


async def test_a_job_that_raises_is_told_and_costs_the_others_nothing(
    hand: Hand, scheduler: FilterScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = Work(hand, 1), Work(hand, 1)
    broken.run = lambda is_over: [].pop()  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL):
        for job in (broken, other):
            scheduler.add(job)
        await finished(other)
    assert [type(error) for error in broken.errors] == [IndexError]
    assert other.errors == []


async def test_a_search_is_waited_for(hand: Hand, scheduler: FilterScheduler) -> None:
    work = Work(hand, 8)
    await scheduler.complete(work)
    assert work.ran == [4, 4]


async def test_a_search_ends_when_its_time_is_over(hand: Hand, scheduler: FilterScheduler) -> None:
    """After one slice at least."""
    work = Work(hand, 1000)
    await scheduler.complete(work, seconds=0.003)
    assert work.ran == [4, 4]
    work = Work(hand, 1000)
    await scheduler.complete(work, seconds=0)
    assert work.ran == [4]


async def test_a_search_ends_when_its_budget_is_used_up(
    hand: Hand, clock: FakeClock, scheduler: FilterScheduler
) -> None:
    budget = FilterBudget(clock.monotonic())
    budget.spend(BURST_SECONDS - 0.003, clock.monotonic())
    work = Work(hand, 1000)
    await scheduler.complete(work, budget)
    assert work.ran == [4, 4]


async def test_a_search_that_raises_says_so_to_who_waits(
    hand: Hand, scheduler: FilterScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(hand, 1)
    work.run = lambda is_over: [].pop()  # type: ignore[method-assign]
    with caplog.at_level(logging.CRITICAL), pytest.raises(IndexError):
        await scheduler.complete(work)


async def test_a_search_that_nobody_waits_for_ends(hand: Hand, scheduler: FilterScheduler) -> None:
    work = Work(hand, 1_000_000)
    task = asyncio.create_task(scheduler.complete(work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    other = Work(hand, 8)
    scheduler.add(other)
    await finished(other)
    assert len(work.ran) == 1
