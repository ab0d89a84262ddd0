from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from spectrix_lite.access import keys
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import (
    BadRequest,
    InvalidKey,
    InvalidName,
    LimitReached,
    NameTaken,
    ServiceNotFound,
    SessionNotFound,
    StorageBusy,
    StorageFailed,
    StreamKeyNotFound,
)
from spectrix_lite.core.session_errors import SessionEnded, SessionExpired, SessionUnknown

from ..support.authorities import Desk, desk
from ..support.fakes import FakeClock

DAY = 24 * 3600
PASSWORD = "correct horse"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "x.db") as here:
        yield here


# services


async def test_a_services_life(here: Desk) -> None:
    service = await here.authority.create_service("  Production API ")
    assert (service.name, service.created_at) == ("Production API", here.clock.wall())
    assert here.authority.services() == [service]
    renamed = await here.authority.rename_service(service.id, "API")
    assert here.authority.service(service.id) == renamed == replace(service, name="API")
    await here.authority.delete_service(service.id)
    assert here.authority.services() == []
    assert here.listener.take() == [
        ("open", service.id, "Production API"),
        ("rename", service.id, "API"),
        ("close", service.id),
    ]
    for call in (here.authority.delete_service(service.id), here.authority.rename_service(service.id, "x")):
        with pytest.raises(ServiceNotFound):
            await call
    assert here.listener.take() == []


async def test_names_of_services(here: Desk) -> None:
    first = await here.authority.create_service("Production API")
    second = await here.authority.create_service("Other")
    for name in ("production api", " PRODUCTION API "):
        with pytest.raises(NameTaken):
            await here.authority.create_service(name)
        with pytest.raises(NameTaken):
            await here.authority.rename_service(second.id, name)
    with pytest.raises(InvalidName):
        await here.authority.create_service(" ")
    assert [s.name for s in here.authority.services()] == ["Production API", "Other"]
    await here.authority.rename_service(first.id, "PRODUCTION API")


async def test_limits(tmp_path: Path) -> None:
    async with desk(tmp_path / "x.db", config=Config(max_services=1, max_keys=1)) as here:
        service = await here.authority.create_service("A")
        with pytest.raises(LimitReached):
            await here.authority.create_service("B")
        await here.authority.create_stream_key(service.id, "k")
        with pytest.raises(LimitReached):
            await here.authority.create_stream_key(service.id, "k")


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with desk(tmp_path / "x.db", clock) as here:
        service = await here.authority.create_service("Production API")
        shown, key = await here.authority.create_stream_key(service.id, "backend")
        cookie = await here.authority.operator.claim_link(await here.authority.operator.new_link())
        session, token = await here.authority.create_session(service.id, ttl=900, filter='{"q":"x"}')
        await here.authority.operator.reset_password(PASSWORD)
        cookie = await here.authority.operator.login(PASSWORD, "192.0.2.1")
        session, token = await here.authority.create_session(service.id, ttl=900, filter='{"q":"x"}')
    clock.advance(600)
    async with desk(tmp_path / "x.db", clock) as here:
        assert here.listener.take() == [("open", service.id, "Production API")]
        assert here.authority.services() == [service]
        assert await here.authority.stream_keys(service.id) == [shown]
        assert (await here.authority.verify_key(key)).key_id == shown.id
        assert here.authority.operator.signed_in(cookie) is not None
        assert here.authority.operator.password_set
        assert await here.authority.open_session(token) == session
        clock.advance(300)
        with pytest.raises(SessionExpired):
            await here.authority.open_session(token)


# stream keys


async def test_a_keys_way(here: Desk) -> None:
    service = await here.authority.create_service("Production API")
    shown, key = await here.authority.create_stream_key(service.id, " backend ")
    assert (shown.name, shown.service_id) == ("backend", service.id)
    assert shown.preview == f"{key[:16]}…{key[-4:]}"
    assert here.authority.known_key(key) is None
    grant = await here.authority.verify_key(key)
    assert grant == (shown.id, service.id, "live")
    assert here.authority.known_key(key) == grant
    renamed = await here.authority.change_stream_key(service.id, shown.id, name="worker")
    assert await here.authority.stream_keys(service.id) == [renamed]
    here.clock.advance(1)
    await here.authority.revoke_stream_key(service.id, shown.id)
    revoked_at = here.clock.wall()
    here.clock.advance(1)
    await here.authority.revoke_stream_key(service.id, shown.id)
    assert await here.authority.stream_keys(service.id) == [replace(renamed, revoked_at=revoked_at)]


async def test_after_the_answer_to_a_revocation_the_key_is_dead(here: Desk) -> None:
    """case 34"""
    service = await here.authority.create_service("Production API")
    shown, key = await here.authority.create_stream_key(service.id, "k")
    await here.authority.verify_key(key)
    await here.authority.revoke_stream_key(service.id, shown.id)
    assert here.authority.known_key(key) is None
    with pytest.raises(InvalidKey):
        await here.authority.verify_key(key)


