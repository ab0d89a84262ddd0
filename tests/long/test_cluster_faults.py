"""Faults of a cluster at random moments under load: nothing acknowledged is lost, no number comes twice or never."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from spectrix_lite.cluster.recovery import LEADERLESS_SECONDS
from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import Config

from ..cluster.test_log import send
from ..conftest import Serve
from ..support.cluster_load import Load, NodeProcess, cluster_load
from ..support.engine import EngineServer, engine_cluster, urls
from ..support.fault_proxy import proxying
from ..support.scale import scaled
from ..support.watching import until, watching

KILLS: Final = scaled(50, 2)
FREEZES: Final = scaled(50, 1)
LEADERS: Final = scaled(50, 1)
QUORUMS: Final = scaled(20, 1)
UNKIND: Final = scaled(20, 2)
ROUNDS: Final = scaled(10, 1)
STUCK: Final = scaled(3, 1)
MOST_TRIES: Final = 40
FROZEN_SECONDS: Final = 5.0
AWAY_SECONDS: Final = 4.0
QUORUM_SECONDS: Final = 5.0

Fault = Callable[[Load, random.Random], Awaitable[None]]

pytestmark = [pytest.mark.long, pytest.mark.timeout(120 + 20 * max(KILLS, LEADERS, QUORUMS, STUCK * MOST_TRIES))]


async def under_load(folder: Path, times: int, fault: Fault, storage: str = "memory") -> Load:
    """A producer, a watcher on each node, and a fault so many times; the account is checked."""
    chance = random.Random(11)
    with engine_cluster(folder / "engine") as engines:
        async with cluster_load(engines, folder, storage=storage) as load:
            stop = asyncio.Event()
            producing = asyncio.create_task(load.produce(stop))
            asking = asyncio.create_task(load.ask_for_the_leader(stop))
            outages = []
            try:
                for _ in range(times):
                    await asyncio.sleep(chance.uniform(0.2, 1.2))
                    began = len(load.waits)
                    await fault(load, chance)
                    outages.append(max(load.waits[began:], default=0.0))
                await asyncio.sleep(1.0)
                stop.set()
                await producing
                await asking
            finally:
                longest = ", ".join(f"{seconds:.1f}" for seconds in outages)
                print(f"\n{len(outages)} of {times} faults; {load.figures()}; longest wait in each, s: {longest}")
        load.check()
        assert load.unfounded(QUORUM_SECONDS) == [], "no 503 where the quorum is back within 5 s"
        assert {refusal.code for refusal in load.refusals} <= {"no_quorum", "draining"}
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


async def end(servers: list[EngineServer]) -> None:
    """All at once, and after a while they are back."""
    for server in servers:
        await asyncio.to_thread(server.kill)
    await asyncio.sleep(AWAY_SECONDS)
    for server in servers:
        await asyncio.to_thread(server.start, wait=False)
    for server in servers:
        await asyncio.to_thread(server.until_ready)


@pytest.mark.parametrize("storage", ["memory", "file"])
async def test_two_of_three_servers_are_killed(tmp_path: Path, storage: str) -> None:
    """In memory the engine may elect nobody afterwards, and the nodes put the log together again."""

    async def kill(load: Load, chance: random.Random) -> None:
        await end(chance.sample(load.engines, 2))
        await load.settled(3 * LEADERLESS_SECONDS)

    await under_load(tmp_path, QUORUMS, kill, storage)


async def test_a_log_for_which_nobody_is_elected(tmp_path: Path) -> None:
    """As happens now and then where two of three servers died: until it did."""

    async def kill(load: Load, chance: random.Random) -> None:
        before = rebuilt(load)
        for _ in range(MOST_TRIES):
            await end(chance.sample(load.engines, 2))
            await load.settled(3 * LEADERLESS_SECONDS)
            if rebuilt(load) > before:
                return
        raise AssertionError("somebody was elected each time")

    await under_load(tmp_path, STUCK, kill)


def rebuilt(load: Load) -> int:
    """How often the nodes have put the log together, as they say."""
    return sum(node.errors().count("was put together from what the nodes have") for node in load.nodes)


@pytest.mark.parametrize("storage", ["memory", "file"])
async def test_all_servers_are_killed(tmp_path: Path, storage: str) -> None:
    """In memory the nodes have what the engine has lost."""

    async def kill(load: Load, chance: random.Random) -> None:
        await end(load.engines)
        await load.settled(3 * LEADERLESS_SECONDS)

    await under_load(tmp_path, ROUNDS, kill, storage)


async def test_servers_that_are_killed_before_they_have_caught_up(tmp_path: Path) -> None:
    """Then the log is lost with them, and the engine may elect one that has less of it: that is a new epoch."""
    chance = random.Random(11)
    with engine_cluster(tmp_path / "engine") as engines:
        async with cluster_load(engines, tmp_path) as load:
            stop = asyncio.Event()
            producing = asyncio.create_task(load.produce(stop))
            for _ in range(UNKIND):
                two = chance.sample(load.engines, 2)
                for server in two:
                    await asyncio.to_thread(server.kill)
                await asyncio.sleep(chance.choice((1.0, AWAY_SECONDS)))
                for server in two:
                    await asyncio.to_thread(server.start, wait=False)
                for server in two:
                    await asyncio.to_thread(server.until_ready)
                await asyncio.sleep(chance.uniform(0.0, 8.0))
            await load.settled(3 * LEADERLESS_SECONDS)
            stop.set()
            await producing
            print(f"\n{load.figures()}; epochs {[len(account.epochs) for account in load.accounts]}")
            async with aiohttp.ClientSession() as client:
                await load.send(client, "last", 0)
        assert len({(account.epochs[-1], tuple(account.messages.items())) for account in load.accounts}) == 1


async def test_all_nodes_are_restarted_in_turn(tmp_path: Path) -> None:
    async def upgrade(load: Load, chance: random.Random) -> None:
        for node in load.nodes:
            await restarted(node, signal.SIGTERM)

    load = await under_load(tmp_path, ROUNDS, upgrade)
    assert sum(sum(account.resumed.values()) for account in load.accounts) >= ROUNDS * len(load.nodes)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nats-py leaves what it gave up lying
async def test_a_node_that_is_cut_off_says_so(engine: EngineServer, serve: Serve, config: Config) -> None:
    """Its cable is pulled: nobody tells it. The other node goes on, and what it takes comes to all in the end."""
    async with proxying(engine.port) as proxy:
        name = f"cut{random.getrandbits(32):x}"
        address = parse_cluster(f"nats://127.0.0.1:{proxy.port}/{name}")
        far = await serve(replace(config, cluster=address))
        near = await serve(replace(config, cluster=parse_cluster(urls([engine], name))))
        service_id = await near.create_service()
        key = await near.create_key(service_id)
        _, token = await near.create_session(service_id, ttl=3600)
        await until(lambda: far.context.authority.session_counts()[service_id] == 1)
        assert (await send(far, key, "before"))[0] == 200
        async with watching(far, token, backlog=0) as (watcher, _), far.anyone() as client:
            proxy.cut()
            sending = asyncio.create_task(send(far, key, "cut off", name="n"))
            assert (await send(near, key, "meanwhile"))[0] == 200
            async with asyncio.timeout(60):
                while await ready(client) != 503:  # noqa: ASYNC110  # as others ask
                    await asyncio.sleep(0.05)
            status, problem = await sending
            assert (status, problem["code"]) == (503, "no_quorum")
            async with near.anyone() as other:
                assert await ready(other) == 200
            await proxy.heal()
            assert [entry["message"] for entry in await watcher.entries(1)] == ["meanwhile"]
            await until(lambda: far.context.node is not None and far.context.node.logs.mirror.is_ready)
            assert await ready(client) == 200
            status, answer = await send(far, key, "cut off", name="n")
            assert (status, answer["accepted"]) == (200, 1)
            assert [entry["message"] for entry in await watcher.entries(1)] == ["cut off"]
        assert far.held(service_id) == near.held(service_id)


async def ready(client: aiohttp.ClientSession) -> int:
    async with client.get("/readyz") as answer:
        return answer.status
