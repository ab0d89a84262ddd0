"""Real apps of each framework, asked over real sockets, and the entries of what they were asked."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import fastapi
import flask
import pytest
import starlette.applications
import starlette.routing
from aiohttp import web
from aiohttp.test_utils import TestServer
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from .apps import get, leave, serving_asgi, serving_wsgi
from .clients import Bench, Entry

TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "X-Request-Id": "req-42"}
IDS = {"requestId": "req-42", "traceId": "0af7651916cd43dd8448eb211c80319c"}


class Arrivals(Bench):
    """A bench that says when so many entries are there, for what happens on other threads."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.entries: list[Entry] = []
        self._changed = threading.Condition()
        push = self.client.push_traced

        def noted(entry: Any, trace: Any, more: Any = None) -> None:
            push(entry, trace, more)
            self.client.flush()
            with self._changed:
                self.entries[:] = self.wire.taken
                self._changed.notify_all()

        self.client.push_traced = noted  # type: ignore[method-assign]  # to know the moment

    async def count(self, count: int) -> list[Entry]:
        """The entries, once there are `count`."""

        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: len(self.entries) >= count, 5)

        assert await asyncio.to_thread(wait), self.entries
        assert len(self.entries) == count
        return self.entries


@pytest.fixture
def bench() -> Arrivals:
    return Arrivals()


def shown(entry: Entry) -> tuple[Any, ...]:
    return tuple(entry.get(name) for name in ("level", "message", "endpoint", "method", "statusCode"))


def without_noise(entry: Entry) -> dict[str, Any]:
    """The metadata without what differs from run to run."""
    return {name: value for name, value in entry["metadata"].items() if name not in ("duration", "userAgent")}


def fastapi_app(bench: Bench) -> Any:
    app = fastapi.FastAPI()
    app.add_middleware(bench.client.asgi)
    app.add_middleware(bench.client.asgi)  # twice, as the seed shows it: globally and on a route

    @app.get("/items/{item}")
    def item(item: int) -> dict[str, int]:  # in a thread of the pool
        bench.client.info("looked up", item=item)
        return {"item": item}

    @app.get("/fails")
    async def fails() -> None:
        raise LookupError("boom")

    @app.get("/stream")
    async def stream() -> Response:
        return StreamingResponse(parts(), media_type="text/plain")

    async def parts() -> AsyncIterator[bytes]:
        bench.client.info("within the stream")
        yield b"first"
        bench.clock.advance(3)
        yield b"last"

    return app


def starlette_app(bench: Bench) -> Any:
    async def item(request: Request) -> Response:
        bench.client.info("looked up", item=request.path_params["item"])
        return PlainTextResponse("it")

    async def fails(_: Request) -> Response:
        raise LookupError("boom")

    async def stream(_: Request) -> Response:
        return StreamingResponse(parts())

    async def parts() -> AsyncIterator[bytes]:
        bench.client.info("within the stream")
        yield b"first"
        bench.clock.advance(3)
        yield b"last"

    routes = [("/items/{item:int}", item), ("/fails", fails), ("/stream", stream)]
    app = starlette.applications.Starlette(routes=[starlette.routing.Route(path, to) for path, to in routes])
    return bench.client.asgi(bench.client.asgi(app))


def flask_app(bench: Bench) -> Any:
    app = flask.Flask("tests")
    app.logger.disabled = True
    app.wsgi_app = bench.client.wsgi(bench.client.wsgi(app.wsgi_app))  # type: ignore[method-assign]  # Flask's own way

    @app.get("/items/<int:item>")
    def item(item: int) -> dict[str, int]:
        bench.client.info("looked up", item=item)
        return {"item": item}

    @app.get("/fails")
    def fails() -> str:
        raise LookupError("boom")

    @app.get("/stream")
    def stream() -> flask.Response:
        return flask.Response(parts(), mimetype="text/plain")

    def parts() -> Iterator[bytes]:
        bench.client.info("within the stream")
        yield b"first"
        bench.clock.advance(3)
        yield b"last"

    return app


