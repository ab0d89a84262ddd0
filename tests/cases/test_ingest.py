"""Cases of ingest and its keys, from a producer's socket to a watcher's: what is odd, hostile, or too much."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ..support.serving import Server, check_problem
from ..support.watching import watching
from ..support.weighing import MIB, weighed

PATH = "/api/v1/ingest/logs"
Entry = dict[str, Any]


def bomb(size: int) -> bytes:
    """A gzip body of a thousandth of `size`, which is whole mebibytes."""
    packer, zeros = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(MIB)
    return b"".join([*(packer.compress(zeros) for _ in range(size // MIB)), packer.flush()])


def bearer(key: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **more}


def is_fatal(entry: Entry) -> bool:
    return (entry["level"], entry["metadata"]) == ("error", {"originalLevel": "fatal"})


def is_replaced(entry: Entry) -> bool:
    return bool(entry["message"] == "Thank you \ufffd")


def is_pruned(entry: Entry) -> bool:
    return entry["truncated"] == ["metadata"] and json.dumps(entry["metadata"]).count("{") == 32


def has_null(entry: Entry) -> bool:
    return bool(entry["metadata"] == {"load": None, "most": None})


def has_proto(entry: Entry) -> bool:
    return bool(entry["metadata"] == {"__proto__": {"x": 1}})


def is_cut(entry: Entry) -> bool:
    return entry["truncated"] == ["message"] and len(entry["message"]) == 16 * 1024


def is_named_after_its_endpoint(entry: Entry) -> bool:
    return entry["message"].startswith("GET /aaa") and "endpoint" in entry["truncated"]


def came_just_now(entry: Entry) -> bool:
    arrived, stamp = (datetime.fromisoformat(entry[name]) for name in ("receivedAt", "timestamp"))
    return abs((arrived - stamp).total_seconds()) < 60


def came_from_afar(entry: Entry) -> bool:
    return bool(entry["timestamp"] == "9998-01-01T00:00:00.000Z") and entry["receivedAt"] < "9000"


DEEP = b'{"message":"deep","metadata":' + b'{"a":' * 1000 + b"1" + b"}" * 1000 + b"}"


@pytest.mark.parametrize(
    ("sent", "holds"),
    [
        pytest.param(b'{"level":"fatal","message":"m"}', is_fatal, id="level fatal"),
        pytest.param(rb'{"level":"info","message":"Thank you \ud83d"}', is_replaced, id="lone surrogate"),
        pytest.param(b'{"level":"info","message":"Thank you \xff"}', is_replaced, id="invalid utf-8"),
        pytest.param(DEEP, is_pruned, id="deep"),
        pytest.param(b'{"message":"m","metadata":{"load":NaN,"most":-Infinity}}', has_null, id="no numbers"),
        pytest.param(b'{"message":"m","metadata":{"__proto__":{"x":1}}}', has_proto, id="proto"),
        pytest.param(b'{"level":"info","message":"%b"}' % (b"x" * 1_000_000), is_cut, id="long"),
        pytest.param(
            b'{"message":"","method":"GET","endpoint":"/%b"}' % (b"a" * 3000),
            is_named_after_its_endpoint,
            id="no message",
        ),
        pytest.param(b'{"message":"m"}', came_just_now, id="time missing"),
        pytest.param(b'{"message":"m","timestamp":"yesterday"}', came_just_now, id="time unreadable"),
        pytest.param(b'{"message":"m","timestamp":"9998-01-01T00:00:00Z"}', came_from_afar, id="time far away"),
    ],
)
@pytest.mark.case(8, 9, 10, 11, 12, 13, 14, 15, 16)
async def test_what_is_odd_arrives_and_costs_its_neighbours_nothing(
    sent: bytes, holds: Callable[[Entry], bool], server: Server
) -> None:
    service = await server.create_service()
    key, (_, token) = await server.create_key(service), await server.create_session(service)
    before, after = b'{"level":"info","message":"before"}', b'{"level":"info","message":"after"}'
    async with watching(server, token) as (watcher, _), server.anyone(headers=bearer(key)) as producer:
        async with producer.post(PATH, data=b'{"logs":[%b]}' % b",".join((before, sent, after))) as answer:
            assert await answer.json() == {"accepted": 3, "rejected": 0, "errors": []}
        first, odd, last = await watcher.entries(3)
        assert (first["message"], last["message"]) == ("before", "after")
        assert holds(odd), odd
        async with producer.post(PATH, data=b'{"logs":[%b]}' % after) as answer:
            assert answer.status == 200
        assert [entry["message"] for entry in await watcher.entries(1)] == ["after"]


@pytest.mark.case(21)
async def test_a_bomb_under_a_right_key(tmp_path: Path) -> None:
    body = bomb(256 * MIB)
    async with weighed(tmp_path) as it:
        service = await it.service()
        async with it.client.post(f"{it.api}/ingest/logs", data=b'{"logs":[]}', headers=bearer(service.key)) as answer:
            assert answer.status == 200  # argon2 has had its memory
        before = it.resident()
        it.forget_peak()
        headers = bearer(service.key, **{"Content-Encoding": "gzip"})
        for _ in range(2):
            async with it.client.post(f"{it.api}/ingest/logs", data=body, headers=headers) as answer:
                await check_problem(answer, 413, "too_large")
        assert it.peak() - before < 20 * MIB


async def test_a_large_honest_body_is_opened_whole(server: Server) -> None:
    """What opens to more than a bomb may is opened twice, and its bytes are given back."""
    service = await server.create_service()
    logs = [{"level": "info", "message": f"{number} " + "x" * 1000} for number in range(12_000)]
    packed = zlib.compress(json.dumps({"logs": logs}).encode())
    headers = bearer(await server.create_key(service), **{"Content-Encoding": "deflate"})
    async with server.anyone(headers=headers) as producer, producer.post(PATH, data=packed) as answer:
        assert (await answer.json())["accepted"] == 12_000
    assert server.context.admission.bodies.used == 0


@pytest.mark.case(22)
async def test_a_bomb_without_a_key(server: Server) -> None:
    """Refused by its head, before anything of it has come, let alone been opened."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: {server.host}\r\nAuthorization: Bearer undefined\r\n".encode())
    writer.write(b"Content-Encoding: gzip\r\nContent-Length: 1043656\r\n\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.case(33)
async def test_200_first_uses_at_once(server: Server) -> None:
    service = await server.create_service()
    headers = bearer(await server.create_key(service))
    connector = aiohttp.TCPConnector(limit=200)
    async with aiohttp.ClientSession(server.base_url, connector=connector, headers=headers) as producer:

        async def send() -> int:
            async with producer.post(PATH, data=b'{"logs":[{"message":"m"}]}') as answer:
                return answer.status

        assert await asyncio.gather(*(send() for _ in range(200))) == [200] * 200
    assert server.context.authority.verifications()["key"] == 1
    assert server.context.hub.stats(service).head == 200
