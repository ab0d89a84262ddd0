"""Three nodes want what only one can have, a thousand times each, on three servers of the engine."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import Config

from ..support.engine import engine_cluster, urls
from ..support.racing import race_for_a_link, race_for_a_name, race_for_limits
from ..support.scale import scaled
from ..support.stores import opened_node

pytestmark = pytest.mark.long


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
