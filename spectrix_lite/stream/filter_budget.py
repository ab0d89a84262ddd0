"""Filter budgets: how much processor time filters may take. Pure; time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

SHARE: Final = 0.2
"""Of one core, for all watchers of a session together: a query of 100 µs an entry over 2,000 entries a second."""

BURST_SECONDS: Final = 2.0
"""What a session may use at once: a full ring looked through some ten times by a query as people write them."""

_READY_SECONDS: Final = 0.002  # as much must be there again before what was paused goes on: one slice
_SESSIONS: Final = 4096


class FilterBudget:
    """Seconds of processor time, refilled at `share` a second up to `burst`. Times are monotonic seconds.

    What is used is known only afterwards, so that it may be overdrawn by one slice.
    """

    __slots__ = ("_at", "_left", "burst", "share")

    def __init__(self, now: float, share: float = SHARE, burst: float = BURST_SECONDS) -> None:
        self.share = share
        self.burst = burst
        self._left = burst
        self._at = now

    def left(self, now: float) -> float:
        """Seconds that may be used at once; not above zero where it is used up."""
        self._left = min(self.burst, self._left + max(0.0, now - self._at) * self.share)
        self._at = now
        return self._left

    def spend(self, seconds: float, now: float) -> None:
        """So much was used."""
        self._left = self.left(now) - seconds

    def is_rested(self, now: float) -> bool:
        """Whether half of what may be used at once is there again."""
        return self.left(now) >= self.burst / 2

    def wait(self, now: float) -> float:
        """Seconds until a filter that has used it up may go on; 0.0 where it may at once."""
        left = self.left(now)
        return 0.0 if left > 0 else (_READY_SECONDS - left) / self.share


class FilterBudgets:
    """A budget for each session that filters, for so many: the one longest unused is forgotten first."""

    def __init__(self) -> None:
        self._budgets: OrderedDict[str, FilterBudget] = OrderedDict()

    def of(self, session_id: str, now: float) -> FilterBudget:
        """The session's, the same for as long as it is remembered: reconnecting fills nothing up."""
        budget = self._budgets.get(session_id)
        if budget is None:
            if len(self._budgets) >= _SESSIONS:
                self._budgets.popitem(last=False)
            budget = self._budgets[session_id] = FilterBudget(now)
        else:
            self._budgets.move_to_end(session_id)
        return budget
