"""What another process does, seen from a server that runs: two desks over one database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from spectrix_lite.access import keys
from spectrix_lite.access.cache import SAVE_SECONDS
from spectrix_lite.access.sessions import REMEMBERED
from spectrix_lite.core.errors import InvalidKey, StorageFailed
from spectrix_lite.core.session_errors import SessionEnded, SessionUnknown

from ..support.authorities import Desk, desk

DAY = 24 * 3600


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "x.db") as here:
        yield here


@pytest.fixture
async def command(server: Desk) -> AsyncIterator[Desk]:
    """A command that works beside `server`."""
    async with desk(server.store.path, server.clock) as here:
        yield here


@asynccontextmanager
async def unreadable(path: Path) -> AsyncIterator[None]:
    """Meanwhile stream keys and services cannot be read."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("ALTER TABLE stream_keys RENAME TO elsewhere")
        yield
        other.execute("ALTER TABLE elsewhere RENAME TO stream_keys")


async def test_services_come_change_and_go(server: Desk, command: Desk) -> None:
    service = await command.authority.create_service("Production API")
    other = await command.authority.create_service("Other")
    assert server.listener.take() == []
    await server.authority.refresh()
    assert server.listener.take() == [("open", service.id, "Production API"), ("open", other.id, "Other")]
    assert server.authority.service(service.id) == service
    await command.authority.rename_service(service.id, "API")
    await command.authority.delete_service(other.id)
    await server.authority.refresh()
    assert server.listener.take() == [("rename", service.id, "API"), ("close", other.id)]
    await server.authority.refresh()
    assert server.listener.take() == []


async def test_the_watch_notices_at_its_next_step(server: Desk, command: Desk) -> None:
    service = await command.authority.create_service("Production API")
    await server.steps.step()
    assert server.listener.take() == [("open", service.id, "Production API")]


async def test_a_key_created_by_a_command_works_at_once(server: Desk, command: Desk) -> None:
    service = await command.authority.create_service("Production API")
    _, key = await command.authority.create_stream_key(service.id, "k")
    assert server.authority.known_key(key) is None
    assert (await server.authority.verify_key(key)).service_id == service.id
    assert server.listener.take() == [("open", service.id, "Production API")]


async def test_a_key_revoked_by_a_command_stops(server: Desk, command: Desk) -> None:
    """case 34"""
    service = await server.authority.create_service("Production API")
    shown, key = await server.authority.create_stream_key(service.id, "k")
    await server.authority.verify_key(key)
    await command.authority.refresh()
    await command.authority.revoke_stream_key(service.id, shown.id)
    await server.steps.step()
    assert server.authority.known_key(key) is None
    with pytest.raises(InvalidKey):
        await server.authority.verify_key(key)
    (listed,) = await server.authority.stream_keys(service.id)
    assert listed.revoked_at == server.clock.wall()


async def test_a_key_switched_by_a_command_stops_and_goes_on(server: Desk, command: Desk) -> None:
    service = await server.authority.create_service("Production API")
    shown, key = await server.authority.create_stream_key(service.id, "k")
    grant = await server.authority.verify_key(key)
    await command.authority.refresh()
    await command.authority.change_stream_key(service.id, shown.id, enabled=False)
    await server.steps.step()
    with pytest.raises(InvalidKey):
        server.authority.known_key(key)
    assert not (await server.authority.stream_keys(service.id))[0].active
    await command.authority.change_stream_key(service.id, shown.id, enabled=True)
    await server.steps.step()
    assert await server.authority.verify_key(key) == grant


async def test_a_key_that_is_off_stays_off_over_a_start(tmp_path: Path) -> None:
    async with desk(tmp_path / "y.db") as first:
        service = await first.authority.create_service("Production API")
        shown, key = await first.authority.create_stream_key(service.id, "k", "hook")
        await first.authority.change_stream_key(service.id, shown.id, enabled=False)
    async with desk(tmp_path / "y.db") as second:
        (listed,) = await second.authority.stream_keys(service.id)
        assert (listed.kind, listed.enabled) == ("hook", False)
        with pytest.raises(InvalidKey):
            await second.authority.verify_key(key)
        await second.authority.change_stream_key(service.id, shown.id, enabled=True)
        assert (await second.authority.verify_key(key)).kind == "hook"


