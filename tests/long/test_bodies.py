"""Bodies as large as they come: more of them than there may be, and one that a whole outage has filled."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from ..support.neighbour import neighbour, status
from ..support.scale import scaled
from ..support.weighing import MIB, weighed
from .conftest import Measured

BUDGET = 256 * MIB

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]


def backlog(entries: int) -> bytes:
    """What the middleware sends after an outage that has filled its buffer with so many."""
    entry = {
        "timestamp": "2026-05-14T10:30:00.000Z",
        "level": "info",
        "message": "GET /api/users/42/orders — ✓",  # with what is not ASCII, for it is read as UTF-8 first
        "source": "api",
        "endpoint": "/api/users/42/orders",
        "method": "GET",
        "statusCode": 200,
        "metadata": {"requestId": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "duration": 12.5, "user": "u-" + "4" * 60},
    }
    one = json.dumps(entry, ensure_ascii=False).encode()
    return b'{"logs":[' + b",".join([one] * entries) + b"]}"


def post(key: str, size: int) -> bytes:
    head = f"POST /api/v1/ingest/logs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n".encode()


@pytest.mark.case(78)
async def test_a_hundred_large_bodies_at_once(tmp_path: Path, measured: Measured) -> None:
    """Two gigabytes on the way: as many are taken as the budget has room for, the rest is told to come again."""
    body = backlog(20 * MIB // len(backlog(1)))
    answers: Counter[int] = Counter()
    async with weighed(tmp_path) as it:
        service = await it.service()

        async def send() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(post(service.key, len(body)))
            for start in range(0, len(body), MIB):
                writer.write(body[start : start + MIB])
                await writer.drain()
            answers[await status(reader, 120)] += 1
            writer.transport.abort()

        async with neighbour(it, service) as producer:
            before = it.resident()
            it.forget_peak()
            await asyncio.gather(*(send() for _ in range(scaled(100, 30))))
            # Beside the bodies: one that is read, with its entries, and what the refused still have to say.
            measured("100 bodies of 20 MB at once: memory added", it.peak() - before, 3 * BUDGET)
            assert answers.keys() == {200, 503}
            assert answers[200] >= BUDGET // len(body) // 2
            await producer.send(20)
            await send()
            assert answers[200] > BUDGET // len(body) // 2
        assert "\nspectrix_ingest_inflight_bytes 0.0\n" in await it.metrics()


@pytest.mark.case(79)
async def test_a_middleware_comes_back_with_its_whole_buffer(tmp_path: Path) -> None:
    """The seed's has 125,700 entries when it dies. Read in a thread, and appended in slices, they hold nobody up."""
    body = backlog(125_700)
    assert len(body) > 41_000_000
    times = scaled(3, 1)
    async with weighed(tmp_path) as it:
        service = await it.service()
        async with neighbour(it, service):
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            held = [await it.held_longer(0.25)]
            for _ in range(times):
                writer.write(post(service.key, len(body)))
                writer.write(body)
                assert await status(reader, 60) == 200
                held.append(await it.held_longer(0.25))
            writer.transport.abort()
        assert held[-1] == held[0], await it.held()
        async with it.client.get(f"{it.api}/services/{service.id}") as answer:
            assert (await answer.json())["stats"]["head"] == times * 125_700 + 1
