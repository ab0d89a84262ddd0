"""Reading the ring buffer by pages, the rejected, and the test entry."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from spectrix_lite.entries.entry import Batch, Entry, Level

from ...support.serving import Server, check_problem


@pytest.fixture
async def service_id(server: Server) -> str:
    """A service with ten entries: every second one an error, every third from the worker."""
    service_id = await server.create_service()
    levels: tuple[Level, ...] = ("info", "error")
    entries = [
        Entry(
            timestamp="2026-05-14T10:30:00.000Z",
            level=levels[i % 2],
            message=f"Order {i}",
            source="worker" if i % 3 == 0 else "api",
        )
        for i in range(1, 11)
    ]
    await server.context.hub.ingest(service_id, Batch(entries, [], []), "test")
    return service_id


async def page(client: aiohttp.ClientSession, service_id: str, **query: Any) -> dict[str, Any]:
    async with client.get(f"/api/v1/services/{service_id}/entries", params=query) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


def seqs(found: dict[str, Any]) -> list[int]:
    return [entry["seq"] for entry in found["entries"]]


async def test_a_page_says_where_to_go_on(server: Server, operator: aiohttp.ClientSession, service_id: str) -> None:
    epoch = server.context.hub.channel(service_id).epoch
    first = await page(operator, service_id, limit=4)
    assert {name: first[name] for name in ("epoch", "oldest", "head", "through")} == {
        "epoch": epoch,
        "oldest": 1,
        "head": 10,
        "through": 4,
    }
    assert seqs(first) == [1, 2, 3, 4]
    assert first["entries"][0]["message"] == "Order 1"
    assert seqs(await page(operator, service_id, after=f"{epoch}.{first['through']}")) == [5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"level": "error"}, [1, 3, 5, 7, 9]),
        ({"level": "error,info"}, list(range(1, 11))),
        ({"source": "worker"}, [3, 6, 9]),
        ({"source": "worker", "level": "error"}, [3, 9]),
        ({"q": "ORDER 1"}, [1, 10]),
        ({"level": "warn"}, []),
    ],
)
async def test_a_page_is_filtered(
    operator: aiohttp.ClientSession, service_id: str, query: dict[str, str], expected: list[int]
) -> None:
    found = await page(operator, service_id, **query)
    assert seqs(found) == expected
    assert found["through"] == 10


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"after": "elsewhere.5"}, 409, "epoch_mismatch"),
        ({"after": "5"}, 400, "bad_request"),
        ({"after": "e.-5"}, 400, "bad_request"),
        ({"limit": "0"}, 400, "bad_request"),
        ({"limit": "many"}, 400, "bad_request"),
        ({"level": "loud"}, 400, "invalid_filter"),
    ],
)
async def test_a_page_that_cannot_be(
    operator: aiohttp.ClientSession, service_id: str, query: dict[str, str], status: int, code: str
) -> None:
    async with operator.get(f"/api/v1/services/{service_id}/entries", params=query) as answer:
        await check_problem(answer, status, code)


async def test_a_test_entry_goes_the_normal_way(operator: aiohttp.ClientSession, service_id: str) -> None:
    async with operator.post(f"/api/v1/services/{service_id}/test-entry") as answer:
        assert (answer.status, await answer.json()) == (200, {"accepted": 1, "rejected": 0, "errors": []})
    found = await page(operator, service_id)
    assert found["head"] == 11
    assert found["entries"][-1]["source"] == "spectrix"


@pytest.mark.parametrize(("method", "name"), [("GET", "entries"), ("GET", "rejected"), ("POST", "test-entry")])
async def test_only_the_operator_and_only_what_is_there(
    server: Server, operator: aiohttp.ClientSession, service_id: str, method: str, name: str
) -> None:
    async with (
        server.anyone() as stranger,
        stranger.request(method, f"/api/v1/services/{service_id}/{name}") as answer,
    ):
        await check_problem(answer, 401, "sign_in_required")
    async with operator.request(method, f"/api/v1/services/nowhere/{name}") as answer:
        await check_problem(answer, 404, "service_not_found")