async def test_a_session_made_by_a_command_opens_at_once(server: Desk, command: Desk) -> None:
    service = await server.authority.create_service("Production API")
    await command.authority.refresh()
    session, token = await command.authority.create_session(service.id)
    assert (await server.authority.open_session(token)).id == session.id
    await command.authority.end_session(session.id)
    await server.authority.refresh()
    assert server.listener.take()[-1] == ("end", session.id)
    with pytest.raises(SessionEnded):
        await server.authority.open_session(token)


async def test_a_password_reset_by_a_command_ends_sign_ins_and_their_sessions(server: Desk, command: Desk) -> None:
    """case 44"""
    service = await server.authority.create_service("Production API")
    cookie = await server.authority.operator.claim_link(await server.authority.operator.new_link())
    sign_in = server.authority.operator.signed_in(cookie)
    watched, _ = await server.authority.create_session(service.id, sign_in=sign_in)
    _, shared = await server.authority.create_session(service.id, kind="share", sign_in=sign_in)
    await command.authority.operator.reset_password("a new password")
    server.listener.take()
    await server.steps.step()
    assert server.listener.take() == [("end", watched.id)]
    assert server.authority.operator.signed_in(cookie) is None
    assert server.authority.operator.password_set
    await server.authority.operator.login("a new password", "192.0.2.1")
    await server.authority.open_session(shared)


async def test_a_database_that_cannot_be_read_does_not_end_the_watch(server: Desk, command: Desk) -> None:
    """case 36"""
    service = await server.authority.create_service("Production API")
    _, seen = await server.authority.create_stream_key(service.id, "seen")
    _, unseen = await server.authority.create_stream_key(service.id, "unseen")
    grant = await server.authority.verify_key(seen)
    async with unreadable(server.store.path):
        await server.steps.step()
        await server.steps.step()
        assert server.authority.known_key(seen) == grant
        assert server.authority.services() == [service]
        with pytest.raises(StorageFailed):
            await server.authority.verify_key(unseen)
        with pytest.raises(StorageFailed):
            await server.authority.verify_key(keys.mint().key)
        with pytest.raises(StorageFailed):
            await server.authority.open_session("a" * 43)
    await server.steps.step()
    assert await server.authority.verify_key(unseen)
    with pytest.raises(InvalidKey):
        await server.authority.verify_key(keys.mint().key)
    added = await command.authority.create_service("Later")
    await server.steps.step()
    assert added in server.authority.services()


