"""Sockets by the thousand that do nothing, and a hundred that do not read."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from ..cases.test_stream import UPGRADE, frame, raw_watcher
from ..support.neighbour import crowd, neighbour
from ..support.scale import scaled
from ..support.watching import until
from ..support.weighing import MIB, Watched, Weighed, room_for_sockets, weighed
from .conftest import Measured

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

A_SERVICE = 100
"""As many watchers as a service may have."""

HALF = scaled(5_000, 500, A_SERVICE)


class Idle(asyncio.Protocol):
    """Sends one thing and waits; of a WebSocket it answers the pings, as every client does."""

    def __init__(self, *sent: bytes, answer: bytes) -> None:
        self._sent = sent
        self._answer = answer
        self._transport: asyncio.Transport | None = None
        self.answered = asyncio.Event()
        self.heard = b""
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"".join(self._sent))

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self.heard += data
        if self._answer in self.heard:
            self.answered.set()
        if b"\x89\x00" in data:
            self._transport.write(frame(0x8A, b""))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def close(self) -> None:
        assert self._transport is not None
        self._transport.abort()


async def gather_idle(it: Weighed, count: int, *sent: bytes, answer: bytes) -> list[Idle]:
    """`count` of them that have sent `sent` and heard `answer`."""
    loop = asyncio.get_running_loop()
    found: list[Idle] = []
    for _ in range(0, count, A_SERVICE):
        some = [
            loop.create_connection(lambda: Idle(*sent, answer=answer), "127.0.0.1", it.port) for _ in range(A_SERVICE)
        ]
        found += [protocol for _, protocol in await asyncio.gather(*some)]
        async with asyncio.timeout(60):
            await asyncio.gather(*(each.answered.wait() for each in found[-A_SERVICE:]))
    return found


def watch(token: str) -> bytes:
    return frame(0x81, json.dumps({"type": "watch", "token": token}).encode())


@pytest.mark.case(74)
async def test_ten_thousand_idle_sockets(tmp_path: Path, measured: Measured) -> None:
    """Half of them kept alive, half of them watchers, through two heartbeats; then all of it is given back."""
    room_for_sockets(2 * HALF)
    async with weighed(tmp_path) as it:
        health = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        idle = await gather_idle(it, HALF, health, answer=b'"ok"')
        services = [await it.service(f"Service {number}") for number in range(HALF // A_SERVICE)]
        for service in services:
            idle += await gather_idle(it, A_SERVICE, UPGRADE, watch(service.token), answer=b'"watching"')
        await until(lambda: all(each.heard.count(b'"heartbeat"') >= 2 for each in idle[HALF:]), seconds=60)
        assert sum(each.lost for each in idle) == 0
        measured("Resident memory with 10,000 idle sockets, half of them watchers", it.resident(), 250 * MIB)
        async with neighbour(it, services[0]) as producer:
            await producer.send(20)
        for each in idle:
            each.close()

        async def open_sockets() -> int:
            return int(float((await it.metrics()).partition("\nprocess_open_fds ")[2].split("\n")[0]))

        async with asyncio.timeout(60):
            while await open_sockets() > 100:
                pass


@pytest.mark.case(75)
async def test_a_hundred_watchers_that_do_not_read(tmp_path: Path, measured: Measured) -> None:
    """Under load they cost 64 MiB at most and nobody's time, until they are gone after half a minute."""
    entry = {"level": "info", "message": "GET /api/users", "metadata": {"x": "x" * 300}}
    batch = json.dumps({"logs": [entry] * 50}).encode()
    async with weighed(tmp_path) as it:
        service = await it.service()

        async def load() -> None:
            headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}
            async with it.client.post(f"{it.api}/ingest/logs", data=batch, headers=headers) as answer:
                assert answer.status == 200
            await asyncio.sleep(0.05)  # two of them: 2,000 entries a second

        async with neighbour(it, await it.service("Another")) as other, crowd(2, load), AsyncExitStack() as silent:
            async with asyncio.timeout(60):
                while (await stats(it, service))["oldest"] == 1:
                    await other.send(50)
            before, served = it.resident(), other.answered
            it.forget_peak()
            watchers = scaled(100, 10)
            for _ in range(watchers):
                await silent.enter_async_context(raw_watcher(it.port, service.token))
            assert (await stats(it, service))["watchers"] == watchers
            async with asyncio.timeout(150):  # half a minute after their sockets are full, which takes some of the load
                while (await stats(it, service))["watchers"]:
                    await other.send(50)
            assert other.answered - served >= 1000, "in half a minute"
            measured("100 watchers that never read, at 2,000 entries/s: memory added", it.peak() - before, 64 * MIB)


async def stats(it: Weighed, service: Watched) -> dict[str, Any]:
    async with it.client.get(f"{it.api}/services/{service.id}") as answer:
        found: dict[str, Any] = (await answer.json())["stats"]
        return found
