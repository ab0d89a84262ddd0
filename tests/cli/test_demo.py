"""`demo`: believable, of several sources, bounded, and gone without a trace but for what it sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import click
import pytest

from spectrix_lite.cli.demo.sender import send
from spectrix_lite.cli.demo.traffic import Traffic
from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.serving import Server
from ..support.watching import until

WALL = 1_778_754_600_000


def minutes(count: float, rate: float = 12) -> list[dict[str, Any]]:
    return list(Traffic(Random(7), rate).until(count * 60, WALL))


def test_traffic_has_several_sources_and_all_levels() -> None:
    found = minutes(3)
    assert {entry["source"] for entry in found} == {"api", "auth", "payment-worker", "queue"}
    levels = Counter(entry["level"] for entry in found)
    assert levels["info"] > levels["debug"] > levels["error"] > 0
    assert 0 < levels["warn"] < len(found) / 5
    assert any("\n    at " in entry["metadata"].get("error", {}).get("stack", "") for entry in found)


def test_traffic_goes_at_about_the_rate_with_calm_and_rush() -> None:
    found = minutes(10)
    assert 0.7 < len(found) / (10 * 60 * 12) < 1.3
    seconds = Counter(entry["timestamp"][:19] for entry in found)
    assert max(seconds.values()) > 2 * 12


def test_traffic_has_bad_times_in_which_payments_are_slow() -> None:
    durations = sorted(
        entry["metadata"]["duration"]
        for entry in minutes(5)
        if entry["source"] == "payment-worker" and "duration" in entry["metadata"]
    )
    assert durations[-1] > 5 * durations[len(durations) // 2]


def test_traffic_comes_in_the_order_of_time_and_goes_on_where_it_was() -> None:
    traffic = Traffic(Random(7), 12)
    found = [*traffic.until(1.0, WALL), *traffic.until(2.0, WALL), *traffic.until(60.0, WALL)]
    assert found == minutes(1)
    stamps = [entry["timestamp"] for entry in found]
    assert stamps == sorted(stamps)
    assert stamps[0].startswith("2026-05-14T10:30:0")
    assert stamps[0].endswith("Z")


async def test_sends_to_a_service_of_its_own_over_a_key_for_this_run_only(server: Server) -> None:
    context = server.context
    sending = asyncio.create_task(send(replace(context.config, port=server.port), "Demo", rate=400, seconds=600))
    await until(lambda: any(context.hub.stats(each.id).accepted > 20 for each in context.authority.services()))
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    await context.authority.refresh()
    (service,) = context.authority.services()
    stats = context.hub.stats(service.id)
    assert service.name == "Demo"
    assert stats.accepted > 20
    assert stats.rejected == 0
    (key,) = await context.authority.stream_keys(service.id)
    assert key.revoked_at is not None


async def test_says_when_server_and_database_do_not_belong_together(serve: Serve, config: Config) -> None:
    served = await serve(replace(config, db=config.db + ".served"))
    other = await serve()
    with pytest.raises(click.ClickException, match="another database"):
        await send(replace(other.context.config, port=served.port), "Demo", rate=100, seconds=30)