async def test_a_key_that_is_off_is_refused_until_it_is_on_again(here: Desk) -> None:
    service = await here.authority.create_service("Production API")
    shown, key = await here.authority.create_stream_key(service.id, "k", "hook")
    grant = await here.authority.verify_key(key)
    assert (grant.kind, shown.kind, shown.active) == ("hook", "hook", True)
    off = await here.authority.change_stream_key(service.id, shown.id, enabled=False)
    assert (off.name, off.active) == ("k", False)
    for _ in range(2):
        with pytest.raises(InvalidKey, match="switched off"):
            here.authority.known_key(key)
        with pytest.raises(InvalidKey, match="switched off"):
            await here.authority.verify_key(key)
    assert (await here.authority.change_stream_key(service.id, shown.id, enabled=True)).active
    assert await here.authority.verify_key(key) == grant
    assert here.authority.known_key(key) == grant


async def test_that_a_key_is_off_is_told_to_nobody_else(here: Desk) -> None:
    """A guess under its id hears what every wrong key hears."""
    service = await here.authority.create_service("Production API")
    shown, _ = await here.authority.create_stream_key(service.id, "k")
    await here.authority.change_stream_key(service.id, shown.id, enabled=False)
    body = "spx_v1_live_" + shown.id + "0" * 32
    with pytest.raises(InvalidKey) as told:
        await here.authority.verify_key(body + keys.checksum(body))
    assert told.value.detail == InvalidKey.default_detail


async def test_a_key_switched_off_while_it_is_verified(here: Desk) -> None:
    service = await here.authority.create_service("Production API")
    shown, key = await here.authority.create_stream_key(service.id, "k")
    here.keys.gate.clear()
    verifying = asyncio.create_task(here.authority.verify_key(key))
    await here.keys.asked.wait()
    await here.authority.change_stream_key(service.id, shown.id, enabled=False)
    here.keys.gate.set()
    with pytest.raises(InvalidKey):
        await verifying


async def test_a_revoked_key_is_not_switched_on(here: Desk) -> None:
    service = await here.authority.create_service("Production API")
    shown, key = await here.authority.create_stream_key(service.id, "k")
    await here.authority.change_stream_key(service.id, shown.id, enabled=False)
    await here.authority.revoke_stream_key(service.id, shown.id)
    with pytest.raises(StreamKeyNotFound, match="revoked"):
        await here.authority.change_stream_key(service.id, shown.id, enabled=True)
    assert not (await here.authority.change_stream_key(service.id, shown.id, name="old")).active
    with pytest.raises(InvalidKey):
        await here.authority.verify_key(key)


async def test_a_deleted_service_takes_its_keys_and_sessions_along(here: Desk) -> None:
    """case 61, as far as this layer goes"""
    service = await here.authority.create_service("Production API")
    _, key = await here.authority.create_stream_key(service.id, "k")
    await here.authority.verify_key(key)
    session, token = await here.authority.create_session(service.id)
    here.listener.take()
    await here.authority.delete_service(service.id)
    assert here.listener.take() == [("close", service.id), ("end", session.id)]
    assert here.authority.known_key(key) is None
    with pytest.raises(InvalidKey):
        await here.authority.verify_key(key)
    with pytest.raises(SessionEnded):
        await here.authority.open_session(token)


