"""What the HTTP handler takes for granted of aiohttp, each by itself: with another version of it, these fail first."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import RawRequestMessage
from aiohttp.web_request import BaseRequest

import spectrix_lite
from spectrix_lite.server.connection import http_handler
from spectrix_lite.server.connection.http_handler import HttpHandler
from spectrix_lite.server.fast_response import RawResponse

from ..support.watching import until

PRIVATE: Final = ["_messages"]
"""All names of aiohttp's that begin with an underscore and are used anywhere."""

GET: Final = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST: Final = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
UPGRADE: Final = GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
HANDSHAKE: Final = UPGRADE + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"


class Front:
    """An owner that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.ahead: bytes | None = None

    def mark_authenticated(self) -> None:
        self.told.append("mark_authenticated")

    def touch(self) -> None:
        self.told.append("touch")

    def note_answer(self) -> None:
        self.told.append("answer")

    def take_back(self, ahead: bytes) -> None:
        self.ahead = ahead

    def forget(self) -> None:
        self.told.append("forget")


class Wire(asyncio.Transport):
    """A transport into memory."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.reading = True
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def get_write_buffer_size(self) -> int:
        return 0


class Ends:
    """A handler between its owner and a wire; requests wait until `going`, and their bodies are read then."""

    def __init__(self, server: web.Server, going: asyncio.Event) -> None:
        self.front, self.wire, self.going = Front(), Wire(), going
        self.handler = HttpHandler(server, self.front, Counter())
        self.handler.connection_made(self.wire)

    def queued(self) -> list[tuple[type, bool]]:
        """Of what aiohttp has parsed and not begun to answer: its kind, and whether its body is whole."""
        return [(type(message), body.is_eof()) for message, body in self.handler._messages]

    async def sent(self, answers: int = 0) -> bytes:
        """All that was answered, once there are so many answers."""
        await until(lambda: self.wire.sent.count(b"HTTP/1.") >= answers and not self.handler.is_answering)
        return self.wire.sent


@asynccontextmanager
async def serving(handle: Callable[[web.BaseRequest], Any] | None = None) -> AsyncIterator[Ends]:
    going = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        await going.wait()
        return web.Response(text=str(len(await request.read())))

    server = web.Server(handle or answer)
    ends = Ends(server, going)
    assert server.connections == [ends.handler]
    yield ends
    ends.handler.connection_lost(None)
    assert ends.front.told[-1] == "forget"
    await until(lambda: not server.connections)


async def test_the_queue_tells_at_once_what_has_come() -> None:
    """`_messages`: what is parsed and not begun, in its order, with each body and whether all of it is there."""
    async with serving() as ends:
        for data, is_whole in ((POST % 5 + b"12", False), (b"345", True)):
            ends.handler.data_received(data)
            assert ends.queued() == [(RawRequestMessage, is_whole)]
        assert ends.handler.is_answering
        ends.handler.data_received(GET)
        assert len(ends.queued()) == 1, "it is set aside"
        ends.going.set()
        assert (await ends.sent(2)).count(b" 200 OK") == 2
        assert ends.queued() == []
        ends.handler.data_received(GET * 3)
        assert ends.queued() == [(RawRequestMessage, True)] * 3


async def test_an_error_of_the_parser_is_queued_as_something_else() -> None:
    async with serving() as ends:
        ends.handler.data_received(b"nonsense\r\n\r\n")
        [(kind, _)] = ends.queued()
        assert kind is not RawRequestMessage
        assert b" 400 " in await ends.sent(1)
        await until(lambda: ends.wire.closing)


async def test_every_answer_is_finished_once_and_says_whether_it_keeps() -> None:
    """`finish_response`, also of what a handler raises, and of errors; what is lent goes back after it."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "PUT":
            raise web.HTTPNotFound
        return web.Response()

    for request, keeps in ((GET, True), (GET[:-2] + b"Connection: close\r\n\r\n", False), (b"PUT" + GET[3:], False)):
        async with serving(handle) as ends:
            ends.handler.lend(request, b"ahead")
            assert not ends.wire.reading
            await ends.sent(1)
            assert ends.front.told.count("answer") == 1
            assert ends.front.ahead == (b"ahead" if keeps else None)
            if keeps:
                assert ends.wire.reading


async def test_a_body_that_nobody_reads_is_held_and_goes_on_where_it_is_read() -> None:
    """`pause_reading` and `resume_reading`, which calls `data_received` without data."""
    async with serving() as ends:
        ends.handler.data_received(POST % 300_000 + bytes(150_000))
        assert not ends.wire.reading
        ends.going.set()
        await until(lambda: ends.wire.reading)
        ends.handler.data_received(bytes(150_000))
        assert (await ends.sent(1)).endswith(b"300000")
        assert ends.wire.reading


async def test_no_more_is_read_of_a_body_while_it_is_paused() -> None:
    reading = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        with ends.handler.reading_paused(request):
            assert request.content.total_bytes > 0
            assert not ends.wire.reading
            await reading.wait()
        return web.Response(text=str(len(await request.read())))

    async with serving(handle) as ends:
        ends.handler.data_received(POST % 300_000 + bytes(200_000))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        reading.set()
        await asyncio.sleep(0)
        ends.handler.data_received(bytes(100_000))
        assert (await ends.sent(1)).endswith(b"100000")


async def test_a_watcher_is_told_of_by_its_parser() -> None:
    """`set_parser`, once the handshake is out: what came behind it, and what was set aside, is its own."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        await going.wait()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    going = asyncio.Event()
    text = bytes.fromhex("818100000000")
    async with serving(handle) as ends:
        ends.handler.data_received(HANDSHAKE + text + b"a")
        ends.handler.data_received(text + b"b")
        going.set()
        await until(lambda: ends.wire.sent.endswith(b"\x81\x01a\x81\x01b"))
        assert ends.wire.reading
        assert ends.handler.eof_received() is False


