"""Batches as bytes, in the forms that clients send them, and raw connections that count what is answered."""

from __future__ import annotations

import asyncio
import gzip
import importlib.util
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config

from .serving import Server, serving

SECONDS: Final = 60.0
"""After this long an answer does not come any more."""

LINE: Final = "POST /api/v1/ingest/logs HTTP/1.1\r\n"
FORMS: Final = ("node", "plain", "header", "chunked", "gzip")
KINDS: Final = ("usual", "lenient", "many")
_MANY: Final = 520  # more than are taken in one turn of the loop

Loop = Callable[[], asyncio.AbstractEventLoop]


def loops() -> dict[str, Loop]:
    """The loops that the server may run on: uvloop where it is installed, as the program does."""
    found: dict[str, Loop] = {"asyncio": asyncio.new_event_loop}
    if importlib.util.find_spec("uvloop") is not None:
        import uvloop

        found["uvloop"] = uvloop.new_event_loop
    return found


def on(loop: Loop, test: Coroutine[Any, Any, None]) -> None:
    """Runs a test on a loop of its own."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(test)


@cache
def batch(kind: str, size: int) -> tuple[bytes, int]:
    """A body of `size` bytes, and how many entries it has; of the kind `many` there is none below 16 KiB."""
    count = _MANY if kind == "many" else max(1, min(400, size // 2048))
    entries = [{"level": "info", "message": ""} for _ in range(count)]
    if kind == "lenient":
        entries[-1] = {"level": "FATAL", "msg": ""}
    room, left = divmod(size - len(_body(entries)), count)
    for entry in entries:
        entry["msg" if "msg" in entry else "message"] = "x" * room
    entries[0]["msg" if "msg" in entries[0] else "message"] += "x" * left
    body = _body(entries)
    assert len(body) == size
    return body, count


def _body(entries: list[dict[str, str]]) -> bytes:
    return json.dumps({"logs": entries}, separators=(",", ":")).encode()


@cache
def _zipped(body: bytes) -> bytes:
    return gzip.compress(body, 1)


def request(form: str, key: str, body: bytes) -> tuple[bytes, bytes]:
    """Head and body of a request. Only `node` is written in two pieces, see `send`."""
    lines = [f"Authorization: Bearer {key}", "Host: localhost", "Content-Type: application/json"]
    if form == "node":
        lines += ["connection: keep-alive", "accept: */*", "accept-language: *", "sec-fetch-mode: cors"]
        lines += ["user-agent: node", "accept-encoding: gzip, deflate"]
    elif form == "header":
        lines.append("X-Request-Id: 1")
    elif form == "gzip":
        body = _zipped(body)
        lines.append("Content-Encoding: gzip")
    if form == "chunked":
        lines.append("Transfer-Encoding: chunked")
        parts = (body[start : start + 50_000] for start in range(0, len(body), 50_000))
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {len(body)}")
    return (LINE + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode(), body


class Answer(NamedTuple):
    """Its status, and its body, read where it is JSON; 0 where the connection ended before it."""

    status: int
    body: Any = b""


class Raw:
    """One connection. Every wait has a deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        """Each part by itself, as far as the kernel lets one see that."""
        for part in parts:
            self._writer.write(part)
            async with asyncio.timeout(SECONDS):
                await self._writer.drain()

    async def post(self, form: str, key: str, body: bytes) -> None:
        head, sent = request(form, key, body)
        await self.send(*((head, sent) if form == "node" else (head + sent,)))

    def half_close(self) -> None:
        self._writer.write_eof()

    async def answer(self) -> Answer:
        try:
            async with asyncio.timeout(SECONDS):
                head = await self._reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                body = await self._reader.readexactly(size)
        except (ConnectionError, asyncio.IncompleteReadError):
            return Answer(0)
        return Answer(int(head.split(b" ")[1]), json.loads(body) if b"json" in head else body)

    async def rest(self) -> bytes:
        """What comes until the server ends the connection."""
        async with asyncio.timeout(SECONDS):
            return await self._reader.read()

    def close(self) -> None:
        self._writer.transport.abort()


@dataclass
class Target:
    """A server with one service, and keys of it that were never used or just verified."""

    server: Server
    service_id: str
    warm: bool

    async def key(self) -> str:
        key = await self.server.create_key(self.service_id)
        if self.warm:
            await self.server.context.authority.verify_key(key)
        return key

    def taken(self) -> int:
        """How many entries have been, in all."""
        return self.server.context.hub.stats(self.service_id).head

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Raw]:
        raw = Raw(*await asyncio.open_connection("127.0.0.1", self.server.port))
        try:
            yield raw
        finally:
            raw.close()


@asynccontextmanager
async def target(config: Config, *, warm: bool, **parts: Any) -> AsyncIterator[Target]:
    async with serving(config, SystemClock(), **parts) as server:
        yield Target(server, await server.create_service(), warm)
