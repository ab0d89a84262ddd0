"""Cases of the stream that no client library would bring about: broken frames, and a watcher who hardly reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from ..support.serving import Server
from ..support.watching import Message, watching
from ..support.weighing import Watched, Weighed, weighed

UPGRADE = (
    b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def frame(first: int, payload: bytes) -> bytes:
    """A client's frame, masked with zeros: `first` has the final bit, the reserved ones and the opcode."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([first]) + length + bytes(4) + payload


class RawWatcher:
    """A socket whose frames are written, and read or not read, by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def next(self) -> tuple[int, bytes]:
        """Opcode and payload of the server's next frame."""
        async with asyncio.timeout(10):
            first, size = await self.reader.readexactly(2)
            if size > 125:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            return first & 0x0F, await self.reader.readexactly(size)

    async def messages(self) -> AsyncIterator[Message]:
        while True:
            opcode, payload = await self.next()
            if opcode == 1:
                yield json.loads(payload)


@asynccontextmanager
async def raw_watcher(port: int, token: str, **watch: int) -> AsyncIterator[RawWatcher]:
    """One that has sent its `watch` and read nothing but the upgrade, through a buffer as small as may be."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    try:
        writer.write(UPGRADE)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.write(frame(0x81, json.dumps({"type": "watch", "token": token, **watch}).encode()))
        yield RawWatcher(reader, writer)
    finally:
        writer.transport.abort()


BROKEN = {
    "reserved bit": (frame(0xC1, b"{}"), 1002),
    "reserved opcode": (frame(0x83, b"{}"), 1002),
    "reserved control opcode": (frame(0x8B, b""), 1002),
    "control in fragments": (frame(0x09, b""), 1002),
    "large control": (frame(0x89, bytes(126)), 1002),
    "continuation of nothing": (frame(0x80, b"{}"), 1002),
    "half a close code": (frame(0x88, b"\x03"), 1002),
    "bad utf-8": (frame(0x81, b'{"type":"\xff"}'), 1007),
    "bad utf-8 in fragments": (frame(0x01, b'{"type":"\xc3') + frame(0x80, b'"}'), 1007),
    "bad utf-8 in a reason": (frame(0x88, b"\x03\xe8\xff"), 1007),
}


@pytest.mark.case(53)
async def test_broken_frames(server: Server) -> None:
    """Closed with the code for it, without another word; who watches beside it notices nothing."""
    service = await server.create_service()
    key, (_, token) = await server.create_key(service), await server.create_session(service)
    headers = {"Authorization": f"Bearer {key}"}
    async with watching(server, token) as (other, _), server.anyone(headers) as producer:
        for name, (sent, code) in BROKEN.items():
            async with raw_watcher(server.port, token, backlog=0) as watcher:
                assert json.loads((await watcher.next())[1])["type"] == "watching"
                watcher.writer.write(sent)
                opcode, payload = await watcher.next()
                assert (opcode, int.from_bytes(payload[:2], "big")) == (8, code), name
            logs = {"logs": [{"level": "info", "message": name}]}
            async with producer.post("/api/v1/ingest/logs", json=logs) as answer:
                assert answer.status == 200
            assert [entry["message"] for entry in await other.entries(1)] == [name]


class FastTab:
    """Reads whatever comes."""

    def __init__(self, it: Weighed, service: Watched, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._it = it
        self._socket = socket
        self._through = 0
        logs = [{"level": "info", "message": "GET /api/users", "metadata": {"x": "x" * 800}}] * 100
        self._batch = json.dumps({"logs": logs}).encode()
        self._url = f"{it.api}/ingest/logs"
        self._headers = {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"}

    async def take(self, batches: int) -> None:
        """The next `batches` of 100, each sent once the one before is here: each entry once, in order."""
        for _ in range(batches):
            head = self._through + 100
            async with self._it.client.post(self._url, data=self._batch, headers=self._headers) as answer:
                assert answer.status == 200
            while self._through < head:
                message = await self._socket.receive_json(timeout=60)
                assert message["type"] in ("watching", "entries", "heartbeat"), message
                for entry in message.get("entries", ()):
                    assert entry["seq"] == self._through + 1
                    self._through += 1


@pytest.mark.case(63)
async def test_a_slow_tab_beside_a_fast_one(tmp_path: Path) -> None:
    """The fast one gets everything while the slow one stands still; that is lapped, and is told what it has missed."""
    async with weighed(tmp_path, "--ring-entries", "2000") as it:
        service = await it.service()
        async with it.client.ws_connect(f"{it.api}/stream", origin=it.api.removesuffix("/api/v1")) as socket:
            await socket.send_json({"type": "watch", "token": service.token})
            fast = FastTab(it, service, socket)
            await fast.take(40)
            async with raw_watcher(it.port, service.token) as slow:
                await fast.take(80)  # 7 MB, of which the kernel keeps a part for the slow one
                through, gaps = 0, 0
                async for message in slow.messages():
                    if message["type"] == "watching":
                        through = message["head"] - min(1000, message["head"] - message["oldest"] + 1)
                    elif message["type"] == "gap":
                        assert (message["from"], message["reason"]) == (through + 1, "overrun")
                        assert message["count"] == message["to"] - through
                        through, gaps = message["to"], gaps + 1
                    for entry in message.get("entries", ()):
                        assert entry["seq"] == through + 1
                        through += 1
                    if through == 12_000:
                        break
                assert gaps > 0
