"""The sockets: what is bound, what the parser refuses, who waits too long, and how a stop goes."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
from pathlib import Path

import pytest

from spectrix_lite.app import make_app
from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError
from spectrix_lite.server import sockets
from spectrix_lite.server.connection import front_door
from spectrix_lite.server.listener import listen
from spectrix_lite.server.sockets import bind

from ..conftest import Serve
from ..support.serving import Server
from ..support.watching import until


def test_localhost_is_both_loopbacks() -> None:
    sockets = bind("localhost", 0)
    addresses = [sock.getsockname()[:2] for sock in sockets]
    for sock in sockets:
        sock.close()
    assert addresses[0][0] == "127.0.0.1"
    assert len({port for _, port in addresses}) == 1
    assert [host for host, _ in addresses[1:]] in ([], ["::1"])


@pytest.mark.case(81)
def test_a_busy_port_is_named(tmp_path: Path) -> None:
    """And nothing is left of the attempt."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(StartupError, match=rf"Port {port} is in use.*--port"):
            bind("127.0.0.1", port)
        config = Config(host="127.0.0.1", port=port, db=str(tmp_path / "spectrix.db"))
        with pytest.raises(StartupError):
            asyncio.run(_listen(config))
    assert list(tmp_path.iterdir()) == []


async def _listen(config: Config) -> None:
    await listen(make_app(config, SystemClock()), config)


def test_a_host_that_is_not_here() -> None:
    with pytest.raises(StartupError, match="--host"):
        bind("host.invalid", 0)
    with pytest.raises(StartupError, match="--host"):
        bind("192.0.2.1", 0)


async def test_a_database_that_fails_gives_the_port_back(config: Config, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to look at: " * 10)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    broken = dataclasses.replace(config, port=port, db=str(tmp_path / "notes.txt"))
    with pytest.raises(StartupError):
        await listen(make_app(broken, SystemClock()), broken)
    bind("127.0.0.1", port)[0].close()


async def exchange(server: Server, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer, read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.case(23, 24)
@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"nonsense <script>\r\n\r\n", id="no HTTP"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two lengths",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            id="twice",
        ),
        pytest.param(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello", id="+5"),
        pytest.param(b"POST / HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n", id="bare LF"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 9000 + b"\r\n\r\n", id="long"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: x\r\n" * 200 + b"\r\n", id="many"),
    ],
)
async def test_what_the_parser_refuses(server: Server, request_: bytes) -> None:
    """A problem like any other, without a word of what came, and the connection ends."""
    head, body = await exchange(server, request_)
    assert head.split(b" ")[1] == b"400"
    assert b"application/problem+json" in head
    assert b"aiohttp" not in head
    problem = json.loads(body)
    assert problem["code"] == "bad_request"
    assert "script" not in body.decode()


@pytest.mark.case(25)
async def test_who_sends_no_header_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    assert front_door.HEADER_SECONDS <= 12
    monkeypatch.setattr(front_door, "HEADER_SECONDS", 0.01)
    server = await serve()
    assert await exchange(server, b"") == (b"", b"")
    assert await exchange(server, b"GET / HTTP/1.1\r\nHost: local") == (b"", b"")


async def test_who_takes_nothing_of_the_answer_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the kernel: the server itself would wait for ever until the answer is out, also to close the connection."""
    assert sockets.STUCK_SECONDS <= 30
    monkeypatch.setattr(sockets, "STUCK_SECONDS", 0.5)
    server = await serve()
    manager = server.listener._runner.server
    assert manager is not None
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", server.port))
        await loop.sock_sendall(client, b"GET /vendor/uplot.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: len(manager.connections) == 1)
        await until(lambda: not manager.connections)


@pytest.mark.case(80)
async def test_a_stop_answers_what_is_in_flight(serve: Serve) -> None:
    """The body comes after the stop has begun, and is still taken."""
    server = await serve()
    service_id = await server.create_service()
    key = await server.create_key(service_id)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST /api/v1/ingest/logs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    body = b'{"logs":[{"message":"just in time"}]}'
    writer.write(head.encode() + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
    await asyncio.wait_for(reader.readuntil(b"100 Continue\r\n\r\n"), 10)
    closing = asyncio.create_task(server.listener.close())
    await asyncio.sleep(0)
    assert server.context.in_flight.draining
    writer.write(body)
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert answer.startswith(b"HTTP/1.1 200 ")
    await closing
    writer.close()


@pytest.mark.parametrize(
    "head",
    ["OPTIONS * HTTP/1.1", "CONNECT example.org:443 HTTP/1.1", "CONNECT /api/v1/auth/me HTTP/1.1"],
)
async def test_what_no_route_can_take_is_a_problem_and_names_no_version(head: str, server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{head}\r\nHost: localhost\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 404 ")
    assert "application/problem+json" in answer
    assert '"code":"not_found"' in answer
    assert "aiohttp" not in answer
