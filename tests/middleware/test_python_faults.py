"""The real transport and the real thread, against a server that fails and against Spectrix itself."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
from spectrix import Spectrix, post

from spectrix_lite.core.config import Config

from ..conftest import Serve
from .fault_server import SECONDS, FaultServer, Says, fault_server, refusing


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture
def client(server: FaultServer) -> Iterator[Spectrix]:
    """One that does everything soon."""
    made = Spectrix("spx_v1_live_test", base_url=server.url, interval=0.01, jitter=lambda: 0.0)
    yield made
    made.close(0.5)


def test_entries_arrive(server: FaultServer, client: Spectrix) -> None:
    for number in range(1200):
        client.info(str(number))
    server.wait_for(lambda: len(server.taken) == 1200)
    assert server.messages == [str(number) for number in range(1200)]
    first = server.seen[0]
    assert (first.method, first.path) == ("POST", "/api/v1/ingest/logs")
    assert first.headers["Authorization"] == "Bearer spx_v1_live_test"
    assert first.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("fault", [Says(503), Says(429, retry_after="1"), Says(408), "reset"], ids=str)
def test_what_passes_is_tried_again(server: FaultServer, client: Spectrix, fault: Says) -> None:
    server.faults.append(fault)
    client.info("a")
    server.wait_for(lambda: server.messages == ["a"])
    assert len({seen.headers["Idempotency-Key"] for seen in server.seen}) == 1


def test_whatever_passes_everything_arrives_once_and_in_order(server: FaultServer, client: Spectrix) -> None:
    server.faults.extend(["reset", "lost answer", Says(503)])
    for number in range(3000):
        client.info(str(number))
    server.wait_for(lambda: len(server.taken) == 3000)
    assert client.flush()
    assert server.messages == [str(number) for number in range(3000)]


@pytest.mark.parametrize("fault", ["lost answer", "half an answer"])
def test_bug_7_a_lost_answer_stores_nothing_twice(server: FaultServer, client: Spectrix, fault: Says) -> None:
    server.faults.append(fault)
    client.info("a")
    server.wait_for(lambda: len(server.seen) == 2)
    client.info("b")
    server.wait_for(lambda: len(server.taken) == 2)
    assert server.messages == ["a", "b"]
    keys = [seen.headers["Idempotency-Key"] for seen in server.seen]
    assert keys[0] == keys[1] != keys[2]


def test_bug_14_redirects_are_not_followed(
    server: FaultServer, client: Spectrix, capsys: pytest.CaptureFixture[str]
) -> None:
    """A 301 turned POST into GET and was a success: silent loss."""
    server.faults.append(Says(301, location=f"{server.url}/elsewhere"))
    client.info("a")
    server.wait_for(lambda: server.messages == ["a"])
    assert [(seen.method, seen.path) for seen in server.seen] == [("POST", "/api/v1/ingest/logs")] * 2
    assert "HTTP 301, a redirect to" in capsys.readouterr().err


def test_a_413_halves(server: FaultServer, client: Spectrix) -> None:
    server.too_large = lambda entries: entries > 200
    for number in range(1000):
        client.info(str(number))
    server.wait_for(lambda: len(server.taken) == 1000)
    assert server.messages == [str(number) for number in range(1000)]


def test_refused_connections_cost_the_app_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with refusing() as url:
        client = Spectrix("spx_v1_live_test", base_url=url, interval=0.0)
        for _ in range(100):
            client.info("a")
        assert not client.flush(1.0)
        client.close(0.1)
    assert "ConnectionRefusedError" in capsys.readouterr().err.splitlines()[0]


def test_bug_8_a_server_that_hangs_is_left(server: FaultServer) -> None:
    server.faults.append("hang")
    with pytest.raises(TimeoutError):
        post(f"{server.url}/ingest/logs", {}, b'{"logs":[]}', 0.2)


def test_bug_8_the_timeout_is_for_the_whole_answer() -> None:
    """A server that says a little now and then would hold it for ever."""

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                while not stop.wait(0.05):
                    connection.sendall(b"H")
            except OSError:
                return  # the client has left

    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises((TimeoutError, http.client.HTTPException)):
            post(f"http://127.0.0.1:{listener.getsockname()[1]}/", {}, b"", 0.3)
        stop.set()
        thread.join(SECONDS)


def test_close_does_not_wait_for_a_server_that_hangs(server: FaultServer, client: Spectrix) -> None:
    server.faults.append("hang")
    client.info("a")
    server.wait_for(lambda: len(server.seen) == 1)
    assert not client.close(0.2)


def test_many_threads_lose_nothing(server: FaultServer, client: Spectrix) -> None:
    def talk(name: int) -> None:
        for number in range(200):
            client.info(f"{name} {number}")

    threads = [threading.Thread(target=talk, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    server.wait_for(lambda: len(server.taken) == 1600)
    for name in range(8):
        mine = [message for message in server.messages if message.startswith(f"{name} ")]
        assert mine == [f"{name} {number}" for number in range(200)]


async def test_spectrix_itself_takes_what_is_sent(serve: Serve, config: Config) -> None:
    server = await serve()
    service = await server.create_service()
    client = Spectrix(await server.create_key(service), base_url=server.api, source="python-app")
    client.info("hello", {"order": 7, "at": float("nan")})
    client.error(ValueError("boom"))
    assert await asyncio.to_thread(client.flush)
    async with server.operator() as operator, operator.get(f"/api/v1/services/{service}/entries") as answer:
        first, second = (await answer.json())["entries"]
    assert (first["message"], first["source"], first["metadata"]) == ("hello", "python-app", {"order": 7, "at": None})
    assert (second["level"], second["message"]) == ("error", "ValueError: boom")
    client.close()


async def test_an_unknown_key_is_told(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    server = await serve()
    client = Spectrix("undefined", base_url=server.api)
    client.info("hello")
    await asyncio.to_thread(client.flush)
    assert "HTTP 401" in capsys.readouterr().err
    client.close()
