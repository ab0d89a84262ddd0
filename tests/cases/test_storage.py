"""Cases of storage with the server at work: what it has answered is there, whatever becomes of disk and process."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite.access import keys
from spectrix_lite.storage.store import Store

from ..support.neighbour import crowd
from ..support.processes import run
from ..support.serving import Server, check_problem
from ..support.watching import until
from ..support.weighing import weighed

SERVICES = "/api/v1/services"


@pytest.mark.case(66)
async def test_a_full_disk_and_room_again(server: Server, operator: aiohttp.ClientSession) -> None:
    """Here the database's own bound stands for the disk's. Known keys go on, reads as well; then it works again."""
    key = await server.create_key(await server.create_service("Before"))
    store = server.context.store
    assert isinstance(store, Store)
    database = store._writes
    ((pages,),) = await database.rows("PRAGMA page_count")
    await database.rows(f"PRAGMA max_page_count = {pages}")

    async def create() -> int:
        async with operator.post(SERVICES, json={"name": f"{next(numbers)} " + "x" * 90}) as answer:
            if answer.status != 201:
                await check_problem(answer, 503, "storage_full")
                assert int(answer.headers["Retry-After"]) >= 1
            return answer.status

    numbers = count()
    made = 0
    while await create() == 201:
        made += 1
        assert made < 500
    async with operator.get(SERVICES) as answer:
        assert len((await answer.json())["services"]) == made + 1
    headers = {"Authorization": f"Bearer {key}"}
    for _ in range(2):
        async with operator.post("/api/v1/ingest/logs", json={"logs": [{"message": "m"}]}, headers=headers) as answer:
            assert answer.status == 200
    await database.rows(f"PRAGMA max_page_count = {pages + 1000}")
    assert await create() == 201


@pytest.mark.case(69, 73)
async def test_killed_while_writing(tmp_path: Path) -> None:
    """Every service and key whose creation was answered is there again; and in a backup that was made meanwhile."""
    answered: list[tuple[str, str]] = []
    names = count()

    async with weighed(tmp_path) as it:

        async def create() -> None:
            try:
                service = await it.service(f"Service {next(names)}")
            except aiohttp.ClientError:  # killed
                await asyncio.Event().wait()
            else:
                answered.append((service.id, service.key[keys.PREFIX_LENGTH :][: keys.ID_LENGTH]))

        async with crowd(3, create):
            await until(lambda: len(answered) >= 3)
            before = {service for service, _ in answered}
            made = await asyncio.to_thread(run, "backup", "copy.db", cwd=tmp_path)
            assert made.returncode == 0, made.stderr
            it.process.send(signal.SIGKILL)
            assert await asyncio.to_thread(it.process.wait) == -signal.SIGKILL
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert before <= {service for (service,) in copy.execute("SELECT id FROM services")}
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store = await Store.open(tmp_path / "spectrix.db", serving=True)
    kept = {(key.shown.service_id, key.shown.id) for key in (await store.read_all()).stream_keys}
    await store.close()
    assert set(answered) <= kept
