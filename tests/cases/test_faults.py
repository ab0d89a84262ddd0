"""What the network does to those who send and those who watch: nothing acknowledged is lost, nothing comes twice, and
who watches goes on where it was, or is told what is missing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final, Literal

import aiohttp
import pytest
from spectrix import Answer, Spectrix, post

from spectrix_lite.cli.reading import connection as tail_connection
from spectrix_lite.core.config import Config

from ..cli.reading.test_tail import Printed, tailing
from ..conftest import Serve
from ..support.fault_proxy import FAULTS, Fault, FaultProxy, Way, proxying
from ..support.serving import Server

PATIENCE: Final = 0.4
"""Seconds after which a silent connection is taken for dead."""

LONG: Final = 60.0  # what takes as long hangs

BATCHES: Final = 6
BATCH: Final = 10
MESSAGES: Final = [f"{number:03} {'x' * 40}" for number in range(BATCHES * BATCH)]

# Where a fault strikes: after so many bytes, in the middle of what is said.
PLACES: Final[dict[str, tuple[Way, int]]] = {"request": ("there", 500), "answer": ("back", 20)}


class Watch:
    """Watches, and comes back with its cursor whenever the connection ends or falls silent."""

    def __init__(self, port: int, token: str, patience: float) -> None:
        self.seen: list[dict[str, Any]] = []
        self.missing = 0
        self.connections = 0
        self.cursor: dict[str, Any] | None = None
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self._address = f"http://127.0.0.1:{port}/api/v1/stream"
        self._token = token
        self._patience = patience
        self._changed = asyncio.Event()

    async def run(self) -> None:
        async with aiohttp.ClientSession() as client:
            while True:
                with suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._connection(client)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONG):
            while not done():
                self._changed.clear()
                await self._changed.wait()

    def is_through(self, seq: int) -> bool:
        return self.cursor is not None and self.cursor["seq"] >= seq

    async def _connection(self, client: aiohttp.ClientSession) -> None:
        watch = {"type": "watch", "token": self._token} | ({"after": self.cursor} if self.cursor else {"backlog": 1000})
        timeout = aiohttp.ClientWSTimeout(ws_close=0.1)
        connecting = client.ws_connect(self._address, timeout=timeout, max_msg_size=2**20)
        async with await asyncio.wait_for(connecting, self._patience) as self.socket:
            await self.socket.send_json(watch)
            while (message := await self.socket.receive(self._patience)).type is aiohttp.WSMsgType.TEXT:
                self._take(message.json())
                self._changed.set()

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "watching":
                self.connections += 1
                self.cursor = self.cursor or {"epoch": message["epoch"], "seq": message["oldest"] - 1}
                assert self.cursor["epoch"] == message["epoch"]
            case "gap":
                assert (message["reason"], message["from"]) == ("overrun", self._next)
                self.missing += message["count"]
                self._go_on(message["to"])
            case "entries":
                assert [entry["seq"] for entry in message["entries"]] == list(range(self._next, message["through"] + 1))
                self.seen += message["entries"]
                self._go_on(message["through"])

    @property
    def _next(self) -> int:
        assert self.cursor is not None
        seq: int = self.cursor["seq"]
        return seq + 1

    def _go_on(self, seq: int) -> None:
        assert self.cursor is not None
        self.cursor = self.cursor | {"seq": seq}

    @property
    def messages(self) -> Counter[str]:
        return Counter(entry["message"] for entry in self.seen)


class Shop:
    """A service, two ways to it that can be broken, and who watches."""

    def __init__(self, server: Server, key: str, service: str, sending: FaultProxy, watching: FaultProxy) -> None:
        self.server = server
        self.key = key
        self.service = service
        self.sending = sending
        self.watching = watching

    @property
    def head(self) -> int:
        return self.server.context.hub.channel(self.service).ring.head

    async def ours(self) -> list[str]:
        """Sends by our middleware, which tries again under the same Idempotency-Key; what has been acknowledged."""

        def impatient(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
            return post(url, headers, body, min(seconds, PATIENCE))

        address = f"http://127.0.0.1:{self.sending.port}/api/v1"
        client = Spectrix(
            self.key, base_url=address, interval=0.0, transport=impatient, jitter=lambda: 0.0, errors=False
        )
        for batch in range(BATCHES):
            for message in MESSAGES[batch * BATCH :][:BATCH]:
                client.info(message)
            async with asyncio.timeout(LONG):
                while not await asyncio.to_thread(client.flush, 2.0):
                    pass  # it has tried once, and tries again
        assert await asyncio.to_thread(client.close, 1.0)
        return MESSAGES

    async def bare(self, patience: float = LONG) -> list[str]:
        """Sends each batch once, with nothing to know it by; what has been acknowledged."""
        acknowledged: list[str] = []
        address = f"http://127.0.0.1:{self.sending.port}/api/v1/ingest/logs"
        timeout = aiohttp.ClientTimeout(total=patience)
        headers = {"Authorization": f"Bearer {self.key}"}
        for number in range(BATCHES):
            messages = MESSAGES[number * BATCH :][:BATCH]
            async with aiohttp.ClientSession(timeout=timeout, headers=headers) as client:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with client.post(address, json={"logs": [{"message": m} for m in messages]}) as answer:
                        assert (await answer.json())["accepted"] == BATCH
                        acknowledged += messages
        return acknowledged


@asynccontextmanager
async def shop(server: Server, patience: float = PATIENCE) -> AsyncIterator[tuple[Shop, Watch]]:
    service = await server.create_service()
    key = await server.create_key(service)
    _, token = await server.create_session(service)
    async with proxying(server.port) as sending, proxying(server.port) as watching:
        watch = Watch(watching.port, token, patience)
        task = asyncio.create_task(watch.run())
        await watch.until(lambda: watch.connections == 1)
        try:
            yield Shop(server, key, service, sending, watching), watch
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("producer", ["ours", "bare"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_between_producer_and_server(
    server: Server, fault: Fault, place: str, producer: Literal["ours", "bare"]
) -> None:
    async with shop(server) as (there, watch):
        way, after = PLACES[place]
        there.sending.arm(way, fault, after)
        acknowledged = await (there.ours() if producer == "ours" else there.bare(patience=1.0))
        assert there.sending.strikes.is_set()
        await watch.until(lambda: watch.is_through(there.head))
        assert (len(watch.seen), watch.missing) == (there.head, 0)
        assert max(watch.messages.values()) == 1, "once, however often it was sent"
        assert set(acknowledged) <= set(watch.messages) <= set(MESSAGES)
        if producer == "ours":
            assert set(watch.messages) == set(MESSAGES)
        else:
            assert len(acknowledged) >= len(MESSAGES) - BATCH, "a fault costs one batch at most"


@pytest.mark.parametrize("place", ["stream", "message", "handshake"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_between_server_and_watcher(server: Server, fault: Fault, place: str) -> None:
    async with shop(server) as (there, watch):
        assert watch.socket is not None
        if place == "stream":
            there.watching.arm("back", fault, 100)
        else:
            there.watching.arm("there", fault, 5 if place == "message" else 50)
            if place == "message":
                await watch.socket.send_json({"type": "filter", "filter": None})
            else:
                await watch.socket.close()
        acknowledged = await there.bare()
        await asyncio.wait_for(there.watching.strikes.wait(), 10)
        await watch.until(lambda: watch.is_through(there.head))
        assert watch.messages == Counter(acknowledged) == Counter(MESSAGES)
        assert (len(watch.seen), watch.missing) == (there.head, 0)


async def test_who_is_cut_off_for_too_long_is_told_how_much_is_missing(serve: Serve, config: Config) -> None:
    server = await serve(replace(config, ring_entries=BATCH * 2))
    async with shop(server, patience=LONG) as (there, watch):
        there.watching.arm("back", "black hole")
        assert await there.bare() == MESSAGES
        assert there.watching.strikes.is_set()
        assert watch.socket is not None
        await watch.socket.close()
        await watch.until(lambda: watch.is_through(there.head))
        assert (len(watch.seen), watch.missing, there.head) == (BATCH * 2, len(MESSAGES) - BATCH * 2, len(MESSAGES))


@pytest.mark.parametrize("fault", FAULTS)
async def test_tail_loses_nothing(server: Server, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_connection, "SILENCE_SECONDS", PATIENCE)
    async with shop(server) as (there, _), proxying(server.port) as proxy:
        printed = Printed()
        async with tailing(replace(server.context.config, port=proxy.port), there.service, printed):
            assert await there.bare() == MESSAGES
            await asyncio.wait_for(printed.until(len(MESSAGES)), LONG)
            proxy.arm("back", fault, 100)
            assert await there.bare() == MESSAGES
            await asyncio.wait_for(printed.until(2 * len(MESSAGES)), LONG)
        assert proxy.strikes.is_set()
        assert (printed.messages, printed.gaps) == (MESSAGES * 2, [])
