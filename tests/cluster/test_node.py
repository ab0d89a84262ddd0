"""Nodes as servers: what is done at one is so at the other, and what one says without the engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from spectrix_lite.api.health import REMEMBERED_SECONDS
from spectrix_lite.cluster.store.documents import NodeDocument
from spectrix_lite.cluster.store.kv_store import KvStore
from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError, StorageBusy
from spectrix_lite.core.history_bounds import read_bounds

from ..conftest import Serve
from ..support.engine import engine_server, urls
from ..support.watching import until, watching


async def send(client: ClientSession, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    async with client.post("/api/v1/ingest/logs", json={"message": "here"}, headers=headers) as answer:
        return answer.status


async def test_two_nodes_are_one_server(serve: Serve, clustered: Config) -> None:
    one, two = await serve(config=clustered), await serve(config=clustered)
    service = await one.create_service("API")
    key = await one.create_key(service)
    _, token = await one.create_session(service)
    async with one.anyone() as operator, two.anyone() as producer:
        token_of_link = await two.context.authority.operator.new_link()
        async with operator.post("/api/v1/auth/token", json={"token": token_of_link}) as answer:
            assert answer.status == 204
        assert await send(producer, key) == 200
        async with watching(two, token) as (watcher, _):
            async with operator.delete(f"/api/v1/services/{service}") as answer:
                assert answer.status == 204
            assert await watcher.closed() == 4003
        assert await send(producer, key) == 401
    assert isinstance(one.context.store, KvStore)
    replica = one.context.store.bucket.replica
    await until(lambda: len(list(replica.all("node", NodeDocument))) == 2)
    await two.listener.close()
    await until(lambda: len(list(replica.all("node", NodeDocument))) == 1)


async def test_without_its_engine_a_node_is_not_ready_and_goes_on_with_what_it_knows(
    serve: Serve, config: Config, tmp_path: Path
) -> None:
    with engine_server(tmp_path / "engine") as engine:
        server = await serve(config=replace(config, cluster=parse_cluster(urls([engine]))))
        async with server.anyone() as client, server.operator() as operator:
            async with client.get("/readyz") as answer:
                assert answer.status == 200
            asked = server.context.clock.monotonic()
            await asyncio.to_thread(engine.kill)
            assert isinstance(server.context.store, KvStore)
            await server.context.store.engine.until_down()
            await until(lambda: server.context.clock.monotonic() > asked + REMEMBERED_SECONDS)
            async with client.get("/readyz") as answer:
                assert answer.status == 503
            async with operator.get("/api/v1/services") as answer:
                assert answer.status == 200
            with pytest.raises(StorageBusy):
                await server.context.store.check_writable()  # a second; who comes after it need not wait
            async with operator.post("/api/v1/services", json={"name": "x"}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (503, "storage_busy")


async def test_history_is_no_clusters(serve: Serve, clustered: Config) -> None:
    for chosen in (replace(clustered, history=read_bounds("1d")), replace(clustered, history_path="its.history")):
        with pytest.raises(StartupError, match="--history"):
            await serve(config=chosen)


async def test_on_disk_the_log_outlives_all_servers_of_its_engine(serve: Serve, config: Config, tmp_path: Path) -> None:
    with engine_server(tmp_path / "engine") as engine:
        wanted = replace(config, cluster=parse_cluster(urls([engine])), cluster_storage="file")
        server = await serve(config=wanted)
        service = await server.create_service("API")
        key = await server.create_key(service)
        epoch = server.context.hub.stats(service).epoch
        async with server.anyone() as producer:
            assert await send(producer, key) == 200
            engine.kill()
            engine.start()
            assert await send(producer, key) == 200
        stats = (await serve(config=wanted)).context.hub.stats(service)
        assert (stats.epoch, stats.head) == (epoch, 2)


async def test_a_log_that_is_there_stays_where_it_was_made(
    serve: Serve, clustered: Config, caplog: pytest.LogCaptureFixture
) -> None:
    await serve(config=clustered)
    assert "--cluster-storage" not in caplog.text
    await serve(config=replace(clustered, cluster_storage="file"))
    assert "--cluster-storage is file, but the log is there already, by memory" in caplog.text
