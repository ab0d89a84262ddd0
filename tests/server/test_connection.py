"""the fast path of usual requests, seen from outside: nobody can tell which way a request went."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from spectrix_lite.access.authority import KeyGrant
from spectrix_lite.core.errors import InvalidKey
from spectrix_lite.server.connection import front_door, http_handler

from ..support.serving import Server
from ..support.watching import until


@dataclass
class Line:
    """One raw connection to a server, and a key of its service."""

    server: Server
    service_id: str
    key: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def post(self, body: bytes, *headers: str, key: str | None = None) -> bytes:
        lines = (
            "POST /api/v1/ingest/logs HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {key or self.key}",
            f"Content-Length: {len(body)}",
            *headers,
        )
        return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body

    def batch(self, *messages: str, **options: str) -> bytes:
        return self.post(json.dumps({"logs": [{"level": "info", "message": m} for m in messages]}).encode(), **options)

    async def answer(self) -> tuple[int, dict[str, object]]:
        async with asyncio.timeout(60):
            head = await self.reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            return int(head.split(b" ")[1]), json.loads(await self.reader.readexactly(size))

    def messages(self) -> list[str]:
        return [json.loads(entry)["message"] for entry in self.server.held(self.service_id)]

    async def verify(self) -> None:
        """After this the key is known, so that the next plain request can go the fast path."""
        await self.server.context.authority.verify_key(self.key)


@pytest.fixture
async def line(server: Server) -> AsyncIterator[Line]:
    service_id = await server.create_service()
    key = await server.create_key(service_id)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield Line(server, service_id, key, reader, writer)
    writer.close()


TAKEN = {"accepted": 1, "rejected": 0, "errors": []}


async def test_the_first_use_of_a_key_and_the_next_ones(line: Line) -> None:
    for message in ("cold", "warm", "warm again"):
        line.writer.write(line.batch(message))
        assert await line.answer() == (200, TAKEN)
    assert line.messages() == ["cold", "warm", "warm again"]


async def test_the_answer_is_complete_http(line: Line) -> None:
    await line.verify()
    line.writer.write(line.batch("a"))
    head = (await line.reader.readuntil(b"\r\n\r\n")).decode()
    assert head.startswith("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: spectrix-lite\r\nDate: ")
    assert " GMT\r\nContent-Length: 39\r\n\r\n" in head


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_a_request_in_pieces(line: Line, size: int) -> None:
    """However the network cuts it: in the head, then aiohttp has it; in the body, it is waited for."""
    await line.verify()
    request = line.batch("in pieces")
    for start in range(0, len(request), size):
        line.writer.write(request[start : start + size])
        await line.writer.drain()
        await asyncio.sleep(0)
    assert await line.answer() == (200, TAKEN)
    assert line.messages() == ["in pieces"]


async def test_a_body_that_comes_after_its_head(line: Line) -> None:
    """As Node's fetch writes it. What is held is counted, and given back."""
    await line.verify()
    for message in ("one", "two"):
        head, _, body = line.batch(message).partition(b"\r\n\r\n")
        line.writer.write(head + b"\r\n\r\n")
        await until(lambda: line.server.context.admission.bodies.used > 0)
        line.writer.write(body)
        assert await line.answer() == (200, TAKEN)
        assert line.server.context.admission.bodies.used == 0
    assert line.messages() == ["one", "two"]


async def test_a_body_that_takes_its_time_is_aiohttps(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "REST_SECONDS", 0.2)
    await line.verify()
    head, _, body = line.batch("late").partition(b"\r\n\r\n")
    line.writer.write(head + b"\r\n\r\n" + body[:5])
    admission = line.server.context.admission
    await until(lambda: admission.bodies.used == len(head) + 4 + len(body))
    await until(lambda: admission.bodies.used < len(head))
    line.writer.write(body[5:])
    assert await line.answer() == (200, TAKEN)
    line.writer.write(line.batch("next"))
    assert await line.answer() == (200, TAKEN)
    assert line.messages() == ["late", "next"]


@pytest.mark.case(27)
async def test_who_leaves_in_the_body_gives_back_what_was_held(line: Line) -> None:
    await line.verify()
    line.writer.write(line.batch("never")[:-5])
    bodies = line.server.context.admission.bodies
    await until(lambda: bodies.used > 0)
    line.writer.transport.abort()
    await until(lambda: bodies.used == 0)
    assert await line.server.context.in_flight.wait_idle(0.1)
    assert line.messages() == []


async def test_requests_that_come_together(line: Line) -> None:
    """Plain ones, one that is not, and plain ones behind it: answered in order, each once."""
    await line.verify()
    other = line.post(b'{"logs": [{"message": "b", "custom": 1}]}', "Idempotency-Key: k")
    line.writer.write(line.batch("a1") + line.batch("a2") + other + line.batch("c1") + line.batch("c2"))
    for _ in range(5):
        assert await line.answer() == (200, TAKEN)
    assert line.messages() == ["a1", "a2", "b", "c1", "c2"]


