"""Services and stream keys, as the dashboard and scripts use them."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem

SERVICES = "/api/v1/services"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
LOGS = {"logs": [{"level": "error", "message": "GET /api/users", "statusCode": 500}]}


async def _created(client: aiohttp.ClientSession, path: str, name: str) -> dict[str, Any]:
    async with client.post(path, json={"name": name}) as answer:
        assert answer.status == 201, await answer.text()
        created: dict[str, Any] = await answer.json()
    return created


async def _got(client: aiohttp.ClientSession, path: str) -> dict[str, Any]:
    async with client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        got: dict[str, Any] = await answer.json()
    return got


def _sent(client: aiohttp.ClientSession, key: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
    """One batch, as a producer sends it."""
    return client.post("/api/v1/ingest/logs", json=LOGS, headers={"X-API-Key": key})


async def test_the_life_of_a_service(operator: aiohttp.ClientSession) -> None:
    created = await _created(operator, SERVICES, "Production API")
    assert set(created) == {"id", "name", "createdAt", "stats"}
    assert TIME.fullmatch(created["createdAt"])
    path = f"{SERVICES}/{created['id']}"
    assert (await _got(operator, path)) == created
    async with operator.patch(path, json={"name": "Production"}) as answer:
        assert (answer.status, (await answer.json())["name"]) == (200, "Production")
    await _created(operator, SERVICES, "Auth Backend")
    assert [s["name"] for s in (await _got(operator, SERVICES))["services"]] == ["Production", "Auth Backend"]
    async with operator.delete(path) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    for method in ("GET", "DELETE"):
        async with operator.request(method, path) as answer:
            await check_problem(answer, 404, "service_not_found")
    async with operator.patch(path, json={"name": "Again"}) as answer:
        await check_problem(answer, 404, "service_not_found")


async def test_names_are_checked(config: Config, operator: aiohttp.ClientSession) -> None:
    created = await _created(operator, SERVICES, "Production API")
    other = await _created(operator, SERVICES, "Auth Backend")
    for name in ("", " ", "x" * 101, "two\nlines"):
        async with operator.post(SERVICES, json={"name": name}) as answer:
            await check_problem(answer, 400, "invalid_name")
    async with operator.post(SERVICES, json={"name": "production api"}) as answer:
        await check_problem(answer, 409, "name_taken")
    async with operator.patch(f"{SERVICES}/{other['id']}", json={"name": "Production API"}) as answer:
        await check_problem(answer, 409, "name_taken")
    async with operator.patch(f"{SERVICES}/{created['id']}", json={"name": "PRODUCTION API"}) as answer:
        assert answer.status == 200


async def test_stats_and_history(serve: Serve) -> None:
    server = await serve(clock=FakeClock())
    service = await server.create_service()
    key = await server.create_key(service)
    async with server.operator() as client:
        async with _sent(client, key) as answer:
            assert answer.status == 200
        stats = (await _got(client, f"{SERVICES}/{service}"))["stats"]
        assert set(stats) == {
            "epoch", "oldest", "head", "buffered", "bytes", "accepted", "rejected", "levels", "rate", "errorShare",
            "lastReceivedAt", "watchers",
        }  # fmt: skip
        assert stats["levels"] == {"info": 0, "warn": 0, "error": 1, "debug": 0}
        assert (stats["oldest"], stats["head"], stats["accepted"], stats["watchers"]) == (1, 1, 1, 0)
        assert stats["lastReceivedAt"] == "2026-05-14T10:30:00.000Z"
        for path in (f"{SERVICES}/{service}?history=60", f"{SERVICES}?history=60"):
            got = await _got(client, path)
            history = got.get("services", [got])[0]["stats"]["history"]
            assert (len(history), history[-1]) == (60, [0, 0, 1, 0])
        for wrong in ("61", "-1", "x", "", "1e1", "\u0661"):
            async with client.get(SERVICES, params={"history": wrong}) as answer:
                await check_problem(answer, 400, "bad_request")


@pytest.mark.case(34)
async def test_the_life_of_a_stream_key(server: Server, operator: aiohttp.ClientSession) -> None:
    """Revoked, and the next request is refused."""
    path = f"{SERVICES}/{await server.create_service()}/stream-keys"
    created = await _created(operator, path, "backend")
    key = created.pop("key")
    assert key.startswith("spx_v1_live_")
    assert set(created) == {
        "id",
        "name",
        "kind",
        "active",
        "preview",
        "createdAt",
        "lastUsedAt",
        "revokedAt",
        "dropped",
        "first",
        "refused",
    }
    assert (created["kind"], created["active"]) == ("live", True)
    assert (created["lastUsedAt"], created["revokedAt"]) == (None, None)
    assert (await _got(operator, path))["streamKeys"] == [created]

    async with _sent(operator, key) as answer:
        assert answer.status == 200
    (listed,) = (await _got(operator, path))["streamKeys"]
    assert TIME.fullmatch(listed["lastUsedAt"])

    async with operator.patch(f"{path}/{created['id']}", json={"name": "worker"}) as answer:
        assert (answer.status, (await answer.json())["name"]) == (200, "worker")
    for _ in range(2):
        async with operator.delete(f"{path}/{created['id']}") as answer:
            assert answer.status == 204
    async with _sent(operator, key) as answer:
        await check_problem(answer, 401, "invalid_key")
    (listed,) = (await _got(operator, path))["streamKeys"]
    assert TIME.fullmatch(listed["revokedAt"])


@pytest.mark.case(34)
@pytest.mark.parametrize("kind", ["live", "hook"])
async def test_a_stream_key_is_switched_off_and_on(server: Server, operator: aiohttp.ClientSession, kind: str) -> None:
    """Warm and cold: off it is refused at once, on it is taken again."""
    path = f"{SERVICES}/{await server.create_service()}/stream-keys"
    async with operator.post(path, json={"name": "backend", "kind": kind}) as answer:
        assert answer.status == 201, await answer.text()
        created = await answer.json()
    key = created.pop("key")
    assert key.startswith(f"spx_v1_{kind}_")
    for _ in range(2):
        async with _sent(operator, key) as answer:
            assert answer.status == 200
        for active in (False, False):
            async with operator.patch(f"{path}/{created['id']}", json={"active": active}) as answer:
                assert (answer.status, (await answer.json())["active"]) == (200, False)
        async with _sent(operator, key) as answer:
            await check_problem(answer, 401, "invalid_key")
        (listed,) = (await _got(operator, path))["streamKeys"]
        assert (listed["kind"], listed["active"], listed["revokedAt"]) == (kind, False, None)
        async with operator.patch(f"{path}/{created['id']}", json={"active": True, "name": "again"}) as answer:
            assert (answer.status, (await answer.json())["name"]) == (200, "again")
    async with _sent(operator, key) as answer:
        assert answer.status == 200
    async with operator.delete(f"{path}/{created['id']}") as answer:
        assert answer.status == 204
    (listed,) = (await _got(operator, path))["streamKeys"]
    assert listed["active"] is False
    async with operator.patch(f"{path}/{created['id']}", json={"active": True}) as answer:
        await check_problem(answer, 404, "stream_key_not_found")


async def test_what_a_stream_key_cannot_be_made_or_changed_to(server: Server, operator: aiohttp.ClientSession) -> None:
    path = f"{SERVICES}/{await server.create_service()}/stream-keys"
    created = await _created(operator, path, "backend")
    for method, address, body in (
        ("POST", path, {"name": "x", "kind": "read"}),
        ("POST", path, {"kind": "hook"}),
        ("PATCH", f"{path}/{created['id']}", {"name": 1}),
        ("PATCH", f"{path}/{created['id']}", {"active": "no"}),
    ):
        async with operator.request(method, address, json=body) as answer:
            await check_problem(answer, 400, "invalid_body")


async def test_stream_keys_of_another_service_are_not_found(server: Server, operator: aiohttp.ClientSession) -> None:
    mine, other = await server.create_service("Mine"), await server.create_service("Other")
    key = await _created(operator, f"{SERVICES}/{mine}/stream-keys", "backend")
    for service, code in ((other, "stream_key_not_found"), ("none", "service_not_found")):
        path = f"{SERVICES}/{service}/stream-keys/{key['id']}"
        async with operator.patch(path, json={"name": "x"}) as answer:
            await check_problem(answer, 404, code)
        async with operator.delete(path) as answer:
            await check_problem(answer, 404, code)
    for method in ("GET", "POST"):
        async with operator.request(method, f"{SERVICES}/none/stream-keys", json={"name": "x"}) as answer:
            await check_problem(answer, 404, "service_not_found")


async def test_a_deleted_service_takes_its_keys_along(server: Server, operator: aiohttp.ClientSession) -> None:
    service = await server.create_service()
    key = await server.create_key(service)
    async with operator.delete(f"{SERVICES}/{service}") as answer:
        assert answer.status == 204
    async with _sent(operator, key) as answer:
        await check_problem(answer, 401, "invalid_key")


@pytest.mark.case(38)
async def test_a_stream_key_is_shown_once_and_nowhere_else(
    config: Config, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs, database and answers are searched for it after its creation."""
    with caplog.at_level(logging.DEBUG):
        server = await serve()
        service = await server.create_service()
        async with server.operator() as client:
            created = await _created(client, f"{SERVICES}/{service}/stream-keys", "backend")
            key = created["key"]
            async with _sent(client, key) as answer:
                assert key not in await answer.text()
            for path in (SERVICES, f"{SERVICES}/{service}/stream-keys", f"{SERVICES}/{service}/entries"):
                assert key not in str(await _got(client, path))
        await server.listener.close()
    secret = key.removeprefix("spx_v1_live_")[10:42]
    for file in Path(config.db).parent.iterdir():
        assert secret.encode() not in file.read_bytes(), file
    assert secret not in caplog.text


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Another process holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.case(65)
async def test_a_locked_database_refuses_changes_and_nothing_else(config: Config, server: Server) -> None:
    service = await server.create_service()
    key = await server.create_key(service)
    async with server.operator() as client:
        async with _sent(client, key) as answer:
            assert answer.status == 200
        with _locked(config.db):
            async with client.post(SERVICES, json={"name": "Another"}) as answer:
                await check_problem(answer, 503, "storage_busy")
                assert int(answer.headers["Retry-After"]) >= 1
            assert len((await _got(client, SERVICES))["services"]) == 1
            async with _sent(client, key) as answer:
                assert answer.status == 200
        await _created(client, SERVICES, "Another")


@pytest.mark.case(36)
async def test_an_unreadable_database_is_not_a_wrong_key(config: Config, serve: Serve) -> None:
    """A key not seen since the start, and nothing to check it against: 503, not 401."""
    server = await serve()
    key = await server.create_key(await server.create_service())
    await server.listener.close()
    server = await serve()
    _ruin(Path(config.db))
    async with server.anyone() as client, _sent(client, key) as answer:
        await check_problem(answer, 503, "storage_failed")
        assert "Retry-After" in answer.headers


def _ruin(file: Path) -> None:
    """In place, so that who has it open sees it."""
    with file.open("r+b") as database:
        database.write(b"\xff" * file.stat().st_size)
