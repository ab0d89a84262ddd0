"""Filters that cost as much as a filter may: the real server, a full ring, several holders of a share link."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ..support.neighbour import crowd
from ..support.weighing import MIB, Watched, Weighed, weighed

ENTRIES = 20_000
"""Twice as many as a ring holds by default: some of the queries are too dear then, whatever else the machine does."""


def many(term: str, most: int = 64) -> str:
    """As many of them, numbered, as a query may have: 64 within 1,024 characters."""
    terms = [term.replace("N", str(number)) for number in range(most)]
    while len(query := " OR ".join(terms)) > 1024:
        terms.pop()
    return query


DEAR = [
    many("metadata.kN=z"),
    many("/a.*Nq/"),
    many("metadata.kN:/z/", 50),
    many("/.*z.*Nq/", 10),
    many("metadata.xN:z"),
    "/(?:[^q]{0,31}){0,32}zq/",
    many("nowhereN"),
    many("/a.*Nq/", 18),
]
"""Queries that match nothing, among the dearest that are taken, and two of those that were taken once."""


def logs(first: int, count: int) -> bytes:
    """Every hundredth is an error."""
    metadata = {f"k{i}": f"v{i}" for i in range(64)}
    entries = [
        {"level": "info" if i % 100 else "error", "message": f"GET /api/users/{i} is late", "metadata": metadata}
        for i in range(first, first + count)
    ]
    return json.dumps({"logs": entries}).encode()


async def send(it: Weighed, service: Watched, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {service.key}"}
    async with it.client.post(f"{it.api}/ingest/logs", data=body, headers=headers) as answer:
        assert answer.status == 200


async def share(it: Weighed, service: Watched) -> str:
    """The token of a share link."""
    async with it.client.post(f"{it.api}/services/{service.id}/sessions", json={"kind": "share"}) as answer:
        made: dict[str, str] = await answer.json()
        return made["token"]


def stream(it: Weighed) -> AbstractAsyncContextManager[aiohttp.ClientWebSocketResponse]:
    return it.client.ws_connect(f"{it.api}/stream", origin=f"http://127.0.0.1:{it.port}")


class Holder:
    """One who holds a share link and asks for dear filters as often as may be; `told` counts what is answered."""

    def __init__(self, it: Weighed, token: str, number: int) -> None:
        self.told: Counter[str] = Counter()
        self._it = it
        self._token = token
        self._number = number

    async def round(self) -> None:
        """A connection: with a dear filter from the beginning, or without one, and then twenty changes a second."""
        query = DEAR[self._number % len(DEAR)]
        self._number += 1
        watch: dict[str, Any] = {"type": "watch", "token": self._token}
        if self._number % 2:
            watch["filter"] = {"q": query}
        async with stream(self._it) as socket:
            await socket.send_json(watch)
            reading = asyncio.create_task(self._read(socket))
            for at in range(20):
                await asyncio.sleep(0.055)
                with suppress(ConnectionError):
                    await socket.send_json({"type": "filter", "filter": {"q": DEAR[at % len(DEAR)]}})
            await socket.close()
            await reading

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            told = json.loads(message.data)
            self.told[told.get("code", told["type"])] += 1
        if socket.close_code == 4400:
            self.told["filter_too_dear"] += 1


@asynccontextmanager
async def others(it: Weighed) -> AsyncIterator[list[int]]:
    """Asks for `/healthz` every 50 ms; the answers."""
    answers: list[int] = []

    async def ask() -> None:
        async with it.client.get(f"http://127.0.0.1:{it.port}/healthz") as answer:
            answers.append(answer.status)
        await asyncio.sleep(0.05)

    async with crowd(1, ask):
        yield answers


@pytest.mark.case(87)
async def test_dear_filters_hold_nobody_up(tmp_path: Path) -> None:
    """Nor does one turn of the loop take a quarter of a second, which is many times its slice and the dearest entry."""
    async with weighed(tmp_path, "--ring-entries", str(ENTRIES), "--ring-bytes", str(64 * MIB)) as it:
        service = await it.service()
        for first in range(0, ENTRIES, 200):
            await send(it, service, logs(first, 200))
        token = await share(it, service)
        holders = [Holder(it, token, number) for number in range(4)]
        before = await it.held_longer(0.25)
        async with stream(it) as tail, others(it) as answers:
            asked = {"backlog": 5, "filter": {"q": "level:error"}}
            await tail.send_json({"type": "watch", "token": service.token, **asked})
            assert (await tail.receive_json(timeout=60))["type"] == "watching"
            tasks = [asyncio.create_task(holder.round()) for holder in holders]
            through, errors = 0, 0
            for number in range(40):
                await send(it, service, logs(ENTRIES + number * 100, 100))
                while through < ENTRIES + number * 100 + 1:
                    message = await tail.receive_json(timeout=60)
                    assert message["type"] == "entries", message
                    through = message["through"]
                    errors += len(message["entries"])
            assert errors == 45
            async with asyncio.timeout(120):
                while len(answers) < 40 or sum(holder.told["filter_too_dear"] for holder in holders) < 3:
                    await asyncio.gather(*tasks)
                    tasks = [asyncio.create_task(holder.round()) for holder in holders]
        assert await it.held_longer(0.25) == before, await it.held()
        assert set(answers) == {200}
        it.process.send(signal.SIGTERM)
        assert await asyncio.to_thread(it.process.wait) == 0
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