async def test_one_that_needs_a_closer_look_is_lent(line: Line) -> None:
    """Its neighbours go the fast path; the order stays."""
    await line.verify()
    mended = line.post(b'{"logs": [{"level": "FATAL", "msg": "b"}]}')
    for request in (line.batch("a"), mended, line.batch("c"), mended, mended, line.batch("d")):
        line.writer.write(request)
        assert await line.answer() == (200, TAKEN)
    assert line.messages() == ["a", "b", "c", "b", "b", "d"]


async def test_what_comes_before_the_answer_waits(line: Line) -> None:
    """A second request while aiohttp still has the first."""
    mended = line.post(b'{"logs": [{"level": "FATAL", "msg": "b"}]}')
    line.writer.write(mended)
    await asyncio.sleep(0)
    line.writer.write(line.batch("c"))
    line.writer.write(line.batch("d"))
    for _ in range(3):
        assert await line.answer() == (200, TAKEN)
    assert line.messages() == ["b", "c", "d"]


async def test_refusals_are_the_same(line: Line) -> None:
    await line.verify()
    line.writer.write(line.batch("a", key="undefined"))
    status, problem = await line.answer()
    assert (status, problem["code"]) == (401, "invalid_key")
    line.writer.write(line.post(b'{"no json'))
    status, problem = await line.answer()
    assert (status, problem["code"]) == (400, "invalid_json")
    assert line.messages() == []


@pytest.mark.case(34)
async def test_a_key_that_is_revoked_meanwhile(line: Line) -> None:
    """Also on a connection that is open, and while a body is on its way."""
    await line.verify()
    line.writer.write(line.batch("a"))
    assert await line.answer() == (200, TAKEN)
    head, _, body = line.batch("b").partition(b"\r\n\r\n")
    line.writer.write(head + b"\r\n\r\n")
    await until(lambda: line.server.context.admission.bodies.used > 0)
    await line.server.context.authority.revoke_stream_key(line.service_id, line.key[12:22])
    line.writer.write(body)
    status, problem = await line.answer()
    assert (status, problem["code"]) == (401, "invalid_key")
    assert line.messages() == ["a"]


@pytest.mark.case(80)
async def test_a_stop_takes_the_body_that_is_on_its_way(line: Line) -> None:
    await line.verify()
    head, _, body = line.batch("just in time").partition(b"\r\n\r\n")
    line.writer.write(head + b"\r\n\r\n")
    await until(lambda: line.server.context.admission.bodies.used > 0)
    closing = asyncio.create_task(line.server.listener.close())
    await until(lambda: line.server.context.in_flight.draining)
    line.writer.write(body)
    assert await line.answer() == (200, TAKEN)
    await closing


async def test_a_connection_that_is_used_is_not_idle(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp's own clock for idle connections is told of what goes the fast path."""
    monkeypatch.setattr(front_door, "HEADER_SECONDS", 0.01)
    await line.verify()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.server.port)
    writer.write(line.batch("a"))
    await asyncio.wait_for(reader.readuntil(b"}"), 10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(), 0.05)
    writer.close()


async def test_a_refused_body_that_comes_late_costs_no_connection(line: Line) -> None:
    """Many clients send head and body apart: what they would read of a connection that is closed is a reset."""
    head, _, body = line.batch("refused", key="undefined").partition(b"\r\n\r\n")
    line.writer.write(head + b"\r\n\r\n")
    assert (await line.answer())[0] == 401
    line.writer.write(body + line.batch("taken"))
    assert await line.answer() == (200, TAKEN)
    assert line.messages() == ["taken"]


@pytest.mark.parametrize(("size", "seconds"), [(5, 0.01), (http_handler.SMALL_BODY + 1, 3600.0)])
async def test_a_refused_body_that_never_comes_or_is_large_is_left(
    line: Line, size: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_handler, "LATE_SECONDS", seconds)
    request = line.post(b"x" * size, key="undefined")
    line.writer.write(request[: request.index(b"\r\n\r\n") + 4])
    assert (await line.answer())[0] == 401
    assert await asyncio.wait_for(line.reader.read(), 10) == b""


async def test_what_comes_ahead_of_an_answer_waits_in_the_socket(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but a request or two: else their bodies were memory that is in no budget."""
    answering = asyncio.Event()

    async def verify(key: str) -> KeyGrant:
        await answering.wait()
        raise InvalidKey

    monkeypatch.setattr(line.server.context.authority, "verify_key", verify)
    line.writer.write(line.post(bytes(100_000)) * 40)
    server = line.server.listener._runner.server
    assert server is not None
    await until(lambda: len(server.connections) == 1)
    (served,) = server.connections
    assert isinstance(served, http_handler.HttpHandler)
    await until(lambda: served.transport is not None and not served.transport.is_reading())
    assert sum(body.total_bytes for _, body in served._messages) + sum(map(len, served._ahead)) < 500_000
    answering.set()
    for _ in range(40):
        assert (await line.answer())[0] == 401
