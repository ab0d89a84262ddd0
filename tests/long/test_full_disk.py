"""A real disk that is full: history stops, ingest does not, and what is missing is counted to the entry."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from ..support.processes import run, server
from ..support.scale import scaled

SIZE: Final = 80
"""MiB of the disk: above the 64 MiB below which history pauses by itself."""

MIB: Final = 1024 * 1024
RING: Final = 500
BATCH: Final = 200
ROUNDS: Final = scaled(4, 1)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own where one may be mounted, else a folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(folder)]
    is_mounted = not subprocess.run(mount, capture_output=True, check=False).returncode
    yield folder
    if is_mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Client:
    """Sends entries that are all different, and asks what became of them."""

    def __init__(self, client: aiohttp.ClientSession, key: str, service: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {key}"}
        self._service = service
        self.sent = 0

    async def send(self) -> None:
        batch = [{"message": f"m{self.sent + each} {'x' * 500}"} for each in range(1, BATCH + 1)]
        async with self._client.post("ingest/logs", json=batch, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
        self.sent += BATCH

    async def until_paused(self, *, paused: bool) -> None:
        """Sends on until history says so."""
        async with asyncio.timeout(60):
            while True:
                await self.send()
                async with self._client.get(f"services/{self._service}") as answer:
                    stats = (await answer.json())["stats"]
                assert stats["head"] == stats["accepted"] == self.sent
                if ("paused" in stats) is paused:
                    return
                await asyncio.sleep(0.02)

    async def check(self) -> set[str]:
        """Every entry is there under its number, or in a gap that counts it; the gaps' reasons."""
        seqs: set[int] = set()
        missing: set[int] = set()
        reasons = set()
        after = ""
        while True:
            query = {"limit": "10000", "order": "asc"} | ({"after": after} if after else {})
            async with self._client.get(f"services/{self._service}/entries", params=query) as answer:
                page = await answer.json()
            for entry in page["entries"]:
                assert entry["message"].split()[0] == f"m{entry['seq']}"
                seqs.add(entry["seq"])
            for gap in page["gaps"]:
                assert gap["count"] == gap["to"] - gap["from"] + 1
                missing |= set(range(gap["from"], gap["to"] + 1))
                reasons.add(gap["reason"])
            after = f"{page['epoch']}.{page['through']}"
            if page["through"] >= page["head"]:
                assert seqs | missing == set(range(1, self.sent + 1))
                assert len(seqs & missing) <= RING  # those that the ring holds all the same
                return reasons


async def begun(port: int, folder: Path) -> tuple[aiohttp.ClientSession, str]:
    """(a client that is signed in, the one service)."""
    found = re.search(r"#token=(\S+)", run("url", "--port", str(port), "--db", "x.db", cwd=folder).stdout)
    assert found is not None
    jar = aiohttp.CookieJar(unsafe=True)
    client = aiohttp.ClientSession(f"http://127.0.0.1:{port}/api/v1/", cookie_jar=jar)
    async with client.post("auth/token", json={"token": found[1]}) as answer:
        assert answer.status == 204
    async with client.get("services") as answer:
        (service,) = [each["id"] for each in (await answer.json())["services"]]
    return client, service


async def fill_and_free(port: int, folder: Path, key: str) -> tuple[int, set[str]]:
    """Once history pauses in time, once the disk is full to its last byte; (how many entries, the gaps' reasons)."""
    session, service = await begun(port, folder)
    async with session:
        client = Client(session, key, service)
        ballast = folder / "ballast"
        for _ in range(ROUNDS):
            await client.until_paused(paused=False)
            for size in (20 * MIB, 200 * MIB):  # below the floor, and all there is
                fill(ballast, size)
                await client.until_paused(paused=True)
                for _ in range(5):
                    await client.send()
                async with session.post("services", json={"name": "another"}) as answer:
                    assert answer.status == (201 if size < SIZE * MIB else 503)
                    made = (await answer.json()).get("id")
                if made is not None:
                    async with session.delete(f"services/{made}") as answer:
                        assert answer.status == 204
                ballast.unlink()
                await client.until_paused(paused=False)
        return client.sent, await client.check()


def fill(path: Path, size: int) -> None:
    """Writes as much of it as there is room for."""
    with path.open("wb") as file, suppress(OSError):
        for _ in range(size // MIB):
            file.write(bytes(MIB))
            file.flush()


async def send_for_a_while(port: int, folder: Path, key: str) -> tuple[int, set[str]]:
    """Where no file may grow beyond what a second brings."""
    session, service = await begun(port, folder)
    async with session:
        client = Client(session, key, service)
        for _ in range(2 * ROUNDS):
            await client.until_paused(paused=True)
            await client.until_paused(paused=False)
        return client.sent, await client.check()


async def checked(port: int, folder: Path, key: str, sent: int) -> set[str]:
    session, service = await begun(port, folder)
    async with session:
        client = Client(session, key, service)
        client.sent = sent
        return await client.check()


@pytest.mark.long
@pytest.mark.timeout(120 + 60 * ROUNDS)
def test_a_full_disk_stops_history_and_nothing_else(disk: Path) -> None:
    assert run("services", "add", "Shop", "--db", "x.db", cwd=disk).returncode == 0
    key = run("keys", "create", "Shop", "--db", "x.db", cwd=disk).stdout.strip()
    arguments = ("--db", "x.db", "--history", "7d", "--ring-entries", str(RING))
    program = (sys.executable, "-m", "spectrix_lite")
    bounded = ("sh", "-c", 'ulimit -f 700; exec "$@"', "sh", *program)  # 350 KiB or 700, as shells count
    is_disk = os.path.ismount(disk)
    with server(*arguments, cwd=disk, command=program if is_disk else bounded) as running:
        scene = fill_and_free if is_disk else send_for_a_while
        sent, reasons = asyncio.run(scene(running.port, disk, key))
        assert reasons == {"paused"}
        running.send(signal.SIGTERM)
        assert running.wait() == 0
    with server(*arguments, cwd=disk) as running:
        assert asyncio.run(checked(running.port, disk, key, sent)) == {"paused"}
