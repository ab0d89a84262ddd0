"""Scheduler of filters: all that ask one share a slice of time in each turn of the loop, round robin."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from time import perf_counter, thread_time
from typing import Final, Protocol

from .filter_budget import FilterBudget
from .search import IsOver

SLICE_SECONDS: Final = 0.002
"""Of clock, in one turn of the loop; then comes whatever else is due."""

CORE_SHARE: Final = 0.5
"""Of one core, for all filters together, so that everything else has as much."""

CORE_BURST_SECONDS: Final = 0.02
"""Of processor time, in turns that follow each other: what a busy machine has withheld is made up for."""

_log = logging.getLogger("spectrix_lite.filters")


class Search(Protocol):
    """Something that is looked for in slices, as those of `search` are."""

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether it is done."""


class Job(Protocol):
    """What takes turns, for as long as there is something for it to do."""

    budget: FilterBudget | None
    """Whose time it uses; None where its time is bounded otherwise."""

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether nothing is left to do."""

    def overdrawn(self) -> None:
        """Its budget is used up: it goes on once there is more."""

    def failed(self, error: Exception) -> None:
        """`run` has raised; it is not run again."""


class FilterScheduler:
    """A queue of jobs, round robin. `clock` bounds the slices, `cpu` is what is charged: seconds, both.

    `rest` calls back after so many seconds of `clock`; by default the running loop does.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        clock: Callable[[], float] = perf_counter,
        cpu: Callable[[], float] = thread_time,
        rest: Callable[[float, Callable[[], None]], asyncio.Handle] | None = None,
    ) -> None:
        self.cpu = cpu
        self._monotonic = monotonic
        self._clock = clock
        self._rest = rest
        self._queue: deque[Job] = deque()
        self._known: set[Job] = set()  # in the queue, or waiting for their budget
        self._core = FilterBudget(clock(), CORE_SHARE, CORE_BURST_SECONDS)
        self._handle: asyncio.Handle | None = None

    def add(self, job: Job) -> None:
        """The job has something to do; where it is known already, nothing happens."""
        if job not in self._known:
            self._known.add(job)
            self._enqueue(job)

    async def complete(self, search: Search, budget: FilterBudget | None = None, seconds: float | None = None) -> None:
        """Runs a search to its end, for `seconds` of clock, or until its budget is used up. Raises what it does."""
        until = None if seconds is None else self._clock() + seconds
        job = _Awaited(search, budget, lambda: until is not None and self._clock() >= until)
        self.add(job)
        await job.done

    def _enqueue(self, job: Job) -> None:
        self._queue.append(job)
        if self._handle is None:
            self._wake()

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        wait = self._core.wait(self._clock())
        self._handle = (self._rest or loop.call_later)(wait, self._turn) if wait else loop.call_soon(self._turn)

    def _turn(self) -> None:
        used, began = self.cpu(), self._clock()
        charges: list[tuple[FilterBudget, float]] = []
        try:
            self._slice(began + SLICE_SECONDS, charges)
        finally:
            # A turn that was held up by other processes has not used what it took.
            used, ended = self.cpu() - used, self._clock()
            took = ended - began
            self._charge(charges, used / took if took > used else 1.0)
            self._core.spend(used, ended)
            self._handle = None
            if self._queue:
                self._wake()

    def _slice(self, end: float, charges: list[tuple[FilterBudget, float]]) -> None:
        """Runs jobs until `end`, each at most once, and adds what each took of the clock, which is read in a tenth of
        the time that the processor's clock takes.
        """
        clock = self._clock
        now, at = self._monotonic(), clock()

        def is_over() -> bool:
            return clock() >= end

        for _ in range(len(self._queue)):
            job = self._queue.popleft()
            budget = job.budget
            wait = 0.0 if budget is None else budget.wait(now)
            if wait:
                asyncio.get_running_loop().call_later(wait, self._enqueue, job)
                job.overdrawn()
                continue
            self._run(job, is_over)
            before, at = at, clock()
            if budget is not None:
                charges.append((budget, at - before))
            if at >= end:
                break

    def _charge(self, charges: list[tuple[FilterBudget, float]], share: float) -> None:
        now = self._monotonic()
        for budget, seconds in charges:
            budget.spend(seconds * share, now)

    def _run(self, job: Job, is_over: IsOver) -> None:
        try:
            is_done = job.run(is_over)
        except Exception as error:  # one watcher's fault must not stop the others' turns
            _log.exception("a filter failed")
            self._known.discard(job)
            job.failed(error)
            return
        if is_done:
            self._known.discard(job)
        else:
            self._queue.append(job)


class _Awaited:
    """A search that a task waits for."""

    def __init__(self, search: Search, budget: FilterBudget | None, is_late: Callable[[], bool]) -> None:
        self.budget = budget
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._search = search
        self._is_late = is_late

    def run(self, is_over: IsOver) -> bool:
        if self.done.done():  # no task waits any more
            return True
        if not self._search.run(is_over) and not self._is_late():
            return False
        self.done.set_result(None)
        return True

    def overdrawn(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def failed(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
