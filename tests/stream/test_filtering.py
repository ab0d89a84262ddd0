"""Which filters are taken: one that its session cannot pay is too dear, and an honest one never is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from spectrix_lite.core.errors import FilterTooDear, InvalidFilter, SearchBusy
from spectrix_lite.entries.entry import split_run
from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.filter import EVERYTHING, Filter, parse_filter
from spectrix_lite.query.nodes import Node
from spectrix_lite.stream.filter_budget import BURST_SECONDS, SHARE, FilterBudget, FilterBudgets
from spectrix_lite.stream.filtering import Filtering
from spectrix_lite.stream.ring import RingBuffer
from spectrix_lite.stream.scheduler import FilterScheduler
from spectrix_lite.stream.search import BacklogSearch, PageSearch, SearchSpan, never

from ..support.fakes import FakeClock
from .test_subscriber import ERRORS, filled, push


class Costly(Node, frozen=True):
    """Matches nothing, and takes its time for that: `hand` is a clock of one number."""

    hand: Any
    seconds: float

    def matches(self, entry: Candidate) -> bool:
        self.hand[0] += self.seconds
        return False


def after(ring: RingBuffer, seq: int) -> SearchSpan:
    return SearchSpan(seq + 1, ring.head)


@pytest.fixture
def hand() -> list[float]:
    return [0.0]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def filtering(hand: list[float], clock: FakeClock) -> Filtering:
    def rest(seconds: float, call: Callable[[], None]) -> asyncio.Handle:
        hand[0] += seconds
        return asyncio.get_running_loop().call_soon(call)

    return Filtering(clock, FilterScheduler(clock.monotonic, lambda: hand[0], lambda: hand[0], rest))


def costly(hand: list[float], seconds: float) -> Filter:
    return Filter(queries=(Costly(hand, seconds),))


RING = filled(10_000, 10_000, batch=100)
SMALL = filled(100)


@pytest.mark.parametrize("rate", [0, 2000])
async def test_a_query_that_an_entry_does_not_feel_is_taken(
    filtering: Filtering, hand: list[float], clock: FakeClock, rate: float
) -> None:
    """Of 50 µs, over a full ring to which 2,000 entries a second come; changed once a second, for a minute."""
    for _ in range(60):
        await filtering.admit(costly(hand, 50e-6), RING, rate, "session")
        clock.advance(1)


@pytest.mark.parametrize(
    ("seconds", "rate"), [(1.1 * BURST_SECONDS / 10_000, 0), (1.1 * SHARE / 2000, 2000), (0.005, 0)], ids=str
)
async def test_a_query_that_its_session_cannot_pay_is_too_dear(
    filtering: Filtering, hand: list[float], seconds: float, rate: float
) -> None:
    with pytest.raises(FilterTooDear):
        await filtering.admit(costly(hand, seconds), RING, rate, "session")
    assert hand[0] < 0.1, "it was only tried"
    await filtering.admit(costly(hand, 1e-6), RING, rate, "session")


async def test_a_spent_budget_takes_no_query_until_there_is_more(
    filtering: Filtering, hand: list[float], clock: FakeClock
) -> None:
    """Levels and sources are always taken: they cost nothing."""
    cheap = costly(hand, 1e-6)
    filtering.budget("session").spend(BURST_SECONDS + 0.01, clock.monotonic())
    with pytest.raises(FilterTooDear):
        await filtering.admit(cheap, RING, 0, "session")
    await filtering.admit(ERRORS, RING, 0, "session")
    await filtering.admit(EVERYTHING, RING, 0, "session")
    await filtering.admit(cheap, RING, 0, "another session")
    clock.advance(1)
    await filtering.admit(cheap, RING, 0, "session")


async def test_a_query_is_parsed_in_a_turn_of_the_scheduler_and_charged(
    filtering: Filtering, hand: list[float], clock: FakeClock
) -> None:
    """Expressions are compiled then. Many queries that come at once are parsed in as many turns of the loop."""
    wanted = {"levels": ["error"], "q": "/a+/"}
    parsing = [asyncio.create_task(filtering.parse(wanted, "session")) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in parsing)
    assert await asyncio.gather(*parsing) == [parse_filter(wanted)] * 3
    with pytest.raises(InvalidFilter):
        await filtering.parse({"q": "("}, "session")
    filtering.budget("session").spend(BURST_SECONDS, clock.monotonic())
    with pytest.raises(FilterTooDear):
        await filtering.parse(wanted, "session")
    assert await filtering.parse({"levels": ["error"]}, "session") == ERRORS
    assert await filtering.parse(None, "session") is EVERYTHING
    with pytest.raises(InvalidFilter):
        await filtering.parse(5, "session")


async def test_an_empty_ring_takes_any(filtering: Filtering, hand: list[float]) -> None:
    await filtering.admit(costly(hand, 1.0), RingBuffer(10, 1000), 2000, "session")


async def test_a_page_is_looked_for_so_long_and_gone_on_with(
    filtering: Filtering, hand: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spectrix_lite.stream.filtering.SEARCH_SECONDS", 0.01)
    through, pages = 0, []
    while through < 100:
        before = through
        through, found = await filtering.page(RING, costly(hand, 0.0005), after(RING, before), 10)
        assert found == []
        pages.append(through - before)
    assert all(8 <= looked <= 24 for looked in pages), "ten milliseconds of half a millisecond each, rests included"


async def test_a_third_search_at_once_is_busy(filtering: Filtering, hand: list[float]) -> None:
    """Whoever reads on without a filter is none."""
    dear = costly(hand, 0.0005)
    both = [asyncio.create_task(filtering.page(SMALL, dear, after(SMALL, 0), 10)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(SearchBusy) as busy:
        await filtering.page(RING, dear, after(RING, 0), 10)
    assert busy.value.retry_after
    assert (await filtering.page(RING, EVERYTHING, after(RING, 0), 10))[0] == 10
    await asyncio.gather(*both)
    await filtering.page(RING, ERRORS, after(RING, 0), 10)


# Budgets


def test_a_budget_is_refilled_to_its_burst_and_no_further() -> None:
    budget = FilterBudget(0.0)
    assert budget.left(1000.0) == BURST_SECONDS
    budget.spend(BURST_SECONDS + 0.1, 1000.0)
    wait = budget.wait(1000.0)
    assert wait == pytest.approx(0.102 / SHARE)
    assert budget.left(1000.0 + wait) > 0
    assert budget.wait(1000.0 + wait) == 0.0


def test_a_clock_that_goes_back_fills_nothing() -> None:
    budget = FilterBudget(100.0)
    budget.spend(1.0, 100.0)
    assert budget.left(50.0) == BURST_SECONDS - 1.0


def test_a_session_keeps_its_budget_and_few_are_remembered() -> None:
    budgets = FilterBudgets()
    mine = budgets.of("mine", 0.0)
    for number in range(4095):
        budgets.of(str(number), 0.0)
    assert budgets.of("mine", 1.0) is mine
    budgets.of("one more", 1.0)
    assert budgets.of("mine", 1.0) is mine, "it was used last"


# Searches, in slices of one entry


def test_a_backlog_is_found_in_slices_while_the_ring_moves_on() -> None:
    ring = filled(30, max_entries=30)  # errors: 3, 6, … 30
    search = BacklogSearch(ring, ERRORS, 4, ring.head)
    slices = 1
    while not search.run(lambda: True):
        push(ring, "error")
        slices += 1
    assert (search.before, slices) == (20, 10), "21, 24, 27, 30: what came since is not among them"


def test_a_backlog_that_is_evicted_while_it_is_sought_begins_at_what_was_found() -> None:
    ring = filled(30, max_entries=30)
    search = BacklogSearch(ring, ERRORS, 9, ring.head)
    for _ in range(5):
        assert not search.run(lambda: True)
    push(ring, *["info"] * 29)
    assert search.run(never)
    assert search.before == 26, "27 and 30 were found; 27 is gone now, and a gap will say so"


def test_a_page_ends_where_the_ring_has_moved_past_it() -> None:
    ring = filled(30, max_entries=30)
    search = PageSearch(ring, EVERYTHING, after(ring, 0), 100)
    for _ in range(3):
        assert not search.run(lambda: True)
    push(ring, *["info"] * 10)
    assert search.run(never)
    assert (search.through, len(search.found)) == (3, 3)
    search = PageSearch(ring, EVERYTHING, after(ring, 3), 100)
    assert search.run(never)
    assert search.found == [entry for run in ring.after(10) for entry in split_run(run.encoded)]


def test_the_newest_come_first_where_they_are_asked_for_so() -> None:
    ring = filled(30, max_entries=20, batch=7)
    entries = [entry for run in ring.after(10) for entry in split_run(run.encoded)][-20:]
    for span, seqs in (
        (SearchSpan(1, 99, newest_first=True), range(30, 10, -1)),
        (SearchSpan(13, 17, newest_first=True), range(17, 12, -1)),
        (SearchSpan(13, 17), range(13, 18)),
        (SearchSpan(1, 10, newest_first=True), range(0)),
        (SearchSpan(31, 40), range(0)),
    ):
        search = PageSearch(ring, EVERYTHING, span, 100)
        while not search.run(lambda: True):
            pass
        assert search.found == [entries[seq - 11] for seq in seqs]
    search = PageSearch(ring, EVERYTHING, SearchSpan(1, 30, newest_first=True), 3)
    assert search.run(never)
    assert (search.through, len(search.found)) == (28, 3)


def test_a_span_of_time_holds_its_beginning_and_not_its_end() -> None:
    entry = b'{"seq":1,"receivedAt":"2026-05-14T10:30:00.000Z","level":"info"}'
    assert SearchSpan(1, 1, "2026-05-14T10:30:00.000Z", "2026-05-14T10:30:00.001Z").holds(entry)
    assert not SearchSpan(1, 1, "", "2026-05-14T10:30:00.000Z").holds(entry)
    assert not SearchSpan(1, 1, "2026-05-14T10:30:00.001Z").holds(entry)
