"""nginx before several nodes, as docs/self-host/cluster tells people to set it up: the real program, but fake nodes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from spectrix_lite.protocols.table import PROTOCOLS

from .proxies import free_port, nginx_before_nodes

NODES = 3
ADDRESSES = (
    "/in/KEY",
    "/api/v1/ingest/logs",
    *(re.sub(r"\{\w+\}", "name", call.path) for each in PROTOCOLS for call in each.calls if call.method != "GET"),
)
EVEN = ("/",)
"""Where some clients send what they send: it is a page too, and any node takes it."""


class Node:
    """Takes everything, or says that it has taken nothing."""

    def __init__(self) -> None:
        self.status = 200
        self.taken: list[tuple[str, str | None, bytes]] = []
        self.asked = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        body = await request.read()
        if self.status == 200:
            self.taken.append((request.path, request.headers.get("Idempotency-Key"), body))
        return web.Response(status=self.status, headers={} if self.status == 200 else {"Retry-After": "2"})


@pytest.fixture
async def nodes() -> list[Node]:
    return [Node() for _ in range(NODES)]


@pytest.fixture
async def client(nodes: list[Node], tmp_path: Path) -> AsyncIterator[ClientSession]:
    async with AsyncExitStack() as stack:
        ports = []
        for node in nodes:
            app = web.Application()
            app.router.add_route("*", "/{tail:.*}", node.answer)
            runner = web.AppRunner(app)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            ports.append(runner.addresses[0][1])
        proxy = await stack.enter_async_context(nginx_before_nodes(ports, tmp_path, free_port()))
        yield await stack.enter_async_context(proxy.client(headers={"Authorization": "Bearer KEY"}))


async def test_what_one_key_sends_goes_to_one_node_wherever_it_is_sent(
    client: ClientSession, nodes: list[Node]
) -> None:
    for address in set(ADDRESSES) - set(EVEN):
        async with client.post(address, data=b"[]") as answer:
            assert answer.status == 200
    assert sorted(len(node.taken) for node in nodes) == [0, 0, len(set(ADDRESSES) - set(EVEN))]


async def test_what_a_node_has_not_taken_is_taken_by_another_one(client: ClientSession, nodes: list[Node]) -> None:
    send = {"data": b"[1]", "headers": {"Idempotency-Key": "one"}}
    async with client.post("/api/v1/ingest/logs", **send) as answer:  # type: ignore[arg-type]
        assert answer.status == 200
    (its,) = [node for node in nodes if node.taken]
    its.status = 503
    for _ in range(2):
        async with client.post("/api/v1/ingest/logs", **send) as answer:  # type: ignore[arg-type]
            assert answer.status == 200
    taken = [each for node in nodes if node is not its for each in node.taken]
    assert taken == [("/api/v1/ingest/logs", "one", b"[1]")] * 2
    assert its.asked == 2, "it is left alone for a while"
    for node in nodes:
        node.status = 503
    async with client.post("/api/v1/ingest/logs", **send) as answer:  # type: ignore[arg-type]
        assert (answer.status, answer.headers.get("Retry-After")) == (503, "2")
