from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import (
    LimitReached,
    LinkUnknown,
    LinkUsed,
    NameTaken,
    ServiceNotFound,
    StartupError,
    StorageBusy,
    StorageFailed,
    StreamKeyNotFound,
)
from spectrix_lite.core.records import Service, SessionKind, StoredSession, StoredSignIn, StreamKey
from spectrix_lite.storage.interfaces import AnyStore
from spectrix_lite.storage.store import Store

from ..support.crashing import start
from ..support.stores import opened_store

NOW = 1_778_754_600_000
API = Service("api", "Production API", NOW)


@pytest.fixture
async def store(either: Config) -> AsyncIterator[AnyStore]:
    """SQLite's, and the cluster's. What only a file has is asked of `file_store`: locks, backups, bounds of a disk."""
    async with opened_store(either) as store:
        yield store


@pytest.fixture
async def file_store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "x.db")
    yield store
    await store.close()


def key(key_id: str, service_id: str = "api") -> StreamKey:
    return StreamKey(key_id, service_id, "backend", "spx_v1_live_ab12…wxyz", NOW)


def sign_in(name: str) -> StoredSignIn:
    return StoredSignIn(name, name.encode().ljust(32), NOW, NOW + 1000)


def session(name: str, sign_in_id: str | None = None, kind: SessionKind = "operator") -> StoredSession:
    return StoredSession(name, name.encode().ljust(32), kind, "api", sign_in_id, None, NOW, NOW + 900_000)


async def ended(store: AnyStore) -> dict[str, int | None]:
    return {row.id: row.ended_at for row in (await store.read_all()).sessions}


# life


async def test_close_is_idempotent_and_final(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "x.db", serving=True)
    await store.close()
    await store.close()
    with pytest.raises(StorageFailed):
        await store.read_all()
    again = await Store.open(tmp_path / "x.db", serving=True)
    await again.close()


async def test_a_second_server_on_the_same_file_by_whatever_name(tmp_path: Path) -> None:
    """case 72"""
    (tmp_path / "link.db").symlink_to(tmp_path / "x.db")
    server = await Store.open(tmp_path / "x.db", serving=True)
    for name in ("x.db", "link.db"):
        with pytest.raises(StartupError, match="Another server"):
            await Store.open(tmp_path / name, serving=True)
    command = await Store.open(tmp_path / "link.db")
    await command.add_service(API, 10)
    await command.close()
    assert (await server.read_all()).services == [API]
    await server.close()


