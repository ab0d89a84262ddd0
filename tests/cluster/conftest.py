"""Three nodes on one engine, and a service that all of them know."""

from __future__ import annotations

import asyncio

import pytest

from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.serving import Server
from ..support.watching import until


@pytest.fixture
async def nodes(serve: Serve, clustered: Config) -> list[Server]:
    """Three, which know of one service."""
    return [await serve(clustered) for _ in range(3)]


@pytest.fixture
async def service(nodes: list[Server]) -> tuple[str, str]:
    """A service's id, and a key of it that all nodes know."""
    service_id = await nodes[0].create_service()
    key = await nodes[0].create_key(service_id)
    for node in nodes:
        await until(lambda node=node: node.context.authority.services())  # type: ignore[misc]
        async with asyncio.timeout(10):
            while not await node.context.authority.stream_keys(service_id):  # noqa: ASYNC110  # as in `until`
                await asyncio.sleep(0.002)
    return service_id, key
