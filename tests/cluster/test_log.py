"""Several nodes on one log: the same numbers, epochs and answers on each, whoever took what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from spectrix_lite.api.metrics import Families
from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.cluster_load import NodeProcess
from ..support.serving import Server
from ..support.watching import Watching, until, watching

Post = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


async def send(
    node: Server | NodeProcess, key: str, *texts: str, name: str | None = None
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}"} | ({} if name is None else {"Idempotency-Key": name})
    body = {"logs": [{"level": "info", "message": text} for text in texts]}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{node.api}/ingest/logs", json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


def head(node: Server, service_id: str) -> int:
    """-1 where the node does not know the service yet."""
    if service_id not in {channel.service_id for channel in node.context.hub.channels()}:
        return -1
    return node.context.hub.channel(service_id).ring.head


async def test_what_one_takes_all_show(nodes: list[Server], service: tuple[str, str]) -> None:
    service_id, key = service
    for number, node in enumerate(nodes):
        assert await send(node, key, f"a{number}", f"b{number}") == (
            200,
            {"accepted": 2, "rejected": 0, "errors": []},
        )
        assert head(node, service_id) == 2 * number + 2, "its own ring has it once it is answered"
    for node in nodes:
        await until(lambda node=node: head(node, service_id) == 6)  # type: ignore[misc]
    assert nodes[0].held(service_id) == nodes[1].held(service_id) == nodes[2].held(service_id)
    stats = [node.context.hub.stats(service_id) for node in nodes]
    assert len({each.epoch for each in stats}) == 1
    assert {(each.accepted, each.levels.info) for each in stats} == {(6, 6)}


async def test_all_at_once_number_without_a_hole(nodes: list[Server], service: tuple[str, str]) -> None:
    service_id, key = service
    sent = [send(nodes[number % 3], key, f"t{number}") for number in range(60)]
    assert {status for status, _ in await asyncio.gather(*sent)} == {200}
    for node in nodes:
        await until(lambda node=node: head(node, service_id) == 60)  # type: ignore[misc]
    assert nodes[0].held(service_id) == nodes[1].held(service_id)
    assert len(set(nodes[0].held(service_id))) == 60


async def test_one_name_is_taken_once(nodes: list[Server], service: tuple[str, str]) -> None:
    """At once on three nodes, and later on another; with another body it is a mismatch on each."""
    service_id, key = service
    answers = await asyncio.gather(*(send(node, key, "one", "two", name="n") for node in nodes))
    assert [status for status, _ in answers] == [200, 200, 200]
    assert sorted(body.get("duplicate", False) for _, body in answers) == [False, True, True]
    for node in nodes:
        await until(lambda node=node: head(node, service_id) == 2)  # type: ignore[misc]
        assert (await send(node, key, "one", "two", name="n"))[1]["duplicate"]
        assert (await send(node, key, "another", name="n"))[0] == 409
    assert {head(node, service_id) for node in nodes} == {2}


async def test_a_node_that_starts_has_what_the_log_has(
    serve: Serve, clustered: Config, nodes: list[Server], service: tuple[str, str]
) -> None:
    service_id, key = service
    for number in range(5):
        await send(nodes[0], key, f"t{number}", name=f"n{number}")
    late = await serve(clustered)
    assert late.held(service_id) == nodes[0].held(service_id)
    assert late.context.hub.stats(service_id).epoch == nodes[0].context.hub.stats(service_id).epoch
    assert late.context.hub.stats(service_id).accepted == 5
    assert (await send(late, key, "t3", name="n3"))[1]["duplicate"]


async def test_a_batch_larger_than_a_message_stays_together(nodes: list[Server], service: tuple[str, str]) -> None:
    """While others write to the same service."""
    service_id, key = service
    large = [f"{number} " + "x" * 500 for number in range(1800)]
    others = [send(nodes[1 + number % 2], key, f"other {number}") for number in range(20)]
    answers = await asyncio.gather(send(nodes[0], key, *large), *others)
    assert {status for status, _ in answers} == {200}
    for node in nodes:
        await until(lambda node=node: head(node, service_id) == 1820)  # type: ignore[misc]
    held = nodes[2].held(service_id)
    places = [place for place, entry in enumerate(held) if b"xxx" in entry]
    assert places == list(range(places[0], places[0] + 1800))
    assert nodes[0].held(service_id) == nodes[1].held(service_id) == held


async def test_what_is_forgotten_on_one_is_gone_on_all(nodes: list[Server], service: tuple[str, str]) -> None:
    service_id, key = service
    await send(nodes[0], key, "keep", "secret", "keep too")
    async with nodes[1].operator() as operator:
        await until(lambda: head(nodes[1], service_id) == 3)
        address = f"/api/v1/services/{service_id}/forget"
        async with operator.post(address, json={"query": "secret"}) as answer:
            assert await answer.json() == {"removed": 1}
    for node in nodes:
        ring = node.context.hub.channel(service_id).ring
        await until(lambda ring=ring: ring.entry(2) is None)  # type: ignore[misc]
        assert ring.entry(1) is not None
        assert ring.entry(3) is not None


@asynccontextmanager
async def told_to_all(nodes: list[Server], service_id: str) -> AsyncIterator[None]:
    """What is done to the log inside begins one new epoch, which the watchers of all nodes are told."""
    _, token = await nodes[0].create_session(service_id)
    seen = head(nodes[0], service_id)
    async with AsyncExitStack() as stack:
        watchers = [await stack.enter_async_context(watching(node, token, backlog=0)) for node in nodes]

        async def epoch_told(node: Server, watcher: Watching, before: str) -> str:
            assert await watcher.closed() == 1012
            async with watching(node, token, after={"epoch": before, "seq": seen}) as (again, now):
                assert not now["resumed"]
                assert (await again.next("gap"))["reason"] == "restart"
                return str(now["epoch"])

        yield
        told = [
            epoch_told(node, watcher, begun["epoch"]) for node, (watcher, begun) in zip(nodes, watchers, strict=True)
        ]
        epochs = set(await asyncio.gather(*told))
        assert len(epochs) == 1
        assert epochs.isdisjoint({begun["epoch"] for _, begun in watchers})


@pytest.mark.case(186)
async def test_a_log_that_was_wiped_begins_a_new_epoch_on_all(nodes: list[Server], service: tuple[str, str]) -> None:
    service_id, key = service
    await send(nodes[0], key, "before")
    node = nodes[0].context.node
    assert node is not None
    async with told_to_all(nodes, service_id):
        await node.engine.jetstream.delete_stream(f"{node.engine.name}-log")
    assert (await send(nodes[1], key, "after"))[0] == 200
    for each in nodes:
        await until(lambda each=each: head(each, service_id) == 1)  # type: ignore[misc]
    assert len({each.context.hub.stats(service_id).epoch for each in nodes}) == 1


@pytest.mark.case(186)
async def test_a_log_that_went_back_begins_a_new_epoch_on_all(nodes: list[Server], service: tuple[str, str]) -> None:
    """One of the same epoch with less in it, as from a backup."""
    service_id, key = service
    await send(nodes[0], key, "before")
    await send(nodes[1], key, "before too")
    for each in nodes:
        await until(lambda each=each: head(each, service_id) == 2)  # type: ignore[misc]
    node = nodes[0].context.node
    assert node is not None
    stream = node.engine.jetstream
    kept = await stream.get_last_msg(f"{node.engine.name}-log", f"{node.engine.name}.epoch")
    config = (await stream.stream_info(f"{node.engine.name}-log")).config
    async with told_to_all(nodes, service_id):
        await stream.delete_stream(f"{node.engine.name}-log")
        await stream.add_stream(config)
        await stream.publish(f"{node.engine.name}.epoch", kept.data or b"")
    assert (await send(nodes[1], key, "after"))[0] == 200
    for each in nodes:
        await until(lambda each=each: each.held(service_id) == nodes[1].held(service_id))  # type: ignore[misc]
    assert {head(each, service_id) for each in nodes} == {1}


async def test_what_somebody_else_has_put_into_the_log_is_passed_over(
    nodes: list[Server], service: tuple[str, str], serve: Serve, clustered: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """The numbers go on as if it were not there: on the nodes that saw it come, and on one that starts after it."""
    service_id, key = service
    assert (await send(nodes[0], key, "before"))[0] == 200
    inside = nodes[1].context.node
    assert inside is not None
    for junk in (b"", b"\x00", b"{}", b"\x93\x01\x02"):
        await inside.engine.jetstream.publish(f"{inside.engine.name}.log.{service_id}", junk)
    for place, node in enumerate(nodes):
        assert (await send(node, key, f"after {place}"))[0] == 200
    for node in (*nodes, await serve(clustered)):
        await until(lambda node=node: head(node, service_id) == 4)  # type: ignore[misc]
        ring = node.context.hub.channel(service_id).ring
        assert (ring.oldest, ring.head) == (1, 4)
    assert "a message of the log cannot be read" in caplog.text


async def test_a_node_that_is_there_is_ready_and_measured(nodes: list[Server]) -> None:
    async with nodes[0].anyone() as client, client.get("/readyz") as answer:
        assert answer.status == 200
    families = {family.name for family in Families(nodes[0].context).collect()}
    assert {"spectrix_cluster_ready", "spectrix_cluster_races", "spectrix_cluster_lag_messages"} <= families
