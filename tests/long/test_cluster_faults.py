"""Faults of a cluster at random moments under load: nothing acknowledged is lost, no number comes twice or never."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from ..support.cluster_load import Load, NodeProcess, cluster_load
from ..support.engine import engine_cluster
from ..support.scale import scaled

KILLS: Final = scaled(50, 2)
FREEZES: Final = scaled(50, 1)
LEADERS: Final = scaled(50, 1)
QUORUMS: Final = scaled(20, 1)
ROUNDS: Final = scaled(10, 1)
FROZEN_SECONDS: Final = 5.0
AWAY_SECONDS: Final = 4.0

Fault = Callable[[Load, random.Random], Awaitable[None]]

pytestmark = [pytest.mark.long, pytest.mark.timeout(120 + 20 * max(KILLS, LEADERS, QUORUMS))]


async def under_load(folder: Path, times: int, fault: Fault) -> Load:
    """A producer, a watcher on each node, and a fault so many times; the account is checked."""
    chance = random.Random(11)
    with engine_cluster(folder / "engine") as engines:
        async with cluster_load(engines, folder) as load:
            stop = asyncio.Event()
            producing = asyncio.create_task(load.produce(stop))
            for _ in range(times):
                await asyncio.sleep(chance.uniform(0.2, 1.2))
                await fault(load, chance)
            await asyncio.sleep(1.0)
            stop.set()
            await producing
        load.check()
        assert set(load.statuses) <= {0, 200}, "no 503 where the quorum is back within 5 s"
        assert all(set(account.resumed) <= {True} for account in load.accounts)
        return load


async def restarted(node: NodeProcess, number: signal.Signals) -> None:
    await node.end(number)
    await node.start()


async def test_nodes_that_are_killed(tmp_path: Path) -> None:
    async def kill(load: Load, chance: random.Random) -> None:
        await restarted(chance.choice(load.nodes), signal.SIGKILL)

    load = await under_load(tmp_path, KILLS, kill)
    assert sum(sum(account.resumed.values()) for account in load.accounts) >= KILLS


async def test_nodes_that_are_frozen(tmp_path: Path) -> None:
    async def freeze(load: Load, chance: random.Random) -> None:
        node = chance.choice(load.nodes)
        node.send(signal.SIGSTOP)
        await asyncio.sleep(FROZEN_SECONDS)
        node.send(signal.SIGCONT)

    await under_load(tmp_path, FREEZES, freeze)


async def test_the_leaders_server_is_killed(tmp_path: Path) -> None:
    async def kill(load: Load, chance: random.Random) -> None:
        leader = await load.leader()
        await asyncio.to_thread(leader.kill)
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(leader.start)
        await load.settled()

    await under_load(tmp_path, LEADERS, kill)


async def test_two_of_three_servers_are_killed(tmp_path: Path) -> None:
    async def kill(load: Load, chance: random.Random) -> None:
        two = chance.sample(load.engines, 2)
        for server in two:
            await asyncio.to_thread(server.kill)
        await asyncio.sleep(AWAY_SECONDS)
        for server in two:
            await asyncio.to_thread(server.start, wait=False)
        for server in two:
            await asyncio.to_thread(server.until_ready)
        await load.settled()

    await under_load(tmp_path, QUORUMS, kill)


async def test_all_nodes_are_restarted_in_turn(tmp_path: Path) -> None:
    async def upgrade(load: Load, chance: random.Random) -> None:
        for node in load.nodes:
            await restarted(node, signal.SIGTERM)

    load = await under_load(tmp_path, ROUNDS, upgrade)
    assert sum(sum(account.resumed.values()) for account in load.accounts) >= ROUNDS * len(load.nodes)
