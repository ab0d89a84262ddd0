"""Health, as a supervisor and a load balancer ask for it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite.api.health import READINESS, ROOM, free_beside
from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem


async def test_up_and_ready(client: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        async with client.get(path) as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok"})
        async with client.head(path) as answer:
            assert (answer.status, await answer.read()) == (200, b"")


@pytest.mark.case(65)
async def test_not_ready_while_the_database_is_locked(config: Config, serve: Serve) -> None:
    """Asked once a second at most, however many ask; up all the while, and ready again afterwards."""
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
    server.context.in_flight.begin_draining()
    async with client.get("/readyz") as answer:
        await check_problem(answer, 503, "draining")
    async with client.get("/healthz") as answer:
        assert answer.status == 200


@pytest.mark.case(66)
async def test_not_ready_while_the_disk_is_full(config: Config, serve: Serve) -> None:
    """Also while the write-ahead log has grown before and still takes a write; ready again once freed."""
    clock = FakeClock()
    server = await serve(clock=clock)
    free = [ROOM - 1]
    server.app[READINESS].free = lambda path: free[0]
    async with server.anyone() as client:
        async with client.get("/readyz") as answer:
            await check_problem(answer, 503, "storage_full")
        free[0] = ROOM
        clock.advance(1.0)
        async with client.get("/readyz") as answer:
            assert answer.status == 200


async def test_not_ready_while_the_databases_folder_is_gone(config: Config, serve: Serve, tmp_path: Path) -> None:
    server = await serve(config=replace(config, db=str(tmp_path / "inner" / "spectrix.db")))
    (tmp_path / "inner").rename(tmp_path / "elsewhere")
    async with server.anyone() as client, client.get("/readyz") as answer:
        await check_problem(answer, 503, "storage_failed")


def test_the_room_is_that_of_the_databases_disk(tmp_path: Path) -> None:
    assert free_beside(tmp_path / "spectrix.db") == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)
