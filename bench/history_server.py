"""History of a running server: what searches cost the live tail, how long a restart is silent, what is written to disk.

python -m bench.history_server [ROUNDS]

A table in Markdown on standard output. In turns within one run: what else the machine does comes and goes.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp

from .figures import percentile
from .operator_api import Operator
from .processes import PROGRAM, Measured, environment, listening
from .scene import Scene, Service, scene
from .throughput import side
from .traffic import batch

HISTORY: Final = ("--history", "2GB")
TURN_SECONDS: Final = 4.0
RATE: Final = 40.0  # batches of 50 a second
WATCHERS: Final = 10
SERVICES: Final = 20
QUERY: Final = "/o.{3}rs.{7}z/"
"""Has no word that must be there, so that every entry is asked."""


class Written:
    """Bytes that a process and its children have written."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = self._now()

    def _now(self) -> int:
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        return _io(self._pid) + sum(_io(int(child)) for child in children)

    def bytes(self) -> int:
        return self._now() - self._before


def _io(pid: int) -> int:
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == "write_bytes":
            return int(value)
    return 0


async def tail_beside_searches(rounds: int) -> list[str]:
    """The live tail without searches and beside two, in turns; and what was written an entry meanwhile."""
    with scene(PROGRAM, HISTORY) as server:
        os.sched_setaffinity(server.process.pid, range(os.cpu_count() or 1))  # and so what it starts for a search
        made = server.operator.service("Shop")
        service = Service(server.operator.key(made), server.operator.token(made))
        tokens = [server.operator.read_token() for _ in range(2)]
        async with AsyncExitStack() as stack:
            one = await side(stack, server.process, service, batch(50, own_times=True), WATCHERS)
            assert one.audience is not None
            written, before = Written(server.process.pid), one.source.sent
            await one.source.run(TURN_SECONDS * 2)
            entries = 50 * (one.source.sent - before)
            await asyncio.sleep(5)  # what is complete is sealed
            each = written.bytes() / entries
            found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
            pages = 0
            for _ in range(rounds):
                for beside in (False, True):
                    seen = [len(watcher.latencies) for watcher in one.audience.watchers]
                    async with _searching(server, made, tokens if beside else []) as asked:
                        await one.source.run(TURN_SECONDS, RATE)
                        await one.audience.settle()
                    pages += len(asked)
                    times = [
                        late
                        for watcher, start in zip(one.audience.watchers, seen, strict=True)
                        for late in watcher.latencies[start:]
                    ]
                    found[beside].append((percentile(times, 0.5), percentile(times, 0.99)))
            lost = one.audience.lost()
    p50, p99 = ([statistics.median(turn[place] for turn in found[each]) for each in (False, True)] for place in (0, 1))
    return [
        f"| bytes written an entry, journal, blocks and all, of {entries:,} | {each:.0f} | |",
        f"| live tail, p50 without and beside two searches, {pages} pages | {p50[0]:.2f}, {p50[1]:.2f} ms | + 0.3 |",
        f"| the same, p99; {lost} lost | {p99[0]:.1f}, {p99[1]:.1f} ms | + 4 |",
    ]


@asynccontextmanager
async def _searching(server: Scene, service: str, tokens: list[str]) -> AsyncIterator[list[int]]:
    """Each token looks through all of history, again and again."""
    pages: list[int] = []

    async def search(client: aiohttp.ClientSession, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        before: dict[str, str] = {}
        url = f"http://127.0.0.1:{server.port}/api/v1/services/{service}/entries"
        while True:
            query = {"q": QUERY, "order": "desc"} | before
            async with client.get(url, params=query, headers=headers) as answer:
                page = await answer.json()
                if answer.status != 200:
                    raise RuntimeError(str(page))
            pages.append(page["through"])
            before = {"before": f"{page['epoch']}.{page['through']}"} if page["through"] > 1 else {}

    async with aiohttp.ClientSession() as client:
        tasks = [asyncio.create_task(search(client, token)) for token in tokens]
        try:
            yield pages
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended


class Silence(NamedTuple):
    """Seconds from the signal to the end, and from there until the next server listens, and those of processor time;
    how many entries it has again.
    """

    stop: float
    start: float
    stop_cpu: float
    start_cpu: float
    held: int


def silence(folder: Path, flags: tuple[str, ...]) -> Silence:
    """A stop and the next start, with full rings."""
    database = folder / "bench.db"
    where = ["serve", "--host", "127.0.0.1", "--port", "0", "--db", str(database), "--key-rate", "1000000",
             "--key-burst", "1000000", *flags]  # fmt: skip
    command = [sys.executable, *PROGRAM, *where]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        port = _port(process)
        server = Measured(process.pid, port, 0.0)
        operator = Operator(server, database)
        keys = [operator.key(operator.service(f"Service {number}")) for number in range(SERVICES)]
        asyncio.run(_fill(port, keys))
        held = sum(stats["buffered"] for stats in operator.stats())
        operator.close()
        time.sleep(3)
        began, before = time.perf_counter(), server.cpu()
        process.send_signal(signal.SIGTERM)
        stopped = before
        while process.poll() is None:
            with suppress(OSError):
                stopped = server.cpu()
            time.sleep(0.002)
        ended = time.perf_counter()
        process.stdout.close()
    finally:
        process.kill()
        process.wait()
    with listening(command, folder) as again:
        up, cpu = time.perf_counter(), again.cpu()
        operator = Operator(again, database)
        if sum(stats["buffered"] for stats in operator.stats()) != held:
            raise RuntimeError("entries are missing")
        operator.close()
    return Silence(ended - began, up - ended, stopped - before, cpu, held)


def _port(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if (found := re.search(rb"Listening on \S+?:(\d+)\b", line)) is not None:
            return int(found[1])
    raise RuntimeError("it does not listen")


async def _fill(port: int, keys: list[str]) -> None:
    sent = batch(50, own_times=True)
    body = sent.before + b"full" + sent.after
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        for key in keys:
            for _ in range(200):
                headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
                async with client.post("/api/v1/ingest/logs", data=body, headers=headers) as answer:
                    if answer.status != 200:
                        raise RuntimeError(await answer.text())


def main(rounds: int) -> None:
    """Prints the table."""
    with suppress(OSError):
        print(f"load {os.getloadavg()[0]:.1f}\n", file=sys.stderr)
    print("| what | figure | bound |\n| --- | --- | --- |")
    for label, flags in (("with history", HISTORY), ("with the snapshot alone", ())):
        with tempfile.TemporaryDirectory(prefix="spectrix-bench-") as folder:
            found = silence(Path(folder), flags)
        print(
            f"| stop and start with {found.held:,} entries in {SERVICES} rings, {label}, s (of them processor time) |"
            f" {found.stop:.2f} + {found.start:.2f} ({found.stop_cpu:.2f} + {found.start_cpu:.2f}) | 2 |"
        )
    for line in asyncio.run(tail_beside_searches(rounds)):
        print(line)
    with suppress(OSError):
        print(f"\nload {os.getloadavg()[0]:.1f}", file=sys.stderr)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
