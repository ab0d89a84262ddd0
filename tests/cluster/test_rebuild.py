"""A log that the engine has lost is put together from what the nodes have: the epoch and the numbers go on."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from spectrix_lite.cluster.log import following
from spectrix_lite.cluster.log.log_stream import Beginning
from spectrix_lite.cluster.log.mirror import WATCH_SECONDS
from spectrix_lite.cluster.log.numbering import Numbering
from spectrix_lite.cluster.log.refill import Content, refill
from spectrix_lite.cluster.node import ClusterNode
from spectrix_lite.cluster.rebuild import driver
from spectrix_lite.cluster.store.documents import NodeDocument
from spectrix_lite.core.config import Config
from spectrix_lite.stream.ring import RingBuffer

from ..conftest import Serve
from ..support.serving import Server
from ..support.watching import until, watching
from .test_log import head, send


def of(server: Server) -> ClusterNode:
    node = server.context.node
    assert node is not None
    return node


def epochs(servers: list[Server], service_id: str) -> set[str]:
    return {server.context.hub.stats(service_id).epoch for server in servers}


def messages(server: Server, service_id: str) -> list[str]:
    """Of what its ring holds."""
    return [json.loads(entry)["message"] for entry in server.held(service_id)]


async def until_live(servers: list[Server]) -> None:
    for server in servers:
        await until(lambda server=server: of(server).logs.mirror.is_ready and not of(server).logs.is_held)  # type: ignore[misc]


async def lose(server: Server) -> bool:
    """As `recovery` does it; whether it could be rebuilt."""
    node = of(server)
    is_ready = await node.driver.prepare()
    await node.recovery._stream.remove()
    if is_ready:
        await node.driver.finish()
    return is_ready


async def test_numbers_and_epoch_go_on(
    nodes: list[Server],
    service: tuple[str, str],
    serve: Serve,
    clustered: Config,
) -> None:
    service_id, key = service
    for number, node in enumerate(nodes):
        assert (await send(node, key, f"a{number}", f"b{number}", name=f"n{number}"))[0] == 200
    for node in nodes:
        await until(lambda node=node: head(node, service_id) == 6)  # type: ignore[misc]
    before, held = epochs(nodes, service_id), nodes[0].held(service_id)
    _, token = await nodes[1].create_session(service_id)
    async with watching(nodes[1], token, backlog=0) as (watcher, begun):
        assert await lose(nodes[0])
        assert (await send(nodes[2], key, "c"))[0] == 200
        assert [(entry["seq"], entry["message"]) for entry in await watcher.entries(1)] == [(7, "c")]
        assert {begun["epoch"]} == epochs(nodes, service_id) == before
    later = await serve(clustered)
    await until(lambda: head(later, service_id) == 7)
    assert later.held(service_id)[:6] == held
    assert later.held(service_id) == nodes[0].held(service_id) == nodes[1].held(service_id)
    assert epochs([later], service_id) == before
    stats = [node.context.hub.stats(service_id) for node in [*nodes, later]]
    assert {(each.accepted, each.levels.info) for each in stats} == {(7, 7)}
    for node in [*nodes, later]:
        assert (await send(node, key, "a1", "b1", name="n1"))[1]["duplicate"]
    assert await lose(later)
    assert await lose(nodes[1])
    assert (await send(later, key, "d"))[0] == 200
    await until(lambda: head(nodes[0], service_id) == 8)
    assert epochs([*nodes, later], service_id) == before


async def filled(servers: list[Server], service: tuple[str, str]) -> set[str]:
    """Two entries that all have; the epoch."""
    service_id, key = service
    assert (await send(servers[0], key, "a", "b"))[0] == 200
    for server in servers:
        await until(lambda server=server: head(server, service_id) == 2)  # type: ignore[misc]
    return epochs(servers, service_id)


async def in_a_new_epoch(servers: list[Server], service: tuple[str, str], before: set[str]) -> None:
    """All are, the same, and go on."""
    service_id, key = service
    await until(lambda: epochs(servers, service_id).isdisjoint(before))
    assert (await send(servers[1], key, "anew"))[0] == 200
    for server in servers:
        await until(lambda server=server: head(server, service_id) == 1)  # type: ignore[misc]
    assert len(epochs(servers, service_id)) == 1


async def test_a_node_that_had_not_seen_all_gets_the_rest(
    nodes: list[Server],
    service: tuple[str, str],
) -> None:
    """And knows what became of its own batch, which has no name."""
    service_id, key = service
    before = await filled(nodes, service)
    of(nodes[1]).logs.mirror.following.promise("of nobody")  # it sees nothing
    assert (await send(nodes[0], key, "c", name="n"))[0] == 200
    sending = asyncio.create_task(send(nodes[1], key, "d"))
    again = asyncio.create_task(send(nodes[1], key, "c", name="n"))
    await until(lambda: head(nodes[2], service_id) >= 3)
    assert head(nodes[1], service_id) == 2
    assert await lose(nodes[0])
    assert (await sending)[0] == 200
    assert (await again)[1]["duplicate"]
    assert (await send(nodes[2], key, "e"))[0] == 200
    for node in nodes:
        await until(lambda node=node: head(node, service_id) == 5)  # type: ignore[misc]
    assert nodes[1].held(service_id) == nodes[0].held(service_id) == nodes[2].held(service_id)
    texts = messages(nodes[1], service_id)
    assert sorted(texts) == ["a", "b", "c", "d", "e"]
    assert epochs(nodes, service_id) == before


async def test_what_comes_meanwhile_waits(nodes: list[Server], service: tuple[str, str]) -> None:
    service_id, key = service
    before = await filled(nodes, service)
    node = of(nodes[0])
    assert await node.driver.prepare()
    for each in nodes:
        assert of(each).logs.is_held
        assert not of(each).logs.mirror.is_ready
    sending = [asyncio.create_task(send(each, key, f"{number}")) for number, each in enumerate(nodes)]
    await node.recovery._stream.remove()
    await node.driver.finish()
    assert [status for status, _ in await asyncio.gather(*sending)] == [200] * 3
    for each in nodes:
        await until(lambda each=each: head(each, service_id) == 5)  # type: ignore[misc]
    await until_live(nodes)
    assert epochs(nodes, service_id) == before


async def test_what_was_taken_out_stays_out(
    nodes: list[Server],
    service: tuple[str, str],
    serve: Serve,
    clustered: Config,
) -> None:
    service_id, key = service
    await filled(nodes, service)
    assert (await send(nodes[0], key, "secret", "d"))[0] == 200
    log = of(nodes[0]).logs.log(service_id)
    assert log is not None
    await until(lambda: head(nodes[1], service_id) == 4)
    of(nodes[1]).logs.mirror.following.promise("of nobody")
    await log.forget([3])
    assert await lose(nodes[0])
    later = await serve(clustered)
    await until(lambda: head(later, service_id) == 4)
    for node in [*nodes, later]:
        await until(lambda node=node: messages(node, service_id) == ["a", "b", "d"])  # type: ignore[misc]


async def test_a_node_that_does_not_answer_may_know_more(
    nodes: list[Server],
    service: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(driver, "ASK_SECONDS", 0.3)
    before = await filled(nodes, service)
    document = NodeDocument("1", 1, 1)
    await of(nodes[1]).store.bucket.edit("node.frozen", NodeDocument, lambda _: document)
    with caplog.at_level(logging.ERROR, "spectrix_lite.cluster"):
        assert not await lose(nodes[0])
        await in_a_new_epoch(nodes, service, before)
    assert "node frozen does not answer: a new epoch begins" in caplog.text


async def test_one_that_has_half_a_batch_says_so(
    nodes: list[Server],
    service: tuple[str, str],
) -> None:
    before = await filled(nodes, service)
    log = of(nodes[2]).logs.log(service[0])
    assert log is not None
    log.numbering.is_halfway = True
    assert not await lose(nodes[0])
    await in_a_new_epoch(nodes, service, before)


async def test_what_the_driver_leaves_unfinished_is_given_up(
    nodes: list[Server],
    service: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It dies once the stream is made anew."""
    monkeypatch.setattr(following, "PROMISE_SECONDS", 1.0)
    before = await filled(nodes, service)
    node = of(nodes[0])
    stream = node.recovery._stream
    assert await node.driver.prepare()
    await stream.remove()
    await stream.make(1 << 40)
    await stream.go_on(Beginning(node.logs.mirror.epoch, 0, "r", is_done=False))
    await in_a_new_epoch(nodes, service, before)


