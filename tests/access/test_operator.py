from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spectrix_lite.access.operator import LINK_SECONDS
from spectrix_lite.core.errors import (
    InvalidPassword,
    LinkUnknown,
    LinkUsed,
    TooManyAttempts,
    Unauthorized,
    WrongPassword,
)
from spectrix_lite.core.session_errors import SessionEnded

from ..support.authorities import Desk, desk

DAY = 24 * 3600
PASSWORD = "correct horse"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path / "x.db") as here:
        yield here


async def test_a_sign_in_link(here: Desk) -> None:
    """case 39"""
    token = await here.authority.operator.new_link()
    cookie = await here.authority.operator.claim_link(token)
    sign_in = here.authority.operator.signed_in(cookie)
    assert sign_in is not None
    assert sign_in.expires_at == here.clock.wall() + 30 * DAY * 1000
    with pytest.raises(LinkUsed):
        await here.authority.operator.claim_link(token)
    for text in ("", "nonsense", cookie, token[:-1], "ü" * 43):
        with pytest.raises(LinkUnknown):
            await here.authority.operator.claim_link(text)


async def test_a_link_runs_out(here: Desk) -> None:
    early, late = await here.authority.operator.new_link(), await here.authority.operator.new_link()
    here.clock.advance(LINK_SECONDS - 1)
    await here.authority.operator.claim_link(early)
    here.clock.advance(1)
    with pytest.raises(LinkUnknown):
        await here.authority.operator.claim_link(late)
    with pytest.raises(LinkUsed):
        await here.authority.operator.claim_link(early)


async def test_of_two_claims_at_once_one_wins(here: Desk) -> None:
    """case 39"""
    token = await here.authority.operator.new_link()
    outcomes = await asyncio.gather(
        *(here.authority.operator.claim_link(token) for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LinkUsed"] * 4 + ["str"]


async def test_who_is_signed_in(here: Desk) -> None:
    cookie = await here.authority.operator.claim_link(await here.authority.operator.new_link())
    for text in ("", "x", cookie + "x", cookie.swapcase(), "\ud83d"):
        assert here.authority.operator.signed_in(text) is None
    assert here.authority.operator.signed_in(cookie) is not None
    here.clock.advance(30 * DAY)
    assert here.authority.operator.signed_in(cookie) is None


async def test_passwords(here: Desk) -> None:
    with pytest.raises(WrongPassword):
        await here.authority.operator.login(PASSWORD, "192.0.2.1")
    sign_in = await here.sign_in()
    with pytest.raises(InvalidPassword):
        await here.authority.operator.set_password(sign_in, None, "short")
    assert not here.authority.operator.password_set
    await here.authority.operator.set_password(sign_in, None, PASSWORD)
    assert here.authority.operator.password_set
    for current in (None, "wrong horse"):
        with pytest.raises(WrongPassword):
            await here.authority.operator.set_password(sign_in, current, "another horse")
    await here.authority.operator.set_password(sign_in, PASSWORD, "another horse")
    with pytest.raises(WrongPassword):
        await here.authority.operator.login(PASSWORD, "192.0.2.1")
    assert (
        here.authority.operator.signed_in(await here.authority.operator.login("another horse", "192.0.2.1")) is not None
    )


async def test_twenty_bad_passwords(here: Desk) -> None:
    """case 40"""
    cookie = await here.authority.operator.claim_link(await here.authority.operator.new_link())
    await here.authority.operator.reset_password(PASSWORD)
    cookie = await here.authority.operator.login(PASSWORD, "192.0.2.1")
    verified = here.passwords.verified
    outcomes = []
    for _ in range(20):
        with pytest.raises((WrongPassword, TooManyAttempts)) as problem:
            await here.authority.operator.login("wrong horse", "192.0.2.66")
        outcomes.append(problem.type)
    assert outcomes == [WrongPassword] * 10 + [TooManyAttempts] * 10
    assert here.passwords.verified == verified + 10
    assert here.authority.operator.signed_in(cookie) is not None
    await here.authority.operator.login(PASSWORD, "192.0.2.1")


async def test_the_first_password_from_outside(here: Desk) -> None:
    sign_in = await here.sign_in()
    with pytest.raises(InvalidPassword):
        await here.authority.operator.set_initial_password("short")
    assert await here.authority.operator.set_initial_password(PASSWORD)
    assert not await here.authority.operator.set_initial_password("another horse")
    await here.authority.operator.login(PASSWORD, "192.0.2.1")
    assert here.authority._cache.sign_ins.find(sign_in.token_hash, here.clock.monotonic()) == sign_in


async def test_signing_out(here: Desk) -> None:
    """case 44: its sockets are closed, shares and others live on."""
    service = await here.authority.create_service("Production API")
    cookie = await here.authority.operator.claim_link(await here.authority.operator.new_link())
    sign_in = here.authority.operator.signed_in(cookie)
    assert sign_in is not None
    other = await here.sign_in()
    watched, token = await here.authority.create_session(service.id, sign_in=sign_in)
    _, shared = await here.authority.create_session(service.id, kind="share", sign_in=sign_in)
    _, others = await here.authority.create_session(service.id, sign_in=other)
    here.listener.take()
    await here.authority.operator.logout(sign_in)
    assert here.listener.take() == [("end", watched.id)]
    assert here.authority.operator.signed_in(cookie) is None
    with pytest.raises(SessionEnded):
        await here.authority.open_session(token)
    await here.authority.open_session(shared)
    await here.authority.open_session(others)
    with pytest.raises(Unauthorized):
        await here.authority.create_session(service.id, sign_in=sign_in)


async def test_changing_the_password(here: Desk) -> None:
    """case 44: all other sign-ins end, and every operator session."""
    service = await here.authority.create_service("Production API")
    mine, other = await here.sign_in(), await here.sign_in()
    sessions = [(await here.authority.create_session(service.id, sign_in=s))[0] for s in (mine, other, None)]
    _, shared = await here.authority.create_session(service.id, kind="share", sign_in=other)
    here.listener.take()
    await here.authority.operator.set_password(mine, None, PASSWORD)
    assert here.listener.take() == [("end", session.id) for session in sessions]
    assert await here.authority.open_session(shared)
    await here.authority.create_session(service.id, sign_in=mine)
    with pytest.raises(Unauthorized):
        await here.authority.create_session(service.id, sign_in=other)


async def test_a_login_with_the_old_password_does_not_outlive_a_change(here: Desk) -> None:
    await here.authority.operator.reset_password(PASSWORD)
    here.passwords.gate.clear()
    login = asyncio.create_task(here.authority.operator.login(PASSWORD, "192.0.2.1"))
    await here.passwords.asked.wait()
    await here.authority.operator.reset_password("another horse")
    here.passwords.gate.set()
    with pytest.raises(WrongPassword):
        await login
    assert (await here.store.read_all()).sign_ins == []
