"""A small reverse proxy that can be told to do each thing wrong that real ones are set up to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Faults:
    """What it does to each request: right as it stands. `date` replaces what the server says the time is."""

    host: str | None = None
    dropped: frozenset[str] = frozenset()
    added: dict[str, str] = field(default_factory=lambda: {"X-Forwarded-For": "203.0.113.5"})
    proto: str | None = "http"
    most_bytes: int | None = None
    swallows_frames: bool = False
    date: str | None = None


@asynccontextmanager
async def proxying(server_port: int, faults: Faults, port: int = 0) -> AsyncIterator[int]:
    """Serves `127.0.0.1` in front of the server at `server_port`; its own port. One request a connection."""
    pipes: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        pipes.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _pass_on(reader, writer, server_port, faults)
        finally:
            pipes.discard(task)
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in list(pipes):
            task.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server_port: int, faults: Faults
) -> None:
    line, headers = _head(await reader.readuntil(b"\r\n\r\n"))
    if faults.most_bytes is not None and int(headers.get("content-length", "0")) > faults.most_bytes:
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return
    upgrades = "upgrade" in headers and "upgrade" not in faults.dropped
    headers = {name: value for name, value in headers.items() if name not in faults.dropped}
    headers |= faults.added
    if faults.proto is not None:
        headers["X-Forwarded-Proto"] = faults.proto
    if faults.host is not None:
        headers["host"] = faults.host
    if not upgrades:
        headers["connection"] = "close"
    there, back = await asyncio.open_connection("127.0.0.1", server_port)
    try:
        back.write(_bytes(line, headers))
        up = asyncio.create_task(_pump(reader, back))
        try:
            line, headers = _head(await there.readuntil(b"\r\n\r\n"))
            if faults.date is not None:
                headers["date"] = faults.date
            writer.write(_bytes(line, headers))
            if upgrades and faults.swallows_frames:
                await there.read()  # as one that waits for the end of what it would pass on
            await _pump(there, writer)
        finally:
            up.cancel()
    finally:
        back.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


def _head(data: bytes) -> tuple[str, dict[str, str]]:
    """First line and headers, their names in lower case."""
    line, *rest = data.decode("latin-1").rstrip("\r\n").split("\r\n")
    return line, {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}


def _bytes(line: str, headers: dict[str, str]) -> bytes:
    return "\r\n".join([line, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode("latin-1")
