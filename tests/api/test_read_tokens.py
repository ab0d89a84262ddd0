"""Read tokens against every call: what they open, and that they open nothing else."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest

from spectrix_lite.api.route import Route
from spectrix_lite.api.routes import ROUTES
from spectrix_lite.cli.access import opened
from spectrix_lite.core.clock import Clock
from spectrix_lite.core.config import Config

from ..support.serving import Server, check_problem, serving
from ..support.watching import connected, watching

TOKENS = "/api/v1/read-tokens"
READ = ("reader", "search")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_is_shown_once_and_listed_without_its_secret(
    server: Server, operator: aiohttp.ClientSession
) -> None:
    service_id = await server.create_service()
    async with operator.post(TOKENS, json={"name": "CI", "services": [service_id], "days": 7}) as answer:
        assert answer.status == 201
        created = await answer.json()
    token = created.pop("token")
    async with operator.get(TOKENS) as answer:
        assert await answer.json() == {"readTokens": [created]}
    assert created["services"] == [service_id]
    assert (created["lastUsedAt"], created["revokedAt"]) == (None, None)
    async with server.anyone(bearer(token)) as script, script.get("/api/v1/services") as answer:
        assert [service["id"] for service in (await answer.json())["services"]] == [service_id]
    async with operator.delete(f"{TOKENS}/{created['id']}") as answer:
        assert answer.status == 204
    async with operator.get(TOKENS) as answer:
        (listed,) = (await answer.json())["readTokens"]
        assert listed["lastUsedAt"] is not None
        assert listed["revokedAt"] is not None
    async with server.anyone(bearer(token)) as script, script.get("/api/v1/services") as answer:
        await check_problem(answer, 401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "body", [{"name": "x", "days": 366}, {"name": "x", "days": 0}, {"name": "x", "services": []}, {}]
)
async def test_what_is_not_created(operator: aiohttp.ClientSession, body: dict[str, Any]) -> None:
    async with operator.post(TOKENS, json=body) as answer:
        await check_problem(answer, 400, "invalid_body")


@pytest.mark.case(160)
async def test_every_call_and_a_token_for_one_service(server: Server) -> None:
    """It reads of its own service, is refused of another, and changes nothing, also where a cookie would."""
    own, other = await server.create_service("Own"), await server.create_service("Other")
    _, token = await server.context.authority.readers.create("CI", [own])
    async with server.anyone(bearer(token)) as script:
        for route in ROUTES:
            if route.access not in ("operator", *READ):
                continue
            expected = {own: 200, other: 403} if route.access in READ else {own: 403, other: 403}
            for service_id, status in expected.items() if "{id}" in route.path else [(own, expected[own])]:
                async with script.request(route.method, _path(route, service_id)) as answer:
                    assert answer.status == status, (route.name, await answer.text())
                    if status == 403:
                        await check_problem(answer, 403, "forbidden")
        key = await server.create_key(own)
        async with script.post("/api/v1/ingest/logs", json={"message": "m"}) as answer:
            await check_problem(answer, 401, "invalid_key")
        async with script.get("/api/v1/services", headers=bearer(key)) as answer:
            await check_problem(answer, 403, "forbidden")


def _path(route: Route, service_id: str) -> str:
    return re.sub(r"{\w+}", "none", route.path.replace("{id}", service_id))


@pytest.mark.case(160)
async def test_a_cookie_does_not_widen_what_a_token_shows(server: Server, operator: aiohttp.ClientSession) -> None:
    own = await server.create_service("Own")
    await server.create_service("Other")
    _, token = await server.context.authority.readers.create("CI", [own])
    async with operator.get("/api/v1/services", headers=bearer(token)) as answer:
        assert [service["id"] for service in (await answer.json())["services"]] == [own]


async def test_a_token_watches(server: Server) -> None:
    own, other = await server.create_service("Own"), await server.create_service("Other")
    shown, token = await server.context.authority.readers.create("CI", [own])
    async with (
        watching(server, token, service=own) as (first, message),
        watching(server, token, service=own) as (second, _),
    ):
        assert (message["kind"], message["sessionId"], message["service"]["id"]) == ("token", shown.id, own)
        await server.context.authority.readers.revoke(shown.id)
        assert [await first.closed(), await second.closed()] == [4003, 4003]
    _, token = await server.context.authority.readers.create("CI", [own])
    for service, code in ((other, 4401), ("nowhere", 4401), (None, 4401)):
        async with connected(server) as watcher:
            await watcher.send(type="watch", token=token, service=service)
            assert await watcher.closed() == code
    async with watching(server, token, service=own) as (watcher, _):
        await server.context.authority.delete_service(own)
        assert await watcher.closed() == 4003


@pytest.mark.case(161)
async def test_a_token_revoked_by_the_command_line_ends_within_a_second(config: Config, clock: Clock) -> None:
    """The watch over the database looks every half second; here it looks when it is told to."""
    async with serving(config, clock) as server:
        own = await server.create_service()
        shown, token = await server.context.authority.readers.create("CI")
        async with watching(server, token, service=own) as (watcher, _):
            async with opened(server.context.config) as beside:
                await beside.readers.revoke(shown.id)
            await server.context.authority.refresh()
            assert await watcher.closed() == 4003
