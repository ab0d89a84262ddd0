"""Sessions: made, listed, ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Batch, Entry

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem

SERVICES = "/api/v1/services"


async def _created(client: aiohttp.ClientSession, service: str, body: Mapping[str, Any]) -> dict[str, Any]:
    async with client.post(f"{SERVICES}/{service}/sessions", json=body) as answer:
        assert answer.status == 201, await answer.text()
        created: dict[str, Any] = await answer.json()
    return created


async def _listed(client: aiohttp.ClientSession, service: str) -> list[dict[str, Any]]:
    async with client.get(f"{SERVICES}/{service}/sessions") as answer:
        assert answer.status == 200
        listed: list[dict[str, Any]] = (await answer.json())["sessions"]
    return listed


async def test_the_defaults(serve: Serve) -> None:
    server = await serve(clock=FakeClock())
    service = await server.create_service()
    async with server.operator() as client:
        created = await _created(client, service, {})
        assert set(created) == {"id", "token", "kind", "expiresAt", "watchIdle"}
        assert (created["kind"], created["expiresAt"]) == ("operator", "2026-05-14T10:45:00.000Z")
        assert created["watchIdle"] == 3600
        async with client.post(f"{SERVICES}/{service}/sessions") as answer:
            assert answer.status == 201, "no body is an empty one"
            other = await answer.json()
        listed = {session["id"]: session for session in await _listed(client, service)}
        assert set(listed) == {created["id"], other["id"]}
        assert listed[created["id"]] == {
            "id": created["id"],
            "kind": "operator",
            "createdAt": "2026-05-14T10:30:00.000Z",
            "expiresAt": "2026-05-14T10:45:00.000Z",
            "watchers": 0,
        }


async def test_how_long_a_page_renews_by_itself(serve: Serve, config: Config) -> None:
    server = await serve(replace(config, watch_idle=720))
    service = await server.create_service()
    async with server.operator() as client:
        assert (await _created(client, service, {}))["watchIdle"] == 12 * 3600
        assert "watchIdle" not in await _created(client, service, {"kind": "share"}), "it ends when it ends"


async def test_kind_and_ttl(server: Server, operator: aiohttp.ClientSession) -> None:
    service = await server.create_service()
    for ttl in (1, 7200):
        created = await _created(operator, service, {"ttl": ttl, "kind": "share"})
        listed = {session["id"]: session for session in await _listed(operator, service)}[created["id"]]
        assert listed["kind"] == "share"
        lifetime = datetime.fromisoformat(listed["expiresAt"]) - datetime.fromisoformat(listed["createdAt"])
        assert lifetime.total_seconds() == ttl


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"ttl": 0}, "invalid_body", "`int` >= 1"),
        ({"ttl": 7201}, "invalid_body", "`int` <= 7200"),
        ({"ttl": "60"}, "invalid_body", "$.ttl"),
        ({"ttl": True}, "invalid_body", "$.ttl"),
        ({"ttl": 60.5}, "invalid_body", "$.ttl"),
        ({"ttl": None}, "invalid_body", "$.ttl"),
        ({"kind": "admin"}, "invalid_body", "$.kind"),
        ({"filter": "error"}, "invalid_body", "$.filter"),
        ({"filter": {"levels": "error"}}, "invalid_filter", "levels"),
        ({"filter": {"levels": ["loud"]}}, "invalid_filter", "level"),
        ({"columns": "time"}, "invalid_body", "$.columns"),
        ({"range": "yesterday"}, "invalid_body", "`range`"),
        ({"range": "2026-05-14T10:30:00Z/2026-05-14T10:30:00Z"}, "invalid_body", "earlier"),
        ({"range": "2026-02-30T10:30:00Z/2026-05-14T10:30:00Z"}, "invalid_body", "`range`"),
        ({"view": "v", "range": "-1h"}, "invalid_body", "one or the other"),
    ],
)
async def test_what_a_session_cannot_be(
    body: dict[str, Any], code: str, said: str, server: Server, operator: aiohttp.ClientSession
) -> None:
    service = await server.create_service()
    async with operator.post(f"{SERVICES}/{service}/sessions", json=body) as answer:
        problem = await check_problem(answer, 400, code)
        assert said in problem["detail"]
    assert await _listed(operator, service) == []


@pytest.mark.case(50)
async def test_a_session_counts_its_watchers_and_ends_them(server: Server, operator: aiohttp.ClientSession) -> None:
    """Ended, and its watchers are closed with 4003; the token opens nothing more."""
    service = await server.create_service()
    created = await _created(operator, service, {})
    watch = {"type": "watch", "token": created["token"]}
    async with operator.ws_connect("/api/v1/stream", origin=server.base_url) as socket:
        await socket.send_json(watch)
        watching = await socket.receive_json()
        assert (watching["type"], watching["sessionId"]) == ("watching", created["id"])
        assert [session["watchers"] for session in await _listed(operator, service)] == [1]
        async with operator.delete(f"/api/v1/sessions/{created['id']}") as answer:
            assert (answer.status, await answer.read()) == (204, b"")
        assert (await socket.receive(1.0)).data == 4003
    assert await _listed(operator, service) == []
    async with operator.ws_connect("/api/v1/stream", origin=server.base_url) as socket:
        await socket.send_json(watch)
        assert (await socket.receive(1.0)).data == 4003
    async with operator.delete(f"/api/v1/sessions/{created['id']}") as answer:
        await check_problem(answer, 404, "session_not_found")


async def test_a_filter_stays_with_its_session(server: Server, operator: aiohttp.ClientSession) -> None:
    service = await server.create_service()
    created = await _created(operator, service, {"kind": "share", "filter": {"levels": ["error"], "later": 1}})
    (session,) = server.context.authority.sessions(service)
    assert session.filter == '{"levels":["error"],"later":1}'
    async with operator.ws_connect("/api/v1/stream", origin=server.base_url) as socket:
        await socket.send_json({"type": "watch", "token": created["token"]})
        assert (await socket.receive_json())["type"] == "watching"
        key = await server.create_key(service)
        logs = {"logs": [{"level": level, "message": level} for level in ("info", "error", "debug")]}
        async with operator.post("/api/v1/ingest/logs", json=logs, headers={"X-API-Key": key}) as answer:
            assert answer.status == 200
        message = await socket.receive_json(timeout=60)
        assert [entry["message"] for entry in message["entries"]] == ["error"]
        assert message["through"] == 3


async def test_sessions_need_a_service(operator: aiohttp.ClientSession) -> None:
    for method in ("GET", "POST"):
        async with operator.request(method, f"{SERVICES}/none/sessions", json={}) as answer:
            await check_problem(answer, 404, "service_not_found")


async def test_a_token_is_never_listed(server: Server, operator: aiohttp.ClientSession) -> None:
    service = await server.create_service()
    created = await _created(operator, service, {})
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", created["token"]), "at least 128 bits"
    assert created["token"] not in str(await _listed(operator, service))


async def _told(
    client: aiohttp.ClientSession, server: Server, token: str, filter_: Any = None
) -> tuple[Any, list[str]]:
    """(the `view` that a holder is told, the messages of what there is for it)."""
    async with client.ws_connect("/api/v1/stream", origin=server.base_url) as socket:
        await socket.send_json({"type": "watch", "token": token, "filter": filter_})
        first = await socket.receive_json()
        entries: list[str] = []
        through = 0
        while through < first["head"]:
            message = await socket.receive_json(timeout=60)
            entries += [entry["message"] for entry in message.get("entries", [])]
            through = message.get("through", through)
        return first.get("view"), entries


async def _each_minute(server: Server, clock: FakeClock, service: str, count: int) -> None:
    for minute in range(count):
        batch = Batch([Entry(timestamp="", level="error" if minute % 2 else "info", message=f"m{minute}")], [], [])
        await server.context.hub.ingest(service, batch, "test")
        clock.advance(60)


async def test_a_share_shows_its_range_alone_whatever_its_holder_asks_for(serve: Serve) -> None:
    clock = FakeClock()
    server = await serve(clock=clock)
    service = await server.create_service()
    async with server.operator() as client:
        await _each_minute(server, clock, service, 6)  # 10:30 to 10:35, and it is 10:36
        body = {
            "kind": "share",
            "range": "2026-05-14T12:31:00+02:00/2026-05-14T10:33:00Z",
            "columns": ["time", "message"],
        }
        token = (await _created(client, service, body))["token"]
        view = {"columns": ["time", "message"], "from": "2026-05-14T10:31:00.000Z", "to": "2026-05-14T10:33:00.000Z"}
        assert await _told(client, server, token) == (view, ["m1", "m2"])
        asked = {"q": "time>=10:32 OR m5"}
        assert (await _told(client, server, token, asked))[1] == ["m2"]
        token = (await _created(client, service, {"kind": "share", "range": "-3m", "filter": {"q": "m3 OR m0"}}))[
            "token"
        ]
        clock.advance(60)
        view = {"from": "2026-05-14T10:33:00.000Z"}
        assert await _told(client, server, token) == (view, ["m3"]), "it counts from when the link was made"
        token = (await _created(client, service, {"kind": "share", "columns": []}))["token"]
        assert await _told(client, server, token) == ({"columns": []}, [f"m{n}" for n in range(6)])
        token = (await _created(client, service, {"kind": "share"}))["token"]
        assert (await _told(client, server, token))[0] is None


async def test_a_share_of_a_view_is_what_the_view_says_when_it_is_made(serve: Serve) -> None:
    clock = FakeClock()
    server = await serve(clock=clock)
    service, other = await server.create_service("one"), await server.create_service("two")
    async with server.operator() as client:
        await _each_minute(server, clock, service, 4)
        new = {"name": "v", "query": "level:error", "columns": ["level"], "range": "-2m", "service": service}
        async with client.post("/api/v1/views", json=new) as answer:
            view = (await answer.json())["id"]
        token = (await _created(client, service, {"kind": "share", "view": view}))["token"]
        widened = {"query": "", "range": None, "columns": None}
        async with client.patch(f"/api/v1/views/{view}", json=widened) as answer:
            assert answer.status == 200
        shown = {"columns": ["level"], "from": "2026-05-14T10:32:00.000Z"}
        assert await _told(client, server, token) == (shown, ["m3"])
        for elsewhere, which in ((other, view), (service, "none")):
            async with client.post(f"{SERVICES}/{elsewhere}/sessions", json={"kind": "share", "view": which}) as answer:
                await check_problem(answer, 404, "view_not_found")


async def test_what_a_share_shows_outlives_a_restart(serve: Serve) -> None:
    server = await serve()
    service = await server.create_service()
    async with server.operator() as client:
        await _created(client, service, {"kind": "share", "range": "-1h", "columns": ["level"]})
    (session,) = server.context.authority.sessions(service)
    again = await server.context.store.read_all()
    assert session.view is not None
    assert [row.view for row in again.sessions] == [session.view]