def aiohttp_app(bench: Bench) -> Any:
    async def item(request: web.Request) -> web.Response:
        bench.client.info("looked up", item=int(request.match_info["item"]))
        return web.json_response({})

    async def fails(_: web.Request) -> web.Response:
        raise LookupError("boom")

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        bench.client.info("within the stream")
        await response.write(b"first")
        bench.clock.advance(3)
        await response.write(b"last")
        return response

    app = web.Application(middlewares=[bench.client.aiohttp, bench.client.aiohttp])
    app.add_routes([web.get("/items/{item:[0-9]+}", item), web.get("/fails", fails), web.get("/stream", stream)])
    return app


def django_wsgi(bench: Bench) -> Any:
    from . import django_site

    return bench.client.wsgi(bench.client.wsgi(django_site.wsgi(bench)))


def django_asgi(bench: Bench) -> Any:
    from . import django_site

    return bench.client.asgi(bench.client.asgi(django_site.asgi(bench)))


ROUTES = {
    "fastapi": "/items/{item}", "starlette": "/items/{item:int}", "flask": "/items/<int:item>",
    "aiohttp": "/items/{item}", "django": "/items/<int:item>", "django asgi": "/items/<int:item>",
}  # fmt: skip
APPS = {
    "fastapi": fastapi_app, "starlette": starlette_app, "flask": flask_app, "aiohttp": aiohttp_app,
    "django": django_wsgi, "django asgi": django_asgi,
}  # fmt: skip


@pytest.fixture(params=APPS)
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def address(framework: str, bench: Arrivals) -> AsyncIterator[str]:
    """Of a running app with `/items/7`, `/fails` and `/stream`, twice wrapped."""
    logging.getLogger("aiohttp.server").disabled = logging.getLogger("django.request").disabled = True
    app = APPS[framework](bench)
    if isinstance(app, web.Application):
        async with TestServer(app) as server:
            yield str(server.make_url("")).rstrip("/")
    elif framework in ("flask", "django"):
        with serving_wsgi(app) as found:
            yield found
    else:
        async with serving_asgi(app) as found:
            yield found


async def test_bugs_12_and_13_a_request_is_logged_once_without_its_query(
    address: str, bench: Arrivals, framework: str
) -> None:
    """Mounted twice it was logged twice, with whatever token was in its URL."""
    assert (await get(f"{address}/items/7?token=abc", TRACE))[0] == 200
    manual, request = await bench.count(2)
    assert (manual["message"], without_noise(manual)) == ("looked up", {**IDS, "item": 7})
    assert shown(request) == ("info", "GET /items/7", "/items/7", "GET", 200)
    assert without_noise(request) == {**IDS, "route": ROUTES[framework]}  # no address
    assert request["metadata"]["duration"] == 0
    assert "aiohttp" in request["metadata"]["userAgent"]


async def test_what_is_not_there_is_a_warning(address: str, bench: Arrivals) -> None:
    assert (await get(f"{address}/nothing/here"))[0] == 404
    (request,) = await bench.count(1)
    assert shown(request) == ("warn", "GET /nothing/here", "/nothing/here", "GET", 404)
    assert set(without_noise(request)) == {"requestId"}
    assert len(request["metadata"]["requestId"]) == 32


async def test_an_error_that_nobody_catches_has_its_entry(address: str, bench: Arrivals) -> None:
    assert (await get(f"{address}/fails", TRACE))[0] == 500
    error, request = await bench.count(2)
    assert (error["level"], error["message"]) == ("error", "LookupError: boom")
    assert {name: error["metadata"][name] for name in IDS} == IDS
    assert (error["metadata"]["error"]["name"], error["metadata"]["error"]["message"]) == ("LookupError", "boom")
    assert "in fails" in error["metadata"]["error"]["stack"]
    assert shown(request) == ("error", "GET /fails", "/fails", "GET", 500)
    assert {name: request["metadata"][name] for name in IDS} == IDS
    assert request["metadata"]["error"] == "LookupError: boom"


