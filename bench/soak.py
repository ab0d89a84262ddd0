"""Hours of use in one command: entries at a rate, watchers that come and go, and what grows, lags or is lost.

    python -m bench.soak --minutes 60 --write

prints what it saw and its verdict, and ends with 1 where that is not what it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from spectrix_lite.server.loop_lag import BOUNDS

from . import measured, traffic
from .figures import Figure, Reach, median
from .idle_loop import IdleLoop, idle_loop
from .load import Source, source
from .processes import Failure
from .scene import Scene, scene
from .visitors import Tally, Visitor

RATE: Final = 2000  # entries a second
IN_A_BATCH: Final = 50
VISITORS: Final = 20
EVERY_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 20.0
WARM: Final = 0.15
"""The share of a soak in which memory may still find its size."""

MOST_GROWTH: Final = 8 * 1024 * 1024
LATE_SECONDS: Final = 0.020
MOST_LATE: Final = 0.01
_TOKEN: Final = "token-of-this-soak"  # noqa: S105  the server lives as long as this process
_BUCKET: Final = re.compile(r'^spectrix_loop_lag_seconds_bucket\{le="([^"]+)"\} (\d+)', re.MULTILINE)


class Sample(NamedTuple):
    """What one look at the server found. `lag` and `idle` count observations as `LoopLag.counts` does."""

    seconds: float
    resident: int
    cpu: float
    descriptors: int
    entries: int
    lag: list[int]
    idle: list[int]


@dataclass
class Soak:
    """One run, from beginning to end."""

    server: Scene
    idle: IdleLoop
    log: Path | None = None

    def __post_init__(self) -> None:
        self.samples: list[Sample] = []
        self.tally = Tally()
        self._began = time.monotonic()
        self._operator = asyncio.Lock()

    async def run(self, seconds: float, chance: random.Random) -> list[Figure]:
        operator = self.server.operator
        service = operator.service("Production API")

        async def token() -> str:
            async with self._operator:
                return await asyncio.to_thread(operator.token, service, 900)

        batch = traffic.batch(IN_A_BATCH, sources=traffic.SOURCES)
        address = f"ws://127.0.0.1:{self.server.port}/api/v1/stream"
        async with source(self.server.port, operator.key(service), batch) as sends:
            visitors = [
                Visitor(address, token, batch, self.tally, random.Random(chance.random())) for _ in range(VISITORS)
            ]
            watching = [asyncio.create_task(visitor.come_and_go()) for visitor in visitors]
            sampling = asyncio.create_task(self._sample(sends))
            sending = asyncio.create_task(sends.run(seconds, RATE / IN_A_BATCH))
            try:
                # Whoever ends before the sending does, has failed.
                await asyncio.wait([sending, sampling, *watching], return_when=asyncio.FIRST_COMPLETED)
                for task in (sampling, *watching):
                    if task.done():
                        task.result()
                await sending
                sent = sends.sent * IN_A_BATCH
                await asyncio.gather(*(visitor.has_all(sent, SETTLE_SECONDS) for visitor in visitors))
                waiting = sum([not await visitor.has_all(sent, 0) for visitor in visitors])
            finally:
                for running in (sending, sampling, *watching):
                    running.cancel()
                await asyncio.wait([sending, sampling, *watching])
        (stats,) = operator.stats()
        kept = stats["head"] == stats["accepted"] == sent
        return self.figures(sent, [] if kept else [f"{sent} entries acknowledged, {stats['head']} kept"], waiting)

    async def _sample(self, sends: Source) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            process = self.server.process
            lag, idle = await asyncio.gather(asyncio.to_thread(self._lag), asyncio.to_thread(self.idle.counts))
            descriptors = len(os.listdir(f"/proc/{process.pid}/fd"))  # noqa: PTH208  names, and quickly
            seconds = time.monotonic() - self._began
            entries = sends.sent * IN_A_BATCH
            sample = Sample(seconds, process.resident(), process.cpu(), descriptors, entries, lag, idle)
            self.samples.append(sample)
            if self.log is not None:
                with self.log.open("a") as file:
                    file.write(json.dumps(sample._asdict()) + "\n")

    def _lag(self) -> list[int]:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.server.port}/metrics", headers={"Authorization": f"Bearer {_TOKEN}"}
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310  an address of ours
            up_to = [int(count) for _, count in _BUCKET.findall(answer.read().decode())]
        return [count - before for count, before in zip(up_to, [0, *up_to], strict=False)]

    def figures(self, sent: int, faults: list[str], waiting: int) -> list[Figure]:
        """What it comes to. `sent` entries were acknowledged; `waiting` visitors never got the last of them."""
        tally, samples = self.tally, self.samples
        if waiting:
            faults.append(f"{waiting} watchers did not get all in {SETTLE_SECONDS:.0f} s")
        faults += tally.problems[:3]
        warm = samples[int(len(samples) * WARM) :]
        quarter = max(1, len(warm) // 4)
        early, late = (median([one.resident for one in part]) for part in (warm[:quarter], warm[-quarter:]))
        last = samples[-1]
        own, others = share_late(last.lag), share_late(last.idle)
        minutes = last.seconds / 60
        return [
            Figure(
                "soak_lost", f"Lost or repeated in {minutes:.0f} minutes at {RATE} entries/s",
                tally.wrong + tally.in_gaps, "entries", "lower", Reach("most", 0), is_ratio=False,
                background=f"{sent:,} acknowledged, {tally.delivered:,} delivered to {VISITORS} watchers, "
                f"{tally.left_out:,} left out by their filters; {tally.visits:,} visits, {tally.resumed:,} resumed",
                fault="; ".join(faults),
            ),
            Figure(
                "soak_growth", "Resident memory: its last quarter against its first, warm",
                (late - early) / 1e6, "MB", "lower", Reach("most", MOST_GROWTH / 1e6), is_ratio=False,
                background=f"from {early / 1e6:.1f} MB to {late / 1e6:.1f} MB; highest "
                f"{max(one.resident for one in samples) / 1e6:.1f} MB; descriptors at the end {last.descriptors}",
            ),
            Figure(
                "soak_lag", f"Loop late by more than {LATE_SECONDS * 1000:.0f} ms, beyond an idle loop's share",
                100 * max(0.0, own - others), "% of looks", "lower", Reach("most", 100 * MOST_LATE), is_ratio=False,
                background=f"p99 {_p99(last.lag)} in the server, {_p99(last.idle)} in an idle process beside it; "
                f"late {100 * own:.2f} % and {100 * others:.2f} % of {sum(last.lag):,} looks",
            ),
            Figure(
                "soak_cpu", "Processor time of the server", 100 * last.cpu / last.seconds, "% of a core", "lower",
                is_ratio=False, background="20 watchers, each entry to each of them that wants it",
            ),
        ]  # fmt: skip


def share_late(counts: Sequence[int]) -> float:
    """Of all observations those later than `LATE_SECONDS`."""
    return sum(counts[BOUNDS.index(LATE_SECONDS) + 1 :]) / max(1, sum(counts))


def _p99(counts: Sequence[int]) -> str:
    seen = 0
    for bound, count in zip(BOUNDS, counts, strict=False):
        seen += count
        if seen >= 0.99 * sum(counts):
            return f"≤ {1000 * bound:g} ms"
    return f"> {1000 * BOUNDS[-1]:g} ms"


async def soak(minutes: float, log: Path | None, seed: int) -> list[Figure]:
    """Runs one against a server of its own."""
    with scene(flags=["--metrics-token", _TOKEN]) as server, idle_loop() as idle:
        os.sched_setaffinity(server.process.pid, os.sched_getaffinity(0))  # others may need its core for a while
        return await Soak(server, idle, log).run(60 * minutes, random.Random(seed))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1, help="who comes when")
    parser.add_argument("--log", type=Path, help="a file for what is seen every ten seconds, a line of JSON each")
    parser.add_argument("--write", action="store_true", help="keep the figures for docs/measured.md")
    chosen = parser.parse_args()
    try:
        figures = asyncio.run(soak(chosen.minutes, chosen.log, chosen.seed))
    except Failure as problem:
        print(f"soak failed: {problem}", file=sys.stderr)
        return 1
    for figure in figures:
        print(f"{figure.label}: {figure.value:.4g} {figure.unit}  {figure.verdict}\n    {figure.background}")
    if chosen.write:
        measured.write("soak", f"python -m bench.soak --minutes {chosen.minutes:g} --write", figures)
    held = all(figure.verdict in ("", "reached") for figure in figures)
    print("The soak held." if held else "The soak did not hold.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
