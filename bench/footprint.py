"""What the server takes without work: memory with its rings full, time while nothing comes, time to start."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

from . import traffic
from .figures import Figure, Reach, median, number
from .load import source
from .processes import floor, run, spectrix
from .scene import scene
from .throughput import side

MB = 1_000_000
RINGS = 20
RING_ENTRIES = 10_000
STARTS = 5


async def memory() -> list[Figure]:
    """20 services, each with its ring full of 10,000 entries."""
    batch = traffic.batch(50, own_times=True)
    with scene() as server:
        services = [server.service(f"Service {number_}") for number_ in range(RINGS)]
        empty = server.process.resident()
        for service in services:
            async with source(server.port, service.key, batch) as sends:
                batches = RING_ENTRIES / len(batch)
                await sends.run(0.1, rate=batches / 0.1)
        full = server.process.resident()
        rings = server.operator.stats()
    encoded = sum(stats["bytes"] for stats in rings)
    short = [stats["buffered"] for stats in rings if stats["buffered"] != RING_ENTRIES]
    allowed = 1.3 * encoded + 60 * MB
    return [
        Figure(
            "memory",
            "Memory of 20 full rings",
            full / allowed,
            "× (1.3 × encoded + 60 MB)",
            "lower",
            Reach("most", 1.0),
            background=f"resident {number(full / MB)} MB, {number(empty / MB)} MB while empty; "
            f"{number(encoded / MB)} MB encoded, so {number((full - empty) / encoded)} bytes a byte",
            fault=f"rings not full: {short}" if short else "",
        )
    ]


async def idle(seconds: float) -> list[Figure]:
    """100 watchers to whom nothing comes but heartbeats and pings: best longer than 15 s, which is their rhythm."""
    with scene() as server:
        async with AsyncExitStack() as stack:
            one = await side(stack, server.process, server.service(), traffic.batch(1), 100)
            assert one.audience is not None
            cpu, began = server.process.cpu(), time.perf_counter()
            await asyncio.sleep(seconds)
            share = (server.process.cpu() - cpu) / (time.perf_counter() - began)
            lost = one.audience.lost()
    return [
        Figure(
            "idle",
            "100 idle watchers",
            100 * share,
            "% of a core",
            "lower",
            Reach("most", 0.5),
            is_ratio=False,
            background=f"over {seconds:.0f} s",
            fault="watchers got what nobody sent" if lost else "",
        )
    ]


async def starting() -> list[Figure]:
    """From the start of the process to its last word, beside programs that do little more than import."""
    starts, floors, helps, clicks = [], [], [], []
    for _ in range(STARTS):
        with spectrix() as (process, _database):
            starts.append(process.seconds)
        with floor("aiohttp") as low:
            floors.append(low.seconds)
        helps.append(run("-m", "spectrix_lite", "--help")[0])
        clicks.append(run("-c", "import click")[0])
    return [
        *_against("start", "From the start to “Listening”", starts, floors, 1.0, "a bare aiohttp server"),
        *_against("help", "`--help`", helps, clicks, 0.3, "importing click"),
    ]


def _against(name: str, label: str, own: list[float], other: list[float], most: float, what: str) -> list[Figure]:
    background = f"median of {len(own)}; slowest {number(max(own))} s; {what} takes {number(median(other))} s"
    ratio = median([one / low for one, low in zip(own, other, strict=True)])
    return [
        Figure(name, label, median(own), "s", "lower", Reach("most", most), is_ratio=False, background=background),
        Figure(f"{name}_ratio", f"{label}, beside {what}", ratio, "×", "lower"),
    ]
