from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from spectrix_lite.core.errors import StorageBusy, StorageFailed, StorageFull
from spectrix_lite.storage.database import Database, storage_error

from ..support.fakes import FakeClock


@asynccontextmanager
async def connected(path: Path, clock: FakeClock | None = None) -> AsyncIterator[Database]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS t (a UNIQUE)")
    database = await Database.connect(path, clock or FakeClock())
    try:
        yield database
    finally:
        await database.close()


async def test_pragmas_that_promises_rest_on(tmp_path: Path) -> None:
    async with connected(tmp_path / "x.db") as database:
        assert await database.rows("PRAGMA synchronous") == [(2,)]
        assert await database.rows("PRAGMA foreign_keys") == [(1,)]
        assert await database.rows("PRAGMA busy_timeout") == [(1000,)]


async def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    async with connected(tmp_path / "x.db") as database:
        async with database.transaction():
            assert await database.run("INSERT INTO t VALUES (?), (?)", 1, 2) == 2

        async def half() -> None:
            async with database.transaction():
                await database.run("INSERT INTO t VALUES (3)")
                await database.run("INSERT INTO missing VALUES (3)")

        with pytest.raises(StorageFailed):
            await half()
        assert await database.rows("SELECT a FROM t ORDER BY a") == [(1,), (2,)]


async def test_a_look_shows_how_things_are_now(tmp_path: Path) -> None:
    """What another process has committed meanwhile, also while a longer reading of an older moment is under way."""
    path = tmp_path / "x.db"
    async with connected(path) as database:
        async with database.transaction("BEGIN"):
            assert await database.rows("SELECT a FROM t") == []
            with closing(sqlite3.connect(path)) as other:
                other.execute("INSERT INTO t VALUES (1)")
                other.commit()
            looking = asyncio.create_task(database.look("SELECT a FROM t"))
            await asyncio.sleep(0)
            assert await database.rows("SELECT a FROM t") == []
        assert await looking == [(1,)]


async def test_a_cancelled_transaction_is_undone_and_the_next_one_works(tmp_path: Path) -> None:
    async with connected(tmp_path / "x.db") as database:
        inside = asyncio.Event()

        async def stuck() -> None:
            async with database.transaction():
                await database.run("INSERT INTO t VALUES (1)")
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(stuck())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with database.transaction():
            await database.run("INSERT INTO t VALUES (2)")
        assert await database.rows("SELECT a FROM t") == [(2,)]


async def test_a_broken_constraint_is_the_callers_to_name(tmp_path: Path) -> None:
    async with connected(tmp_path / "x.db") as database:
        with pytest.raises(sqlite3.IntegrityError):
            async with database.transaction():
                await database.run("INSERT INTO t VALUES (1), (1)")
        assert await database.rows("SELECT a FROM t") == []


async def test_locked_by_another_process(tmp_path: Path) -> None:
    """case 65"""
    async with connected(tmp_path / "x.db") as database:
        with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageBusy) as refused:
                async with database.transaction():
                    pass
            assert refused.value.retry_after == 1.0
            other.execute("ROLLBACK")
        async with database.transaction():
            await database.run("INSERT INTO t VALUES (1)")


async def test_a_full_disk_and_room_again(tmp_path: Path) -> None:
    """case 66: here the database's own bound stands for the disk's."""
    async with connected(tmp_path / "x.db") as database:
        ((pages,),) = await database.rows("PRAGMA page_count")
        await database.rows(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StorageFull):
            async with database.transaction():
                await database.run("INSERT INTO t VALUES (?)", "x" * 100_000)
        await database.rows(f"PRAGMA max_page_count = {pages + 1000}")
        async with database.transaction():
            await database.run("INSERT INTO t VALUES (?)", "x" * 100_000)


async def test_what_is_wrong_otherwise(tmp_path: Path) -> None:
    async with connected(tmp_path / "x.db") as database:
        with pytest.raises(StorageFailed):
            await database.rows("SELECT * FROM missing")


async def test_after_close(tmp_path: Path) -> None:
    async with connected(tmp_path / "x.db") as database:
        await database.close()
        await database.close()
        with pytest.raises(StorageFailed, match="stopping"):
            await database.rows("SELECT 1")
        with pytest.raises(StorageFailed, match="stopping"):
            async with database.transaction():
                pass


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Nothing may stay open: the thread would keep the process from ending."""
    with pytest.raises(sqlite3.OperationalError):
        await Database.connect(tmp_path / "missing.db", FakeClock())
    with pytest.raises(sqlite3.DatabaseError):
        await Database.connect(Path(__file__), FakeClock())
    assert not (tmp_path / "missing.db").exists()


async def test_connecting_can_be_cancelled(tmp_path: Path) -> None:
    (tmp_path / "x.db").touch()
    opening = asyncio.create_task(Database.connect(tmp_path / "x.db", FakeClock()))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_the_log_hears_of_a_failure_once_a_second(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    async with connected(tmp_path / "x.db", clock) as database:

        async def fail() -> None:
            with pytest.raises(StorageFailed):
                await database.rows("SELECT * FROM missing")

        await fail()
        assert caplog.records == [], "while opening, StartupError says it all"
        database.quiet = False
        for _ in range(5):
            await fail()
        assert len(caplog.records) == 1
        assert "no such table" in caplog.text
        clock.advance(1.0)
        await fail()
        assert len(caplog.records) == 2


def test_each_code_of_sqlite_has_its_name() -> None:
    def problem(code: int) -> sqlite3.Error:
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode = code
        return error

    assert type(storage_error(problem(sqlite3.SQLITE_BUSY_SNAPSHOT))) is StorageBusy
    assert type(storage_error(problem(sqlite3.SQLITE_LOCKED))) is StorageBusy
    assert type(storage_error(problem(sqlite3.SQLITE_FULL))) is StorageFull
    assert type(storage_error(problem(sqlite3.SQLITE_IOERR_SHMSIZE))) is StorageFull
    for code in (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOTADB):
        assert type(storage_error(problem(code))) is StorageFailed
    assert type(storage_error(sqlite3.ProgrammingError("no code"))) is StorageFailed
