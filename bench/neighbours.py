"""What a producer waits for its answers beside others who do what is wrong, and how often the loop is held meanwhile.

    python -m bench.neighbours [--seconds 4] [--write]

One small batch at a time, with a key that the server knows, alone and beside each of the others, on one server. How
often a turn of the loop took over 50 ms is the server's own count. `--write` puts the table into bench/neighbours.md;
it ends with 1 where the producer waits longer than it may.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import secrets
import sys
import urllib.request
import zlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count, cycle
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp

from spectrix_lite.access import keys

from .figures import percentile
from .floor import PATH
from .load import source
from .processes import cores, pinned
from .queries import DEAREST
from .scene import Scene, Service, scene
from .traffic import batch

TABLE: Final = Path(__file__).parent / "neighbours.md"
MIB: Final = 1024 * 1024
RING_ENTRIES: Final = 20_000
BACKLOG_ENTRIES: Final = 125_700
"""What the seed's middleware has kept when it gives up, and may send at once."""

ALONE: Final = "nobody"

_PAUSE_SECONDS: Final = 0.005
_LONG_TURN: Final = "0.05"
_BUCKET: Final = re.compile(r'^spectrix_loop_lag_seconds_bucket\{le="([^"]+)"\} (\d+)', re.MULTILINE)


class Place(NamedTuple):
    """Where it plays: the server, and the service that the others have to do with."""

    port: int
    victim: Service


class Row(NamedTuple):
    """Milliseconds of waiting; `held` counts turns of the loop over 50 ms, and `most` is what the p99 may be."""

    beside: str
    answers: int
    p50: float
    p99: float
    longest: float
    held: int
    most: float


Others = Callable[[Place], Coroutine[None, None, None]]
"""Do what they do until they are cancelled."""


async def nobody(place: Place) -> None:
    await asyncio.Event().wait()


async def bombs(place: Place) -> None:
    """Forty throw a megabyte of gzip that would open to a gibibyte, without a key or with one that is none."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = (packer.compress(bytes(16 * MIB)) + packer.flush()) * 64
    kinds = cycle(("", "Authorization: Bearer undefined\r\n", f"Authorization: Bearer {keys.mint().key}\r\n"))

    async def throw() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        try:
            head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{next(kinds)}Content-Encoding: gzip\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            with suppress(ConnectionError, asyncio.IncompleteReadError):  # closed on what is unread
                await _answer(reader)
        finally:
            writer.transport.abort()

    await _crowd(40, throw)


async def guesses(place: Place) -> None:
    """Four hundred connections with wrong secrets under a known id, a thousand a second at most."""
    known = place.victim.key[: keys.PREFIX_LENGTH + keys.ID_LENGTH]

    async def guess() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    wrong = known + keys.random_base62(keys.SECRET_LENGTH)
                    writer.write(_head(wrong + keys.checksum(wrong), 0))
                    await _answer(reader)
                    await asyncio.sleep(0.4)
        finally:
            writer.transport.abort()

    await _crowd(400, guess)


async def silent_watchers(place: Place) -> None:
    """A hundred watchers read nothing, while their service gets 2,000 entries a second."""
    async with aiohttp.ClientSession() as client, source(place.port, place.victim.key, batch(50)) as load:

        async def watch() -> None:
            async with client.ws_connect(f"http://127.0.0.1:{place.port}/api/v1/stream", autoping=False) as socket:
                await socket.send_json({"type": "watch", "token": place.victim.token})
                assert socket._response.connection is not None
                socket._response.connection.transport.pause_reading()  # type: ignore[union-attr]  # it is connected
                await asyncio.Event().wait()

        async with asyncio.TaskGroup() as group:
            for _ in range(100):
                group.create_task(watch())
            while True:
                await load.run(1.0, 40)


async def dear_filters(place: Place) -> None:
    """Four who watch a full ring change to another of the dearest queries twenty times a second."""
    numbers = count()
    async with aiohttp.ClientSession() as client:

        async def change() -> None:
            async with client.ws_connect(f"http://127.0.0.1:{place.port}/api/v1/stream") as socket:
                await socket.send_json({"type": "watch", "token": place.victim.token})
                reading = asyncio.create_task(_read(socket))
                with suppress(ConnectionError):
                    for _ in range(20):
                        query = DEAREST[next(numbers) % len(DEAREST)]
                        await socket.send_json({"type": "filter", "filter": {"q": query}})
                        await asyncio.sleep(0.055)
                await socket.close()
                await reading

        await _crowd(4, change)


async def backlog(place: Place) -> None:
    """One sends 40 MB, again and again."""
    entry = {"level": "info", "message": "GET /api/users/17 answered 200", "metadata": {"ms": 12, "x": "x" * 230}}
    body = json.dumps({"logs": [entry] * BACKLOG_ENTRIES}, separators=(",", ":")).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    try:
        while True:
            writer.write(_head(place.victim.key, len(body)))
            writer.write(body)
            assert await _answer(reader) == 200
    finally:
        writer.transport.abort()


SCENES: Final[tuple[tuple[str, Others, float], ...]] = (
    (ALONE, nobody, 20),
    ("bombs without a key", bombs, 50),
    ("wrong secrets under a known id", guesses, 50),
    ("100 watchers that do not read, 2,000 entries/s", silent_watchers, 100),
    ("dear filters, changed 80 times a second", dear_filters, 100),
    ("a body of 40 MB after the other", backlog, 100),
)
"""Beside whom, what those do, and for how many ms the producer may wait at the 99th percentile."""


async def measure(
    server: Scene, token: str, seconds: float, scenes: Sequence[tuple[str, Others, float]] = SCENES
) -> list[Row]:
    """Each scene for so long, one after the other; `token` is that of the server's /metrics."""
    place, own = Place(server.port, server.service("Victim")), server.service("Neighbour")
    async with source(place.port, place.victim.key, batch(200)) as load:
        while load.sent * 200 < RING_ENTRIES:
            await load.run(0.2)
    found = []
    for beside, others, most in scenes:
        before = _held(server.port, token)
        doing = asyncio.create_task(others(place))
        try:
            await asyncio.sleep(0.5)
            waits = await _waits(server.port, own.key, seconds)
            if doing.done():
                await doing
        finally:
            doing.cancel()
            with suppress(asyncio.CancelledError):
                await doing
        p50, p99 = (1000 * percentile(waits, share) for share in (0.5, 0.99))
        held = _held(server.port, token) - before
        found.append(Row(beside, len(waits), p50, p99, 1000 * max(waits), held, most))
    return found


