"""Errors as answers: one shape for all, nothing echoed, and a log that cannot be flooded."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient, TestServer

from spectrix_lite.core import errors
from spectrix_lite.core.errors import SpectrixError
from spectrix_lite.server.guard import guard_handler
from spectrix_lite.server.ingest.refusals import Refusals
from spectrix_lite.server.problems import ANSWERED, ERROR_LOG, REFUSALS, ErrorLog, Handler

from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem


def _tree(root: type[SpectrixError] = SpectrixError) -> Iterator[type[SpectrixError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


ERRORS = list(_tree())

Probe = Callable[[Handler], Awaitable[TestClient[web.Request, web.Application]]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def probe(clock: FakeClock) -> AsyncIterator[Probe]:
    """A client of one handler, guard_handler as the health checks are."""
    clients = []

    async def start(handler: Handler) -> TestClient[web.Request, web.Application]:
        app = web.Application()
        app[ERROR_LOG] = ErrorLog(clock)
        app[ANSWERED] = Counter()
        app[REFUSALS] = Refusals(clock)
        app.router.add_route("*", "/{name}", guard_handler(handler, "probe"))
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
async def test_every_error_has_the_one_shape(error: type[SpectrixError], probe: Probe) -> None:
    async def fail(request: web.Request) -> web.StreamResponse:
        raise error

    client = await probe(fail)
    async with client.get("/x") as answer:
        problem = await check_problem(answer, error.status, error.code)
        assert problem["type"] == f"urn:spectrix:problem:{error.code}"
        assert problem["title"] == error.title
        assert problem["detail"] == error.default_detail
        assert (answer.headers.get("Retry-After") is not None) == issubclass(error, errors.Unavailable)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_codes_are_unique_and_written_as_promised() -> None:
    codes = [error.code for error in ERRORS if "code" in vars(error)]  # else it groups others, or is nobody's answer
    assert len(codes) == len(set(codes))
    assert all(code.replace("_", "").isalpha() and code.islower() for code in codes)


async def test_retry_after_is_whole_seconds_and_never_zero(probe: Probe) -> None:
    async def fail(request: web.Request) -> web.StreamResponse:
        raise errors.TooMany(retry_after={"short": 0.01, "long": 12.2}[request.match_info["name"]])

    client = await probe(fail)
    async with client.get("/short") as short, client.get("/long") as long:
        assert (short.headers["Retry-After"], long.headers["Retry-After"]) == ("1", "13")


async def test_what_nobody_foresaw_is_opaque_and_logged_once_a_second(
    probe: Probe, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(request: web.Request) -> web.StreamResponse:
        raise {"one": ValueError, "two": KeyError}[request.match_info["name"]]("spx_v1_live_secret")

    async def ask(name: str) -> None:
        async with client.get(f"/{name}?token=secret") as answer:
            problem = await check_problem(answer, 500, "internal")
            assert "secret" not in str(problem)

    client = await probe(fail)
    with caplog.at_level(logging.INFO, "spectrix_lite"):
        for name in ("one", "one", "two", "one"):
            await ask(name)
        assert len(caplog.records) == 2
        clock.advance(1.0)
        await ask("one")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 3
    assert lines[0].startswith("ValueError in GET /{name}: test_problems.py:")
    assert lines[2].endswith("(2 more like it before)")
    assert "secret" not in caplog.text


async def test_refusals_of_aiohttp_itself_take_the_same_shape(probe: Probe) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        refusals = {"large": web.HTTPRequestEntityTooLarge(1, 2), "odd": web.HTTPGone()}
        raise refusals[request.match_info["name"]]

    client = await probe(refuse)
    async with client.get("/large") as answer:
        await check_problem(answer, 413, "too_large")
    async with client.get("/odd") as answer:
        await check_problem(answer, 400, "bad_request")


async def test_no_other_answer_follows_one_that_has_begun(probe: Probe) -> None:
    async def begin(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"begun")
        raise {"known": errors.NotFound, "unknown": RuntimeError}[request.match_info["name"]]

    client = await probe(begin)
    for name in ("known", "unknown"):
        async with client.get(f"/{name}") as answer:
            assert answer.status == 200
            with pytest.raises((ClientPayloadError, ConnectionResetError)):
                await answer.read()


async def test_unknown_addresses(server: Server) -> None:
    async with server.anyone() as client:
        for path in ("/nowhere", "/api/v1/nowhere", "/api/v1", "/api/v1/services/a/b/c", "/api/v2/services"):
            async with client.get(path) as answer:
                await check_problem(answer, 404, "not_found")


@pytest.mark.case(29)
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/ingest/logs", {"POST"}),
        ("OPTIONS", "/api/v1/ingest/logs", {"POST"}),
        ("DELETE", "/api/v1/services", {"GET", "HEAD", "POST"}),
        ("POST", "/api/v1/auth/me", {"GET", "HEAD"}),
        ("POST", "/api/v1/stream", {"GET"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
        ("PUT", "/api/v1/services/some/stream-keys/other", {"PATCH", "DELETE"}),
        ("PROPFIND", "/api/v1/services", {"GET", "HEAD", "POST"}),
    ],
)
async def test_methods_that_are_not_taken(method: str, path: str, allowed: set[str], server: Server) -> None:
    """405 with Allow, before anything else is asked."""
    async with server.anyone() as client, client.request(method, path) as answer:
        await check_problem(answer, 405, "method_not_allowed")
        assert set(answer.headers["Allow"].split(",")) == allowed


LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"


@pytest.mark.case(27)
async def test_a_client_that_goes_away_is_no_error_of_ours(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """On the operator API."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(LOGIN + b"Content-Length: 100\r\n\r\n")
    assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"  # the handler waits for the body now
    writer.write(b"{")
    writer.close()
    await writer.wait_closed()
    await server.listener.close()
    assert caplog.text == ""


@pytest.mark.case(23)
async def test_a_body_that_is_framed_wrongly_is_a_bad_request(server: Server) -> None:
    """The bad chunk comes when its request is being answered already."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(LOGIN + b"Transfer-Encoding: chunked\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"zz\r\n{}\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"zz" not in answer.partition(b"\r\n\r\n")[2]