async def test_bugs_11_and_19_a_stream_is_logged_at_its_end(address: str, bench: Arrivals) -> None:
    """By a clock that is never set back: bug 19 was a duration by the wall clock."""
    bench.clock.set_wall(0)
    assert await get(f"{address}/stream", TRACE) == (200, b"firstlast")
    manual, request = await bench.count(2)
    assert without_noise(manual) == IDS
    assert request["metadata"]["duration"] == 3000
    assert shown(request)[:2] == ("info", "GET /stream")


async def test_bug_11_who_leaves_an_asgi_stream_is_logged(bench: Arrivals) -> None:
    """Only `finish` was heard: aborted requests and event streams were never logged."""
    app = fastapi.FastAPI()
    app.add_middleware(bench.client.asgi)

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    @app.get("/slow/{kind}")
    async def slow(kind: str) -> Response:
        return StreamingResponse(parts(), media_type="text/event-stream" if kind == "events" else "text/plain")

    async with serving_asgi(app) as address:
        await leave(f"{address}/slow/text", b"first")
        await leave(f"{address}/slow/events", b"first") if await bench.count(1) else None
        text, events = await bench.count(2)
    assert shown(text) == ("warn", "GET /slow/text", "/slow/text", "GET", 200)
    assert text["metadata"]["aborted"] is True
    assert shown(events)[0] == "info"  # it is how those end
    assert events["metadata"]["aborted"] is True


async def test_bug_11_who_leaves_before_an_answer_is_logged(bench: Arrivals) -> None:
    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    scope = {"type": "http", "method": "GET", "path": "/slow", "headers": []}

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        """Nothing comes."""

    await bench.client.asgi(app)(scope, receive, send)
    (request,) = await bench.count(1)
    assert shown(request) == ("warn", "GET /slow", "/slow", "GET", None)
    assert request["metadata"]["aborted"] is True


async def test_bug_11_who_leaves_a_wsgi_stream_is_logged(bench: Arrivals) -> None:
    app = flask.Flask("tests")
    app.wsgi_app = bench.client.wsgi(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way

    def parts() -> Iterator[bytes]:
        while True:
            yield b"first" * 10_000

    @app.get("/slow")
    def slow() -> flask.Response:
        return flask.Response(parts())

    with serving_wsgi(app) as address:
        await leave(f"{address}/slow", b"first")
        (request,) = await bench.count(1)
    assert shown(request) == ("warn", "GET /slow", "/slow", "GET", 200)
    assert (request["metadata"]["aborted"], request["metadata"]["route"]) == (True, "/slow")


async def test_bug_11_who_leaves_an_aiohttp_stream_is_logged(bench: Arrivals) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"first" * 10_000)

    app = web.Application(middlewares=[bench.client.aiohttp])
    app.add_routes([web.get("/slow", slow)])
    async with TestServer(app) as server:
        await leave(str(server.make_url("/slow")), b"first")
        (request,) = await bench.count(1)
    assert shown(request)[:2] == ("warn", "GET /slow")
    assert request["metadata"]["aborted"] is True


async def test_an_answer_that_aiohttp_raises_is_no_error(bench: Arrivals) -> None:
    async def gone(_: web.Request) -> web.Response:
        raise web.HTTPGone

    app = web.Application(middlewares=[bench.client.aiohttp])
    app.add_routes([web.get("/gone", gone)])
    async with TestServer(app) as server:
        assert (await get(str(server.make_url("/gone"))))[0] == 410
        (request,) = await bench.count(1)
    assert shown(request)[0] == "warn"
    assert "aborted" not in request["metadata"]


async def test_requests_at_once_keep_their_ids_apart(bench: Arrivals) -> None:
    app = fastapi.FastAPI()
    app.add_middleware(bench.client.asgi)
    everyone = asyncio.Barrier(10)

    @app.get("/{name}")
    async def meet(name: str) -> None:
        await everyone.wait()
        await asyncio.create_task(later(name))

    async def later(name: str) -> None:
        bench.client.info(name)

    async with serving_asgi(app) as address:
        names = [f"n{number}" for number in range(10)]
        await asyncio.gather(*(get(f"{address}/{name}", {"X-Request-Id": name}) for name in names))
        entries = await bench.count(20)
    by_request = {name: [e["message"] for e in entries if e["metadata"]["requestId"] == name] for name in names}
    assert by_request == {name: [name, f"GET /{name}"] for name in names}


