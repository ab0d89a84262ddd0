"""Three nodes want what only one can have, a thousand times each, on three servers of the engine."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import NameTaken, StorageBusy
from spectrix_lite.core.records import Service

from ..support.engine import engine_cluster, urls
from ..support.racing import answered, race_for_a_link, race_for_a_name, race_for_limits
from ..support.scale import scaled
from ..support.stores import opened_node
from ..support.watching import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


async def test_one_wins_each_time(config: Config, tmp_path: Path) -> None:
    with engine_cluster(tmp_path) as servers:
        clustered = replace(config, cluster=parse_cluster(urls(servers)))
        async with AsyncExitStack() as stack:
            nodes = [await stack.enter_async_context(opened_node(clustered, f"n{number}")) for number in range(3)]
            assert (await nodes[0].bucket.info()).config.num_replicas == 3
            for number in range(scaled(1000, 20)):
                await race_for_a_name(nodes, number)
                await race_for_a_link(nodes, number)
                await race_for_limits(nodes, number)


async def test_one_wins_while_the_leaders_server_dies(config: Config, tmp_path: Path) -> None:
    """A write whose answer is lost is recognised, so nobody is refused what is theirs and nothing is there twice."""
    with engine_cluster(tmp_path) as servers:
        clustered = replace(config, cluster=parse_cluster(urls(servers)))
        async with AsyncExitStack() as stack:
            nodes = [await stack.enter_async_context(opened_node(clustered, f"n{number}")) for number in range(3)]
            done, won = asyncio.Event(), dict[str, str]()

            async def race() -> None:
                while not done.is_set():
                    name = f"Name {len(won)} {random.getrandbits(32):x}"
                    services = [Service(f"{name}-{at}", name, 1) for at in range(len(nodes))]
                    tries = [node.add_service(service, 100_000) for node, service in zip(nodes, services, strict=True)]
                    outcomes = await asyncio.gather(*tries, return_exceptions=True)
                    assert {type(each) for each in outcomes} <= {type(None), NameTaken, StorageBusy}
                    assert outcomes.count(None) <= 1
                    if None in outcomes:
                        won[name] = services[outcomes.index(None)].id

            racing = asyncio.create_task(race())
            for _ in range(scaled(20, 2)):
                leader = (await answered(nodes[0].bucket.info)).cluster
                assert leader is not None
                server = next(each for each in servers if leader.leader == each.folder.name)
                await asyncio.to_thread(server.kill)
                await asyncio.sleep(3)
                await asyncio.to_thread(server.start)
                so_far = len(won)
                await until(lambda so_far=so_far: racing.done() or len(won) > so_far, 60)  # type: ignore[misc]
                assert not racing.done(), racing
            done.set()
            await racing
            for node in nodes:
                await answered(node.data_version)
                found = [(service.name, service.id) for service in (await node.read_all()).services]
                assert len(dict(found)) == len(found), "no name is there twice"
                assert won.items() <= set(found), "who was told so has it"
