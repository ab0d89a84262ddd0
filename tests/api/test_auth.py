"""Signing in by link and by password, and out again."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from spectrix_lite import __version__
from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem

TOKEN = "/api/v1/auth/token"
LOGIN = "/api/v1/auth/login"
LOGOUT = "/api/v1/auth/logout"
ME = "/api/v1/auth/me"
PASSWORD = "/api/v1/auth/password"
SERVICES = "/api/v1/services"
RIGHT = "correct horse"


async def _me(client: aiohttp.ClientSession) -> dict[str, object]:
    async with client.get(ME) as answer:
        assert answer.status == 200
        me: dict[str, object] = await answer.json()
    return me


async def _login(client: aiohttp.ClientSession, password: str = RIGHT) -> int:
    async with client.post(LOGIN, json={"password": password}) as answer:
        return answer.status


async def _watch(
    server: Server, client: aiohttp.ClientSession, service: str, kind: str
) -> aiohttp.ClientWebSocketResponse:
    """A watcher that has begun, by a session of `kind`."""
    async with client.post(f"{SERVICES}/{service}/sessions", json={"kind": kind}) as answer:
        token = (await answer.json())["token"]
    socket = await client.ws_connect("/api/v1/stream", origin=server.base_url)
    await socket.send_json({"type": "watch", "token": token})
    assert (await socket.receive_json())["type"] == "watching"
    return socket


async def _close_code(socket: aiohttp.ClientWebSocketResponse) -> object:
    """What the server closes with, within a second."""
    message = await socket.receive(1.0)
    assert message.type is aiohttp.WSMsgType.CLOSE
    return message.data


@pytest.mark.case(39)
async def test_the_link_works_once(server: Server, client: aiohttp.ClientSession) -> None:
    """The first run needs the terminal's token, and a second claim of it is refused."""
    assert await _me(client) == {"signedIn": False, "passwordSet": False, "version": __version__}
    token = await server.context.authority.operator.new_link()
    async with client.post(TOKEN, json={"token": token}) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
        (cookie,) = answer.headers.getall("Set-Cookie")
    name, _, rest = cookie.partition("=")
    assert name == f"spectrix_{server.port}"
    assert token not in rest
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(rest.split("; "))
    assert "Secure" not in rest
    assert (await _me(client))["signedIn"]
    async with client.post(TOKEN, json={"token": token}) as answer:
        await check_problem(answer, 409, "link_used")
        assert "Set-Cookie" not in answer.headers


async def test_a_link_that_was_never_made_or_is_too_old(serve: Serve) -> None:
    clock = FakeClock()
    server = await serve(clock=clock)
    token = await server.context.authority.operator.new_link()
    clock.advance(30 * 60)
    async with server.anyone() as client:
        for wrong in (token, "guess", "", "é"):
            async with client.post(TOKEN, json={"token": wrong}) as answer:
                await check_problem(answer, 401, "link_unknown")


async def test_password_sign_in(server: Server, client: aiohttp.ClientSession) -> None:
    assert await _login(client) == 401
    await server.context.authority.operator.reset_password(RIGHT)
    assert (await _me(client))["passwordSet"]
    async with client.post(LOGIN, json={"password": "wrong horse"}) as answer:
        await check_problem(answer, 401, "wrong_password")
        assert "Set-Cookie" not in answer.headers
    assert await _login(client) == 204
    assert (await _me(client))["signedIn"]


@pytest.mark.case(40, 46)
async def test_guessing_is_stopped_and_hurts_nobody_else(serve: Serve) -> None:
    """After ten a minute 429, whatever address the client claims; who is signed in stays so."""
    clock = FakeClock()
    server = await serve(clock=clock)
    await server.context.authority.operator.reset_password(RIGHT)
    async with server.operator() as operator, server.anyone() as client:
        statuses = []
        for number in range(20):
            headers = {"X-Forwarded-For": f"10.0.0.{number}"}
            async with client.post(LOGIN, json={"password": "wrong horse"}, headers=headers) as answer:
                statuses.append(answer.status)
                if answer.status == 429:
                    await check_problem(answer, 429, "too_many_attempts")
                    assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert statuses == [401] * 10 + [429] * 10
        assert server.context.authority.verifications()["password"] == 10
        assert await _login(client) == 429
        assert (await _me(operator))["signedIn"]
        clock.advance(60)
        assert await _login(client) == 204


