"""What alerts cost ingest: 20 rules on each of 20 services at 20,000 entries a second, by CPU time, beside none.

    python -m bench.alerts [--seconds 60] [--write]

Entries as a shop sends them, in batches of 50, on both sides in turns; `--write` puts the table into bench/alerts.md.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any, Final

from .figures import median
from .scene import Scene, scene
from .shop import IN_A_BATCH, shop

TABLE: Final = Path(__file__).parent / "alerts.md"
SERVICES: Final = 20
RATE: Final = 20_000
"""Entries a second, of all services together."""

MOST: Final = 0.05
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


class Side:
    """A server with its services and rules, and what sends to them."""

    def __init__(self, place: Scene, rules: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self._place = place
        self._keys = [place.service(f"Service {number:02}").key for number in range(SERVICES)]
        self.used: list[float] = []
        for query, when in rules:
            body = {"name": query or "everything", "query": query, "when": when, "destinations": []}
            place.operator.alert(body)

    async def run(self, seconds: float) -> None:
        """Sends for so long; notes the microseconds of processor time that an entry took, once it has run for a while:
        a rule may use more than its share after a rest.
        """
        rate = RATE / SERVICES / IN_A_BATCH
        async with AsyncExitStack() as stack:
            sources = [await stack.enter_async_context(shop(self._place.port, key)) for key in self._keys]
            await asyncio.gather(*(source.run(_WARM_SECONDS, rate) for source in sources))
            sent, cpu = sum(source.sent for source in sources), self._place.process.cpu()
            await asyncio.gather(*(source.run(seconds, rate) for source in sources))
            entries = (sum(source.sent for source in sources) - sent) * IN_A_BATCH
            self.used.append(1e6 * (self._place.process.cpu() - cpu) / entries)


async def measure(seconds: float) -> dict[str, float]:
    """Microseconds an entry, the median of the turns: without rules, with the usual ones, with dear ones."""
    kinds = {"none": (), "usual": USUAL, "dear": DEAR}
    with ExitStack() as servers:
        sides = {name: Side(servers.enter_context(scene()), rules) for name, rules in kinds.items()}
        for _ in range(_ROUNDS):
            for side in sides.values():
                await side.run(seconds / _ROUNDS / len(sides))
    return {name: median(side.used) for name, side in sides.items()}


def table(found: dict[str, float]) -> str:
    """The figures as Markdown."""
    names = {"none": "no rule", "usual": "20 rules as people write them", "dear": "20 rules that ask every entry"}
    rows = [f"| {names[name]} | {value:.2f} | {value / found['none'] - 1:+.1%} |" for name, value in found.items()]
    return "\n".join(["| on each of 20 services | µs an entry | beside none |", "| --- | --- | --- |", *rows])


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
    assert found["usual"] <= found["none"] * (1 + MOST), "the usual rules cost more than they may"


if __name__ == "__main__":
    main()
