"""Health, as a supervisor and a load balancer ask for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import aiohttp

from spectrix_lite.config import Config

from .conftest import Serve
from .fakes import FakeClock
from .serving import Server, check_problem


async def test_up_and_ready(client: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        async with client.get(path) as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok"})
        async with client.head(path) as answer:
            assert (answer.status, await answer.read()) == (200, b"")


async def test_not_ready_while_the_database_is_locked(config: Config, serve: Serve) -> None:
    """case 65: asked once a second at most, however many ask; up all the while, and ready again afterwards."""
    clock = FakeClock()
    server = await serve(clock=clock)
    async with server.anyone() as client:
        with closing(sqlite3.connect(config.db, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with client.get("/readyz") as answer:
                await check_problem(answer, 503, "storage_busy")
                assert answer.headers["Retry-After"] == "1"
        async with client.get("/readyz") as answer:
            await check_problem(answer, 503, "storage_busy")
        async with client.get("/healthz") as answer:
            assert answer.status == 200
        clock.advance(1.0)
        async with client.get("/readyz") as answer:
            assert answer.status == 200


async def test_not_ready_while_stopping(server: Server, client: aiohttp.ClientSession) -> None:
    server.context.drain.begin()
    async with client.get("/readyz") as answer:
        await check_problem(answer, 503, "draining")
    async with client.get("/healthz") as answer:
        assert answer.status == 200
