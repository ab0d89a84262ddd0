"""What is told to who wonders where the entries are: listeners, first entries, and what was refused, of whomever."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from spectrix_lite.core.addresses import parse_addresses
from spectrix_lite.core.config import Config
from spectrix_lite.server.ingest.first_entries import MOST
from spectrix_lite.server.ingest.refusals import MOST_KNOWN, MOST_UNKNOWN

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server


async def _intake(operator: aiohttp.ClientSession) -> dict[str, Any]:
    async with operator.get("/api/v1/intake") as answer:
        assert answer.status == 200
        found: dict[str, Any] = await answer.json()
        return found


async def _post(client: aiohttp.ClientSession, path: str, **options: Any) -> int:
    async with client.post(path, **options) as answer:
        return answer.status


async def test_why_requests_of_clients_are_refused(serve: Serve) -> None:
    server = await serve(clock=(clock := FakeClock()))
    async with server.operator() as operator, server.anyone() as client:
        await _check_refusals(server, clock, operator, client)


async def _check_refusals(
    server: Server, clock: FakeClock, operator: aiohttp.ClientSession, client: aiohttp.ClientSession
) -> None:
    key = await server.create_key(await server.create_service())
    right = {"Authorization": f"Bearer {key}"}
    for _ in range(2):
        assert await _post(client, "/services/collector", headers={"Authorization": "Splunk no"}, data="{}") == 401
    assert await _post(client, "/loki/api/v1/push", data="{}") == 401
    multipart = {**right, "Content-Type": "multipart/form-data; boundary=x"}
    assert await _post(client, "/api/v1/ingest/logs", headers=multipart, data="--x") == 415
    async with client.get("/favicon.nothing") as answer:  # a page that is not there is nobody's entry
        assert answer.status == 404
    async with client.get("/v1/logs") as answer:
        assert answer.status == 405
    clock.advance(1)
    assert await _post(client, f"/log/v1/{key}?token={key}", json={}) == 404
    refusals = (await _intake(operator))["refusals"]
    assert [(each["method"], each["path"], each["code"], each["requests"]) for each in refusals] == [
        ("POST", "/log/v1/(key)", "not_found", 1),
        ("GET", "/v1/logs", "method_not_allowed", 1),
        ("POST", "/api/v1/ingest/logs", "unsupported_type", 1),
        ("POST", "/loki/api/v1/push", "missing_key", 1),
        ("POST", "/services/collector", "invalid_key", 2),
    ]
    assert refusals[2]["kind"] == "multipart/form-data"
    assert (refusals[2]["peer"], refusals[2]["status"]) == ("127.0.0.1", 415)
    assert "Multipart" in refusals[2]["detail"]
    assert key not in str(refusals)


async def test_who_looks_for_holes_pushes_nobody_out(
    server: Server, operator: aiohttp.ClientSession, client: aiohttp.ClientSession
) -> None:
    assert await _post(client, "/v1/logs", data="{}") == 401
    await asyncio.gather(*(_post(client, f"/wp-{number}.php") for number in range(2 * MOST_UNKNOWN)))
    refusals = (await _intake(operator))["refusals"]
    assert len(refusals) == MOST_UNKNOWN + 1 <= MOST_KNOWN
    assert refusals[-1]["path"] == "/v1/logs"


async def test_the_first_entry_of_a_key(
    server: Server, operator: aiohttp.ClientSession, client: aiohttp.ClientSession
) -> None:
    service_id = await server.create_service()
    other, mine = [await server.create_key(service_id, name) for name in ("other", "mine")]

    async def firsts() -> dict[str, Any]:
        async with operator.get(f"/api/v1/services/{service_id}/stream-keys") as answer:
            return {each["name"]: each["first"] for each in (await answer.json())["streamKeys"]}

    def sent(key: str, *messages: str, path: str = "/api/v1/ingest/logs") -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        return _post(client, path, headers=headers, json={"logs": [{"message": text} for text in messages]})

    assert await sent(other, "1", "2") == 200
    assert await sent(mine) == 200
    assert (await firsts())["mine"] is None
    assert await sent(mine, "3", "4") == 200
    assert await sent(mine, "5") == 200
    assert await sent(other, "6") == 200
    found = await firsts()
    assert {name: first["seq"] for name, first in found.items()} == {"other": 1, "mine": 3}
    epoch = server.context.hub.stats(service_id).epoch
    assert found["mine"]["epoch"] == epoch
    async with operator.get(
        f"/api/v1/services/{service_id}/entries", params={"after": f"{epoch}.2", "limit": 1}
    ) as answer:
        assert [entry["message"] for entry in (await answer.json())["entries"]] == ["3"]
    channel = server.context.hub.channel(service_id)
    for number in range(MOST):
        server.context.first_entries.note(f"key {number}", channel, 1, 0)
    assert (await firsts())["mine"] is None


async def test_the_listeners_and_their_first_entries(config: Config, serve: Serve) -> None:
    addresses = parse_addresses("127.0.0.1:0=shop")
    server = await serve(replace(config, syslog=addresses, fluent=addresses, otlp_port=0))
    (service,) = server.context.authority.services()
    async with server.operator() as operator:
        bound = server.listener.bound
        listeners = (await _intake(operator))["listeners"]
        assert [(each["setting"], each["host"], each["port"], each["serviceId"]) for each in listeners] == [
            ("otlp-port", "127.0.0.1", bound.otlp_port, None),
            ("syslog", "127.0.0.1", bound.syslog[0].port, service.id),
            ("fluent", "127.0.0.1", bound.fluent[0].port, service.id),
        ]
        assert {each["first"] for each in listeners} == {None}
        handler = logging.handlers.SysLogHandler(("127.0.0.1", bound.syslog[0].port))
        arrived = asyncio.Event()

        class Told:
            def appended(self, _: object) -> None:
                arrived.set()

        server.context.hub.channel(service.id).listener = Told()
        handler.emit(logging.makeLogRecord({"msg": "hello", "levelno": 20}))
        handler.close()
        await arrived.wait()
        await asyncio.sleep(0)
        first = (await _intake(operator))["listeners"][1]["first"]
        assert first["seq"] == 1


async def test_what_spoke_to_a_listener_that_takes_no_such_thing(config: Config, serve: Serve) -> None:
    server = await serve(replace(config, syslog=parse_addresses("127.0.0.1:0=shop")))
    port = server.listener.bound.syslog[0].port
    async with aiohttp.ClientSession() as page, server.operator() as operator:
        with pytest.raises(aiohttp.ClientError):
            await page.get(f"http://127.0.0.1:{port}/")
        assert (await _intake(operator))["turnedAway"].keys() == {"http"}


async def test_encodings_that_are_not_installed(
    server: Server, operator: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await _intake(operator))["missing"] == []
    monkeypatch.setattr("spectrix_lite.api.ingest.intake.find_spec", lambda name: None)
    assert (await _intake(operator))["missing"] == ["br", "zstd"]
