"""Who gets a slot when none is free, and who has to leave for it."""

from __future__ import annotations

import asyncio
import dataclasses
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.config import Config
from spectrix_lite.core.proxies import parse_networks
from spectrix_lite.server import listener as listener_module
from spectrix_lite.server.connection import front_door
from spectrix_lite.server.connection.slots import UNHEARD_SECONDS, Slots

from ..support.properties import repeatable
from ..support.raw_ingest import Loop, Raw, Target, batch, loops, on, target

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
LOOPS = pytest.mark.parametrize("loop", loops().values(), ids=loops())


class Time:
    """Stands still, but for `pass_`."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float = UNHEARD_SECONDS) -> None:
        self.now += seconds


class Held:
    """A connection that does what a test says."""

    def __init__(self) -> None:
        self.waiting = True
        self.asked = 0
        self.evicted = False
        self.stopped = False

    def is_waiting(self) -> bool:
        self.asked += 1
        return self.waiting

    def evict(self) -> None:
        self.evicted = True

    def stop(self) -> None:
        self.stopped = True


def filled(slots: Slots, count: int, address: str = "192.0.2.1") -> list[Held]:
    """So many that have been heard of, one after the other."""
    found = [Held() for _ in range(count)]
    assert all(slots.enter(held, address) for held in found)
    for held in found:
        slots.touch(held)
    return found


def local(time: Time | None = None) -> Slots:
    return Slots(4, lambda address: True, time or Time())


def test_the_longest_idle_without_a_credential_goes() -> None:
    slots = local()
    first, second, third, fourth = filled(slots, 4)
    slots.trust(first)
    slots.touch(second)
    assert slots.enter(Held(), "192.0.2.1")
    assert [held.evicted for held in (first, second, third, fourth)] == [False, False, True, False]
    assert len(slots) == 4


def test_where_all_showed_one_the_newcomer_is_refused() -> None:
    slots = local()
    for held in filled(slots, 4):
        slots.trust(held)
    newcomer = Held()
    assert not slots.enter(newcomer, "192.0.2.1")
    slots.leave(newcomer)
    assert (len(slots), newcomer.evicted) == (4, False)


def test_who_has_a_request_in_flight_stays_as_long_as_anybody_is_idle() -> None:
    slots = local()
    first, second, third, fourth = filled(slots, 4)
    first.waiting = second.waiting = third.waiting = False
    newcomer = Held()
    assert slots.enter(newcomer, "192.0.2.1")
    assert fourth.evicted
    newcomer.waiting = False
    assert not slots.enter(Held(), "192.0.2.1"), "the newcomer has not been heard of"
    slots.touch(newcomer)
    assert slots.enter(Held(), "192.0.2.1")
    assert [held.evicted for held in (first, second, third, newcomer)] == [True, False, False, False]


def test_who_was_answered_meanwhile_is_idle_again() -> None:
    """Also where nobody said so; then it has been idle longer than all that were looked at after it."""
    slots = local()
    first, second, third, _ = filled(slots, 4)
    first.waiting = second.waiting = False
    assert slots.enter(Held(), "192.0.2.1")
    assert third.evicted
    first.waiting = second.waiting = True
    slots.touch(first)
    assert slots.enter(Held(), "192.0.2.1")
    assert (first.evicted, second.evicted) == (False, True)


def test_who_was_not_heard_of_yet_has_a_moment() -> None:
    """A flood that comes in one turn of the loop must not close what comes with it before anybody has read it."""
    time = Time()
    slots = local(time)
    everybody = [Held() for _ in range(9)]
    assert [slots.enter(held, "192.0.2.1") for held in everybody] == [True] * 4 + [False] * 5
    time.pass_()
    slots.touch(everybody[0])
    assert slots.enter(Held(), "192.0.2.1")
    assert [held.evicted for held in everybody[:4]] == [False, True, False, False]
    time.pass_()
    slots.touch(everybody[2])
    slots.touch(everybody[3])
    assert slots.enter(Held(), "192.0.2.1")
    assert [held.evicted for held in everybody[:4]] == [True, True, False, False]


def test_one_address_gets_a_quarter_and_makes_room_for_itself() -> None:
    slots = Slots(16, lambda address: address == "127.0.0.1", Time())
    own = filled(slots, 4)
    last = Held()
    assert slots.enter(last, "192.0.2.1")
    assert own[0].evicted
    for held in (*own[1:], last):
        slots.trust(held)
    assert not slots.enter(Held(), "192.0.2.1")
    assert slots.enter(Held(), "192.0.2.2")
    filled(slots, 11, "127.0.0.1")
    assert not any(held.evicted for held in [*own[1:], last])


def test_of_ipv6_a_64_is_one_address() -> None:
    slots = Slots(16, lambda address: False, Time())
    first, *_ = filled(slots, 4, "2001:db8:0:1::1")
    assert slots.enter(Held(), "2001:db8:0:1:ffff::9")
    assert first.evicted
    assert slots.enter(Held(), "2001:db8:0:2::1")
    assert len(slots) == 5


@pytest.mark.case(90)
def test_a_flood_costs_each_connection_the_same() -> None:
    """However many are open, and of them in flight."""
    slots = Slots(10_000, lambda address: True, Time())
    everybody = filled(slots, 10_000)
    for held in everybody[:9_000]:
        held.waiting = False
    for _ in range(1_000):
        held = Held()
        assert slots.enter(held, "192.0.2.1")
        everybody.append(held)
        slots.touch(held)
    assert sum(held.asked for held in everybody) <= 9_000 + 3 * 1_000
    assert not any(held.evicted for held in everybody[:9_000])
    assert all(held.evicted for held in everybody[9_000:10_000])


STEPS = ("enter", "touch", "trust", "leave", "busy", "free", "time")


@repeatable
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 30)), max_size=200))
def test_never_more_than_there_are_and_nobody_known_is_evicted(steps: list[tuple[str, int]]) -> None:
    time = Time()
    slots = Slots(8, lambda address: address == "local", time)
    held: list[Held] = []
    known: set[Held] = set()
    where: dict[Held, str] = {}
    for step, number in steps:
        if step == "enter":
            new = Held()
            address = ("local", "192.0.2.1", "192.0.2.2")[number % 3]
            if slots.enter(new, address):
                held.append(new)
                where[new] = address
            elif address == "local":
                assert len(held) == 8
            else:
                assert len(held) == 8 or sum(where[each] == address for each in held) == 2
        elif step == "time":
            time.pass_()
        elif held:
            one = held[number % len(held)]
            if step == "touch":
                slots.touch(one)
            elif step == "trust":
                slots.trust(one)
                known.add(one)
            elif step == "leave":
                slots.leave(one)
                held.remove(one)
            else:
                one.waiting = step == "free"
        assert not any(each.evicted for each in known)
        held = [each for each in held if not each.evicted]
        assert len(held) == len(slots) <= 8
        for address in ("192.0.2.1", "192.0.2.2"):
            assert sum(where[each] == address for each in held) <= 2


def test_who_may_have_all_of_them(config: Config) -> None:
    behind = dataclasses.replace(config, trusted_proxy=parse_networks("10.0.0.0/8"))
    for address in ("127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", ""):
        assert listener_module.shares_slots(address, behind)
    for address in ("192.0.2.1", "2001:db8::1", "11.0.0.1"):
        assert not listener_module.shares_slots(address, behind)
    assert not listener_module.shares_slots("10.1.2.3", config)


async def idle(it: Target, count: int) -> list[Raw]:
    """So many connections that have asked for something that anybody gets, and stay."""
    found = []
    for _ in range(count):
        raw = Raw(*await asyncio.open_connection("127.0.0.1", it.server.port))
        await raw.send(HEALTH)
        assert (await raw.answer()).status == 200
        found.append(raw)
    return found


@pytest.mark.case(90)
@LOOPS
def test_a_newcomer_gets_in_where_idle_ones_hold_all_slots(
    loop: Loop, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever shows a key, a sign-in or a session's token keeps its place, whatever comes after."""
    monkeypatch.setattr(listener_module, "_most_connections", lambda: 8)

    async def test() -> None:
        async with target(config, warm=False) as it:
            strangers = await idle(it, 8)
            key = await it.key()
            _, token = await it.server.create_session(it.service_id)
            async with it.connected() as producer, it.server.operator() as operator, it.server.anyone() as client:
                for _ in range(2):
                    await producer.post("plain", key, batch("usual", 1024)[0])
                    assert (await producer.answer()).status == 200
                async with client.ws_connect("/api/v1/stream") as socket:
                    await socket.send_json({"type": "watch", "token": token})
                    assert (await socket.receive_json())["type"] == "watching"
                    strangers += await idle(it, 40)
                    await producer.post("plain", key, batch("usual", 1024)[0])
                    assert (await producer.answer()).status == 200
                    assert (await socket.receive_json())["type"] == "entries"
                    async with operator.get("/api/v1/services") as answer:
                        assert answer.status == 200
            for raw in strangers[:-8]:
                assert await raw.rest() == b""
            for raw in strangers:
                raw.close()

    on(loop, test())


