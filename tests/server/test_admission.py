"""What ingest may use: a rate for each key, a thread for the heavy, a delay for those who knock without end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from spectrix_lite.access.key_verifier import KeyGrant
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import InvalidJson, TooLarge, TooMany
from spectrix_lite.entries.lenient import LARGE
from spectrix_lite.server.admission import PENALIZED_AT_ONCE, Admission

from ..support.fakes import FakeClock
from ..support.properties import as_json

ARRIVED = "2026-05-14T10:30:00.000Z"
FEW = Config(key_rate=2, key_burst=3, max_entries=1000, max_message=64)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def admission(clock: FakeClock) -> Iterator[Admission]:
    admission = Admission(FEW, clock, penalty=60.0)
    yield admission
    admission.close()


def suspends(work: Coroutine[Any, Any, None]) -> bool:
    """Whether `work` has to wait for anything. If so, it is given up."""
    try:
        work.send(None)
    except StopIteration:
        return False
    work.close()
    return True


def test_a_key_has_its_rate_and_its_burst(admission: Admission, clock: FakeClock) -> None:
    """case 76"""
    for _ in range(3):
        admission.admit(KeyGrant("a", "service"))
    with pytest.raises(TooMany) as caught:
        admission.admit(KeyGrant("a", "service"))
    assert caught.value.status == 429
    assert caught.value.retry_after == pytest.approx(0.5)
    admission.admit(KeyGrant("b", "service"))
    clock.advance(0.5)
    admission.admit(KeyGrant("a", "service"))
    with pytest.raises(TooMany):
        admission.admit(KeyGrant("a", "service"))


@pytest.mark.case(123)
def test_a_hook_key_has_a_rate_of_its_own(clock: FakeClock) -> None:
    admission = Admission(Config(hook_rate=2), clock)
    for _ in range(4):
        admission.admit(KeyGrant("hook", "service", "hook"))
    with pytest.raises(TooMany) as caught:
        admission.admit(KeyGrant("hook", "service", "hook"))
    assert caught.value.retry_after == pytest.approx(0.5)
    for _ in range(20):
        admission.admit(KeyGrant("live", "service"))
    admission.close()


@pytest.mark.parametrize(
    "body",
    [
        as_json({"logs": [{"level": "info", "message": "m"}] * 3}),
        as_json([{"msg": "m"}] * 3),
        as_json([{"msg": "m", "level": "fatal", "pad": "x" * 1000}] * 3),
    ],
    ids=["usual", "unusual", "cut"],
)
async def test_small_bodies_are_read_at_once(admission: Admission, body: bytes) -> None:
    reading = admission.read(body, ARRIVED)
    with pytest.raises(StopIteration) as done:
        reading.send(None)
    assert [entry.message for entry in done.value.value.entries] == ["m"] * 3


@pytest.mark.parametrize(
    "body",
    [
        as_json([{"msg": "m", "pad": "x" * 1000}] * 100),
        b"\n".join([as_json({"msg": "m", "pad": "x" * 1000})] * 100),
        as_json({"logs": [{"level": "info", "message": "m", "metadata": {"pad": "x" * 6000}}] * 100}),
    ],
    ids=["unusual", "lines", "large"],
)
async def test_bodies_that_take_long_are_read_in_a_thread(admission: Admission, body: bytes) -> None:
    assert suspends_loop(admission, body)
    batch = await admission.read(body, ARRIVED)
    assert [entry.message for entry in batch.entries] == ["m"] * 100


def suspends_loop(admission: Admission, body: bytes) -> bool:
    async def read() -> None:
        await admission.read(body, ARRIVED)

    return suspends(read())


async def test_a_usual_body_is_read_at_once_up_to_its_size(admission: Admission) -> None:
    entry = {"level": "info", "message": "m", "metadata": {"pad": "x" * 500}}
    body = as_json({"logs": [entry] * 900})
    assert 64 * 1024 < len(body) <= LARGE
    assert not suspends_loop(admission, body)


async def test_what_the_thread_refuses_is_raised_here(admission: Admission) -> None:
    with pytest.raises(InvalidJson):
        await admission.read(b"[" * 100_000, ARRIVED)
    with pytest.raises(TooLarge):
        await admission.read(b'{"msg":"m"}\n' * 100_000, ARRIVED)


async def test_the_limits_are_the_settings(admission: Admission) -> None:
    batch = await admission.read(as_json([{"message": "x" * 65}]), ARRIVED)
    assert batch.entries[0].message == "x" * 64
    assert batch.entries[0].truncated == ["message"]
    with pytest.raises(TooLarge, match="1000"):
        await admission.read(as_json([{"msg": "m"}] * 1001), ARRIVED)


async def test_the_first_refusal_is_not_held_up_and_the_second_is(admission: Admission, clock: FakeClock) -> None:
    assert not suspends(admission.penalize("10.0.0.1"))
    assert not suspends(admission.penalize("10.0.0.2"))
    assert suspends(admission.penalize("10.0.0.1"))
    clock.advance(5)
    assert suspends(admission.penalize("10.0.0.1"))
    clock.advance(11)
    assert not suspends(admission.penalize("10.0.0.1"))


async def test_no_more_are_held_up_at_once_than_there_is_room_for(admission: Admission) -> None:
    await admission.penalize("a")
    held = [asyncio.create_task(admission.penalize("a")) for _ in range(PENALIZED_AT_ONCE)]
    await asyncio.sleep(0)
    assert not suspends(admission.penalize("a"))
    held[0].cancel()
    await asyncio.wait(held[:1])
    assert suspends(admission.penalize("a")), "who leaves makes room"
    for one in held:
        one.cancel()
    await asyncio.wait(held)


async def test_addresses_are_not_remembered_without_end(admission: Admission) -> None:
    for number in range(5000):
        assert not suspends(admission.penalize(f"10.0.{number // 256}.{number % 256}"))
    assert not suspends(admission.penalize("10.0.0.0"))
    assert suspends(admission.penalize("10.0.19.135"))


def test_close_is_idempotent(admission: Admission) -> None:
    admission.close()
    admission.close()