async def test_a_refused_server_leaves_no_lock_behind(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database")
    for _ in range(2):
        with pytest.raises(StartupError, match="not a SQLite database"):
            await Store.open(tmp_path / "x.db", serving=True)


async def test_killed_while_writing_nothing_answered_is_lost(tmp_path: Path) -> None:
    """case 69"""
    for round_number in range(3):
        path = tmp_path / f"{round_number}.db"
        process = await start("write", path)
        assert process.stdout is not None
        answered = [await asyncio.wait_for(process.stdout.readline(), 20) for _ in range(5 + 7 * round_number)]
        process.kill()
        answered += [line for line in (await process.stdout.read()).splitlines(keepends=True) if line.endswith(b"\n")]
        await process.wait()
        store = await Store.open(path, serving=True)
        found = await store.read_all()
        await store.close()
        kept = {(key.shown.service_id, key.shown.id) for key in found.stream_keys}
        assert kept >= {tuple(line.decode().split()) for line in answered}
        assert {service_id for service_id, _ in kept} <= {service.id for service in found.services}


async def test_the_copy_of_a_live_database_is_whole(file_store: Store, tmp_path: Path) -> None:
    """case 73: the file alone would lose what is still in the write-ahead log."""
    await file_store.add_service(API, 10)
    await file_store.backup(tmp_path / "backup.db")
    (tmp_path / "copied.db").write_bytes((tmp_path / "x.db").read_bytes())
    with closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        assert backup.execute("SELECT name FROM services").fetchall() == [("Production API",)]
    with closing(sqlite3.connect(tmp_path / "copied.db")) as copied:
        assert copied.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == 0o600
    restored = await Store.open(tmp_path / "backup.db")
    assert (await restored.read_all()).services == [API]
    await restored.close()


async def test_a_backup_replaces_nothing_and_leaves_nothing_half_done(file_store: Store, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(StartupError, match="exists"):
        await file_store.backup(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"
    with pytest.raises(StartupError, match="No such file"):
        await file_store.backup(tmp_path / "missing" / "b.db")
    (tmp_path / "b.db.partial").mkdir()
    with pytest.raises(StartupError, match="cannot be written"):
        await file_store.backup(tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()


async def test_writable_or_not(file_store: Store) -> None:
    await file_store.check_writable()
    with closing(sqlite3.connect(file_store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageBusy):
            await file_store.check_writable()
    await file_store.check_writable()
    await file_store.close()
    with pytest.raises(StorageFailed):
        await file_store.check_writable()


async def test_reads_go_on_while_a_write_waits_for_another_process(file_store: Store) -> None:
    """case 65"""
    await file_store.add_service(API, 10)
    with closing(sqlite3.connect(file_store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(file_store.rename_service("api", "New"))
        assert (await file_store.read_all()).services == [API]
        assert await file_store.stream_key_hash("none") is None
        assert not write.done()
        with pytest.raises(StorageBusy):
            await write
    await file_store.rename_service("api", "New")


async def test_the_data_version_moves_for_others_commits_only(store: AnyStore, either: Config) -> None:
    before = await store.data_version()
    await store.add_service(API, 10)
    await store.check_writable()
    assert await store.data_version() == before
    async with opened_store(either, "other") as other:
        await other.rename_service("api", "New")
    assert await store.data_version() != before


# services


async def test_names_are_unique_whatever_their_case(store: AnyStore) -> None:
    await store.add_service(Service("a", "Größe", NOW), 10)
    await store.add_service(Service("b", "Other", NOW), 10)
    with pytest.raises(NameTaken):
        await store.add_service(Service("c", "GRÖSSE", NOW), 10)
    with pytest.raises(NameTaken):
        await store.rename_service("b", "größe")
    await store.rename_service("a", "GRÖẞE")
    assert [s.name for s in (await store.read_all()).services] == ["GRÖẞE", "Other"]


async def test_services_are_limited(store: AnyStore) -> None:
    await store.add_service(API, 1)
    with pytest.raises(LimitReached):
        await store.add_service(Service("b", "B", NOW), 1)


async def test_a_service_that_is_not_there(store: AnyStore) -> None:
    with pytest.raises(ServiceNotFound):
        await store.rename_service("none", "x")
    with pytest.raises(ServiceNotFound):
        await store.delete_service("none", NOW)
    with pytest.raises(ServiceNotFound):
        await store.add_stream_key(key("k", "none"), b"8 bytes!", "hash", 10)
    with pytest.raises(ServiceNotFound):
        await store.add_session(StoredSession("s", b"".ljust(32), "share", "none", None, None, NOW, NOW + 1))


async def test_a_deleted_service_takes_keys_along_and_ends_sessions(store: AnyStore) -> None:
    await store.add_service(API, 10)
    await store.add_stream_key(key("k"), b"8 bytes!", "hash", 10)
    await store.add_session(session("s"))
    await store.delete_service("api", NOW + 5)
    found = await store.read_all()
    assert (found.services, found.stream_keys) == ([], [])
    assert [(row.id, row.service_id, row.ended_at) for row in found.sessions] == [("s", None, NOW + 5)]


# stream keys


async def test_a_stream_keys_life(store: AnyStore) -> None:
    await store.add_service(API, 10)
    await store.add_stream_key(key("k"), b"8 bytes!", "the hash", 10)
    assert await store.stream_key_hash("k") == "the hash"
    await store.change_stream_key("api", "k", "worker", True)
    await store.note_uses({"k": NOW + 10, "gone": NOW})
    await store.note_uses({"k": NOW + 5})
    await store.revoke_stream_key("api", "k", NOW + 20)
    await store.revoke_stream_key("api", "k", NOW + 30)
    assert await store.stream_key_hash("k") is None
    (stored,) = (await store.read_all()).stream_keys
    assert stored.tag == b"8 bytes!"
    assert stored.shown == StreamKey("k", "api", "worker", "spx_v1_live_ab12…wxyz", NOW, NOW + 10, NOW + 20)


async def test_a_key_belongs_to_its_service(store: AnyStore) -> None:
    await store.add_service(API, 10)
    await store.add_service(Service("other", "Other", NOW), 10)
    await store.add_stream_key(key("k"), b"8 bytes!", "hash", 10)
    with pytest.raises(StreamKeyNotFound):
        await store.change_stream_key("other", "k", "x", True)
    with pytest.raises(StreamKeyNotFound):
        await store.revoke_stream_key("other", "k", NOW)
    assert await store.stream_key_hash("k") == "hash"


async def test_revoked_keys_do_not_count_against_the_limit(store: AnyStore) -> None:
    await store.add_service(API, 10)
    await store.add_stream_key(key("k1"), b"8 bytes!", "hash", 1)
    with pytest.raises(LimitReached):
        await store.add_stream_key(key("k2"), b"8 bytes!", "hash", 1)
    await store.revoke_stream_key("api", "k1", NOW)
    await store.add_stream_key(key("k2"), b"8 bytes!", "hash", 1)


# the operator


async def test_a_link_works_once(store: AnyStore) -> None:
    """case 39"""
    token = b"link".ljust(32)
    await store.add_link(token, NOW - 1000, NOW + 1)
    await store.claim_link(token, sign_in("a"))
    with pytest.raises(LinkUsed):
        await store.claim_link(token, sign_in("b"))
    with pytest.raises(LinkUsed):
        await store.check_link(token, NOW)
    with pytest.raises(LinkUnknown):
        await store.claim_link(b"other".ljust(32), sign_in("b"))
    with pytest.raises(LinkUnknown):
        await store.check_link(b"other".ljust(32), NOW)
    await store.add_link(b"late".ljust(32), NOW - 1000, NOW)
    with pytest.raises(LinkUnknown):
        await store.claim_link(b"late".ljust(32), sign_in("b"))
    assert [row.id for row in (await store.read_all()).sign_ins] == ["a"]


async def test_of_two_claims_at_once_one_wins(store: AnyStore, either: Config) -> None:
    """case 39"""
    token = b"link".ljust(32)
    await store.add_link(token, NOW - 1000, NOW + 1)
    async with opened_store(either, "other") as other:
        outcomes = await asyncio.gather(
            *((store, other)[n % 2].claim_link(token, sign_in(str(n))) for n in range(6)), return_exceptions=True
        )
    await store.data_version()
    assert outcomes.count(None) == 1
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [LinkUsed] * 5
    assert len((await store.read_all()).sign_ins) == 1


async def test_a_first_password_never_replaces_one(store: AnyStore) -> None:
    await store.add_sign_in(sign_in("a"))
    assert await store.set_first_password("one", NOW)
    assert not await store.set_first_password("two", NOW)
    found = await store.read_all()
    assert (found.password_hash, len(found.sign_ins)) == ("one", 1)


async def test_a_new_password_ends_what_the_old_one_opened(store: AnyStore) -> None:
    """case 44"""
    await store.add_service(API, 10)
    for name in "ab":
        await store.add_sign_in(sign_in(name))
    await store.add_session(session("s", "a"))
    await store.add_session(session("t"))
    await store.add_session(session("shared", kind="share"))
    await store.set_password("one", NOW + 1, keep_sign_in="a")
    found = await store.read_all()
    assert (found.password_hash, [row.id for row in found.sign_ins]) == ("one", ["a"])
    assert await ended(store) == {"s": NOW + 1, "t": NOW + 1, "shared": None}
    await store.set_password("two", NOW + 2, keep_sign_in=None)
    found = await store.read_all()
    assert (found.password_hash, found.sign_ins) == ("two", [])


async def test_signing_out_ends_its_own_operator_sessions(store: AnyStore) -> None:
    """case 44"""
    await store.add_service(API, 10)
    for name in "ab":
        await store.add_sign_in(sign_in(name))
        await store.add_session(session(f"s{name}", name))
    await store.end_sign_in("a", NOW + 1)
    assert [row.id for row in (await store.read_all()).sign_ins] == ["b"]
    assert await ended(store) == {"sa": NOW + 1, "sb": None}


# sessions and tidying


async def test_a_session_ends_once(store: AnyStore) -> None:
    await store.add_service(API, 10)
    await store.add_session(session("s"))
    await store.end_session("s", NOW + 1)
    await store.end_session("s", NOW + 2)
    assert await ended(store) == {"s": NOW + 1}


async def test_tidying(store: AnyStore) -> None:
    await store.add_service(API, 10)
    for name in "ab":
        await store.add_sign_in(sign_in(name))
        await store.add_session(session(f"s{name}"))
    await store.forget(["a"], ["sa"])
    found = await store.read_all()
    assert [row.id for row in found.sign_ins] == ["b"]
    assert [row.id for row in found.sessions] == ["sb"]
    await store.forget_before(NOW + 999, NOW + 899_999)
    assert await store.read_all() == found
    await store.forget_before(NOW + 1000, NOW + 900_000)
    found = await store.read_all()
    assert (found.sign_ins, found.sessions) == ([], [])