async def _waits(port: int, key: str, seconds: float) -> list[float]:
    """In seconds, of one after the other."""
    body = b'{"logs":[{"level":"info","message":"GET /api/users","statusCode":200}]}'
    request, loop = _head(key, len(body)) + body, asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    waits: list[float] = []
    try:
        end = loop.time() + seconds
        while (began := loop.time()) < end:
            writer.write(request)
            assert await _answer(reader) == 200
            waits.append(loop.time() - began)
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        writer.transport.abort()
    return waits


def _head(key: str, size: int) -> bytes:
    who = f"Host: localhost\r\nAuthorization: Bearer {key}\r\n"
    return f"POST {PATH} HTTP/1.1\r\n{who}Content-Length: {size}\r\n\r\n".encode()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
    return int(head.split(b" ")[1])


async def _read(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


async def _crowd(size: int, member: Callable[[], Coroutine[None, None, None]]) -> None:
    async def again() -> None:
        while True:
            await member()

    async with asyncio.TaskGroup() as group:
        for _ in range(size):
            group.create_task(again())


def _held(port: int, token: str) -> int:
    """How many turns of the server's loop have taken longer than 50 ms."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310  the server that was started here
        up_to = dict(_BUCKET.findall(answer.read().decode()))
    return int(up_to["+Inf"]) - int(up_to[_LONG_TURN])


@contextmanager
def measured_server() -> Iterator[tuple[Scene, str]]:
    """With a ring for the dear filters, and the token of its /metrics."""
    own, token = cores(), secrets.token_urlsafe()
    flags = ["--ring-entries", str(RING_ENTRIES), "--ring-bytes", str(64 * MIB), "--metrics-token", token]
    with pinned(own and own[1]), scene(flags=flags) as server:
        yield server, token


def table(found: list[Row]) -> str:
    lines = [
        "| beside | answers | p50 ms | p99 ms | at most | longest ms | × alone, p99 | turns over 50 ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in found:
        times = row.p99 / found[0].p99
        lines.append(
            f"| {row.beside} | {row.answers:,} | {row.p50:.1f} | {row.p99:.1f} | {row.most:g} | {row.longest:.0f} "
            f"| {times:.1f} | {row.held} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with measured_server() as (server, token):
        found = asyncio.run(measure(server, token, chosen.seconds))
    written = table(found)
    print(written)
    if chosen.write:
        about = (__doc__ or "").partition("\n")[0]
        TABLE.write_text(f"# Neighbours\n\n{about} `python -m bench.neighbours --write`.\n\n{written}\n", "utf-8")
    return any(row.p99 > row.most for row in found)


if __name__ == "__main__":
    sys.exit(main())
