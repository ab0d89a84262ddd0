"""The tables of notices, of their deliveries, and of the kinds of failures that were seen: none holds a log's text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..core.alert_records import Delivery, Notice
from .database import Database, Row
from .interfaces import KEPT_NOTICES, MAX_KINDS

_NOTICE: Final = "SELECT id, alert_id, service_id, kind, at, since, count, missed, epoch, seqs FROM notices"
_DELIVERY: Final = "SELECT notice_id, destination_id, state, tries, due_at, status, said FROM deliveries"


class NoticeTable:
    """Part of a `Store`. Every method raises StorageBusy, StorageFull or StorageFailed."""

    def __init__(self, writes: Database, reads: Database) -> None:
        self._writes = writes
        self._reads = reads

    async def add(self, alert_id: str, notices: Sequence[Notice], destinations: Iterable[str], at: int) -> list[Notice]:
        """Keeps notices of one alert, to be delivered to each destination, and that it was told at `at`.

        They come back with their ids; those of a service that is gone are left out.
        """
        kept = []
        async with self._writes.transaction():
            await self._writes.run("UPDATE alerts SET told_at = ? WHERE id = ?", at, alert_id)
            for notice in notices:
                rows = await self._writes.rows(
                    "INSERT INTO notices (alert_id, service_id, kind, at, since, count, missed, epoch, seqs)"
                    " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM services WHERE id = ?)"
                    " AND EXISTS (SELECT 1 FROM alerts WHERE id = ?) RETURNING id",
                    notice.alert_id, notice.service_id, notice.kind, notice.at, notice.since, notice.count,
                    notice.missed, notice.epoch, json.dumps(notice.seqs), notice.service_id, alert_id,
                )  # fmt: skip
                kept += [replace(notice, id=notice_id) for (notice_id,) in rows]
            await self._writes.run_each(
                "INSERT INTO deliveries (notice_id, destination_id, state, tries, due_at)"
                " VALUES (?, ?, 'pending', 0, ?)",
                [(notice.id, destination, at) for notice in kept for destination in set(destinations)],
            )
            await self._writes.run(
                "DELETE FROM notices WHERE alert_id = ? AND id <= (SELECT id FROM notices WHERE alert_id = ?"
                " ORDER BY id DESC LIMIT 1 OFFSET ?)",
                alert_id, alert_id, KEPT_NOTICES,
            )  # fmt: skip
        return kept

    async def of_alert(self, alert_id: str) -> list[tuple[Notice, list[Delivery]]]:
        """An alert's notices, the newest first, each with its deliveries."""
        notices = await self._reads.look(f"{_NOTICE} WHERE alert_id = ? ORDER BY id DESC", alert_id)
        of_these = "WHERE notice_id IN (SELECT id FROM notices WHERE alert_id = ?)"
        return _with_deliveries(notices, await self._reads.look(f"{_DELIVERY} {of_these}", alert_id))

    async def pending(self) -> list[tuple[Notice, list[Delivery]]]:
        """The notices that are still to be delivered somewhere, the oldest first, with the deliveries that are due."""
        pending = "SELECT notice_id FROM deliveries WHERE state = 'pending'"
        notices = await self._reads.look(f"{_NOTICE} WHERE id IN ({pending}) ORDER BY id")
        return _with_deliveries(notices, await self._reads.look(f"{_DELIVERY} WHERE state = 'pending'"))

    async def note_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Keeps what became of deliveries; of a notice that is gone nothing."""
        async with self._writes.transaction():
            await self._writes.run_each(
                "UPDATE deliveries SET state = ?, tries = ?, due_at = ?, status = ?, said = ?"
                " WHERE notice_id = ? AND destination_id = ?",
                [(d.state, d.tries, d.due_at, d.status, d.said, d.notice_id, d.destination_id) for d in deliveries],
            )

    async def kind_key(self) -> bytes:
        """What digests of kinds are keyed with: 32 bytes, this database's own."""
        ((key,),) = await self._reads.look("SELECT key FROM kind_key")
        return bytes(key)

    async def kinds(self) -> dict[str, list[bytes]]:
        """The digests, of 8 bytes each, by service, the first that was seen first."""
        found: dict[str, list[bytes]] = {}
        for service_id, digest in await self._reads.look("SELECT service_id, digest FROM kinds ORDER BY id"):
            found.setdefault(service_id, []).append(digest)
        return found

    async def take_over_kinds(self, key: bytes, kinds: Mapping[str, Sequence[bytes]]) -> None:
        """Another database's, with what they are keyed with, where there are none yet."""
        await self._writes.change("UPDATE kind_key SET key = ? WHERE NOT EXISTS (SELECT 1 FROM kinds)", key)
        await self.add_kinds(kinds)

    async def add_kinds(self, kinds: Mapping[str, Sequence[bytes]]) -> None:
        """Remembers kinds of each service, and forgets the first above `MAX_KINDS`; of a service that is gone none."""
        async with self._writes.transaction():
            for service_id, digests in kinds.items():
                await self._writes.run_each(
                    "INSERT OR IGNORE INTO kinds (service_id, digest) SELECT id, ? FROM services WHERE id = ?",
                    [(digest, service_id) for digest in digests],
                )
                await self._writes.run(
                    "DELETE FROM kinds WHERE service_id = ? AND id <= (SELECT id FROM kinds WHERE service_id = ?"
                    " ORDER BY id DESC LIMIT 1 OFFSET ?)",
                    service_id, service_id, MAX_KINDS,
                )  # fmt: skip


def _with_deliveries(notices: list[Row], deliveries: list[Row]) -> list[tuple[Notice, list[Delivery]]]:
    by_notice: dict[int, list[Delivery]] = {}
    for row in deliveries:
        by_notice.setdefault(row[0], []).append(Delivery(*row))
    return [(_notice(row), by_notice.get(row[0], [])) for row in notices]


def _notice(row: Row) -> Notice:
    notice_id, alert_id, service_id, kind, at, since, count, missed, epoch, seqs = row
    return Notice(notice_id, alert_id, service_id, kind, at, since, count, missed, epoch, tuple(json.loads(seqs)))
