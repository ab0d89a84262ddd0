"""Floods by who has no key, or a wrong one: what they cost the server, and the producers beside them."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from spectrix_lite.access import keys
from spectrix_lite.server.admission import PENALIZED_AT_ONCE

from ..support.neighbour import crowd, neighbour, status
from ..support.processes import server
from ..support.weighing import MIB, Weighed, weighed

HEAD = "POST /api/v1/ingest/logs HTTP/1.1\r\nHost: localhost\r\n"


def bomb() -> bytes:
    """A megabyte of gzip that opens to a gibibyte: members that are all the same."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return (packer.compress(bytes(16 * MIB)) + packer.flush()) * 64


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Weighed]:
    async with weighed(tmp_path) as it:
        yield it


@pytest.mark.case(22)
async def test_bombs_without_a_key(it: Weighed) -> None:
    """Refused by their heads, without a look at what they hold: opened, each would hold the loop for a second."""
    body = bomb()
    assert len(body) > 1_000_000
    statuses: Counter[int] = Counter()

    async def throw(authorization: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        head = f"{HEAD}{authorization}Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        try:
            statuses[await status(reader)] += 1
        except (
            ConnectionError,
            asyncio.IncompleteReadError,
        ):  # closed on what is unread, which may overtake the answer
            statuses[0] += 1
        finally:
            writer.transport.abort()

    async with neighbour(it, await it.service()) as producer:
        before = it.resident()
        kinds = count()
        forms = ("", "Authorization: Bearer undefined\r\n", f"Authorization: Bearer {keys.mint().key}\r\n")
        async with asyncio.timeout(60), crowd(40, lambda: throw(forms[next(kinds) % len(forms)])):
            while statuses[401] < 60 or producer.answered < 300:  # with a bomb opened between each two: minutes
                await producer.send(20)
        assert it.resident() - before < 40 * MIB  # what one read brings of each, while its refusal is held up
    assert statuses.keys() <= {401, 0}


@pytest.mark.case(1)
async def test_large_bodies_without_a_key(it: Weighed) -> None:
    """Held up for a second, and nothing of them kept: neither of a body nor of requests sent ahead of their answers."""

    async def refused(*, ahead: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        size = MIB // ahead
        sending = asyncio.create_task(
            send(writer, f"{HEAD}Content-Length: {size}\r\n\r\n".encode() + bytes(size), ahead)
        )
        with suppress(ConnectionError, asyncio.IncompleteReadError):  # closed on what is unread
            assert await status(reader) == 401
        sending.cancel()
        writer.transport.abort()

    async def send(writer: asyncio.StreamWriter, request: bytes, times: int) -> None:
        for _ in range(times):
            writer.write(request)
            await writer.drain()

    await refused(ahead=1)
    for ahead in (1, 3):
        before = it.resident()
        it.forget_peak()
        await asyncio.gather(*(refused(ahead=ahead) for _ in range(PENALIZED_AT_ONCE)))
        assert it.peak() - before < 96 * MIB  # one read of each, all in the same turn of the loop


@pytest.mark.case(32)
async def test_wrong_secrets_under_a_known_id(it: Weighed) -> None:
    """1,000 a second, most of them held up for one: argon2 has been asked once, for the right key."""
    service = await it.service()
    known = service.key[: keys.PREFIX_LENGTH + keys.ID_LENGTH]
    guesses = [known + keys.random_base62(keys.SECRET_LENGTH) for _ in range(1500)]
    statuses: Counter[int] = Counter()
    free = [await asyncio.open_connection("127.0.0.1", it.port) for _ in range(400)]

    async def guess() -> None:
        reader, writer = free.pop(0)
        wrong = guesses.pop()
        writer.write(f"{HEAD}Authorization: Bearer {wrong}{keys.checksum(wrong)}\r\nContent-Length: 0\r\n\r\n".encode())
        statuses[await status(reader)] += 1
        free.append((reader, writer))

    async def flood() -> None:
        loop = asyncio.get_running_loop()
        began, total = loop.time(), len(guesses)
        async with asyncio.TaskGroup() as group:
            while guesses:
                for _ in range(min(len(guesses), int((loop.time() - began) * 1000) - total + len(guesses), len(free))):
                    group.create_task(guess())
                await asyncio.sleep(0.005)

    async with neighbour(it, service) as producer, asyncio.TaskGroup() as group:
        flooding = group.create_task(flood())
        while not flooding.done():
            await producer.send(5)
    assert producer.answered >= 20, "while all others are held up for a second, again and again"
    for _, writer in free:
        writer.close()
    assert statuses == {401: 1500}
    assert re.search(r'^spectrix_argon2_verifications_total\{of="key"\} 1\.0$', await it.metrics(), re.MULTILINE)


@pytest.mark.case(77)
async def test_more_connections_than_descriptors(tmp_path: Path) -> None:
    """Who showed a key keeps its connection: beyond, all are refused at once, with a line a second.

    Those are served, and later there is room again. Of who shows none, the one that was idle longest makes room.
    """
    command = ("bash", "-c", 'ulimit -n 96; exec "$0" -m spectrix_lite "$@"', sys.executable)

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str = "") -> int:
        path, headers = ("/metrics", f"Authorization: Bearer {token}\r\n") if token else ("/healthz", "")
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        return await status(reader)

    token = "metrics-token-of-this-test"
    with server("--metrics-token", token, cwd=tmp_path, command=command) as running:
        began = time.monotonic()
        anonymous = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(96 - 64)]
        assert {await ask(*each) for each in anonymous} == {200}
        open_ones = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(96 - 64)]
        assert {await ask(*each, token=token) for each in open_ones} == {200}
        for reader, writer in anonymous:
            assert await reader.read() == b""
            writer.close()
        for _ in range(100):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await ask(reader, writer)
            writer.close()
        assert await ask(*open_ones[0]) == 200
        for _, writer in open_ones:
            writer.close()
        async with asyncio.timeout(60):
            while True:
                reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
                with suppress(ConnectionError, asyncio.IncompleteReadError):
                    assert await ask(reader, writer) == 200
                    break
                writer.close()
        writer.close()
        running.send(signal.SIGTERM)
        assert await asyncio.to_thread(running.wait) == 0
        said = running.complaints().splitlines()
    made_room = [line for line in said if "closing idle connections" in line]
    refused = [line for line in said if "refusing connections: 32 are open" in line]
    assert len(made_room) + len(refused) == len(said)
    assert all(1 <= len(lines) <= 1 + time.monotonic() - began for lines in (made_room, refused))


@pytest.mark.case(90)
async def test_strangers_that_come_again_as_soon_as_they_are_closed(tmp_path: Path) -> None:
    """More of them than slots: who has a credential gets in between them, and the server says so once a second."""
    command = ("bash", "-c", 'ulimit -n 96; exec "$0" -m spectrix_lite "$@"', sys.executable)
    token = "metrics-token-of-this-test"

    async def ask(path: str, headers: str = "") -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
                statuses[path, await status(reader)] += 1
                await reader.read(1 if path == "/healthz" else 0)  # until it is closed
            finally:
                writer.transport.abort()

    statuses: Counter[tuple[str, int]] = Counter()
    with server("--metrics-token", token, cwd=tmp_path, command=command) as running:
        began = time.monotonic()
        async with asyncio.timeout(60), crowd(100, lambda: ask("/healthz")):
            while statuses["/metrics", 200] < 5:
                await ask("/metrics", f"Authorization: Bearer {token}\r\n")
        running.send(signal.SIGTERM)
        assert await asyncio.to_thread(running.wait) == 0
        said = running.complaints().splitlines()
    assert len(said) <= 2 * (1 + time.monotonic() - began)
    assert all(" connections" in line for line in said)