async def test_a_node_that_makes_the_log_first_wins(
    nodes: list[Server],
    service: tuple[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As one of an earlier version does, or one that was away."""
    before = await filled(nodes, service)
    node = of(nodes[0])
    stream = node.recovery._stream
    assert await node.driver.prepare()
    await stream.remove()
    await stream.make()
    await stream.begin_epoch(0)
    with caplog.at_level(logging.ERROR, "spectrix_lite.cluster"):
        await node.driver.finish()
    assert "could not be rebuilt, another epoch has begun" in caplog.text
    await in_a_new_epoch(nodes, service, before)


async def test_a_node_that_has_shown_more_than_was_rebuilt_says_so(
    nodes: list[Server],
    service: tuple[str, str],
) -> None:
    """It was away, and nobody asked it."""
    before = await filled(nodes, service)
    node = of(nodes[0])
    stream, epoch = node.recovery._stream, node.logs.mirror.epoch
    assert await node.driver.prepare()
    await stream.remove()
    await stream.make(1 << 40)
    await stream.go_on(Beginning(epoch, 0, "r", is_done=False))
    numbering, ring = Numbering("n", service[0]), RingBuffer(10, 1000)
    numbering.begin(epoch)
    last = 0
    for message in refill(Content(numbering, ring, (), 0), "r", 1000):
        last = await stream.append(service[0], message, last)
    begun = await stream.beginning()
    await stream.go_on(begun._replace(is_done=True))
    await node.driver.drop()
    await in_a_new_epoch(nodes, service, before)


async def empty(servers: list[Server]) -> None:
    """As the engine leaves a log in memory all of whose servers were started anew."""
    node = of(servers[0])
    stream = node.engine.jetstream
    config = (await stream.stream_info(f"{node.engine.name}-log")).config
    for server in servers:
        of(server).logs.mirror.hold("of a test")  # nobody looks in between
    await stream.delete_stream(f"{node.engine.name}-log")
    await stream.add_stream(config)
    for server in servers:
        of(server).logs.mirror.let_go("of a test")


async def test_an_engine_that_has_lost_its_memory_gets_it_back(nodes: list[Server], service: tuple[str, str]) -> None:
    service_id, key = service
    before = await filled(nodes, service)
    _, token = await nodes[1].create_session(service_id)
    async with watching(nodes[1], token, backlog=0) as (watcher, _):
        await empty(nodes)
        assert (await send(nodes[2], key, "c"))[0] == 200
        assert [(entry["seq"], entry["message"]) for entry in await watcher.entries(1)] == [(3, "c")]
    assert epochs(nodes, service_id) == before


async def test_an_engine_that_has_lost_its_memory_is_told(
    nodes: list[Server], service: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node is not there that may have shown more than the others."""
    monkeypatch.setattr(driver, "ASK_SECONDS", 0.3)
    before = await filled(nodes, service)
    document = NodeDocument("1", 1, 1)
    await of(nodes[1]).store.bucket.edit("node.killed", NodeDocument, lambda _: document)
    await empty(nodes)
    await in_a_new_epoch(nodes, service, before)


async def test_a_node_that_has_more_than_the_log_does_not_have_all_of_it(
    nodes: list[Server], service: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else another that is gone since then would not be missed."""
    for node in nodes:
        monkeypatch.setattr(of(node).recovery, "_may_act", lambda: False)
    await filled(nodes, service)
    logs = of(nodes[1]).logs
    await until(lambda: logs.mirror.whole_at is not None)
    await empty(nodes)
    emptied = logs.now()
    await until(lambda: logs.mirror.following.emptied.is_set() and logs.now() > emptied + 3 * WATCH_SECONDS)
    assert logs.mirror.whole_at is not None
    assert logs.mirror.whole_at <= emptied
