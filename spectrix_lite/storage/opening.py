"""Opening of a database file: it is inspected without being touched, backed up, migrated.

Whatever is wrong with it becomes a StartupError: one line that says what and what to do.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Final, NamedTuple

from ..core.clock import Clock
from ..core.errors import StartupError, StorageBusy, StorageFull, Unavailable
from .database import BUSY_SECONDS, Database, storage_error
from .lock import ServeLock
from .schema import APPLICATION_ID, Migration

_AGAIN_SECONDS: Final = 0.01

_OTHER: Final = "choose another path with --db, or restore a backup"


class Opened(NamedTuple):
    """A database ready for use: one connection that writes, one that only reads."""

    writes: Database
    reads: Database
    created: bool


async def open_database(path: Path, clock: Clock, migrations: Sequence[Migration], *, locked: bool) -> Opened:
    """Checks and migrates the database that `create` made, and connects; `locked`: the caller holds its ServeLock.

    An older schema is copied to `<path>.before-v<new>.bak` first. Raises StartupError, with the file as it was;
    nothing stays open then.
    """
    newest = len(migrations)
    version = await asyncio.to_thread(inspect, path, newest)
    if not 0 < version < newest:
        return await _connect(path, clock, migrations)
    # A server that runs on the old schema must not find it changed under its feet.
    lock = None if locked else ServeLock.take(path)
    try:
        await asyncio.to_thread(_back_up, path, path.with_name(f"{path.name}.before-v{newest}.bak"))
        return await _connect(path, clock, migrations)
    finally:
        if lock is not None:
            lock.release()


async def _connect(path: Path, clock: Clock, migrations: Sequence[Migration]) -> Opened:
    async with AsyncExitStack() as undo:
        try:
            writes = await Database.connect(path, clock)
            undo.push_async_callback(writes.close)
            await _use_write_ahead_log(writes, clock)
            # Takes the write lock even where no step is due: a file that cannot be written shows itself now.
            found = await migrate(writes, migrations)
            reads = await Database.connect(path, clock, read_only=True)
            undo.push_async_callback(reads.close)
        except (Unavailable, sqlite3.Error) as problem:
            cause = problem if isinstance(problem, sqlite3.Error) else problem.__cause__
            assert isinstance(cause, sqlite3.Error)
            raise StartupError(explain(path, cause)) from problem
        writes.quiet = reads.quiet = False
        undo.pop_all()
        return Opened(writes, reads, found == 0)


async def _use_write_ahead_log(database: Database, clock: Clock) -> None:
    """The file stays in this mode, and changing to it is the one thing that SQLite does not wait for a lock with."""
    deadline = clock.monotonic() + BUSY_SECONDS
    while True:
        try:
            await database.rows("PRAGMA journal_mode = WAL")
            return
        except StorageBusy:
            if clock.monotonic() >= deadline:
                raise
        await asyncio.sleep(_AGAIN_SECONDS)


def create(given: str | Path) -> Path:
    """The database's real path. Where there is no file yet, an empty one that only its owner can read is made, with
    the folders it needs. Raises StartupError.
    """
    try:
        path = Path(given).resolve()
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        elif not path.is_file():
            raise StartupError(f"The database {path} is not a file: {_OTHER}.")
        elif not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            # SQLite would open it all the same, and fail at the first write.
            raise StartupError(_read_only(path))
    except (OSError, RuntimeError) as problem:  # RuntimeError: links that lead in a circle, before Python 3.13
        reason = problem.strerror if isinstance(problem, OSError) else "links that lead in a circle"
        raise StartupError(
            f"The database {given} cannot be created ({reason}): choose a folder that can be written, with --db."
        ) from None
    return path


def inspect(path: Path, newest: int) -> int:
    """The schema's version; 0 for a file that is still empty. Reads only, so that a refused file stays as it is.

    Raises StartupError where it is no database, not ours, damaged, locked, or of a newer version than `newest`.
    """
    try:
        version = _inspect(path, newest, "ro")
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise StartupError(explain(path, problem)) from None
        # A crash left a journal, which only a writer can roll back.
        try:
            version = _inspect(path, newest, "rw")
        except sqlite3.Error as second:
            raise StartupError(explain(path, second)) from None
    except sqlite3.Error as problem:
        raise StartupError(explain(path, problem)) from None
    return version


def _inspect(path: Path, newest: int, mode: str) -> int:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION_ID and (application or version or tables):
            raise StartupError(f"The database {path} belongs to another program: {_OTHER}.")
        if version > newest:
            raise StartupError(
                f"The database {path} is of a newer version ({version}; this one reads up to {newest}): "
                "update spectrix-lite, or restore the backup made before the update."
            )
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StartupError(f"The database {path} is damaged: {_OTHER}. SQLite says: {_one_line(verdict)}")
    return int(version)


async def migrate(database: Database, migrations: Sequence[Migration]) -> int:
    """Takes the steps that are due, all or none, and answers the version found. Raises what `Database` does."""
    async with database.transaction():
        # Read again under the write lock: another process may have been quicker.
        ((version,),) = await database.rows("PRAGMA user_version")
        for migration in migrations[version:]:
            for statement in migration.statements:
                await database.rows(statement)
            await database.rows(f"PRAGMA user_version = {migration.version:d}")
    return int(version)


def copy(source: Path, target: Path) -> None:
    """Writes a compact copy of the live database, as of one moment; readable by its owner only.

    The write-ahead log is included, which copying the file alone would leave out. `target` is replaced, and only by a
    complete copy. Raises sqlite3.Error or OSError; nothing is left behind then.
    """
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        uri = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(partial),))
        _sync(partial)
        partial.replace(target)
        if os.name == "posix":
            _sync(target.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _back_up(path: Path, target: Path) -> None:
    try:
        copy(path, target)
    except (OSError, sqlite3.Error) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise StartupError(
            f"The database {path} is of an older version and cannot be copied to {target.name} before it is changed "
            f"({reason}): make room and its folder writable."
        ) from None


def explain(path: Path, problem: sqlite3.Error) -> str:
    """One line for a database that SQLite cannot work with."""
    kind = storage_error(problem)
    if isinstance(kind, StorageBusy):
        return f"The database {path} is locked by another process: stop it, or choose another path with --db."
    if isinstance(kind, StorageFull):
        return f"The disk that holds the database {path} is full: free some space."
    code: int = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return f"The file {path} is not a SQLite database: {_OTHER}."
    if code == sqlite3.SQLITE_CORRUPT:
        return f"The database {path} is damaged: {_OTHER}. SQLite says: {_one_line(str(problem))}"
    if code == sqlite3.SQLITE_READONLY:
        return _read_only(path)
    if code == sqlite3.SQLITE_CANTOPEN:
        return f"The database {path} cannot be opened: make file and folder writable, or choose another with --db."
    return f"The database {path} cannot be used: {_OTHER}. SQLite says: {_one_line(str(problem))}"


def _read_only(path: Path) -> str:
    return f"The database {path} is read-only: make file and folder writable, or choose another path with --db."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