async def test_bug_21_the_address_is_kept_only_where_it_is_asked_for() -> None:
    bench = Arrivals(ip=True, queries=True)
    async with serving_asgi(starlette_app(bench)) as address:
        await get(f"{address}/items/7?page=2&token=abc")
        request = (await bench.count(2))[1]
    assert request["metadata"]["ip"] == "127.0.0.1"
    assert request["endpoint"] == "/items/7?page=2&token=[redacted]"


async def test_an_app_is_not_hurt_by_a_client_that_fails(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("inside")

    monkeypatch.setattr(bench.client._encoder, "encode", broken)
    async with serving_asgi(starlette_app(bench)) as address:
        assert (await get(f"{address}/items/7"))[0] == 200
    assert capsys.readouterr().err == "spectrix: an entry was lost: RuntimeError: inside\n"


async def test_a_websocket_has_ids_and_errors_but_no_entry(bench: Arrivals) -> None:
    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        bench.client.info("open")
        raise LookupError(scope["path"])

    async def nothing(_: Any = None) -> dict[str, Any]:
        return {}

    scope = {"type": "websocket", "path": "/ws", "headers": [(b"x-request-id", b"req-42")]}
    with pytest.raises(LookupError):
        await bench.client.asgi(app)(scope, nothing, nothing)  # type: ignore[arg-type]  # it is not called
    entries = await bench.count(2)
    assert [(entry["message"], entry["metadata"]["requestId"]) for entry in entries] == [
        ("open", "req-42"), ("LookupError: /ws", "req-42"),
    ]  # fmt: skip


def test_a_wsgi_app_that_fails_while_it_is_read_is_told() -> None:
    bench = Bench()

    def app(_: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"first"
        raise LookupError("boom")

    body = bench.client.wsgi(app)({"PATH_INFO": "/x"}, lambda *_: None)
    parts = iter(body)
    assert next(parts) == b"first"
    with pytest.raises(LookupError):
        next(parts)
    body.close()  # type: ignore[attr-defined]  # as a server does
    bench.client.flush()
    assert [entry["message"] for entry in bench.wire.taken] == ["LookupError: boom", "GET /x"]


def test_a_wsgi_body_of_one_part_keeps_its_length() -> None:
    bench = Bench()
    body = bench.client.wsgi(lambda *_: [b"all"])({"PATH_INFO": "/x"}, lambda *_: None)
    assert len(body) == 1  # type: ignore[arg-type]  # by it a server tells the answer's length
    assert list(body) == [b"all"]


async def test_an_app_adds_to_its_requests_one_entry_and_is_followed_to_the_next(bench: Arrivals) -> None:
    headers: list[dict[str, str]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        bench.client.set({"user": 7, "duration": "mine"}, plan="pro", token="secret")
        headers.append(bench.client.trace_headers())
        headers.append(bench.client.trace_headers())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def nothing() -> dict[str, Any]:
        return {}

    bench.client.set(user=8)  # outside of a request: nothing
    own = bench.client.asgi(app)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await own(dict(scope), nothing, Sent())
    received = [(b"traceparent", headers[0]["traceparent"].encode())]
    await own({**scope, "headers": received}, nothing, Sent())
    first, second = (entry["metadata"] for entry in await bench.count(2))
    assert (first["user"], first["plan"], first["token"], first["_duration"]) == (7, "pro", "[redacted]", "mine")
    assert isinstance(first["duration"], float)
    assert first["traceId"] == second["traceId"] == headers[0]["traceparent"][3:35]
    assert second["requestId"] == headers[0]["traceparent"][36:52] != headers[1]["traceparent"][36:52]


class Sent:
    """Where an app's messages go."""

    async def __call__(self, message: Any) -> None:
        pass
