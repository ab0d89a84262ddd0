"""The table of views: named queries, as statements named for what they are for."""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from ..core.errors import LimitReached, NameTaken, ServiceNotFound, ViewNotFound
from ..core.names import name_key
from ..core.records import View
from .database import Database, Row
from .interfaces import MAX_VIEWS

_SELECT: Final = "SELECT id, service_id, name, query, columns, range, created_at FROM views"


class ViewTable:
    """Part of a `Store`. Every method raises StorageBusy, StorageFull or StorageFailed."""

    def __init__(self, writes: Database, reads: Database) -> None:
        self._writes = writes
        self._reads = reads

    async def all(self) -> list[View]:
        """Those of all services, oldest first."""
        return [_view(row) for row in await self._reads.look(f"{_SELECT} ORDER BY rowid")]

    async def get(self, view_id: str) -> View:
        """The view with this id. Raises ViewNotFound."""
        found = await self._reads.look(f"{_SELECT} WHERE id = ?", view_id)
        if not found:
            raise ViewNotFound
        return _view(found[0])

    async def named(self, name: str, service_id: str) -> View:
        """The service's view of this name, whatever its case; else the one for all services. Raises ViewNotFound."""
        found = await self._reads.look(
            f"{_SELECT} WHERE name_key = ? AND (service_id IS NULL OR service_id = ?) ORDER BY service_id IS NULL",
            name_key(name), service_id,
        )  # fmt: skip
        if not found:
            raise ViewNotFound
        return _view(found[0])

    async def add(self, view: View) -> None:
        """Keeps a new view. Raises NameTaken, ServiceNotFound, or LimitReached above `MAX_VIEWS`."""
        async with self._writes.transaction():
            ((count,),) = await self._writes.rows("SELECT count(*) FROM views")
            if count >= MAX_VIEWS:
                raise LimitReached(f"There are {MAX_VIEWS} views, the most allowed; delete one first.")
            try:
                await self._writes.run(
                    "INSERT INTO views (id, service_id, name, name_key, query, columns, range, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    view.id, view.service_id, view.name, name_key(view.name), view.query, _columns(view), view.range,
                    view.created_at,
                )  # fmt: skip
            except sqlite3.IntegrityError as problem:
                raise _refusal(problem) from None

    async def change(self, view: View) -> None:
        """Replaces all of a view but its id and its age. Raises ViewNotFound, NameTaken or ServiceNotFound.

        Alerts that follow it have its query from now on, also when the view is gone.
        """
        async with self._writes.transaction():
            try:
                changed = await self._writes.run(
                    "UPDATE views SET service_id = ?, name = ?, name_key = ?, query = ?, columns = ?, range = ?"
                    " WHERE id = ?",
                    view.service_id, view.name, name_key(view.name), view.query, _columns(view), view.range, view.id,
                )  # fmt: skip
            except sqlite3.IntegrityError as problem:
                raise _refusal(problem) from None
            await self._writes.run("UPDATE alerts SET query = ? WHERE view_id = ?", view.query, view.id)
        if not changed:
            raise ViewNotFound

    async def delete(self, view_id: str) -> None:
        """Removes a view. Raises ViewNotFound."""
        if not await self._writes.change("DELETE FROM views WHERE id = ?", view_id):
            raise ViewNotFound


def _view(row: Row) -> View:
    view_id, service_id, name, query, columns, range_, created_at = row
    return View(
        view_id, service_id, name, query, None if columns is None else tuple(json.loads(columns)), range_, created_at
    )


def _columns(view: View) -> str | None:
    return None if view.columns is None else json.dumps(view.columns)


def _refusal(problem: sqlite3.IntegrityError) -> NameTaken | ServiceNotFound:
    if problem.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return ServiceNotFound()
    return NameTaken("A view with this name exists for the same service; choose another name.")
