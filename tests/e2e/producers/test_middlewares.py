"""What the middlewares do on the wire, one as the other: the server is tried with ours in the place of the seed's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web

from .middlewares import Middleware
from .node import NodeProcess, running

SECONDS = 60.0


class Post(NamedTuple):
    """A request that waits for its answer."""

    headers: dict[str, str]
    body: Any
    answer: asyncio.Future[int]

    @property
    def messages(self) -> list[str]:
        return [log["message"] for log in self.body["logs"]]


class Recorder:
    """A server that answers when, and as, the test says."""

    def __init__(self) -> None:
        self._posts: asyncio.Queue[Post] = asyncio.Queue()
        self._waiting: list[asyncio.Future[int]] = []

    async def take(self, request: web.Request) -> web.Response:
        assert (request.method, request.path) == ("POST", "/api/v1/ingest/logs")
        post = Post(dict(request.headers), await request.json(), asyncio.get_running_loop().create_future())
        self._posts.put_nowait(post)
        self._waiting.append(post.answer)
        async with asyncio.timeout(SECONDS):
            status = await post.answer
        return web.Response(status=status, headers={"Retry-After": "60"})

    async def next(self) -> Post:
        """The next request, in the order in which they came."""
        async with asyncio.timeout(SECONDS):
            return await self._posts.get()

    def is_empty(self) -> bool:
        """Whether every request so far was seen to."""
        return self._posts.empty()

    def answer_all(self) -> None:
        """Nobody waits any more for what a test has left without an answer."""
        for answer in self._waiting:
            if not answer.done():
                answer.set_result(503)


Start = Callable[..., Awaitable[NodeProcess]]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def start(recorder: Recorder, middleware: Middleware, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts an application whose middleware sends to `recorder`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", recorder.take)
    async with AsyncExitStack() as stack:
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.callback(recorder.answer_all)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        built = middleware.build(tmp_path / "built.mjs", f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1")

        async def start(**options: Any) -> NodeProcess:
            chosen = json.dumps({"express": "express5", "middleware": str(built), "options": options})
            return await stack.enter_async_context(running("app.mjs", chosen, errors=tmp_path / "app.log"))

        yield start


async def log(app: NodeProcess, *messages: str) -> None:
    for message in messages:
        await app.call("log", level="info", message=message, metadata={})


async def test_a_full_buffer_goes_at_once_and_later_logs_in_a_request_of_their_own(
    start: Start, recorder: Recorder
) -> None:
    app = await start(apiKey="the key", source="shop", interval=60_000, maxBufferSize=3)
    await log(app, "1", "2")
    await app.call("log", level="warn", message="3", metadata={"a": [1]})
    first = await recorder.next()
    assert first.headers["Authorization"] == "Bearer the key"
    assert first.headers["Content-Type"] == "application/json"
    assert "Content-Encoding" not in first.headers
    assert first.body.keys() == {"logs"}
    assert first.messages == ["1", "2", "3"]
    entry = first.body["logs"][2]
    assert list(entry) == ["timestamp", "source", "level", "message", "metadata"]
    assert entry["timestamp"].endswith("Z")
    assert (entry["source"], entry["level"], entry["metadata"]) == ("shop", "warn", {"a": [1]})
    await log(app, "4", "5", "6")
    assert (await recorder.next()).messages == ["4", "5", "6"]  # the first has no answer yet


async def test_what_is_refused_goes_to_the_front_and_again_with_each_further_log(
    start: Start, recorder: Recorder
) -> None:
    app = await start(apiKey="the key", interval=60_000, maxBufferSize=3)
    await log(app, "1", "2", "3")
    post = await recorder.next()
    await log(app, "4", "5")
    assert recorder.is_empty()
    for number, status in enumerate((429, 503, 401, 400, 500), 6):
        post.answer.set_result(status)
        await app.call("quiet")
        await log(app, str(number))
        post = await recorder.next()
        assert post.messages == [str(each) for each in range(1, number + 1)]
    post.answer.set_result(200)
    await app.call("delivered")
    await log(app, "alone")
    assert recorder.is_empty()
    assert "HTTP 429" in app.errors()


async def test_an_interval_sends_what_there_is_and_goes_on_for_ever(start: Start, recorder: Recorder) -> None:
    app = await start(interval=20)
    await log(app, "1")
    for _ in range(5):
        post = await recorder.next()
        assert post.headers["Authorization"] == "Bearer undefined"
        assert post.messages == ["1"]
        post.answer.set_result(503)  # its Retry-After is not heeded
    post = await recorder.next()
    post.answer.set_result(200)
    await app.call("delivered")
    assert recorder.is_empty()


async def test_a_request_is_told_as_the_document_shows(start: Start, recorder: Recorder) -> None:
    app = await start(apiKey="the key", interval=60_000, maxBufferSize=1)
    address = f"http://127.0.0.1:{app.ready['everywhere']}"
    async with aiohttp.ClientSession(headers={"User-Agent": "test/1"}) as client:
        for path, status, level in (("/items/1?a=b", 200, "info"), ("/no", 404, "warn"), ("/broken", 500, "error")):
            async with client.get(address + path) as answer:
                assert answer.status == status
            (entry,) = (await recorder.next()).body["logs"]
            assert isinstance(entry["metadata"].pop("duration"), int)
            assert list(entry) == [
                "timestamp", "source", "level", "message", "endpoint", "method", "statusCode", "metadata",
            ]  # fmt: skip
            del entry["timestamp"]
            assert entry == {
                "source": "node-app", "level": level, "message": f"GET {path}", "endpoint": path, "method": "GET",
                "statusCode": status, "metadata": {"ip": "127.0.0.1", "userAgent": "test/1"},
            }  # fmt: skip
