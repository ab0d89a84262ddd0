"""Alerts on two nodes: one judges and tells, the other shows the same, and takes over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from spectrix_lite.core.alert_records import Alert, Notice, When
from spectrix_lite.core.config import Config
from spectrix_lite.core.records import Service
from spectrix_lite.entries.entry import Batch, Entry

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server
from ..support.sink import Sink
from ..support.stores import opened_node
from ..support.watching import until

RULE = Alert("a", None, None, "a", "level:error", When("count", 10, 60), 300, True, (), None, None, 1)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink().serving() as sink:
        yield sink


def notice(at: int) -> Notice:
    return Notice(0, "a", "api", "firing", at, None, 10, 0, "epoch", (1, 2, 3))


@pytest.mark.case(182)
async def test_a_rule_is_told_once_whoever_was_frozen_meanwhile(clustered: Config) -> None:
    """What was told under a later fence stands, and a takeover minds the cooldown that the former one began."""
    async with opened_node(clustered, "one") as one, opened_node(clustered, "two") as two:
        await one.add_service(Service("api", "API", 1), 10)
        await one.alerts.add(RULE)
        await two.data_version()
        one.notices.fence, two.notices.fence = 3, 8
        assert len(await one.notices.add("a", [notice(1000)], ["d"], 1000)) == 1
        assert await two.notices.add("a", [notice(2000)], ["d"], 2000) == []
        assert len(await two.notices.add("a", [notice(400_000)], ["d"], 400_000)) == 1
        assert await one.notices.add("a", [notice(900_000)], ["d"], 900_000) == []
        one.notices.fence = None
        assert await one.notices.add("a", [notice(9_000_000)], ["d"], 9_000_000) == []
        assert [each.at for each, _ in await two.notices.of_alert("a")] == [400_000, 1000]


async def ticks(clock: FakeClock, seconds: float, *servers: Server) -> None:
    for _ in range(round(2 * seconds)):
        clock.advance(0.5)
        for server in servers:
            await server.context.alerting.tick()
            await until(lambda alerting=server.context.alerting: not alerting.has_work)  # type: ignore[misc]


async def append(service: str, *servers: Server) -> None:
    """As each node's mirror does."""
    entries = [Entry(timestamp="2026-05-14T10:30:00.000Z", level="error", message="no disk") for _ in range(10)]
    for server in servers:
        await server.context.hub.ingest(service, Batch(entries, [], []), "key")


async def test_one_of_two_nodes_tells_and_the_other_takes_over(serve: Serve, clustered: Config, sink: Sink) -> None:
    clock = FakeClock()
    config = replace(clustered, webhook_private=True)
    one = await serve(config=config, clock=clock)
    await ticks(clock, 0.5, one)
    two = await serve(config=config, clock=clock)
    for server in (one, two):
        server.context.hub.filtering.scheduler.cpu = lambda: 0.0
    service = await one.create_service()
    await two.context.authority.refresh()
    rule: dict[str, Any] = {"name": "E", "query": "level:error", "cooldown": 0, "resolved": False}
    rule |= {"when": {"count": 10, "within": 60}}
    async with two.operator() as operator:
        body = rule | {"destinations": [{"kind": "json", "url": sink.url}]}
        async with operator.post("/api/v1/alerts", json=body) as answer:
            assert answer.status == 201
    await until(lambda: len(one.context.alerting.alerts()) == 1)
    await ticks(clock, 61, one, two)
    await append(service, one, two)
    await ticks(clock, 2, one, two)
    await until(lambda: sink.requests == 1)
    assert [each.context.alerting.status(each.context.alerting.alerts()[0]).firing for each in (one, two)] == [True] * 2

    await one.listener.close()
    await ticks(clock, 2, two)
    await append(service, two)
    await ticks(clock, 30, two)
    assert sink.requests == 1, "it fires still, and was told"
    await ticks(clock, 120, two)
    await append(service, two)
    await ticks(clock, 2, two)
    await until(lambda: sink.requests == 2)