async def test_a_fault_of_our_own_does_not_end_the_watch(
    server: Desk, command: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(service_id: str, name: str) -> None:
        raise ZeroDivisionError

    hear, server.listener.open_service = server.listener.open_service, stumble  # type: ignore[method-assign]  # a fault
    await command.authority.create_service("First")
    await server.steps.step()
    assert "stumbled" in caplog.text
    server.listener.open_service = hear  # type: ignore[method-assign]  # and its end
    await command.authority.create_service("Second")
    await server.steps.step()
    assert [what[0] for what in server.listener.take()] == ["open"]


async def test_unknown_keys_in_a_flood_do_not_flood_the_database(
    server: Desk, command: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can make a well-formed key of an unknown id; whoever has a new one is not refused for that."""
    looks, ask = 0, server.store.data_version

    async def counted() -> int:
        nonlocal looks
        looks += 1
        return await ask()

    monkeypatch.setattr(server.store, "data_version", counted)
    service = await command.authority.create_service("Production API")
    for _ in range(22):
        guesses = (server.authority.verify_key(keys.mint().key) for _ in range(50))
        outcomes = await asyncio.gather(*guesses, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {InvalidKey}
    assert service in server.authority.services()
    assert looks == 22, "those who come together share one; from the 21st on each waits for its time"
    _, key = await command.authority.create_stream_key(service.id, "k")
    flood = asyncio.gather(*(server.authority.verify_key(keys.mint().key) for _ in range(50)), return_exceptions=True)
    assert await server.authority.verify_key(key)
    await flood
    assert server.keys.verified == 1


async def test_a_revoked_key_asks_nobody(server: Desk) -> None:
    service = await server.authority.create_service("Production API")
    shown, key = await server.authority.create_stream_key(service.id, "k")
    await server.authority.revoke_stream_key(service.id, shown.id)
    async with unreadable(server.store.path):
        with pytest.raises(InvalidKey):
            await server.authority.verify_key(key)


async def test_uses_are_written_in_batches(server: Desk, command: Desk) -> None:
    service = await server.authority.create_service("Production API")
    shown, key = await server.authority.create_stream_key(service.id, "k")
    await server.authority.verify_key(key)
    server.authority.note_use(shown.id)
    used = server.clock.wall()
    assert (await server.authority.stream_keys(service.id))[0].last_used_at == used
    await command.authority.refresh()
    assert (await command.authority.stream_keys(service.id))[0].last_used_at is None
    server.clock.advance(SAVE_SECONDS)
    await server.steps.step()
    await command.authority.refresh()
    assert (await command.authority.stream_keys(service.id))[0].last_used_at == used


async def test_uses_that_cannot_be_written_are_kept(server: Desk) -> None:
    """case 65"""
    service = await server.authority.create_service("Production API")
    shown, _ = await server.authority.create_stream_key(service.id, "k")
    server.authority.note_use(shown.id)
    used = server.clock.wall()
    with closing(sqlite3.connect(server.store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        server.clock.advance(SAVE_SECONDS)
        await server.steps.step()
        other.execute("ROLLBACK")
        assert other.execute("SELECT last_used_at FROM stream_keys").fetchall() == [(None,)]
        server.clock.advance(SAVE_SECONDS)
        await server.steps.step()
        assert other.execute("SELECT last_used_at FROM stream_keys").fetchall() == [(used,)]


async def test_the_last_uses_are_written_at_the_end(tmp_path: Path) -> None:
    async with desk(tmp_path / "x.db") as here:
        service = await here.authority.create_service("Production API")
        shown, _ = await here.authority.create_stream_key(service.id, "k")
        here.authority.note_use(shown.id)
    async with desk(tmp_path / "x.db") as here:
        (listed,) = await here.authority.stream_keys(service.id)
        assert listed.last_used_at == here.clock.wall()


async def test_what_has_run_out_is_tidied_away(server: Desk) -> None:
    service = await server.authority.create_service("Production API")
    await server.sign_in()
    _, token = await server.authority.create_session(service.id, ttl=10)
    for seconds, rows in ((10 + REMEMBERED - 1, (1, 1)), (SAVE_SECONDS, (1, 0)), (30 * DAY, (0, 0))):
        server.clock.advance(seconds)
        await server.steps.step()
        found = await server.store.read_all()
        assert (len(found.sign_ins), len(found.sessions)) == rows
    with pytest.raises(SessionUnknown):
        await server.authority.open_session(token)


async def test_cancelled_half_way_memory_still_learns_what_became_of_it(server: Desk) -> None:
    for turns in range(20):
        creating = asyncio.create_task(server.authority.create_service(f"Service {turns}"))
        for _ in range(turns):
            await asyncio.sleep(0)
        creating.cancel()
        await asyncio.gather(creating, return_exceptions=True)
        await server.authority.refresh()
        assert server.authority.services() == (await server.store.read_all()).services
    opened = [service_id for _, service_id, _ in server.listener.take()]
    assert sorted(opened) == sorted(service.id for service in server.authority.services())


async def test_close_twice_and_without_start(tmp_path: Path) -> None:
    async with desk(tmp_path / "x.db") as here:
        await here.authority.close()
        await here.authority.close()
