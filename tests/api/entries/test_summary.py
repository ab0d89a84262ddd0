"""The summary over HTTP: condensed, bounded, relative to a cursor."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from msgspec import Raw

from spectrix_lite.api.entries.summary import MOST_BYTES
from spectrix_lite.entries.entry import Batch, Entry, Level
from spectrix_lite.query.failure import Failure

from ...support.serving import Server, check_problem
from ...support.watching import until


@pytest.fixture
async def service_id(server: Server) -> str:
    return await server.create_service()


async def log(server: Server, service_id: str, message: str, level: Level = "error", metadata: Any = None) -> None:
    entry = Entry(timestamp="2026-05-14T10:30:00.000Z", level=level, message=message)
    if metadata is not None:
        entry.metadata = Raw(json.dumps(metadata).encode())
    await server.context.hub.ingest(service_id, Batch([entry], [], []), "test")


async def asked(client: aiohttp.ClientSession, service_id: str, **query: str) -> tuple[dict[str, Any], int]:
    async with client.get(f"/api/v1/services/{service_id}/summary", params=query) as answer:
        assert answer.status == 200, await answer.text()
        body = await answer.read()
        return json.loads(body), len(body)


async def test_since_you_asked(server: Server, operator: aiohttp.ClientSession, service_id: str) -> None:
    await log(server, service_id, "order 1 failed")
    before, _ = await asked(operator, service_id)
    assert (before["entries"], before["errors"][0]["isNew"]) == (1, None)
    await log(server, service_id, "order 2 failed")
    await log(server, service_id, "no disk", metadata={"disk": "sda"})
    found, _ = await asked(operator, service_id, after=before["through"])
    epoch = server.context.hub.channel(service_id).epoch
    assert found["through"] == f"{epoch}.3"
    assert {name: found[name] for name in ("complete", "entries", "lost", "errorKinds", "newKinds")} == {
        "complete": True,
        "entries": 2,
        "lost": 0,
        "errorKinds": 2,
        "newKinds": 1,
    }
    newest, known = found["errors"]
    assert (newest["shape"], newest["isNew"], newest["count"]) == ("no disk", True, 1)
    assert newest["sample"] == {
        "seq": 3,
        "message": "no disk",
        "source": "",
        "request": "",
        "metadata": '{"disk":"sda"}',
    }
    assert newest["link"] == f"{server.base_url}/#/services/{service_id}/watch?entry={epoch}.3"
    assert (known["shape"], known["isNew"]) == ("order # failed", False)
    over, _ = await asked(operator, service_id, after="another.7")
    assert (over["lost"], over["entries"]) == (None, 3)
    assert (await asked(operator, service_id, **{"from": "-1h"}))[0]["entries"] == 3
    assert (await asked(operator, service_id, to="2026-05-14T10:30:00Z", level="error"))[0]["entries"] == 0


async def test_a_kind_that_an_alert_for_new_ones_knows_is_not_new(
    server: Server, operator: aiohttp.ClientSession, service_id: str
) -> None:
    alert = {"name": "New", "query": "", "when": {"firstSeen": True}, "destinations": []}
    async with operator.post("/api/v1/alerts", json=alert) as answer:
        assert answer.status == 201
    kinds = server.context.alerting.kinds
    known = Failure("message", "", "no disk")
    kinds.add(service_id, known)
    before = server.context.clock.wall() + 1
    assert kinds.was_known(service_id, known, before)
    assert kinds.was_known(service_id, known, before - 1000) is None, "nothing was known then"
    await until(lambda: server.context.clock.wall() > before)
    await log(server, service_id, "no disk")
    await log(server, service_id, "no memory")
    found, _ = await asked(operator, service_id)
    assert {kind["shape"]: kind["isNew"] for kind in found["errors"]} == {"no disk": False, "no memory": True}


@pytest.mark.case(164)
async def test_fewer_groups_before_shorter_samples(
    server: Server, operator: aiohttp.ClientSession, service_id: str
) -> None:
    words = [f"{a}{b} broke" for a in "abcdefgh" for b in "ijklmnop"]
    for word in words:
        await log(server, service_id, word, metadata={"detail": "\U0001f600" * 2000})
    found, size = await asked(operator, service_id)
    assert size <= MOST_BYTES
    assert (found["errorKinds"], found["entries"]) == (64, 64)
    assert 3 <= len(found["errors"]) < 50
    assert len(found["errors"][0]["sample"]["metadata"]) == 1501


@pytest.mark.case(164)
async def test_whatever_is_logged_the_bound_holds(
    server: Server, operator: aiohttp.ClientSession, service_id: str
) -> None:
    for n in range(5):
        await log(
            server, service_id, f"{'abcde'[n]} " + "\x01\U0001f600" * 5000, metadata={"\x02" * 9000: "\x02" * 9000}
        )
    found, size = await asked(operator, service_id)
    assert size <= MOST_BYTES
    assert found["errors"]


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"to": "12"}, {"after": "x"}, {"from": "-5"}])
async def test_what_is_refused(operator: aiohttp.ClientSession, service_id: str, query: dict[str, str]) -> None:
    async with operator.get(f"/api/v1/services/{service_id}/summary", params=query) as answer:
        await check_problem(answer, 400, "bad_request")
