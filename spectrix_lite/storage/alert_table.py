"""The table of alerts, and what each has come to, as statements named for what they are for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from ..core.alert_errors import AlertNotFound
from ..core.alert_records import Alert, Destination, When
from ..core.errors import LimitReached, ServiceNotFound
from .database import Database, Row
from .interfaces import MAX_ALERTS, MAX_OF_SERVICE

_INSERT: Final = (
    "INSERT INTO alerts (service_id, view_id, name, query, kind, count, within, cooldown, resolved, destinations,"
    " silenced_until, id, told_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPDATE: Final = (
    "UPDATE alerts SET service_id = ?, view_id = ?, name = ?, query = ?, kind = ?, count = ?, within = ?, cooldown = ?,"
    " resolved = ?, destinations = ?, silenced_until = ? WHERE id = ?"
)
# An alert that follows a view has the view's query, as it is now.
_SELECT: Final = (
    "SELECT alerts.id, alerts.service_id, view_id, alerts.name, coalesce(views.query, alerts.query), kind, count,"
    " within, cooldown, resolved, destinations, silenced_until, told_at, alerts.created_at"
    " FROM alerts LEFT JOIN views ON views.id = view_id"
)


class AlertTable:
    """Part of a `Store`. Every method raises StorageBusy, StorageFull or StorageFailed."""

    def __init__(self, writes: Database, reads: Database) -> None:
        self._writes = writes
        self._reads = reads

    async def all(self) -> list[Alert]:
        """Those of all services, oldest first."""
        return [_alert(row) for row in await self._reads.look(f"{_SELECT} ORDER BY alerts.rowid")]

    async def add(self, alert: Alert) -> None:
        """Keeps a new alert. Raises ServiceNotFound, also for a view that is gone, or LimitReached."""
        async with self._writes.transaction():
            count = "SELECT count(*), count(*) FILTER (WHERE service_id IS ?) FROM alerts"
            ((count_all, count_own),) = await self._writes.rows(count, alert.service_id)
            if count_all >= MAX_ALERTS or count_own >= MAX_OF_SERVICE:
                raise LimitReached(
                    f"A service has at most {MAX_OF_SERVICE} alerts of its own, as many are for all services, and"
                    f" there are at most {MAX_ALERTS} together; delete one first."
                )
            try:
                await self._writes.run(_INSERT, *_values(alert), alert.told_at, alert.created_at)
            except sqlite3.IntegrityError:
                raise ServiceNotFound from None

    async def change(self, alert: Alert) -> None:
        """Replaces all of an alert but its id, its age, and when it was told last.

        Raises AlertNotFound or ServiceNotFound.
        """
        try:
            changed = await self._writes.change(_UPDATE, *_values(alert))
        except sqlite3.IntegrityError:
            raise ServiceNotFound from None
        if not changed:
            raise AlertNotFound

    async def delete(self, alert_id: str) -> None:
        """Removes an alert with its notices. Raises AlertNotFound."""
        if not await self._writes.change("DELETE FROM alerts WHERE id = ?", alert_id):
            raise AlertNotFound

    async def states(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What each alert had come to in each service, by (alert's id, service's id)."""
        rows = await self._reads.look("SELECT alert_id, service_id, state FROM alert_states")
        return {(alert_id, service_id): json.loads(state) for alert_id, service_id, state in rows}

    async def keep_states(self, states: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        """Keeps what alerts have come to; of an alert or a service that is gone nothing."""
        async with self._writes.transaction():
            await self._writes.run_each(
                "INSERT OR REPLACE INTO alert_states (alert_id, service_id, state) SELECT ?, ?, ?"
                " WHERE EXISTS (SELECT 1 FROM alerts WHERE id = ?) AND EXISTS (SELECT 1 FROM services WHERE id = ?)",
                [(a, s, json.dumps(state), a, s) for (a, s), state in states.items()],
            )


def _alert(row: Row) -> Alert:
    alert_id, service_id, view_id, name, query, kind, count, within, cooldown, resolved, destinations, *times = row
    where = tuple(Destination(each["id"], each["kind"], each["options"]) for each in json.loads(destinations))
    when = When(kind, count, within)
    return Alert(alert_id, service_id, view_id, name, query, when, cooldown, bool(resolved), where, *times)


def _values(alert: Alert) -> list[object]:
    destinations = [{"id": each.id, "kind": each.kind, "options": each.options} for each in alert.destinations]
    return [
        *(alert.service_id, alert.view_id, alert.name, alert.query),
        *(alert.when.kind, alert.when.count, alert.when.within, alert.cooldown, alert.resolved),
        *(json.dumps(destinations), alert.silenced_until, alert.id),
    ]
