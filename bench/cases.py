"""The table of cases: what is measured, what issue 6 wants it to reach, and how."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from . import traffic
from .delivery import latency
from .figures import Figure
from .footprint import idle, memory, starting
from .throughput import filters, per_delivery, per_entry, ratio_to_floor, services


@dataclass(frozen=True)
class Case:
    """`measure` takes the seconds that one side of it should be under load."""

    name: str
    how: str
    measure: Callable[[float], Awaitable[list[Figure]]]


CASES: Final = (
    Case(
        "alone",
        "Four producers send batches of 50 as fast as they are answered; nobody watches.",
        lambda s: ratio_to_floor("alone", "No watcher", s, reach=0.55),
    ),
    Case(
        "watcher",
        "The same, with one watcher; the CPU of delivering counts until all has arrived.",
        lambda s: ratio_to_floor("watcher", "1 watcher", s, reach=0.42, watchers=1),
    ),
    Case(
        "watchers",
        "The same, with 50 watchers.",
        lambda s: ratio_to_floor("watchers", "50 watchers", s, reach=0.15, watchers=50),
    ),
    Case(
        "own_times",
        "As the first, but no two entries of a batch have the same timestamp: the floor does not read them.",
        lambda s: ratio_to_floor(
            "own_times", "No watcher, each entry its own time", s, batch=traffic.batch(50, own_times=True)
        ),
    ),
    Case(
        "asyncio",
        "As the first, with asyncio's own loop in the server and in the floor.",
        lambda s: ratio_to_floor("asyncio", "No watcher, both sides without uvloop", s, uvloop=False),
    ),
    Case(
        "single",
        "Requests of one entry, beside a bare aiohttp handler that decodes, encodes and keeps it.",
        lambda s: ratio_to_floor(
            "single", "1-entry requests, beside bare aiohttp", s, reach=0.6, batch=traffic.batch(1), kind="aiohttp"
        ),
    ),
    Case(
        "steady",
        "40 batches a second.",
        lambda s: latency("steady", 2_000, 2 * s, p50=2.0, p99=8.0),
    ),
    Case(
        "storm",
        "1,000 batches a second.",
        lambda s: latency("storm", 50_000, 2 * s, p50=None, p99=60.0),
    ),
    Case("filters", "Two services of one server in turns; every delivery is counted.", filters),
    Case("linear_entries", "Batches of 10, 50 and 200 in turns, as fast as they are answered.", per_entry),
    Case(
        "linear_deliveries",
        "Five services with 0, 1, 10, 50 and 100 watchers in turns; of nine turns the best.",
        per_delivery,
    ),
    Case("services", "Two servers in turns, one with 1,000 services of which one is busy.", services),
    Case("idle", "100 watchers of a service to which nothing is sent.", lambda s: idle(5.5 * s)),
    Case("memory", "Resident memory once every ring has been filled.", lambda _: memory()),
    Case("start", "New processes, one after the other.", lambda _: starting()),
)