@pytest.mark.case(45)
async def test_a_preset_cookie_is_replaced(server: Server) -> None:
    """Whoever planted a value does not share the sign-in."""
    await server.context.authority.operator.reset_password(RIGHT)
    async with server.anyone() as client:
        client.cookie_jar.update_cookies({f"spectrix_{server.port}": "planted"}, client._build_url("/"))
        assert not (await _me(client))["signedIn"]
        for path, body in (
            (LOGIN, {"password": RIGHT}),
            (TOKEN, {"token": await server.context.authority.operator.new_link()}),
        ):
            (before,) = client.cookie_jar
            async with client.post(path, json=body) as answer:
                assert answer.status == 204
            (after,) = client.cookie_jar
            assert (after.key, after.value != before.value) == (before.key, True)
            assert after.value != "planted"
    async with server.anyone({"Cookie": f"spectrix_{server.port}=planted"}) as other:
        assert not (await _me(other))["signedIn"]


@pytest.mark.case(44)
async def test_signing_out(server: Server, operator: aiohttp.ClientSession) -> None:
    """401 after, the operator's sockets closed, shares live on."""
    service = await server.create_service()
    (cookie,) = operator.cookie_jar
    mine = await _watch(server, operator, service, "operator")
    shared = await _watch(server, operator, service, "share")
    async with operator.post(LOGOUT) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert list(operator.cookie_jar) == []
    for headers in ({}, {"Cookie": f"{cookie.key}={cookie.value}"}):
        async with operator.get(SERVICES, headers=headers) as answer:
            await check_problem(answer, 401, "sign_in_required")
        assert not (await _me(operator))["signedIn"]
    assert await _close_code(mine) == 4003
    await _still_watching(server, service, shared)
    await shared.close()


async def _still_watching(server: Server, service: str, socket: aiohttp.ClientWebSocketResponse) -> None:
    async with server.operator() as client, client.post(f"{SERVICES}/{service}/test-entry") as answer:
        assert answer.status == 200
    assert (await socket.receive_json(timeout=60))["type"] == "entries"


@pytest.mark.case(44)
async def test_a_new_password_ends_all_other_sign_ins(server: Server, operator: aiohttp.ClientSession) -> None:
    service = await server.create_service()
    async with server.operator() as other:
        mine = await _watch(server, operator, service, "operator")
        others = await _watch(server, other, service, "operator")
        shared = await _watch(server, other, service, "share")
        async with operator.put(PASSWORD, json={"new": RIGHT}) as answer:
            assert (answer.status, await answer.read()) == (204, b"")
        assert (await _me(operator)) == {"signedIn": True, "passwordSet": True, "version": __version__}
        async with other.get(SERVICES) as answer:
            await check_problem(answer, 401, "sign_in_required")
        for socket in (mine, others):
            assert await _close_code(socket) == 4003
        await _still_watching(server, service, shared)
        await shared.close()


async def test_changing_the_password_needs_the_current_one(server: Server, operator: aiohttp.ClientSession) -> None:
    await server.context.authority.operator.reset_password("the first one")
    await server.sign_in(operator)
    for body in ({"new": RIGHT}, {"new": RIGHT, "current": None}, {"new": RIGHT, "current": "wrong"}):
        async with operator.put(PASSWORD, json=body) as answer:
            await check_problem(answer, 401, "wrong_password")
    async with operator.put(PASSWORD, json={"new": "short", "current": "the first one"}) as answer:
        await check_problem(answer, 400, "invalid_password")
    async with operator.put(PASSWORD, json={"new": RIGHT, "current": "the first one"}) as answer:
        assert answer.status == 204
    assert await _login(operator) == 204


async def test_signing_out_or_setting_a_password_needs_a_sign_in(client: aiohttp.ClientSession) -> None:
    async with client.post(LOGOUT) as answer:
        await check_problem(answer, 401, "sign_in_required")
    async with client.put(PASSWORD, json={"new": RIGHT}) as answer:
        await check_problem(answer, 401, "sign_in_required")


async def test_two_servers_on_one_host_do_not_share_their_cookies(config: Config, serve: Serve) -> None:
    first = await serve()
    second = await serve(replace(config, db=config.db + ".second.db"))
    async with first.anyone() as client:
        await first.sign_in(client)
        async with client.post(
            f"{second.api}/auth/token", json={"token": await second.context.authority.operator.new_link()}
        ) as answer:
            assert answer.status == 204
        assert len(list(client.cookie_jar)) == 2
        for server in (first, second):
            async with client.get(f"{server.api}/auth/me") as answer:
                assert (await answer.json())["signedIn"]


@pytest.mark.case(48)
async def test_a_sign_in_lives_its_days_whatever_the_systems_clock_does(serve: Serve) -> None:
    clock = FakeClock()
    server = await serve(clock=clock)
    async with server.operator() as operator:
        for days in (1, -2):
            clock.set_wall(clock.wall() + days * 86_400_000)
            assert (await _me(operator))["signedIn"]
        clock.advance(30 * 86_400)
        assert not (await _me(operator))["signedIn"]
