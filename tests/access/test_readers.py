"""Read tokens over a real database, also those that another process makes and revokes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spectrix_lite.access.readers import MAX_TOKENS
from spectrix_lite.core.errors import BadRequest, InvalidName, LimitReached, ServiceNotFound
from spectrix_lite.core.session_errors import SessionEnded, SessionExpired, SessionUnknown
from spectrix_lite.core.token_errors import InvalidToken, ReadTokenNotFound

from ..support.authorities import Desk, desk
from ..support.fakes import FakeClock

DAY = 24 * 3600


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "x.db") as here:
        yield here


async def test_a_tokens_life(here: Desk) -> None:
    readers = here.authority.readers
    a, b = [await here.authority.create_service(name) for name in "AB"]
    shown, token = await readers.create(" CI ", [b.id, a.id])
    assert (shown.name, shown.services) == ("CI", (a.id, b.id))
    assert shown.expires_at == here.clock.wall() + 30 * DAY * 1000
    assert token.startswith("spx_v1_read_")
    assert shown.preview == f"{token[:16]}…{token[-4:]}"
    assert (await readers.read_token(token)).id == shown.id
    session = await here.authority.open_session(token, a.id)
    assert (session.id, session.kind, session.service_id) == (shown.id, "token", a.id)
    (listed,) = readers.tokens()
    assert listed.last_used_at == here.clock.wall()
    here.listener.take()
    await readers.revoke(shown.id)
    await readers.revoke(shown.id)
    assert here.listener.take() == [("end", shown.id)]
    with pytest.raises(InvalidToken):
        await readers.read_token(token)
    with pytest.raises(SessionEnded):
        await here.authority.open_session(token, a.id)
    assert readers.tokens()[0].revoked_at == here.clock.wall()


async def test_a_token_runs_out(here: Desk) -> None:
    service = await here.authority.create_service("A")
    _, token = await here.authority.readers.create("CI", days=1)
    here.clock.advance(DAY)
    with pytest.raises(InvalidToken):
        await here.authority.readers.read_token(token)
    with pytest.raises(SessionExpired):
        await here.authority.open_session(token, service.id)


async def test_another_services_watchers_are_out_of_reach(here: Desk) -> None:
    a, b = [await here.authority.create_service(name) for name in "AB"]
    _, token = await here.authority.readers.create("CI", [a.id])
    for service_id in (b.id, None, "nowhere"):
        with pytest.raises(SessionUnknown):
            await here.authority.open_session(token, service_id)
    await here.authority.delete_service(a.id)
    assert here.authority.readers.tokens()[0].services == ()


async def test_tokens_that_are_refused(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = here.authority.readers
    with pytest.raises(InvalidName):
        await readers.create(" ")
    with pytest.raises(BadRequest):
        await readers.create("CI", [])
    with pytest.raises(BadRequest):
        await readers.create("CI", days=366)
    with pytest.raises(ServiceNotFound):
        await readers.create("CI", ["nowhere"])
    with pytest.raises(ReadTokenNotFound):
        await readers.revoke("nowhere")
    assert readers.tokens() == []
    assert MAX_TOKENS >= 100
    monkeypatch.setattr("spectrix_lite.access.readers.MAX_TOKENS", 1)
    await readers.create("CI")
    with pytest.raises(LimitReached):
        await readers.create("CI")


async def test_what_another_process_does(tmp_path: Path) -> None:
    """Made, it holds at once; revoked, its watchers are told by the next look at the database."""
    clock = FakeClock()
    async with desk(tmp_path / "x.db", clock) as here, desk(tmp_path / "x.db", clock) as there:
        shown, token = await there.authority.readers.create("CI")
        assert (await here.authority.readers.read_token(token)).id == shown.id
        here.listener.take()
        await there.authority.readers.revoke(shown.id)
        await here.steps.step()
        assert here.listener.take() == [("end", shown.id)]
        with pytest.raises(InvalidToken):
            await here.authority.readers.read_token(token)


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_the_last_use_is_there_after_a_restart_and_the_token_nowhere(tmp_path: Path) -> None:
    clock = FakeClock()
    async with desk(tmp_path / "x.db", clock) as here:
        shown, token = await here.authority.readers.create("CI")
        await here.authority.readers.read_token(token)
        used = clock.wall()
    clock.advance(60)
    async with desk(tmp_path / "x.db", clock) as here:
        assert here.authority.readers.tokens()[0].last_used_at == used
        assert (await here.authority.readers.read_token(token)).id == shown.id
    assert token[22:54].encode() not in everything_in(tmp_path)
