"""Database: one connection to SQLite, its thread, its transactions, and its errors in the project's own words."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal, cast

import aiosqlite

from ..core.clock import Clock
from ..core.errors import StorageBusy, StorageFailed, StorageFull, Unavailable

BUSY_SECONDS: Final = 1.0
"""How long a statement waits for another process's lock."""

_log = logging.getLogger("spectrix_lite.database")

Row = tuple[Any, ...]


class Database:
    """A connection in a thread of its own; transactions are one at a time.

    Every method raises StorageBusy, StorageFull or StorageFailed for what goes wrong with the file, and lets
    sqlite3.IntegrityError through: a broken constraint is the caller's to name.
    """

    def __init__(self, connection: aiosqlite.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._transaction = asyncio.Lock()
        self._logged: dict[str, float] = {}
        self.quiet = True
        """Whether failures stay out of the log: while opening, the one line of StartupError says it all."""

    @classmethod
    async def connect(cls, path: Path, clock: Clock, *, read_only: bool = False) -> Database:
        """Opens the file at an absolute path; it must exist. Raises sqlite3.Error; nothing stays open then."""
        uri = f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}"
        opening = asyncio.ensure_future(_open(uri))
        try:
            return cls(await asyncio.shield(opening), clock)
        except asyncio.CancelledError:
            # The thread goes on opening: what it opens has to be closed, or the process would never end.
            connection = (await asyncio.gather(opening, return_exceptions=True))[0]
            if isinstance(connection, aiosqlite.Connection):
                await connection.close()
            raise

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query; also for a statement whose answer does not matter."""
        with self._errors_translated():
            return cast(list[Row], await self._connection.execute_fetchall(sql, values))

    async def look(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query that stands for itself, as things are now.

        It waits while a transaction is under way on this connection, which would show the moment it began at.
        """
        async with self._transaction:
            return await self.rows(sql, *values)

    async def run(self, sql: str, *values: object) -> int:
        """Runs a change and answers how many rows it changed. Only inside `transaction`."""
        with self._errors_translated():
            cursor = await self._connection.execute(sql, values)
            changed = cursor.rowcount
            await cursor.close()
            return changed

    async def run_each(self, sql: str, values: Iterable[Row]) -> None:
        """Runs a change once for each row of values. Only inside `transaction`."""
        with self._errors_translated():
            await self._connection.executemany(sql, values)

    async def change(self, sql: str, *values: object) -> int:
        """One change as a transaction of its own; how many rows it changed."""
        async with self.transaction():
            return await self.run(sql, *values)

    @asynccontextmanager
    async def transaction(self, begin: Literal["BEGIN", "BEGIN IMMEDIATE"] = "BEGIN IMMEDIATE") -> AsyncIterator[None]:
        """All or nothing. Takes the write lock at the start, so as not to fail half-way for want of it.

        With `BEGIN` it only reads, and every query sees the same moment.
        """
        async with self._transaction:
            try:
                await self.rows(begin)
                yield
                with self._errors_translated():
                    await self._connection.commit()
            except BaseException:
                # Queued behind whatever was under way, so it is undone even where this task is being cancelled.
                # Should undoing fail too, that is in the log by then, and what happened first is what counts.
                with suppress(Unavailable), self._errors_translated():
                    await self._connection.rollback()
                raise

    async def close(self) -> None:
        """Idempotent. A connection left open would keep the process from ending."""
        await self._connection.close()

    @contextmanager
    def _errors_translated(self) -> Iterator[None]:
        """Turns what sqlite3 and aiosqlite raise into the error tree, and has it logged."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as problem:
            failure = storage_error(problem)
            self._log_failure(failure, problem)
            raise failure from problem
        except ValueError as problem:
            if str(problem) not in ("Connection closed", "no active connection"):
                raise
            raise StorageFailed("The database is closed: the server is stopping.") from problem

    def _log_failure(self, failure: Unavailable, problem: sqlite3.Error) -> None:
        """Logs what the client is not told, at most once a second for each kind."""
        now = self._clock.monotonic()
        if not self.quiet and now - self._logged.get(failure.code, -1.0) >= 1.0:
            self._logged[failure.code] = now
            _log.error("%s: %s (%s)", failure.code, problem, getattr(problem, "sqlite_errorname", "no code"))


def storage_error(problem: sqlite3.Error) -> Unavailable:
    """The error tree's name for what SQLite reports."""
    code: int = getattr(problem, "sqlite_errorcode", 0)
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageBusy()
    # Growing the shared memory of the write-ahead log fails in practice for one reason only.
    if code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return StorageFull()
    return StorageFailed()


async def _open(uri: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        await connection.execute_fetchall("PRAGMA foreign_keys = ON")
        await connection.execute_fetchall("PRAGMA synchronous = FULL")
    except BaseException:
        await connection.close()
        raise
    return connection
