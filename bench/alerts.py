"""What alerts cost ingest: 20 rules on each of 20 services at 20,000 entries a second, by CPU time, beside none.

    python -m bench.alerts [--seconds 60] [--write]

Entries as a shop sends them, in batches of 50, to all sides at once: on a machine that others use as well, and whose
caches they share, only what is measured in the same seconds can be compared. Meanwhile it is measured how long a notice
takes to its destination. `--write` puts the tables into bench/alerts.md.
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
_WARM_SECONDS: Final = 3.0

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


class Told(NamedTuple):
    """Seconds until a notice came, infinite where none did for long, and how many entries its rule has not looked at,
    as the notice or else the rule says.
    """

    seconds: float
    missed: int

    @property
    def holds(self) -> bool:
        """Whether it was in time, or its rule said that it was behind."""
        return self.seconds <= MOST_SECONDS or self.missed > 0


class Sink:
    """A destination for each canary, as the notices of one go out a second apart: when they came."""

    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}
        self._came: dict[str, asyncio.Future[int]] = {}

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Sink]:
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        for _ in CANARIES:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.addresses = {
            query: f"http://127.0.0.1:{port}/" for query, (_, port) in zip(CANARIES, runner.addresses, strict=True)
        }
        try:
            yield self
        finally:
            await runner.cleanup()

    async def next(self, query: str) -> Told | None:
        """The next notice of a rule; None where there is none for long."""
        came = self._came[query] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(_BEHIND_SECONDS):
                missed = await came
        except TimeoutError:
            return None
        return Told(time.perf_counter() - began, missed)

    async def _take(self, request: web.Request) -> web.Response:
        for notice in (await request.json())["notices"]:
            came = self._came.get(notice["alert"]["query"])
            if came is not None and not came.done():
                came.set_result(notice["missed"])
        return web.Response()


class Side:
    """A server with its services and rules, and what sends to them; with a sink, its turns wait for notices."""

    def __init__(self, place: Scene, rules: Sequence[tuple[str, dict[str, Any]]], sink: Sink | None = None) -> None:
        self._place = place
        self._sink = sink
        self.waited: dict[str, list[Told]] = {query: [] for query in CANARIES}
        self._keys = [place.service(f"Service {number:02}").key for number in range(SERVICES)]
        self.used: list[float] = []
        for query, when in rules[0 if sink is None else len(CANARIES) :]:
            body = {"name": query or "everything", "query": query, "when": when, "destinations": []}
            place.operator.alert(body)
        for query in CANARIES if sink is not None else ():
            where = [{"kind": "json", "url": sink.addresses[query]}] if sink is not None else []
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
        told = asyncio.gather(*(self._sink.next(query) for query in CANARIES))
        async with (
            ClientSession(headers=headers) as client,
            client.post(f"http://127.0.0.1:{self._place.port}/api/v1/ingest/logs", json=entry) as answer,
        ):
            answer.raise_for_status()
        came = await told
        behind = self._place.operator.behind()
        for query, notice in zip(CANARIES, came, strict=True):
            self.waited[query].append(notice or Told(math.inf, behind[query]))


class Found(NamedTuple):
    """Microseconds an entry, the median of the turns: without rules, with the usual ones, with dear ones; the part of
    what none costs that each costs more, the median too; and what came of each canary.
    """

    cost: dict[str, float]
    more: dict[str, float]
    waited: dict[str, list[Told]]


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
                await asyncio.gather(*(side.run(seconds / _ROUNDS) for side in sides.values()))
    cost = {name: median(side.used) for name, side in sides.items()}
    none = sides["none"].used
    more = {
        name: median([mine / its - 1 for mine, its in zip(side.used, none, strict=True)])
        for name, side in sides.items()
    }
    return Found(cost, more, sides["usual"].waited)


def table(whole: Found) -> str:
    """The figures as Markdown."""
    names = {"none": "no rule", "usual": "20 rules as people write them", "dear": "20 rules that ask every entry"}
    rows = [f"| {names[name]} | {value:.2f} | {whole.more[name]:+.1%} |" for name, value in whole.cost.items()]
    cost = ["| on each of 20 services | µs an entry | beside none |", "| --- | --- | --- |", *rows]
    rows = [f"| `{query}` | {_told(each)} |" for query, each in whole.waited.items()]
    return "\n".join([*cost, "", "| a rule of one entry in it | its notices |", "| --- | --- |", *rows])


def _told(each: Sequence[Told]) -> str:
    in_time = [told.seconds for told in each if told.seconds <= MOST_SECONDS]
    said = sum(told.holds for told in each) - len(in_time)
    parts = [f"{len(in_time)} of {len(each)} within {max(in_time):.1f} s"] if in_time else []
    parts += [f"{said} of {len(each)} later, and the rule said that it was behind"] if said else []
    late = len(each) - len(in_time) - said
    return "; ".join([*parts, *([f"{late} of {len(each)} later, and nothing was said"] if late else [])])


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
    assert all(told.holds for each in found.waited.values() for told in each), "a late rule did not say so"
    assert found.more["usual"] <= MOST, "the usual rules cost more than they may"


if __name__ == "__main__":
    main()
