"""Filtering of one server: which session may ask a filter, when, and for how long, so that no other one notices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from ..core.clock import Clock
from ..core.errors import FilterTooDear, InvalidFilter, SearchBusy
from ..query.filter import EVERYTHING, Filter, parse_filter
from .filter_budget import SHARE, FilterBudget, FilterBudgets
from .ring import RingBuffer
from .scheduler import FilterScheduler, Search
from .search import IsOver, PageSearch, SearchSpan, Trial

SEARCH_SECONDS: Final = 1.0
"""How long one page of entries is looked for; where it came to is where the next goes on."""

_SEARCHES: Final = 2


class Filtering:
    """The scheduler of filters, and each session's budget."""

    def __init__(self, clock: Clock, scheduler: FilterScheduler | None = None) -> None:
        self.scheduler = scheduler or FilterScheduler(clock.monotonic)
        self._clock = clock
        self._budgets = FilterBudgets()
        self._searches = 0

    def budget(self, session_id: str) -> FilterBudget:
        """The session's, shared by all its watchers."""
        return self._budgets.of(session_id, self._clock.monotonic())

    async def parse(self, value: Any, session_id: str | None = None) -> Filter:
        """The filter in decoded JSON, as `parse_filter`, in a turn of the scheduler: expressions take milliseconds.

        Raises InvalidFilter, and FilterTooDear where the budget of the session, if it is one that asks, is used up.
        """
        if not isinstance(value, dict) or not value.get("q"):
            return parse_filter(value)
        budget = None if session_id is None else self.budget(session_id)
        parsing = _Parsing(value, self._clock.wall())
        if budget is None or budget.left(self._clock.monotonic()) > 0:
            await self.scheduler.complete(parsing, budget)
        if parsing.outcome is None:
            raise FilterTooDear
        if isinstance(parsing.outcome, InvalidFilter):
            raise parsing.outcome
        return parsing.outcome

    async def admit(self, filter_: Filter, ring: RingBuffer, rate: float, session_id: str) -> FilterBudget | None:
        """Tries a filter on the newest entries of `ring`, to which `rate` entries a second come.

        Raises FilterTooDear where to look through the ring once would take more than is left of the session's budget,
        or to keep up more than what it is refilled by. Levels and sources alone cost next to nothing: always taken.
        Returns whose time the filter uses from now on; None for nobody's.
        """
        if not filter_.queries:
            return None
        budget = self.budget(session_id)
        if budget.left(self._clock.monotonic()) <= 0:
            raise FilterTooDear
        trial = Trial(ring, filter_, self.scheduler.cpu)
        await self.scheduler.complete(trial, budget)
        if trial.cost * len(ring) > budget.left(self._clock.monotonic()) or trial.cost * rate > SHARE:
            raise FilterTooDear
        return budget

    async def page(self, ring: RingBuffer, filter_: Filter, span: SearchSpan, limit: int) -> tuple[int, list[bytes]]:
        """(through, entries) as far as `SEARCH_SECONDS` go. Raises SearchBusy where two others are searched for."""
        search = PageSearch(ring, filter_, span, limit)
        if filter_ is EVERYTHING:
            await self.scheduler.complete(search)
        else:
            await self.search(search)
        return search.through, search.found

    async def search(self, search: Search) -> None:
        """Runs a search as far as `SEARCH_SECONDS` go. Raises SearchBusy where two others are going on."""
        with self._searching():
            await self.scheduler.complete(search, seconds=SEARCH_SECONDS)

    @contextmanager
    def _searching(self) -> Iterator[None]:
        if self._searches >= _SEARCHES:
            raise SearchBusy
        self._searches += 1
        try:
            yield
        finally:
            self._searches -= 1


class _Parsing:
    """Parses a filter, in one go."""

    def __init__(self, value: Any, now: int) -> None:
        self.outcome: Filter | InvalidFilter | None = None
        self._value = value
        self._now = now

    def run(self, is_over: IsOver) -> bool:
        try:
            self.outcome = parse_filter(self._value, self._now)
        except InvalidFilter as error:
            self.outcome = error
        return True
