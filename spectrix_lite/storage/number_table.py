"""The table of numbers: how far each service with history was numbered, so that none goes back without its history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..core.records import Numbered
from .database import Database

_SELECT: Final = (
    "SELECT service_id, epoch, head, starts, accepted, rejected, info, warn, error, debug FROM numbers"
    " ORDER BY service_id"
)
# A service that was deleted meanwhile has none.
_NOTE: Final = """
    INSERT INTO numbers SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
    WHERE EXISTS (SELECT 1 FROM services WHERE id = ?1)
    ON CONFLICT (service_id) DO UPDATE SET epoch = excluded.epoch, head = max(head, excluded.head),
    starts = excluded.starts, accepted = excluded.accepted, rejected = excluded.rejected, info = excluded.info,
    warn = excluded.warn, error = excluded.error, debug = excluded.debug
"""


class NumberTable:
    """Part of a `Store`. Every method raises StorageBusy, StorageFull or StorageFailed."""

    def __init__(self, writes: Database, reads: Database) -> None:
        self._writes = writes
        self._reads = reads

    async def all(self) -> dict[str, Numbered]:
        """By service, those that had history ever."""
        rows = await self._reads.look(_SELECT)
        return {
            service: Numbered(service, epoch, head, starts, accepted, rejected, (info, warn, error, debug))
            for service, epoch, head, starts, accepted, rejected, info, warn, error, debug in rows
        }

    async def leave(self) -> None:
        """A process without history goes on from here: what is noted is not all that was numbered any more."""
        await self._writes.change("UPDATE numbers SET starts = 0 WHERE starts <> 0")

    async def note(self, numbered: Iterable[Numbered]) -> None:
        """Keeps them, all or nothing; no head goes back."""
        rows = [
            (each.service_id, each.epoch, each.head, each.starts, each.accepted, each.rejected, *each.levels)
            for each in numbered
        ]
        async with self._writes.transaction():
            await self._writes.run_each(_NOTE, rows)
