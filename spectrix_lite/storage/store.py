"""The database: its SQL statements, as methods named for what they are for; those of one noun's table lie beside it.

Writes go through one connection and reads through another, so that a read never waits behind a write that waits for
another process's lock. Secrets come here as hashes only.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..core.clock import Clock, SystemClock
from ..core.errors import (
    LimitReached,
    LinkUnknown,
    LinkUsed,
    NameTaken,
    ServiceNotFound,
    StartupError,
    StreamKeyNotFound,
)
from ..core.names import name_key
from ..core.records import Service, StoredSession, StoredSignIn, StoredState, StreamKey
from . import opening
from .alert_table import AlertTable
from .database import Row
from .lock import ServeLock
from .notice_table import NoticeTable
from .number_table import NumberTable
from .read_token_table import ReadTokenTable
from .schema import MIGRATIONS, Migration
from .state import read_state
from .view_table import ViewTable


class Store:
    """An open database. Made by `open`; every method but `close` raises StorageBusy, StorageFull or StorageFailed."""

    def __init__(self, path: Path, opened: opening.Opened, lock: ServeLock | None) -> None:
        self.path = path
        self.created = opened.created
        """Whether this opening made the database."""
        self._writes = opened.writes
        self._reads = opened.reads
        self._lock = lock
        self.views = ViewTable(opened.writes, opened.reads)
        self.alerts = AlertTable(opened.writes, opened.reads)
        self.notices = NoticeTable(opened.writes, opened.reads)
        self.read_tokens = ReadTokenTable(opened.writes)
        self.numbers = NumberTable(opened.writes, opened.reads)

    @classmethod
    async def open(
        cls,
        path: str | Path,
        *,
        serving: bool = False,
        clock: Clock | None = None,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> Store:
        """Opens, checks and migrates the database, making it where there is none.

        `serving` takes the lock that keeps a second server away; commands go without. Raises StartupError, with the
        file as it was; nothing stays open then.
        """
        file = await asyncio.to_thread(opening.create, path)
        lock = ServeLock.take(file) if serving else None
        try:
            opened = await opening.open_database(file, clock or SystemClock(), migrations, locked=serving)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(file, opened, lock)

    async def close(self) -> None:
        """Idempotent; safe at any time."""
        try:
            await self._reads.close()
        finally:
            try:
                await self._writes.close()
            finally:
                if self._lock is not None:
                    self._lock.release()

    async def backup(self, target: str | Path) -> None:
        """Writes a copy that is whole by itself, beside a running server. Raises StartupError where it cannot."""
        file = Path(target)
        try:
            if await asyncio.to_thread(file.exists):
                raise StartupError(f"{file} exists: remove it first, or choose another path for the backup.")
            await asyncio.to_thread(opening.copy, self.path, file)
        except OSError as problem:
            raise StartupError(f"The backup {file} cannot be written: {problem.strerror}.") from None
        except sqlite3.Error as problem:
            raise StartupError(f"The backup {file} cannot be written. SQLite says: {problem}.") from None

    async def check_writable(self) -> None:
        """Raises as a write would: it is one, of what is there already, so that a full disk shows as well."""
        async with self._writes.transaction():
            ((version,),) = await self._writes.rows("PRAGMA user_version")
            await self._writes.rows(f"PRAGMA user_version = {version:d}")

    async def data_version(self) -> int:
        """A number that changes when another connection has committed, and never by what this store writes."""
        ((version,),) = await self._writes.rows("PRAGMA data_version")
        return int(version)

    async def read_all(self) -> StoredState:
        """All that is kept in memory, as of one moment."""
        return await read_state(self._reads)

    async def identity(self) -> tuple[str, int]:
        """(the database's id, how often it has been served): what tells whether a snapshot is of its last stop."""
        ((database, starts),) = await self._writes.rows("SELECT database, starts FROM identity")
        return database, starts

    async def count_start(self) -> None:
        """From now on no earlier snapshot is this database's."""
        async with self._writes.transaction():
            await self._writes.run("UPDATE identity SET starts = starts + 1")

    # services

    async def add_service(self, service: Service, limit: int) -> None:
        """Keeps a new service. Raises NameTaken, or LimitReached where there are `limit` services."""
        async with self._writes.transaction():
            ((count,),) = await self._writes.rows("SELECT count(*) FROM services")
            if count >= limit:
                raise LimitReached(f"There are {limit} services, the most allowed; delete one first.")
            with _name_taken():
                await self._writes.run(
                    "INSERT INTO services (id, name, name_key, created_at) VALUES (?, ?, ?, ?)",
                    service.id, service.name, name_key(service.name), service.created_at,
                )  # fmt: skip

    async def rename_service(self, service_id: str, name: str) -> None:
        """Gives a service another name. Raises NameTaken or ServiceNotFound."""
        async with self._writes.transaction():
            with _name_taken():
                changed = await self._writes.run(
                    "UPDATE services SET name = ?, name_key = ? WHERE id = ?", name, name_key(name), service_id
                )
            if not changed:
                raise ServiceNotFound

    async def delete_service(self, service_id: str, at: int) -> None:
        """Removes a service and its stream keys; its sessions end. Raises ServiceNotFound."""
        async with self._writes.transaction():
            await self._writes.run(
                "UPDATE sessions SET ended_at = ? WHERE service_id = ? AND ended_at IS NULL", at, service_id
            )
            if not await self._writes.run("DELETE FROM services WHERE id = ?", service_id):
                raise ServiceNotFound

    # stream keys

    async def add_stream_key(self, key: StreamKey, tag: bytes, argon2id: str, limit: int) -> None:
        """Keeps a new key. Raises ServiceNotFound, or LimitReached where the service has `limit` live ones."""
        async with self._writes.transaction():
            ((count,),) = await self._writes.rows(
                "SELECT count(*) FROM stream_keys WHERE service_id = ? AND revoked_at IS NULL", key.service_id
            )
            if count >= limit:
                raise LimitReached(f"The service has {limit} stream keys, the most allowed; revoke one first.")
            try:
                await self._writes.run(
                    "INSERT INTO stream_keys (id, service_id, name, preview, created_at, kind, tag, hash)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    key.id, key.service_id, key.name, key.preview, key.created_at, key.kind, tag, argon2id,
                )  # fmt: skip
            except sqlite3.IntegrityError:
                raise ServiceNotFound from None

    async def change_stream_key(self, service_id: str, key_id: str, name: str, enabled: bool) -> None:
        """Names a key, and switches it on or off. Raises StreamKeyNotFound."""
        change = "UPDATE stream_keys SET name = ?, enabled = ? WHERE id = ? AND service_id = ?"
        if not await self._writes.change(change, name, enabled, key_id, service_id):
            raise StreamKeyNotFound

    async def revoke_stream_key(self, service_id: str, key_id: str, at: int) -> None:
        """Revokes a key; keeps the first time where it was revoked before. Raises StreamKeyNotFound."""
        revoke = "UPDATE stream_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? AND service_id = ?"
        if not await self._writes.change(revoke, at, key_id, service_id):
            raise StreamKeyNotFound

    async def stream_key_hash(self, key_id: str) -> str | None:
        """The argon2id hash of a key that is active."""
        select = "SELECT hash FROM stream_keys WHERE id = ? AND revoked_at IS NULL AND enabled"
        found = await self._reads.look(select, key_id)
        return str(found[0][0]) if found else None

    async def key_hashes(self) -> dict[str, str]:
        """The argon2id hashes of all stream keys by id, of those too that are revoked or switched off."""
        return dict(await self._reads.look("SELECT id, hash FROM stream_keys"))

    async def note_uses(self, last_used: Mapping[str, int]) -> None:
        """Moves each key's last use forward, never back."""
        async with self._writes.transaction():
            await self._writes.run_each(
                "UPDATE stream_keys SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?",
                [(at, key_id) for key_id, at in last_used.items()],
            )

    # the operator

    async def set_first_password(self, argon2id: str, at: int) -> bool:
        """Sets the password's hash where there is none; whether it did."""
        insert = "INSERT OR IGNORE INTO operator (id, password_hash, changed_at) VALUES (1, ?, ?)"
        return await self._writes.change(insert, argon2id, at) > 0

    async def set_password(self, argon2id: str, at: int, *, keep_sign_in: str | None) -> None:
        """Sets the password's hash; ends all sign-ins but `keep_sign_in`, and every operator session."""
        async with self._writes.transaction():
            await self._writes.run(
                "INSERT OR REPLACE INTO operator (id, password_hash, changed_at) VALUES (1, ?, ?)", argon2id, at
            )
            await self._writes.run("DELETE FROM sign_ins WHERE id IS NOT ?", keep_sign_in)
            await self._writes.run("UPDATE sessions SET ended_at = ? WHERE kind = 'operator' AND ended_at IS NULL", at)

    async def add_link(self, token_hash: bytes, created_at: int, expires_at: int) -> None:
        """Keeps a one-time link by its token's hash; times are milliseconds since 1970."""
        insert = "INSERT INTO links (token_hash, created_at, expires_at) VALUES (?, ?, ?)"
        await self._writes.change(insert, token_hash, created_at, expires_at)

    async def check_link(self, token_hash: bytes, now: int) -> None:
        """Raises LinkUnknown, also where it has run out, or LinkUsed; without the write lock, for strangers guess."""
        _check_link(await self._reads.look(_LINK, token_hash), now)

    async def claim_link(self, token_hash: bytes, sign_in: StoredSignIn) -> None:
        """Uses the link up for `sign_in`. Raises LinkUnknown, also where it has run out, or LinkUsed."""
        async with self._writes.transaction():
            _check_link(await self._writes.rows(_LINK, token_hash), sign_in.created_at)
            await self._writes.run("UPDATE links SET used_at = ? WHERE token_hash = ?", sign_in.created_at, token_hash)
            await self._add_sign_in(sign_in)

    async def add_sign_in(self, sign_in: StoredSignIn) -> None:
        """Keeps a sign-in."""
        async with self._writes.transaction():
            await self._add_sign_in(sign_in)

    async def _add_sign_in(self, sign_in: StoredSignIn) -> None:
        await self._writes.run(
            "INSERT INTO sign_ins (id, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?)",
            sign_in.id, sign_in.token_hash, sign_in.created_at, sign_in.expires_at,
        )  # fmt: skip

    async def end_sign_in(self, sign_in_id: str, at: int) -> None:
        """Removes a sign-in; its operator sessions end."""
        async with self._writes.transaction():
            await self._writes.run("DELETE FROM sign_ins WHERE id = ?", sign_in_id)
            await self._writes.run(
                "UPDATE sessions SET ended_at = ? WHERE sign_in_id = ? AND kind = 'operator' AND ended_at IS NULL",
                at, sign_in_id,
            )  # fmt: skip

    # sessions

    async def add_session(self, session: StoredSession) -> None:
        """Keeps a new session. Raises ServiceNotFound."""
        try:
            await self._writes.change(
                "INSERT INTO sessions"
                " (id, token_hash, kind, service_id, sign_in_id, filter, created_at, expires_at, view)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                session.id, session.token_hash, session.kind, session.service_id, session.sign_in_id,
                session.filter, session.created_at, session.expires_at, session.view,
            )  # fmt: skip
        except sqlite3.IntegrityError:
            raise ServiceNotFound from None

    async def end_session(self, session_id: str, at: int) -> None:
        """Notes that a session ended at `at`, milliseconds since 1970; one that is over stays as it is."""
        await self._writes.change("UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL", at, session_id)

    # tidying

    async def forget(self, sign_ins: Iterable[str], sessions: Iterable[str]) -> None:
        """Removes the rows of sign-ins that have run out and of sessions whose end need not be remembered."""
        async with self._writes.transaction():
            await self._writes.run_each("DELETE FROM sign_ins WHERE id = ?", [(gone,) for gone in sign_ins])
            await self._writes.run_each("DELETE FROM sessions WHERE id = ?", [(gone,) for gone in sessions])

    async def forget_before(self, expired: int, remembered: int) -> None:
        """Removes sign-ins that ran out before `expired`, links and sessions that ran out before `remembered`."""
        async with self._writes.transaction():
            await self._writes.run("DELETE FROM sign_ins WHERE expires_at <= ?", expired)
            await self._writes.run("DELETE FROM links WHERE expires_at <= ?", remembered)
            await self._writes.run("DELETE FROM sessions WHERE expires_at <= ?", remembered)


@contextmanager
def _name_taken() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise NameTaken from None


_LINK: Final = "SELECT expires_at, used_at FROM links WHERE token_hash = ?"


def _check_link(found: list[Row], now: int) -> None:
    if not found:
        raise LinkUnknown
    ((expires_at, used_at),) = found
    if used_at is not None:
        raise LinkUsed
    if expires_at <= now:
        raise LinkUnknown
