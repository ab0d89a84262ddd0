"""Duty: one node of a cluster judges the alerts and tells, and mends the log; the others only show. When it is gone,
another does.
"""

from __future__ import annotations

import asyncio
import secrets

from ..core.clock import Clock
from ..core.errors import SpectrixError, Unavailable
from .store.documents import LEASE, RULES, Lease
from .store.kv_store import KvStore
from .store.lease import LeaseState

_WRITE_SECONDS = 1.0


class _Taken(SpectrixError):
    """Somebody else has the lease."""


class AlertDuty:
    """Of one node: what `alerts.alerting` asks, twice a second."""

    def __init__(self, store: KvStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lease = LeaseState(f"{store.node}.{secrets.token_hex(4)}")
        self._writing = asyncio.Lock()
        store.notices.fence = None

    @property
    def rules_version(self) -> int:
        """Another number where another node has changed alerts, views or services, or has told something."""
        return self._store.bucket.replica.changes(RULES)

    @property
    def is_held(self) -> bool:
        """Whether it is this node's at this moment."""
        return self._lease.fence(self._clock.monotonic()) is not None

    async def check(self) -> bool:
        """Whether this node judges now; takes the lease where nobody has it, and holds it where it does."""
        async with self._writing:
            held, now = self._store.bucket.replica.held(LEASE), self._clock.monotonic()
            if self._lease.wants(held, now):
                await self._write(Lease(self._lease.me), held.revision, now)
        self._store.notices.fence = self._lease.fence(self._clock.monotonic())
        return self._store.notices.fence is not None

    async def give_up(self) -> None:
        """For another node to take it at once."""
        self._store.notices.fence = None
        held = self._store.bucket.replica.held(LEASE)
        if self.is_held:
            await self._write(Lease(), held.revision, self._clock.monotonic())
            self._lease.lost()

    async def _write(self, lease: Lease, over: int, began: float) -> None:
        bucket = self._store.bucket

        def change(_: Lease | None) -> Lease:
            if bucket.replica.held(LEASE).revision != over:
                raise _Taken
            return lease

        try:
            await bucket.edit(LEASE, Lease, change, seconds=_WRITE_SECONDS)
        except _Taken:
            self._lease.lost()
        except Unavailable:
            pass  # it runs out by itself
        else:
            self._lease.written(bucket.replica.held(LEASE).revision, began)
