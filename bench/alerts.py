"""What alerts cost ingest: 20 rules on each of 20 services at 20,000 entries a second, by CPU time, beside none.

    python -m bench.alerts [--seconds 60] [--write]

Entries as a shop sends them, in batches of 50, on both sides in turns; meanwhile it is measured how long a notice takes
to its destination. `--write` puts the tables into bench/alerts.md.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiohttp import ClientSession, web

from .figures import median
from .scene import Scene, scene
from .shop import IN_A_BATCH, shop

TABLE: Final = Path(__file__).parent / "alerts.md"
SERVICES: Final = 20
RATE: Final = 20_000
"""Entries a second, of all services together."""

MOST: Final = 0.05
MOST_SECONDS: Final = 2.0
_ROUNDS: Final = 5
_WARM_SECONDS: Final = 2.0

USUAL: Final[Sequence[tuple[str, dict[str, Any]]]] = (
    *(("level:error", {"count": n, "within": 60}) for n in (1, 10, 100)),
    *(("status:5xx", {"count": n, "within": 300}) for n in (1, 50)),
    ("level:error path:/api/orders", {"count": 5, "within": 60}),
    ("level:error timeout", {"count": 3, "within": 60}),
    ("level:error /time ?out|refused/i", {"count": 3, "within": 60}),
    ("level:error duration>1s", {"count": 3, "within": 60}),
    ("level:error metadata.userId=42", {"count": 1, "within": 60}),
    ("status>=500 route:/api/orders/:id", {"count": 3, "within": 60}),
    ("status:503 OR status:504", {"count": 10, "within": 60}),
    ("level>=warn source:payments", {"count": 10, "within": 60}),
    ("level:error -path:/health", {"count": 20, "within": 60}),
    ("method:DELETE status>=400", {"count": 3, "within": 300}),
    ("source:cron", {"none": 3600}),
    ("", {"none": 60}),
    ("", {"count": 100_000, "within": 60}),
    ("", {"firstSeen": True}),
    ("source:payments", {"firstSeen": True}),
)
"""As people write them: each names a level, a status, a method or a source, or asks for everything."""

DEAR: Final[Sequence[tuple[str, dict[str, Any]]]] = (
    *((f"slow{n}", {"count": 1000, "within": 60}) for n in range(10)),
    *((f"duration>{n}s", {"count": 1000, "within": 60}) for n in range(2, 7)),
    *((f"/time ?out{n}/i", {"count": 1000, "within": 60}) for n in range(5)),
)
"""Such as must be asked of every entry: they use their budget, and say that they are behind."""


CANARIES: Final = ("source:canary", "level:error -path:/health canary")
"""Told of by rules of their own, instead of two others: one is only counted, and one must be asked."""

_BEHIND_SECONDS: Final = 10.0


class Sink:
    """A destination: when the notices of each rule came."""

    def __init__(self) -> None:
        self.address = ""
        self._came: dict[str, asyncio.Event] = {query: asyncio.Event() for query in CANARIES}

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Sink]:
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def seconds(self, query: str) -> float:
        """Until the next notice of a rule; infinite where there is none for long, as it is behind."""
        came = self._came[query]
        came.clear()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_BEHIND_SECONDS):
                await came.wait()
        except TimeoutError:
            return math.inf
        return time.perf_counter() - began

    async def _take(self, request: web.Request) -> web.Response:
        for notice in (await request.json())["notices"]:
            self._came[notice["alert"]["query"]].set()
        return web.Response()


class Side:
    """A server with its services and rules, and what sends to them; with a sink, its turns wait for notices."""

    def __init__(self, place: Scene, rules: Sequence[tuple[str, dict[str, Any]]], sink: Sink | None = None) -> None:
        self._place = place
        self._sink = sink
        self.waited: dict[str, list[float]] = {query: [] for query in CANARIES}
        self._keys = [place.service(f"Service {number:02}").key for number in range(SERVICES)]
        self.used: list[float] = []
        for query, when in rules[0 if sink is None else len(CANARIES) :]:
            body = {"name": query or "everything", "query": query, "when": when, "destinations": []}
            place.operator.alert(body)
        for query in CANARIES if sink is not None else ():
            where = [{"kind": "json", "url": sink.address}] if sink is not None else []
            when = {"count": 1, "within": 10}
            place.operator.alert({"name": query, "query": query, "when": when, "cooldown": 1, "destinations": where})

    async def run(self, seconds: float) -> None:
        """Sends for so long; notes the microseconds of processor time that an entry took, once it has run for a while:
        a rule may use more than its share after a rest.
        """
        rate = RATE / SERVICES / IN_A_BATCH
        async with AsyncExitStack() as stack:
            sources = [await stack.enter_async_context(shop(self._place.port, key)) for key in self._keys]
            await asyncio.gather(*(source.run(_WARM_SECONDS, rate) for source in sources))
            sent, cpu = sum(source.sent for source in sources), self._place.process.cpu()
            canary = asyncio.create_task(self._canary(seconds / 2))
            await asyncio.gather(*(source.run(seconds, rate) for source in sources))
            entries = (sum(source.sent for source in sources) - sent) * IN_A_BATCH
            self.used.append(1e6 * (self._place.process.cpu() - cpu) / entries)
            await canary

    async def _canary(self, seconds: float) -> None:
        """Sends one entry after so long, and notes when each rule has told of it."""
        if self._sink is None:
            return
        await asyncio.sleep(seconds)
        entry = {"level": "error", "source": "canary", "message": "a canary"}
        headers = {"Authorization": f"Bearer {self._keys[0]}"}
        told = asyncio.gather(*(self._sink.seconds(query) for query in CANARIES))
        async with (
            ClientSession(headers=headers) as client,
            client.post(f"http://127.0.0.1:{self._place.port}/api/v1/ingest/logs", json=entry) as answer,
        ):
            answer.raise_for_status()
        for query, waited in zip(CANARIES, await told, strict=True):
            self.waited[query].append(waited)


class Found(NamedTuple):
    """Microseconds an entry, the median of the turns: without rules, with the usual ones, with dear ones; and the most
    seconds that a notice took.
    """

    cost: dict[str, float]
    waited: dict[str, float]


async def measure(seconds: float) -> Found:
    kinds = {"none": (), "usual": USUAL, "dear": DEAR}
    flags = ("--webhook-private", "yes")
    with ExitStack() as servers:
        async with Sink().serving() as sink:
            sides = {
                name: Side(servers.enter_context(scene(flags=flags)), rules, sink if name == "usual" else None)
                for name, rules in kinds.items()
            }
            for _ in range(_ROUNDS):
                for side in sides.values():
                    await side.run(seconds / _ROUNDS / len(sides))
    waited = {query: max(each) for query, each in sides["usual"].waited.items()}
    return Found({name: median(side.used) for name, side in sides.items()}, waited)


def table(whole: Found) -> str:
    """The figures as Markdown."""
    found = whole.cost
    names = {"none": "no rule", "usual": "20 rules as people write them", "dear": "20 rules that ask every entry"}
    rows = [f"| {names[name]} | {value:.2f} | {value / found['none'] - 1:+.1%} |" for name, value in found.items()]
    cost = ["| on each of 20 services | µs an entry | beside none |", "| --- | --- | --- |", *rows]
    rows = [
        f"| `{query}` | {'behind, and says so' if seconds == math.inf else f'{seconds:.1f} s'} |"
        for query, seconds in whole.waited.items()
    ]
    return "\n".join([*cost, "", "| a rule of one entry in it | its notice took at most |", "| --- | --- |", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    found = asyncio.run(measure(chosen.seconds))
    print(table(found))
    if chosen.write:
        about = (__doc__ or "").partition("\n")[0]
        TABLE.write_text(f"# Alerts\n\n{about} `python -m bench.alerts --write`.\n\n{table(found)}\n", "utf-8")
    assert min(found.waited.values()) <= MOST_SECONDS, "a notice took longer than it may"
    assert found.cost["usual"] <= found.cost["none"] * (1 + MOST), "the usual rules cost more than they may"


if __name__ == "__main__":
    main()
