"""What no Python server on this workload can beat by much, to measure the real one against.

`bare` is a protocol that knows no HTTP but Content-Length, decodes a batch, encodes each entry again and keeps the
newest 10,000. `aiohttp` is the least that a handler of that library can do for the same.

    python -m bench.floor bare|aiohttp uvloop|asyncio
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import Any, Final, Literal, cast

import msgspec
from aiohttp import web

PATH: Final = "/api/v1/ingest/logs"
KEPT: Final = 10_000
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"Content-Length: "
_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Entry(msgspec.Struct):
    """As the seed's middleware sends it; nothing is mended, nothing is bounded."""

    level: Literal["info", "warn", "error", "debug"]
    message: str
    timestamp: str | None = None
    source: str | None = None
    endpoint: str | None = None
    method: str | None = None
    statusCode: int | None = None  # noqa: N815  the producer's name for it: renaming would be a step of its own
    metadata: msgspec.Raw = msgspec.Raw(b"null")


class Batch(msgspec.Struct):
    logs: list[Entry]


_decode = msgspec.json.Decoder(Batch).decode
_encode = msgspec.json.Encoder().encode
_kept: deque[bytes] = deque(maxlen=KEPT)


def keep(body: bytes) -> None:
    """Decodes a batch and keeps each entry, encoded again."""
    _kept.extend([_encode(entry) for entry in _decode(body).logs])


class Bare(asyncio.Protocol):
    """Answers every request with 200; one that is malformed ends the connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        data = self._data + data if self._data else data
        while (end := data.find(_END)) >= 0:
            at = data.find(_LENGTH) + len(_LENGTH)
            start = end + len(_END)
            stop = start + int(data[at : data.find(b"\r\n", at)])
            if len(data) < stop:
                break
            keep(data[start:stop])
            self._transport.write(_ANSWER)
            data = data[stop:]
        self._data = data


async def _answer(request: web.Request) -> web.Response:
    keep(await request.read())
    return web.Response(body=b"{}", content_type="application/json")


async def serve(kind: str) -> None:
    """Serves on a free port of this machine, says which, and goes on until it is ended."""
    loop = asyncio.get_running_loop()
    factory: Any = Bare
    if kind == "aiohttp":
        app = web.Application()
        app.router.add_post(PATH, _answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        factory = runner.server
    server = await loop.create_server(factory, "127.0.0.1", 0)
    print(f"Listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}.", flush=True)
    await server.serve_forever()


def main() -> None:
    kind, loop = sys.argv[1:]
    if loop == "uvloop":
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(kind))
    asyncio.run(serve(kind))


if __name__ == "__main__":
    main()
