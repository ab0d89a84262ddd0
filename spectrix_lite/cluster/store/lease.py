"""Lease: which node judges the alerts. Pure: what lies in the bucket and the time are arguments, seconds of one clock.

No two clocks are compared. A node takes the lease over when it has seen it unchanged for `LEASE_SECONDS`; the holder
counts from before it wrote, and so has given it up by itself by then. The revision at which it was taken is the fence:
what is told under an older one than was told under last is refused, whoever was frozen in between.
"""

from __future__ import annotations

from typing import Final

from .documents import Lease
from .replica import Held

LEASE_SECONDS: Final = 6.0
RENEW_SECONDS: Final = 2.0
_MARGIN: Final = 1.0


class LeaseState:
    """One node's view of it. `me` is this process's own name."""

    def __init__(self, me: str) -> None:
        self.me = me
        self._fence: int | None = None
        self._holds_until = 0.0
        self._renewed = 0.0
        self._seen = -1
        self._seen_at = 0.0

    def fence(self, now: float) -> int | None:
        """Under which this node judges; None where it does not."""
        return self._fence if now < self._holds_until else None

    def wants(self, held: Held, now: float) -> bool:
        """Whether it is to be written now, over what lies there."""
        lease = held.document if isinstance(held.document, Lease) else None
        holder = None if lease is None else lease.holder
        if holder == self.me and self._fence is not None:
            return now - self._renewed >= RENEW_SECONDS
        self._fence = None
        if held.revision != self._seen:
            self._seen, self._seen_at = held.revision, now
        return holder is None or now - self._seen_at >= LEASE_SECONDS

    def written(self, revision: int, began: float) -> None:
        """It was, as `revision`; the write began then."""
        if self._fence is None:
            self._fence = revision
        self._renewed = began
        self._holds_until = began + LEASE_SECONDS - _MARGIN

    def lost(self) -> None:
        """Somebody else has written it."""
        self._fence = None