async def test_what_comes_behind_an_upgrade_that_is_refused_is_read() -> None:
    async with serving() as ends:
        ends.handler.data_received(HANDSHAKE + GET)
        ends.handler.data_received(GET)
        ends.going.set()
        assert (await ends.sent(3)).count(b" 200 OK") == 3


async def test_closing_waits_for_the_answer_that_is_under_way() -> None:
    """`close`, which a half-close uses; what is queued behind it would have no answer."""
    async with serving() as ends:
        ends.handler.data_received(GET * 3)
        assert ends.handler.eof_received()
        ends.going.set()
        assert (await ends.sent(3)).count(b" 200 OK") == 3
        await until(lambda: ends.wire.closing)


async def test_idle_connections_are_left_to_their_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp's own patience is past what any connection has: it begins anew with each answer."""
    assert http_handler._FOR_EVER > 24 * 3600
    async with serving() as ends:
        ends.going.set()
        ends.handler.data_received(GET)
        await ends.sent(1)
        assert ends.handler.keepalive_timeout == http_handler._FOR_EVER
        assert not ends.wire.closing


async def test_of_a_raw_response_nothing_else_is_asked() -> None:
    """A `StreamResponse` that was never set up: aiohttp prepares it, ends it, and asks what it overrides."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return RawResponse(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with serving(handle) as ends:
        for number in (1, 2):
            ends.handler.data_received(GET)
            assert await ends.sent(number) == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * number
        assert not ends.wire.closing
    assert {"prepare", "write_eof", "status", "keep_alive", "prepared"} <= set(vars(RawResponse))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _private_of_aiohttp() -> set[str]:
    """Of the classes whose objects we are given, or derive from."""
    bases: list[type] = [web.RequestHandler, BaseProtocol, web.Server, web.AppRunner, web.Application, BaseRequest]
    bases += [web.Request, web.StreamResponse, web.Response, web.WebSocketResponse, AbstractStreamWriter]
    bases += [aiohttp.StreamReader]
    text = "".join(inspect.getsource(base) for base in bases)
    assigned = {
        node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    }
    return {name for name in assigned.union(*(dir(base) for base in bases)) if _is_private(name)}


def test_none_of_our_names_is_one_of_aiohttps() -> None:
    """A subclass would overwrite it unawares."""
    ours = {name for name in (*HttpHandler.__slots__, *vars(HttpHandler)) if _is_private(name)}
    theirs = {name for base in HttpHandler.__mro__[1:] for name in (*vars(base), *getattr(base, "__slots__", ()))}
    assert ours & theirs == set()


def test_private_names_stand_in_one_file_and_are_those_that_are_tested() -> None:
    """Our own classes may have names like aiohttp's; what derives from its classes, or uses their objects, may not."""
    theirs, root = _private_of_aiohttp(), Path(spectrix_lite.__file__).parent
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        used = [node for class_ in _derived_from_aiohttp(tree) for node in ast.walk(class_)]
        used += [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and not _is_self(node.value)]
        names = {node.attr for node in used if isinstance(node, ast.Attribute) and node.attr in theirs}
        if names - _own(tree):
            found[path.relative_to(root).as_posix()] = names - _own(tree)
    assert found == {"server/connection/http_handler.py": set(PRIVATE)}


def _derived_from_aiohttp(tree: ast.Module) -> list[ast.ClassDef]:
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return [each for each in classes if any(ast.unparse(base).startswith(("web.", "aiohttp.")) for base in each.bases)]


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _own(tree: ast.Module) -> set[str]:
    """What the module's own classes and functions are called, and what they assign to themselves."""
    named = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return named | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value)
    }
