"""Bodies of the operator API: small, JSON, of the right shape, and answered with a clear word where they are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from spectrix_lite.server import json_body

from ..support.serving import Server, check_problem

LOGIN = "/api/v1/auth/login"
SERVICES = "/api/v1/services"


@pytest.mark.parametrize("body", [b"{", b"no json", b'{"name": "\xff"}', b'{"name": "\\ud83d"}', b'{"x":' * 9_000])
async def test_bodies_that_are_no_json(body: bytes, operator: aiohttp.ClientSession) -> None:
    async with operator.post(SERVICES, data=body) as answer:
        await check_problem(answer, 400, "invalid_json")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Object missing required field `name`"),
        (b"{}", "Object missing required field `name`"),
        (b"[]", "Expected `object`, got `array`"),
        (b'"text"', "Expected `object`, got `str`"),
        (b"null", "Expected `object`, got `null`"),
        (b'{"name": 5}', "Expected `str`, got `int` - at `$.name`"),
        (b'{"name": null}', "Expected `str`, got `null` - at `$.name`"),
    ],
)
async def test_bodies_of_another_shape(body: bytes, said: str, operator: aiohttp.ClientSession) -> None:
    async with operator.post(SERVICES, data=body) as answer:
        problem = await check_problem(answer, 400, "invalid_body")
        assert problem["detail"] == f"The body does not fit: {said}."


async def test_a_value_is_never_repeated(server: Server, operator: aiohttp.ClientSession) -> None:
    service = await server.create_service()
    async with operator.post(f"{SERVICES}/{service}/sessions", json={"kind": "<b>'se\"cret - at `$.</b>"}) as answer:
        problem = await check_problem(answer, 400, "invalid_body")
        assert "cret" not in problem["detail"]
        assert problem["detail"] == "The body does not fit: Not one of the values allowed - at `$.kind`."


async def test_a_whole_number_may_be_written_with_a_point(operator: aiohttp.ClientSession) -> None:
    """As it is one in JSON and its schemas; `1.5` is none, and `true` neither."""
    for days, status in (("30.0", 201), ("3e1", 201), ("30", 201), ("1.5", 400), ("true", 400), ("400.0", 400)):
        body = f'{{"name": "{days}", "days": {days}}}'.encode()
        async with operator.post("/api/v1/read-tokens", data=body) as answer:
            assert answer.status == status, (days, await answer.text())


async def test_fields_that_nobody_knows_are_ignored(operator: aiohttp.ClientSession) -> None:
    async with operator.post(SERVICES, json={"name": "Payment Service", "colour": {"deep": [1]}}) as answer:
        assert answer.status == 201


async def test_any_content_type_but_a_form(operator: aiohttp.ClientSession) -> None:
    for number, kind in enumerate(("text/plain", "application/json; charset=utf-8", "application/octet-stream", "x")):
        body = b'{"name": "Service %d"}' % number
        async with operator.post(SERVICES, data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status == 201, kind
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        async with operator.post(SERVICES, data=b'{"name": "x"}', headers={"Content-Type": kind}) as answer:
            await check_problem(answer, 415, "unsupported_type")


async def test_no_compressed_bodies(operator: aiohttp.ClientSession) -> None:
    async with operator.post(SERVICES, data=b"x", headers={"Content-Encoding": "gzip"}) as answer:
        await check_problem(answer, 415, "unsupported_type")


async def test_large_bodies_announced_or_not(client: aiohttp.ClientSession) -> None:
    async with client.post(LOGIN, data=b" " * (json_body.MAX_BODY + 1)) as answer:
        await check_problem(answer, 413, "too_large")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * 8192

    async with client.post(LOGIN, data=pieces()) as answer:
        await check_problem(answer, 413, "too_large")
    async with client.post(LOGIN, data=b" " * json_body.MAX_BODY) as answer:
        await check_problem(answer, 400, "invalid_json")


@pytest.mark.case(26)
async def test_a_body_that_stalls(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the operator API."""
    monkeypatch.setattr(json_body, "BODY_SECONDS", 0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_stalled"' in answer
    assert server.stalls() == 1


@pytest.mark.case(30)
async def test_only_who_may_come_in_is_asked_for_a_body(server: Server) -> None:
    """No `100 Continue` without a sign-in."""
    async with server.operator() as client:
        (cookie,) = client.cookie_jar
    for line, status in ((b"", b"401"), (f"Cookie: {cookie.key}={cookie.value}\r\n".encode(), b"100")):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST /api/v1/services HTTP/1.1\r\nHost: localhost:%d\r\n%b" % (server.port, line)
            + b"Expect: 100-continue\r\nContent-Length: 20\r\n\r\n"
        )
        assert (await reader.readline()).split()[1] == status
        writer.close()
        await writer.wait_closed()
