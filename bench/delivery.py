"""Milliseconds from the sending of a batch to its arrival at a watcher, at a steady rate, and whether all arrive."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack

from . import traffic
from .figures import Figure, Reach, number, percentile
from .processes import waited
from .scene import Scene, scene, spend
from .throughput import side


async def latency(name: str, rate: int, seconds: float, *, p50: float | None, p99: float) -> list[Figure]:
    """`rate` entries a second in batches of 50, ten watchers. Of each batch the last entry is timed."""
    batch = traffic.batch(50)
    with scene() as server:
        async with AsyncExitStack() as stack:
            one = await side(stack, server.process, server.service(), batch, 10)
            assert one.audience is not None
            before = _waited(server)
            spent = await spend(one, seconds, rate / len(batch))
            held_up = max(now - then for now, then in zip(_waited(server), before, strict=True)) / spent.wall
            lost, times = one.audience.lost(), one.audience.latencies()
    reached = spent.entries / spent.wall
    fault = f"{lost} deliveries lost" if lost else f"only {number(reached)}/s sent" if reached < 0.97 * rate else ""
    background = (
        f"{number(len(times))} timed, {lost} lost; slowest {number(max(times))} ms; "
        f"{100 * spent.cpu / spent.wall:.0f} % of a core; "
        f"others held up server or load {100 * held_up:.0f} % of the time"
    )

    def figure(which: str, share: float, most: float) -> Figure:
        return Figure(
            f"{name}_{which}",
            f"{rate:,} entries/s, 10 watchers, {which}",
            percentile(times, share),
            "ms",
            "lower",
            Reach("most", most),
            is_ratio=False,
            background=background,
            fault=fault,
        )

    figures = [figure("p99", 0.99, p99)]
    return figures if p50 is None else [figure("p50", 0.5, p50), *figures]


def _waited(server: Scene) -> tuple[float, float]:
    """Seconds for which (the server, the load) waited for their cores: what is late then is not the server's doing."""
    return server.process.waited(), waited(os.getpid())