@pytest.mark.case(77)
@LOOPS
def test_beyond_the_slots_a_connection_is_closed(
    loop: Loop, config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listener_module, "_most_connections", lambda: 1)

    async def test() -> None:
        async with target(config, warm=True) as it, it.connected() as first:
            await first.post("plain", await it.key(), batch("usual", 1024)[0])
            assert (await first.answer()).status == 200
            async with it.connected() as second:
                await second.send(HEALTH)
                assert (await second.answer()).status == 0
            await first.send(HEALTH)
            assert (await first.answer()).status == 200

    on(loop, test())
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "refusing connections: 1 are open, as many as there may be; raise LimitNOFILE"
    ]


@LOOPS
def test_one_address_cannot_have_all_slots(loop: Loop, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "_most_connections", lambda: 8)
    monkeypatch.setattr(listener_module, "shares_slots", lambda address, config: False)

    async def test() -> None:
        async with target(config, warm=True) as it, it.connected() as first, it.connected() as second:
            for raw in (first, second):
                await raw.post("plain", await it.key(), batch("usual", 1024)[0])
                assert (await raw.answer()).status == 200
            async with it.connected() as third:
                assert await third.rest() == b""

    on(loop, test())


@LOOPS
def test_a_request_in_flight_is_not_cut_off_for_a_newcomer(
    loop: Loop, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key's first use takes argon2 its time."""
    monkeypatch.setattr(listener_module, "_most_connections", lambda: 3)
    assert front_door.HEADER_SECONDS > 1

    async def test() -> None:
        async with target(config, warm=False) as it, it.connected() as first:
            authority, going = it.server.context.authority, asyncio.Event()
            verify = authority.verify_key

            async def slow(key: str) -> object:
                await going.wait()
                return await verify(key)

            monkeypatch.setattr(authority, "verify_key", slow)
            await first.post("plain", await it.key(), batch("usual", 1024)[0])
            strangers = await idle(it, 20)
            going.set()
            assert (await first.answer()).status == 200
            for raw in strangers:
                raw.close()

    on(loop, test())
