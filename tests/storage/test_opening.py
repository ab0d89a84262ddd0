from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from spectrix_lite.core.errors import StartupError
from spectrix_lite.core.records import Service
from spectrix_lite.storage import opening
from spectrix_lite.storage.lock import ServeLock
from spectrix_lite.storage.schema import APPLICATION_ID, MIGRATIONS
from spectrix_lite.storage.store import Store

from ..support.crashing import next_step, start
from ..support.fakes import FakeClock

NEWEST = len(MIGRATIONS)


async def made(path: Path, services: int = 1) -> Path:
    """A database of the current schema, closed."""
    store = await Store.open(path)
    for number in range(services):
        await store.add_service(Service(f"id{number}", f"Service {number} " + "x" * 50, number), 10_000)
    await store.close()
    return path


def schema_version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


async def refused(path: Path) -> str:
    """The one line that opening `path` is refused with, by a server and by a command alike; the file is untouched."""
    before = content(path)
    lines = set()
    for serving in (True, False):
        with pytest.raises(StartupError) as problem:
            await Store.open(path, serving=serving)
        lines.add(str(problem.value))
    (line,) = lines
    assert "\n" not in line
    assert line.startswith(("The database", "The file")), line
    assert content(path) == before
    return line


async def test_a_new_database(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "new" / "folder" / "x.db")
    assert store.created
    assert stat.S_IMODE((tmp_path / "new" / "folder" / "x.db").stat().st_mode) == 0o600
    await store.close()
    again = await Store.open(tmp_path / "new" / "folder" / "x.db")
    assert not again.created
    await again.close()
    with closing(sqlite3.connect(tmp_path / "new" / "folder" / "x.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST,)


async def test_odd_file_names(tmp_path: Path) -> None:
    for name in ("with space.db", "q?mode=memory.db", "100%25.db", "üñí.db", "#hash"):
        store = await Store.open(tmp_path / name)
        await store.close()
        assert (tmp_path / name).stat().st_size > 0


async def test_two_processes_make_the_same_new_database(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(Store.open(tmp_path / "x.db") for _ in range(4)))
    assert sum(store.created for store in stores) == 1
    for store in stores:
        await store.close()


async def test_not_a_database(tmp_path: Path) -> None:
    """case 67"""
    path = tmp_path / "x.db"
    path.write_text("This is a text, and long enough to be looked at as the header of a database would be. " * 20)
    assert "is not a SQLite database" in await refused(path)
    path.write_text("short")
    assert "is not a SQLite database" in await refused(path)


async def test_a_folder_and_a_device(tmp_path: Path) -> None:
    """case 67"""
    assert "is not a file" in await refused(tmp_path)
    assert "is not a file" in await refused(Path(os.devnull))


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """case 67"""
    (tmp_path / "file").touch()
    assert "cannot be created" in await refused(tmp_path / "file" / "x.db")
    assert "cannot be created" in await refused(tmp_path / "file" / "folder" / "x.db")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for path in (tmp_path / ("x" * 300) / "x.db", tmp_path / "circle" / "x.db"):
        with pytest.raises(StartupError, match="cannot be created"):
            await Store.open(path)


async def test_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """case 67: whoever runs the tests may write anywhere, so the system's answer is played."""
    path = await made(tmp_path / "x.db")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        with pytest.raises(sqlite3.OperationalError) as problem:
            connection.execute("DELETE FROM services")
        assert "is read-only: make file and folder writable" in opening.explain(path, problem.value)
    for denied in (path, tmp_path):
        with monkeypatch.context() as patch:
            patch.setattr(os, "access", lambda asked, mode, denied=denied: asked != denied)
            assert "is read-only: make file and folder writable" in await refused(path)


async def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.commit()
    assert "belongs to another program" in await refused(path)


@pytest.mark.parametrize("locking", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
async def test_locked(tmp_path: Path, locking: str) -> None:
    path = await made(tmp_path / "x.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(locking)
        with pytest.raises(StartupError, match="is locked by another process"):
            await Store.open(path)


async def test_locked_before_it_is_a_write_ahead_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE t (a)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StartupError, match="is locked by another process"):
            await Store.open(path)


async def test_waits_while_another_process_is_at_a_file_that_is_no_write_ahead_database_yet(tmp_path: Path) -> None:
    """SQLite refuses the change of mode at once where another connection is about to write, whatever its time-out."""
    path = await made(tmp_path / "x.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        assert other.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
        other.execute("BEGIN IMMEDIATE")

        class LookedAtTwice(FakeClock):
            looks = 0

            def monotonic(self) -> float:
                self.looks += 1
                if self.looks == 2:
                    other.execute("COMMIT")
                return super().monotonic()

        store = await Store.open(path, clock=LookedAtTwice())
        await store.close()
    with closing(sqlite3.connect(path)) as again:
        assert again.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_corrupt_page(tmp_path: Path) -> None:
    """case 68"""
    path = await made(tmp_path / "x.db", services=200)
    size = path.stat().st_size
    assert size > 8 * 4096
    for page in range(1, size // 4096):
        with path.open("r+b") as file:
            file.seek(page * 4096)
            before = file.read(4096)
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
        if any(before):
            assert "is damaged" in await refused(path)
        with path.open("r+b") as file:
            file.seek(page * 4096)
            file.write(before)
    await (await Store.open(path)).close()


async def test_cut_short(tmp_path: Path) -> None:
    """case 68"""
    path = await made(tmp_path / "x.db", services=200)
    os.truncate(path, path.stat().st_size - 3 * 4096)
    assert "is damaged" in await refused(path)


async def test_a_newer_schema(tmp_path: Path) -> None:
    """case 71"""
    path = await made(tmp_path / "x.db")
    newer = await Store.open(path, migrations=next_step(("CREATE TABLE later (a)",)))
    await newer.close()
    line = await refused(path)
    assert f"newer version ({NEWEST + 1}; this one reads up to {NEWEST})" in line


async def test_a_newer_schema_still_in_the_log_of_a_killed_process(tmp_path: Path) -> None:
    """case 71: reading the header alone would miss it."""
    path = await made(tmp_path / "x.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"PRAGMA user_version = {NEWEST + 1}")
        for name in ("x.db", "x.db-wal"):
            (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    assert "newer version" in await refused(tmp_path / "copy-x.db")


async def test_an_older_schema_is_copied_and_migrated(tmp_path: Path) -> None:
    """case 70"""
    path = await made(tmp_path / "x.db")
    steps = next_step(("ALTER TABLE services ADD COLUMN colour TEXT", "UPDATE services SET colour = 'red'"))
    store = await Store.open(path, migrations=steps)
    assert not store.created
    assert [service.id for service in (await store.read_all()).services] == ["id0"]
    await store.close()
    backup = tmp_path / f"x.db.before-v{NEWEST + 1}.bak"
    assert (schema_version(path), schema_version(backup)) == (NEWEST + 1, NEWEST)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    backup.replace(path)
    restored = await Store.open(path)
    assert [service.id for service in (await restored.read_all()).services] == ["id0"]
    await restored.close()


@pytest.mark.parametrize("statement", ["CREATE TABLE services (a)", "INSERT INTO services VALUES (1)", "nonsense"])
async def test_a_migration_that_fails_changes_nothing(tmp_path: Path, statement: str) -> None:
    """case 70"""
    path = await made(tmp_path / "x.db")
    steps = next_step(("ALTER TABLE services ADD COLUMN colour TEXT", statement))
    with pytest.raises(StartupError, match="cannot be used"):
        await Store.open(path, migrations=steps)
    assert schema_version(path) == NEWEST
    store = await Store.open(path)
    assert [service.id for service in (await store.read_all()).services] == ["id0"]
    await store.close()


async def test_killed_inside_a_migration(tmp_path: Path) -> None:
    """case 70: it is the old one, and can be migrated."""
    path = await made(tmp_path / "x.db")
    process = await start("migrate", path)
    assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGKILL
    assert schema_version(tmp_path / f"x.db.before-v{NEWEST + 1}.bak") == NEWEST
    old = await Store.open(path)
    assert [service.id for service in (await old.read_all()).services] == ["id0"]
    await old.close()
    new = await Store.open(path, migrations=next_step(("ALTER TABLE services ADD COLUMN colour TEXT",)))
    await new.close()
    assert schema_version(path) == NEWEST + 1


async def test_nothing_is_migrated_under_a_running_servers_feet(tmp_path: Path) -> None:
    path = await made(tmp_path / "x.db")
    lock = ServeLock.take(path)
    with pytest.raises(StartupError, match="Another server"):
        await Store.open(path, migrations=next_step(("CREATE TABLE later (a)",)))
    lock.release()
    assert schema_version(path) == NEWEST


async def test_no_migration_without_a_copy(tmp_path: Path) -> None:
    path = await made(tmp_path / "x.db")
    (tmp_path / f"x.db.before-v{NEWEST + 1}.bak.partial").mkdir()
    with pytest.raises(StartupError, match="cannot be copied"):
        await Store.open(path, migrations=next_step(("CREATE TABLE later (a)",)))
    assert schema_version(path) == NEWEST


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (sqlite3.SQLITE_FULL, "is full: free some space"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "is full: free some space"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
        (sqlite3.SQLITE_IOERR_READ, "cannot be used"),
    ],
)
def test_every_failure_has_a_remedy(tmp_path: Path, code: int, says: str) -> None:
    problem = sqlite3.OperationalError("many\nlines")
    problem.sqlite_errorcode = code
    line = opening.explain(tmp_path / "x.db", problem)
    assert says in line
    assert "\n" not in line