async def test_keys_of_what_is_not_there(here: Desk) -> None:
    service = await here.authority.create_service("A")
    other = await here.authority.create_service("B")
    shown, _ = await here.authority.create_stream_key(service.id, "k")
    with pytest.raises(ServiceNotFound):
        await here.authority.stream_keys("none")
    with pytest.raises(ServiceNotFound):
        await here.authority.create_stream_key("none", "k")
    with pytest.raises(StreamKeyNotFound):
        await here.authority.revoke_stream_key(other.id, shown.id)
    with pytest.raises(StreamKeyNotFound):
        await here.authority.change_stream_key(other.id, shown.id, name="x")
    with pytest.raises(InvalidName):
        await here.authority.create_stream_key(service.id, "\n")


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_the_key_is_nowhere(here: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """case 38: after creation and use, database, backup and log are searched for what opens something."""
    caplog.set_level("DEBUG", logger="spectrix_lite")
    service = await here.authority.create_service("Production API")
    shown, key = await here.authority.create_stream_key(service.id, "k")
    await here.authority.verify_key(key)
    here.authority.note_use(shown.id)
    cookie = await here.authority.operator.claim_link(await here.authority.operator.new_link())
    _, token = await here.authority.create_session(service.id)
    await here.store.backup(tmp_path / "backup")
    await here.authority.close()
    await here.store.close()
    content = everything_in(tmp_path)
    assert shown.preview.encode() in content
    for secret in (key[22:54], key[22:40], cookie, token):
        assert secret.encode() not in content
        assert secret not in caplog.text


async def test_the_database_is_locked(here: Desk) -> None:
    """case 65: writes are told so, reads and keys go on, also one that was not seen before."""
    service = await here.authority.create_service("Production API")
    _, seen = await here.authority.create_stream_key(service.id, "seen")
    _, unseen = await here.authority.create_stream_key(service.id, "unseen")
    grant = await here.authority.verify_key(seen)
    with closing(sqlite3.connect(here.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(here.authority.create_service("New"))
        assert (await here.authority.verify_key(unseen)).service_id == service.id
        assert here.authority.known_key(seen) == grant
        assert here.authority.services() == [service]
        assert len(await here.authority.stream_keys(service.id)) == 2
        assert not write.done()
        with pytest.raises(StorageBusy):
            await write
    assert here.authority.services() == [service]
    await here.authority.create_service("New")


async def test_the_database_cannot_be_asked(here: Desk) -> None:
    """case 36"""
    service = await here.authority.create_service("Production API")
    _, seen = await here.authority.create_stream_key(service.id, "seen")
    _, unseen = await here.authority.create_stream_key(service.id, "unseen")
    await here.authority.verify_key(seen)
    await here.store.close()
    assert here.authority.known_key(seen) is not None
    with pytest.raises(StorageFailed):
        await here.authority.verify_key(unseen)
    with pytest.raises(InvalidKey):
        await here.authority.verify_key("Bearer undefined")


# sessions


async def test_a_session(here: Desk) -> None:
    service = await here.authority.create_service("Production API")
    session, token = await here.authority.create_session(service.id)
    assert (session.kind, session.service_id, session.created_at) == ("operator", service.id, here.clock.wall())
    assert session.expires_at == here.clock.wall() + 900_000
    assert session.deadline == here.clock.monotonic() + 900
    assert await here.authority.open_session(token) == session
    assert here.authority.sessions(service.id) == [session]
    await here.authority.end_session(session.id)
    assert here.listener.take()[-1] == ("end", session.id)
    assert here.authority.sessions(service.id) == []
    with pytest.raises(SessionEnded):
        await here.authority.open_session(token)
    for session_id in (session.id, "none"):
        with pytest.raises(SessionNotFound):
            await here.authority.end_session(session_id)


async def test_how_a_token_that_opens_nothing_is_told(here: Desk) -> None:
    """case 50"""
    service = await here.authority.create_service("Production API")
    _, token = await here.authority.create_session(service.id, ttl=1)
    here.clock.advance(1)
    with pytest.raises(SessionExpired):
        await here.authority.open_session(token)
    for text in ("", "x" * 43, token[:-1], "\ud83d"):
        with pytest.raises(SessionUnknown):
            await here.authority.open_session(text)


@pytest.mark.parametrize(("kind", "ttl"), [("operator", 0), ("operator", 7201), ("admin", 900)])
async def test_sessions_that_are_refused(here: Desk, kind: str, ttl: int) -> None:
    service = await here.authority.create_service("Production API")
    with pytest.raises(BadRequest):
        await here.authority.create_session(service.id, kind=kind, ttl=ttl)
    with pytest.raises(ServiceNotFound):
        await here.authority.create_session("none")
    with pytest.raises(ServiceNotFound):
        here.authority.sessions("none")


@pytest.mark.parametrize("days", [1, -1])
async def test_a_password_reset_counts_whatever_the_clock_says(here: Desk, tmp_path: Path, days: int) -> None:
    """case 44, case 48: done by a command, whose clock has been set meanwhile."""
    service = await here.authority.create_service("Production API")
    session, token = await here.authority.create_session(service.id)
    here.clock.set_wall(here.clock.wall() + days * DAY * 1000)
    async with desk(tmp_path / "x.db", here.clock) as command:
        await command.authority.operator.reset_password(PASSWORD)
    await here.steps.step()
    assert here.listener.take()[-1] == ("end", session.id)
    with pytest.raises(SessionEnded):
        await here.authority.open_session(token)


@pytest.mark.parametrize("days", [1, -1])
async def test_the_systems_clock_is_set(here: Desk, tmp_path: Path, days: int) -> None:
    """case 48: lifetimes stay what they were, also after a look at what another process did."""
    service = await here.authority.create_service("Production API")
    cookie = await here.authority.operator.claim_link(await here.authority.operator.new_link())
    _, token = await here.authority.create_session(service.id, ttl=900)
    here.clock.set_wall(here.clock.wall() + days * DAY * 1000)
    async with desk(tmp_path / "x.db", here.clock) as command:
        await command.authority.create_service("Another")
    await here.steps.step()
    assert len(here.authority.services()) == 2
    here.clock.advance(899)
    await here.steps.step()
    assert await here.authority.open_session(token)
    here.clock.advance(1)
    with pytest.raises(SessionExpired):
        await here.authority.open_session(token)
    here.clock.advance(30 * DAY - 901)
    assert here.authority.operator.signed_in(cookie) is not None
    here.clock.advance(1)
    assert here.authority.operator.signed_in(cookie) is None
