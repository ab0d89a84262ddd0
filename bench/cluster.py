"""What a node of a cluster takes and costs, beside one process, and how long entries are on their way between two.

    python -m bench.cluster [--seconds 10] [--write]

Batches of 50 by 16 connections, on both sides in turns; three engine servers, which keep everything three times. What
waits is stored together: by fewer connections a node takes less. Then 1,000 services with an entry each, and a node
that starts among the other two and does nothing. `--write` puts the table into bench/cluster.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Final

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config
from tests.support.engine import engine_cluster, urls
from tests.support.serving import serving

from . import load, traffic
from .figures import Figure, Reach, median, number, percentile
from .load import source
from .processes import Failure, cores, pinned, unpinned
from .run import loop_factory
from .scene import Scene, scene, take_turns
from .throughput import side
from .watchers import audience

TABLE: Final = Path(__file__).parent / "cluster.md"
LEAST: Final = 0.45
CONNECTIONS: Final = 16
RATE: Final = 40.0
"""Batches a second of the tail: 2,000 entries."""
SERVICES: Final = 1000
START_SECONDS: Final = 3.0
IDLE_PERCENT: Final = 2.0
SETTLE_SECONDS: Final = 2.0


async def measure(seconds: float) -> list[Figure]:
    """A node beside a process, the mirror beside the node, and the tail from one node to the other."""
    with tempfile.TemporaryDirectory(prefix="spectrix-bench-") as folder, ExitStack() as stack:
        with unpinned():
            engines = stack.enter_context(engine_cluster(Path(folder)))
        where = ("--cluster", urls(engines))
        alone, node, other = stack.enter_context(scene()), *(stack.enter_context(scene(where=where)) for _ in range(2))
        ratio = await _capacity(alone, node, other, seconds)
        tail = await _tail(node, other, seconds)
        await _seed(urls(engines))
        return [*ratio, *tail, *await _many(where, seconds)]


async def _capacity(alone: Scene, node: Scene, other: Scene, seconds: float) -> list[Figure]:
    batch = traffic.batch(50)
    async with AsyncExitStack() as stack:
        sides = [
            await side(stack, alone.process, alone.service("alone"), batch),
            await side(stack, node.process, node.service("node"), batch),
        ]
        for each in sides:
            await each.source.connect(CONNECTIONS - load.CONNECTIONS)
        mirrored = other.process.cpu()
        # Short turns: each is beside its neighbour, and what else the machine does is the same for both.
        by_itself, in_cluster = await take_turns(sides, 2 * seconds, rounds=40)
        mirrored = other.process.cpu() - mirrored
    ratios = [
        one.entries_per_cpu_second / two.entries_per_cpu_second for one, two in zip(in_cluster, by_itself, strict=True)
    ]
    batches = sum(spent.batches for spent in in_cluster)
    here, there = (median([spent.entries_per_cpu_second for spent in each]) for each in (in_cluster, by_itself))
    beside = f"{number(here)} entries per CPU second beside {number(there)}"
    mirror = f"of {batches:,} batches that the other node took, for {number(50e6 / here)} µs each"
    least, cost = Reach("least", LEAST), 1e6 * mirrored / batches
    return [
        Figure("cluster_node", "A node", median(ratios), "× one process", "higher", least, background=beside),
        Figure("cluster_mirror", "A batch mirrored", cost, "µs", "lower", is_ratio=False, background=mirror),
    ]


async def _tail(node: Scene, other: Scene, seconds: float) -> list[Figure]:
    service = node.service("tail")
    await asyncio.sleep(0.5)  # the other node hears of it
    async with source(node.port, service.key, traffic.batch(50)) as sends:
        sends.port = other.port
        async with audience(sends, service.token, 1, (None,)) as seen:
            began = time.monotonic()
            await sends.run(seconds, RATE)
            await seen.settle()
            took, times, lost = time.monotonic() - began, seen.latencies(), seen.lost()
    fault = f"{lost} lost" if lost else ""
    about = f"{len(times)} timed in {number(took)} s; slowest {number(max(times))} ms"

    def figure(name: str, share: float, most: float) -> Figure:
        return Figure(
            f"cluster_tail_{name}",
            f"From node to node, {name}",
            percentile(times, share),
            "ms",
            "lower",
            Reach("most", most),
            is_ratio=False,
            background=about,
            fault=fault,
        )

    return [figure("p50", 0.5, 5.0), figure("p99", 0.99, 20.0)]


async def _seed(engine: str) -> None:
    """Services up to their limit, and an entry to each, by a node whose keys cost next to nothing."""
    config = Config(host="127.0.0.1", port=0, cluster=parse_cluster(engine), max_services=SERVICES)
    async with serving(config, SystemClock()) as node, node.anyone() as client:
        for number in range(SERVICES - len(node.context.authority.services())):
            key = await node.create_key(await node.create_service(f"Service {number}"))
            logs = {"logs": [{"level": "info", "message": "the first"}]}
            bearer = {"Authorization": f"Bearer {key}"}
            async with client.post("/api/v1/ingest/logs", json=logs, headers=bearer) as answer:
                if answer.status != 200:
                    raise Failure(f"service {number} is answered {answer.status}")


async def _many(where: Sequence[str], seconds: float) -> list[Figure]:
    """A third node starts, and then does nothing."""
    with scene(where=where) as node:
        start = node.process.seconds
        await asyncio.sleep(SETTLE_SECONDS)
        began, before = time.monotonic(), node.process.cpu()
        await asyncio.sleep(seconds)
        idle = 100 * (node.process.cpu() - before) / (time.monotonic() - began)
    about = f"{SERVICES:,} services, an entry in each, three nodes"
    reach, most = Reach("most", START_SECONDS), Reach("most", IDLE_PERCENT)
    return [
        Figure("cluster_start", "A node starts", start, "s", "lower", reach, is_ratio=False, background=about),
        Figure(
            "cluster_idle", "A node does nothing", idle, "% of a core", "lower", most, is_ratio=False, background=about
        ),
    ]


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    rows = [
        f"| {each.label} | {number(each.value)} {each.unit} | {each.reach or ''} | {each.verdict} | {each.background} |"
        for each in figures
    ]
    return "\n".join(["| what | measured | reach | | |", "| --- | ---: | ---: | --- | --- |", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    own, before = cores(), os.getloadavg()[0]
    with pinned(own and own[1]), asyncio.Runner(loop_factory=loop_factory()) as runner:
        found = runner.run(measure(chosen.seconds))
    print(table(found))
    if chosen.write:
        about = (__doc__ or "").partition("\n")[0]
        busy = f"Load average {before:.1f} before it. Servers, nodes and load share two cores."
        text = f"# A cluster\n\n{about} `python -m bench.cluster --write`.\n\n{table(found)}\n\n{busy}\n"
        TABLE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
