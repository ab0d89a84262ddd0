"""Views: named queries that are saved, changed and deleted, for one service or for all."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem

VIEWS = "/api/v1/views"


async def _save(client: aiohttp.ClientSession, **body: Any) -> dict[str, Any]:
    async with client.post(VIEWS, json=body) as answer:
        assert answer.status == 201, await answer.text()
        saved: dict[str, Any] = await answer.json()
    return saved


async def _change(client: aiohttp.ClientSession, view: str, **body: Any) -> dict[str, Any]:
    async with client.patch(f"{VIEWS}/{view}", json=body) as answer:
        assert answer.status == 200, await answer.text()
        changed: dict[str, Any] = await answer.json()
    return changed


async def _listed(client: aiohttp.ClientSession) -> list[dict[str, Any]]:
    async with client.get(VIEWS) as answer:
        assert answer.status == 200
        listed: list[dict[str, Any]] = (await answer.json())["views"]
    return listed


async def test_a_view_is_kept_as_it_was_saved(serve: Serve) -> None:
    server = await serve(clock=FakeClock())
    service = await server.create_service()
    async with server.operator() as client:
        whole = await _save(
            client, name=" Slow ", service=service, query="duration>1s", columns=["time", "metadata.user"], range="-1h"
        )
        assert len(whole.pop("id")) == 12
        assert whole == {
            "name": "Slow",
            "service": service,
            "query": "duration>1s",
            "columns": ["time", "metadata.user"],
            "range": "-1h",
            "createdAt": "2026-05-14T10:30:00.000Z",
        }
        least = await _save(client, name="Errors", query="")
        assert (least["service"], least["columns"], least["range"]) == (None, None, None)
        assert [view["name"] for view in await _listed(client)] == ["Slow", "Errors"]


async def test_a_change_leaves_what_it_does_not_name_and_null_takes_away(
    server: Server, operator: aiohttp.ClientSession
) -> None:
    service = await server.create_service()
    saved = await _save(operator, name="Slow", service=service, query="a", columns=["time"], range="-1h")
    assert await _change(operator, saved["id"], query="b") == saved | {"query": "b"}
    assert await _change(operator, saved["id"], name="Late", service=None, columns=None, range=None) == {
        **saved, "query": "b", "name": "Late", "service": None, "columns": None, "range": None,
    }  # fmt: skip
    times = "2026-11-29T16:45:00Z/2026-11-29T17:45:00.123+01:00"
    changed = await _change(operator, saved["id"], service=service, columns=[], range=times)
    assert (changed["service"], changed["columns"], changed["range"]) == (service, [], times)
    assert await _listed(operator) == [changed]


async def test_a_view_is_gone_when_deleted_and_goes_with_its_service(
    server: Server, operator: aiohttp.ClientSession
) -> None:
    service = await server.create_service()
    own = await _save(operator, name="Own", service=service, query="a")
    shared = await _save(operator, name="Shared", query="a")
    await server.context.authority.delete_service(service)
    assert await _listed(operator) == [shared]
    async with operator.delete(f"{VIEWS}/{shared['id']}") as answer:
        assert answer.status == 204
    assert await _listed(operator) == []
    for gone in (own, shared):
        async with operator.delete(f"{VIEWS}/{gone['id']}") as answer:
            await check_problem(answer, 404, "view_not_found")
        async with operator.patch(f"{VIEWS}/{gone['id']}", json={}) as answer:
            await check_problem(answer, 404, "view_not_found")


async def test_a_name_is_one_view_of_a_service(server: Server, operator: aiohttp.ClientSession) -> None:
    service = await server.create_service()
    await _save(operator, name="Errors", query="a")
    own = await _save(operator, name="Errors", service=service, query="a")
    async with operator.post(VIEWS, json={"name": "ERRORS", "query": "b"}) as answer:
        await check_problem(answer, 409, "name_taken")
    async with operator.patch(f"{VIEWS}/{own['id']}", json={"service": None}) as answer:
        await check_problem(answer, 409, "name_taken")
    views = server.context.store.views
    assert (await views.named("errors", service)).id == own["id"], "the service's own comes before the one for all"
    assert (await views.named("errors", "another")).service_id is None


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({"query": "a"}, 400, "invalid_body", "name"),
        ({"name": "a"}, 400, "invalid_body", "query"),
        ({"name": "\n", "query": "a"}, 400, "invalid_name", ""),
        ({"name": "a", "query": "level:loud"}, 400, "invalid_query", "level"),
        ({"name": "a", "query": "a" * 1025}, 400, "invalid_query", "1024"),
        ({"name": "a", "query": "a", "service": "nowhere"}, 404, "service_not_found", ""),
        ({"name": "a", "query": "a", "columns": "time"}, 400, "invalid_body", "columns"),
        ({"name": "a", "query": "a", "columns": ["c"] * 51}, 400, "invalid_body", "columns"),
        ({"name": "a", "query": "a", "range": "yesterday"}, 400, "invalid_body", "range"),
        ({"name": "a", "query": "a", "range": "-1h\n"}, 400, "invalid_body", "range"),
        ({"name": "a", "query": "a", "range": "2026-13-01T00:00:00Z/2026-11-29T00:00:00Z"}, 400, "invalid_body", ""),
    ],
)
async def test_what_a_view_cannot_be(
    operator: aiohttp.ClientSession, body: dict[str, Any], status: int, code: str, said: str
) -> None:
    async with operator.post(VIEWS, json=body) as answer:
        problem = await check_problem(answer, status, code)
    assert said in problem["detail"]
    saved = await _save(operator, name="a", query="a")
    if body.keys() >= {"name", "query"}:
        async with operator.patch(f"{VIEWS}/{saved['id']}", json=body) as answer:
            await check_problem(answer, status, code)
    assert await _listed(operator) == [saved]
