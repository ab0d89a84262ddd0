from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from spectrix_lite.access.password import MAX_WAITING, Password
from spectrix_lite.core.errors import InvalidPassword, TooManyAttempts, WrongPassword

from ..support.authorities import CountingHasher
from ..support.fakes import FakeClock

RIGHT = "correct horse"


class Desk:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.hasher = CountingHasher()
        self.password = Password(self.hasher, self.clock)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    desk.password.hash = await desk.password.make(RIGHT)
    yield desk
    desk.password.close()


@pytest.mark.parametrize("new", ["12345678", "pässwörter", "🔑" * 8, "x" * 1024, "        "])
async def test_what_a_password_may_be(desk: Desk, new: str) -> None:
    desk.password.hash = await desk.password.make(new)
    assert await desk.password.check_login(new, "a") == desk.password.hash


@pytest.mark.parametrize("new", ["", "1234567", "x" * 1025, "ä" * 513, "\ud83d" * 8])
async def test_what_it_may_not_be(desk: Desk, new: str) -> None:
    with pytest.raises(InvalidPassword):
        await desk.password.make(new)
    with pytest.raises(WrongPassword):
        await desk.password.check_login(new, "a")


async def test_the_same_letters_composed_differently(desk: Desk) -> None:
    desk.password.hash = await desk.password.make("cafe\u0301 au lait")
    await desk.password.check_login("caf\u00e9 au lait", "a")


async def test_wrong_or_none_set(desk: Desk) -> None:
    with pytest.raises(WrongPassword):
        await desk.password.check_login("wrong horse", "a")
    desk.password.hash = None
    with pytest.raises(WrongPassword):
        await desk.password.check_login(RIGHT, "a")
    assert desk.hasher.verified == 1


async def test_twenty_bad_passwords(desk: Desk) -> None:
    """case 40: from the eleventh on no argon2 runs, others log in meanwhile."""
    refused = []
    for _ in range(20):
        with pytest.raises((WrongPassword, TooManyAttempts)) as problem:
            await desk.password.check_login("wrong horse", "192.0.2.1")
        refused.append(problem.type)
    assert refused == [WrongPassword] * 10 + [TooManyAttempts] * 10
    assert desk.hasher.verified == 10
    with pytest.raises(TooManyAttempts) as problem:
        await desk.password.check_login(RIGHT, "192.0.2.1")
    assert isinstance(problem.value, TooManyAttempts)
    assert problem.value.retry_after == 60.0
    await desk.password.check_login(RIGHT, "192.0.2.2")
    desk.clock.advance(60)
    await desk.password.check_login(RIGHT, "192.0.2.1")


async def test_the_right_password_is_no_attempt(desk: Desk) -> None:
    for _ in range(30):
        await desk.password.check_login(RIGHT, "192.0.2.1")


async def test_those_who_wait_are_few(desk: Desk) -> None:
    """case 40: whoever finds the queue full is told at once, and not counted."""
    desk.hasher.gate.clear()
    waiting = [asyncio.create_task(desk.password.check_login(RIGHT, f"192.0.2.{n}")) for n in range(MAX_WAITING + 1)]
    await desk.hasher.asked.wait()
    await asyncio.sleep(0)
    for _ in range(20):
        with pytest.raises(TooManyAttempts) as problem:
            await desk.password.check_login(RIGHT, "192.0.2.99")
        assert problem.value.retry_after == 1.0
    current = asyncio.create_task(desk.password.check_current(RIGHT, "sign-in"))
    desk.hasher.gate.set()
    assert await asyncio.gather(*waiting, current) == [desk.password.hash] * (MAX_WAITING + 2)
    assert desk.hasher.verified == MAX_WAITING + 2
    await desk.password.check_login(RIGHT, "192.0.2.99")


async def test_who_gives_up_leaves_the_queue(desk: Desk) -> None:
    desk.hasher.gate.clear()
    waiting = [asyncio.create_task(desk.password.check_login(RIGHT, f"192.0.2.{n}")) for n in range(MAX_WAITING + 1)]
    await desk.hasher.asked.wait()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    desk.hasher.gate.set()
    await desk.password.check_login(RIGHT, "192.0.2.99")


async def test_the_current_password_is_asked_for_once_one_is_set(desk: Desk) -> None:
    assert await desk.password.check_current(RIGHT, "s") == desk.password.hash
    for current in (None, "wrong horse"):
        with pytest.raises(WrongPassword):
            await desk.password.check_current(current, "s")
    desk.password.hash = None
    assert await desk.password.check_current(None, "s") is None


async def test_a_stolen_sign_in_does_not_guess_the_current_password(desk: Desk) -> None:
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await desk.password.check_current("wrong horse", "s")
    with pytest.raises(TooManyAttempts):
        await desk.password.check_current(RIGHT, "s")
