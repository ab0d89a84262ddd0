"""Refused requests of each stream key since the last of which anything was taken: what to tell who wonders."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MOST_KEYS: Final = 1000
"""Keys that are remembered: those whose requests were refused last."""

SAMPLE: Final = 200
"""Bytes of the last request's body that are shown."""


@dataclass(frozen=True, slots=True)
class RefusalStreak:
    """How many requests in a row brought nothing, when the first and the last came (ms since 1970 UTC), and of the last
    why, as a stable code and a sentence, and its beginning.
    """

    requests: int
    since: int
    at: int
    code: str
    detail: str
    sample: str


class RefusedRequests:
    """In memory, in bounded space. One for the process."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, RefusalStreak] = OrderedDict()
        self._dropped: OrderedDict[str, int] = OrderedDict()

    def count(self, key_id: str, at: int, code: str, detail: str, sample: str = "") -> None:
        """One more request of which nothing was taken."""
        before = self._by_key.pop(key_id, None)
        requests, since = (before.requests + 1, before.since) if before else (1, at)
        self._by_key[key_id] = RefusalStreak(requests, since, at, code, detail, sample)
        if len(self._by_key) > MOST_KEYS:
            self._by_key.popitem(last=False)

    def forget(self, key_id: str) -> None:
        """Something was taken: there is nothing to wonder about."""
        if self._by_key:
            self._by_key.pop(key_id, None)

    def count_dropped(self, key_id: str, count: int) -> None:
        """So many more that were understood and are no entries."""
        self._dropped[key_id] = self._dropped.pop(key_id, 0) + count
        if len(self._dropped) > MOST_KEYS:
            self._dropped.popitem(last=False)

    def dropped_of(self, key_id: str) -> int:
        """How many there were since the server started."""
        return self._dropped.get(key_id, 0)

    def of(self, key_id: str) -> RefusalStreak | None:
        """None where the last request was taken, or there was none since the start."""
        return self._by_key.get(key_id)
