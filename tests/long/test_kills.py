"""A server with history that is killed again and again: under load, while it seals, while it starts."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from ..support.processes import environment, run, server
from ..support.scale import scaled

KILLS: Final = scaled(300, 5)
BATCH: Final = 100
PRODUCERS: Final = 3


async def produce(port: int, key: str, answered: set[str], names: random.Random) -> None:
    """Batches of entries that are like no other, until the server is gone; what was answered is noted."""
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as client:
        while True:
            batch = [f"{names.getrandbits(64):016x}" for _ in range(BATCH)]
            try:
                async with client.post("/api/v1/ingest/logs", json=[{"message": each} for each in batch]) as answer:
                    await answer.read()
            except (aiohttp.ClientError, ConnectionError):
                return
            if answer.status == 200:
                answered.update(batch)


async def load(port: int, key: str, answered: set[str], names: random.Random, seconds: float, pid: int) -> None:
    """Some producers, and the kill while they are at it."""
    producers = [asyncio.create_task(produce(port, key, answered, names)) for _ in range(PRODUCERS)]
    await asyncio.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    await asyncio.gather(*producers)


def killed_while_starting(folder: Path, seconds: float) -> None:
    """A start that does not get far."""
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrix_lite", "serve", "--port", "0", "--history", "7d"],
        cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(seconds)
    process.kill()
    process.wait()


async def all_of_it(port: int, folder: Path) -> tuple[list[dict[str, object]], list[object], int]:
    """(every entry, every gap, how many were accepted ever)."""
    link = re.search(r"#token=(\S+)", run("url", "--port", str(port), cwd=folder).stdout)
    assert link is not None
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}/api/v1/", cookie_jar=jar) as client:
        async with client.post("auth/token", json={"token": link[1]}) as answer:
            assert answer.status == 204
        async with client.get("services") as answer:
            (found,) = (await answer.json())["services"]
            service, accepted = found["id"], found["stats"]["accepted"]
        async with client.get(f"services/{service}/export") as answer:
            entries = [json.loads(line) for line in (await answer.text()).splitlines()]
        async with client.get(f"services/{service}/entries?limit=1") as answer:
            gaps: list[object] = (await answer.json())["gaps"]
    return entries, gaps, accepted


@pytest.mark.long
@pytest.mark.timeout(60 + 10 * KILLS)
def test_no_answered_entry_is_lost_by_a_kill(tmp_path: Path) -> None:
    assert run("services", "add", "Shop", cwd=tmp_path).returncode == 0
    key = run("keys", "create", "Shop", cwd=tmp_path).stdout.strip()
    chance = random.Random(7)
    answered: set[str] = set()
    for _ in range(KILLS):
        if chance.random() < 0.3:
            killed_while_starting(tmp_path, chance.uniform(0.2, 1.0))
        with server("--history", "7d", cwd=tmp_path) as running:
            seconds = chance.uniform(0.0, 0.6)
            asyncio.run(load(running.port, key, answered, chance, seconds, running.process.pid))
            assert running.wait() == -signal.SIGKILL
    with server("--history", "7d", cwd=tmp_path) as running:
        entries, gaps, accepted = asyncio.run(all_of_it(running.port, tmp_path))
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    messages = [entry["message"] for entry in entries]
    assert answered <= set(messages)
    assert accepted == len(messages)
    assert len(messages) == len(set(messages))
    assert [entry for entry in entries if "epoch" in entry] == gaps == []
    assert len(answered) > KILLS * BATCH
