"""Who owns a connection, on both loops: the ways of the drawing in `front_door`, and what ends it in each state."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import pytest

from spectrix_lite.access import keys
from spectrix_lite.core.config import Config
from spectrix_lite.server.connection import front_door
from spectrix_lite.server.connection.front_door import Connection
from spectrix_lite.server.connection.http_handler import HttpHandler

from ..support.raw_ingest import Loop, Raw, Target, batch, loops, on, request, target
from ..support.watching import until

LOOPS: Final = pytest.mark.parametrize("loop", loops().values(), ids=loops())

HEALTH: Final = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
UPGRADE: Final = (
    b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
PING: Final = bytes.fromhex("898000000000")
PONG: Final = bytes.fromhex("8a00")


class Pair(NamedTuple):
    """Both ends of one connection, and a key that is known."""

    raw: Raw
    served: Connection
    key: str

    def owner(self) -> type:
        assert self.served._transport is not None
        return type(self.served._transport.get_protocol())

    def usual(self) -> bytes:
        return b"".join(request("plain", self.key, batch("usual", 1024)[0]))

    def lenient(self) -> bytes:
        return b"".join(request("plain", self.key, batch("lenient", 1024)[0]))

    async def answers(self, *statuses: int) -> None:
        for status in statuses:
            assert (await self.raw.answer()).status == status


@asynccontextmanager
async def pair(it: Target) -> AsyncIterator[Pair]:
    slots = it.server.listener._slots
    key = await it.key()
    before = set(slots._peers)
    async with it.connected() as raw:
        await until(lambda: bool(set(slots._peers) - before))
        [served] = set(slots._peers) - before
        assert isinstance(served, Connection)
        yield Pair(raw, served, key)


@LOOPS
def test_the_ways_of_the_drawing(loop: Loop, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with target(config, warm=True) as it:
            bodies = it.server.context.admission.bodies
            async with pair(it) as one:
                assert one.owner() is Connection
                await one.raw.send(one.usual()[:-1])
                await until(lambda: bodies.used > 0)
                assert one.owner() is Connection
                await one.raw.send(one.usual()[-1:])
                await one.answers(200)
                assert bodies.used == 0
                for _ in range(2):
                    await one.raw.send(one.lenient() + one.usual())
                    await one.answers(200, 200)
                    assert one.owner() is Connection
                await one.raw.send(HEALTH)
                await one.answers(200)
                await one.raw.send(one.usual())
                await one.answers(200)
                assert one.owner() is HttpHandler
            monkeypatch.setattr(front_door, "REST_SECONDS", 0.01)
            async with pair(it) as one:
                await one.raw.send(one.usual()[:-1])
                await until(lambda: one.owner() is HttpHandler)
                await one.raw.send(one.usual()[-1:])
                await one.answers(200)
                assert one.owner() is HttpHandler
            assert it.taken() == 7

    on(loop, test())


@LOOPS
def test_what_comes_behind_a_handshake_is_the_watchers(loop: Loop, config: Config) -> None:
    """All of it in one piece, behind requests of both ways, or as soon as the handshake is on its way."""

    async def test() -> None:
        async with target(config, warm=True) as it:
            for parts in ((UPGRADE + PING,), (UPGRADE, PING)):
                async with pair(it) as one:
                    await one.raw.send(one.usual() + one.lenient() + parts[0], *parts[1:])
                    await one.answers(200, 200, 101)
                    assert await one.raw._reader.readexactly(2) == PONG

    on(loop, test())


@LOOPS
def test_an_idle_connection_is_closed_whoever_has_it(
    loop: Loop, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that begins a further head and never ends it. One that is answered is not idle."""
    monkeypatch.setattr(front_door, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(front_door, "KEEP_ALIVE_SECONDS", 0.3)

    async def test() -> None:
        async with target(config, warm=True) as it:
            key = await it.key()

            async def idle(first: bytes, then: bytes = b"") -> None:
                async with it.connected() as raw:
                    await raw.send(first)
                    assert (await raw.answer()).status == 200
                    await raw.send(then)
                    assert await raw.rest() == b""

            usual, lenient = (b"".join(request("plain", key, batch(kind, 1024)[0])) for kind in ("usual", "lenient"))
            await asyncio.gather(idle(usual), idle(lenient), idle(HEALTH), idle(HEALTH, HEALTH[:-2]))
            authority, going = it.server.context.authority, asyncio.Event()
            verify = authority.verify_key

            async def slow(key: str) -> object:
                await going.wait()
                return await verify(key)

            key = await it.server.create_key(it.service_id)
            async with pair(it) as one:
                monkeypatch.setattr(authority, "verify_key", slow)
                await one.raw.post("plain", key, batch("usual", 1024)[0])
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(one.raw._reader.read(1), 0.6)
                going.set()
                await one.answers(200)

    on(loop, test())


@pytest.mark.case(80)
@LOOPS
@pytest.mark.parametrize("state", ["waiting", "body", "lent", "given", "given and answering", "new", "watching"])
def test_a_stop_in_each_state(
    loop: Loop, state: str, config: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is in flight is answered, then each connection ends, and nothing is held or said of it."""

    async def test() -> None:
        async with target(config, warm=True) as it:
            context, going = it.server.context, asyncio.Event()
            verify = context.authority.verify_key

            async def slow(key: str) -> object:
                await going.wait()
                return await verify(key)

            async with pair(it) as one:
                rest, statuses = b"", [200]
                if state in ("waiting", "given"):
                    await one.raw.send(one.usual() if state == "waiting" else HEALTH)
                    await one.answers(200)
                    statuses = []
                elif state == "body":
                    await one.raw.send(one.usual()[:-1])
                    rest = one.usual()[-1:]
                    await until(lambda: context.admission.bodies.used > 0)
                elif state == "lent":
                    monkeypatch.setattr(context.authority, "verify_key", slow)
                    key = await it.server.create_key(it.service_id)
                    await one.raw.post("plain", key, batch("usual", 1024)[0])
                    await until(lambda: one.owner() is HttpHandler)
                    await asyncio.sleep(0)
                elif state == "given and answering":
                    await one.raw.send(one.usual().replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")[:-1024])
                    await one.answers(100)
                    rest = one.usual()[-1024:]
                elif state == "watching":
                    await one.raw.send(UPGRADE)
                    await one.answers(101)
                    statuses = []
                else:
                    statuses = []
                closing = asyncio.create_task(it.server.listener.close())
                await until(lambda: context.in_flight.draining)
                going.set()
                if rest:
                    await one.raw.send(rest)
                await one.answers(*statuses)
                end = await one.raw.rest()
                assert end == b"" or state == "watching"
                await closing
                assert len(it.server.listener._slots) == 0
                assert context.admission.bodies.used == 0
                assert it.taken() == (1 if state in ("waiting", "body", "lent", "given and answering") else 0)

    on(loop, test())
    assert [record for record in caplog.records if record.levelname != "INFO"] == []


@LOOPS
def test_200_connections_that_mix_right_and_wrong(loop: Loop, config: Config) -> None:
    """Whatever comes together and wherever it is cut: each request has the answer that it has alone, in its place."""
    wrong = keys.mint().key
    draw = random.Random(22)

    async def one(it: Target, key: str) -> int:
        usual = batch("usual", 1024)[0]
        ways = {
            "usual": (b"".join(request("plain", key, usual)), 200),
            "lenient": (b"".join(request("plain", key, batch("lenient", 1024)[0])), 200),
            "large": (b"".join(request("plain", key, batch("usual", 300 * 1024)[0])), 200),
            "chunked": (b"".join(request("chunked", key, usual)), 200),
            "no JSON": (b"".join(request("plain", key, b"{no")), 400),
            "wrong key": (b"".join(request("plain", wrong, usual)), 401),
            "other": (HEALTH, 200),
        }
        chosen = draw.choices(list(ways), [8, 4, 1, 2, 2, 2, 2], k=draw.randint(1, 12))
        data = b"".join(ways[way][0] for way in chosen)
        left: list[bytes] = []
        while len(data) > 1 and len(left) < 12:
            size = draw.choice([1, 30, 250, 1500, 70_000])
            left.append(data[:size])
            data = data[size:]
        left.append(data)
        async with it.connected() as raw:
            sending = asyncio.create_task(send(raw, left))
            assert [(await raw.answer()).status for _ in chosen] == [ways[way][1] for way in chosen], chosen
            await sending
            raw.half_close()
            assert await raw.rest() == b""
        return sum(
            batch("usual", 300 * 1024)[1] if way == "large" else ways[way][1] == 200 for way in chosen if way != "other"
        )

    async def send(raw: Raw, parts: list[bytes]) -> None:
        for part in parts:
            raw._writer.write(part)
            await asyncio.sleep(draw.choice([0, 0, 0.005]))

    async def test() -> None:
        async with target(config, warm=True, penalty=0.0) as it:
            warm, cold = await it.key(), await it.server.create_key(it.service_id)
            taken = 0
            for _ in range(10):
                taken += sum(await asyncio.gather(*(one(it, draw.choice([warm, warm, cold])) for _ in range(20))))
            assert it.taken() == taken
            await until(lambda: len(it.server.listener._slots) == 0)
            assert it.server.context.admission.bodies.used == 0

    on(loop, test())
