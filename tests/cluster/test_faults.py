"""The faults of a cluster that every run of the tests has; the others are in tests/long."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import MIB, Config
from spectrix_lite.core.errors import StartupError

from ..conftest import Serve
from ..support.cluster_load import NodeProcess, cluster_load
from ..support.engine import EngineServer, engine_server, free_ports, urls
from ..support.fault_proxy import proxying
from ..support.watching import until, watching
from .test_log import head, send


@pytest.fixture
def own_engine(tmp_path: Path) -> Iterator[EngineServer]:
    """One that may be killed."""
    with engine_server(tmp_path / "engine") as server:
        yield server


async def test_a_node_that_is_killed_costs_nothing(engine: EngineServer, tmp_path: Path) -> None:
    async with cluster_load([engine], tmp_path, nodes=2) as load:
        stop = asyncio.Event()
        producing = asyncio.create_task(load.produce(stop))
        await until(lambda: len(load.acked) > 10)
        await load.nodes[1].end()
        await load.nodes[1].start()
        stop.set()
        await producing
    load.check()
    assert load.accounts[1].resumed == {True: 1}


@pytest.mark.case(185)
async def test_a_batch_whose_node_died_before_it_could_answer_is_taken_once(
    engine: EngineServer, serve: Serve, clustered: Config, tmp_path: Path
) -> None:
    """The engine has it, the node is never told so, and is killed; the producer sends it again to another."""
    assert clustered.cluster is not None
    here = await serve(clustered)
    service_id = await here.create_service()
    key = await here.create_key(service_id)
    async with proxying(engine.port) as proxy:
        port = free_ports(1)[0]
        node = NodeProcess(f"nats://127.0.0.1:{proxy.port}/{clustered.cluster.name}", tmp_path / "node", port)
        try:
            await node.start()
            assert (await send(node, key, "before"))[0] == 200
            proxy.arm("back", "black hole")
            sending = asyncio.create_task(send(node, key, "a", "b", name="n"))
            await until(lambda: head(here, service_id) == 3)
            assert not sending.done()
            await node.end(signal.SIGKILL)
            with pytest.raises((aiohttp.ClientError, ConnectionError)):
                await sending
        finally:
            await node.end()
    assert await send(here, key, "a", "b", name="n") == (
        200,
        {"accepted": 2, "rejected": 0, "errors": [], "duplicate": True},
    )
    assert head(here, service_id) == 3


async def test_a_node_stops_without_an_engine(own_engine: EngineServer, tmp_path: Path) -> None:
    """And without a word about it."""
    node = NodeProcess(urls([own_engine]), tmp_path / "node", free_ports(1)[0])
    await node.start()
    await asyncio.to_thread(own_engine.kill)
    await node.end(signal.SIGTERM)
    assert node.process is not None
    assert node.process.returncode == 0, node.errors()
    assert "Traceback" not in node.errors()


async def test_an_engine_that_loses_its_memory_is_told(own_engine: EngineServer, serve: Serve, config: Config) -> None:
    """One server by itself: its log is gone with it, as if it had been removed. Each node says so, and numbers anew."""
    clustered = replace(config, cluster=parse_cluster(urls([own_engine])))
    nodes = [await serve(clustered), await serve(clustered)]
    service_id = await nodes[0].create_service()
    key = await nodes[0].create_key(service_id)
    _, token = await nodes[0].create_session(service_id)
    assert (await send(nodes[0], key, "a", "b"))[0] == 200
    await until(lambda: head(nodes[1], service_id) == 2)
    await until(lambda: nodes[1].context.authority.session_counts()[service_id] == 1)
    async with watching(nodes[1], token, backlog=0) as (watcher, begun):
        await asyncio.to_thread(own_engine.kill)
        sending = asyncio.create_task(send(nodes[0], key, "c"))
        await asyncio.to_thread(own_engine.start)
        assert await watcher.closed() == 1012
    assert (await sending)[0] == 200
    await until(lambda: head(nodes[1], service_id) == 1)
    async with watching(nodes[1], token, after={"epoch": begun["epoch"], "seq": 2}) as (watcher, again):
        assert again["epoch"] != begun["epoch"]
        assert not again["resumed"]
        assert (await watcher.next("gap"))["reason"] == "restart"
        assert [entry["message"] for entry in await watcher.entries(1)] == ["c"]
    assert len({node.context.hub.stats(service_id).epoch for node in nodes}) == 1


async def test_an_engine_without_room_for_the_log_is_told_at_the_start(
    serve: Serve, config: Config, tmp_path: Path
) -> None:
    with engine_server(tmp_path / "engine", max_memory="64MB") as server:
        clustered = replace(config, cluster=parse_cluster(urls([server])))
        with pytest.raises(StartupError, match="max_mem above 536870912 bytes"):
            await serve(clustered)
        await serve(replace(clustered, rings_bytes=16 * MIB))
