"""CPU seconds: what an entry and a delivery cost, beside a floor or beside the same in other circumstances."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack

from . import traffic
from .figures import Figure, Reach, median, number
from .load import source
from .processes import PROGRAM, WITHOUT_UVLOOP, Measured, floor
from .scene import Scene, Service, Side, Spent, scene, take_turns
from .traffic import Batch, Filter
from .watchers import audience

RATE = 400.0
"""Batches of 50 a second where two loads must be the same: 20,000 entries a second."""


async def side(
    stack: AsyncExitStack,
    process: Measured,
    service: Service,
    batch: Batch,
    watchers: int = 0,
    filters: Sequence[Filter | None] = (None,),
) -> Side:
    """Connects producers and watchers, which the stack lets go."""
    sends = await stack.enter_async_context(source(process.port, service.key, batch))
    if not watchers:
        return Side(process, sends)
    return Side(process, sends, await stack.enter_async_context(audience(sends, service.token, watchers, filters)))


_NOBODY = Service("none", "")


async def _beside_floor(
    low: Measured, server: Scene, batch: Batch, watchers: int, seconds: float
) -> tuple[list[list[Spent]], int]:
    service = server.service()
    async with AsyncExitStack() as stack:
        sides = [
            await side(stack, low, _NOBODY, batch),
            await side(stack, server.process, service, batch, watchers),
        ]
        spent = await take_turns(sides, seconds)
        return spent, 0 if sides[1].audience is None else sides[1].audience.lost()


async def ratio_to_floor(
    name: str,
    label: str,
    seconds: float,
    *,
    reach: float | None = None,
    watchers: int = 0,
    batch: Batch | None = None,
    kind: str = "bare",
    uvloop: bool = True,
) -> list[Figure]:
    """Entries per CPU second of the server / of the floor."""
    sent = batch or traffic.batch(50)
    with floor(kind, "uvloop" if uvloop else "asyncio") as low, scene(PROGRAM if uvloop else WITHOUT_UVLOOP) as server:
        (floors, turns), lost = await _beside_floor(low, server, sent, watchers, seconds)
    each = [one.entries_per_cpu_second / other.entries_per_cpu_second for one, other in zip(turns, floors, strict=True)]
    busy = sum(turn.cpu for turn in turns) / sum(turn.wall for turn in turns)
    return [
        Figure(
            name,
            label,
            median(each),
            "× floor",
            "higher",
            None if reach is None else Reach("least", reach),
            background=f"{number(median([turn.entries_per_cpu_second for turn in turns]))} entries per CPU second "
            f"beside {number(median([turn.entries_per_cpu_second for turn in floors]))}; "
            f"the server's core {100 * busy:.0f} % busy",
            fault=f"{lost} deliveries lost" if lost else "",
        )
    ]


async def filters(seconds: float) -> list[Figure]:
    """50 watchers with ten filters beside 50 without, the same entries to both."""
    batch = traffic.batch(50, sources=traffic.SOURCES)
    with scene() as server:
        plain, filtered = server.service("Plain"), server.service("Filtered")
        async with AsyncExitStack() as stack:
            without = await side(stack, server.process, plain, batch, 50)
            having = await side(stack, server.process, filtered, batch, 50, traffic.FILTERS)
            before, after = await take_turns([without, having], seconds, rate=RATE)
            assert without.audience is not None
            assert having.audience is not None
            lost = without.audience.lost() + having.audience.lost()
    share = sum(traffic.let_through(each, batch) for each in traffic.FILTERS) / len(traffic.FILTERS) / len(batch)
    each = [one.cpu_per_entry / other.cpu_per_entry for one, other in zip(after, before, strict=True)]
    return [
        Figure(
            "filters",
            "50 watchers, ten filters, beside none",
            median(each),
            "× without",
            "lower",
            Reach("most", 3.0),
            background=f"{number(median([one.cpu_per_entry for one in after]))} µs an entry beside "
            f"{number(median([one.cpu_per_entry for one in before]))}; 20,000 entries a second; "
            f"a filter lets {100 * share:.0f} % through",
            fault=f"{lost} deliveries lost" if lost else "",
        )
    ]


async def per_entry(seconds: float) -> list[Figure]:
    """What an entry costs in small, usual and large batches."""
    sizes = (10, 50, 200)
    with scene() as server:
        service = server.service()
        async with AsyncExitStack() as stack:
            sides = [await side(stack, server.process, service, traffic.batch(size)) for size in sizes]
            spent = await take_turns(sides, seconds)
    costs = [median([turn.cpu_per_entry for turn in turns]) for turns in spent]
    each = [large.cpu_per_entry / usual.cpu_per_entry for usual, large in zip(spent[1], spent[2], strict=True)]
    return [
        Figure(
            "linear_entries",
            "Entry in a batch of 200, beside 50",
            median(each),
            "× CPU",
            "lower",
            Reach("most", 1.1),
            background="µs an entry at "
            + ", ".join(f"{size}: {number(cost)}" for size, cost in zip(sizes, costs, strict=True)),
        )
    ]


async def per_delivery(seconds: float) -> list[Figure]:
    """What a delivery costs among 1, 10, 50 and 100 watchers: what they add, divided by their number."""
    counts = (0, 1, 10, 50, 100)
    batch = traffic.batch(50)
    with scene() as server:
        async with AsyncExitStack() as stack:
            sides = [
                await side(stack, server.process, server.service(f"Watched by {count}"), batch, count)
                for count in counts
            ]
            spent = await take_turns(sides, 1.5 * seconds, rounds=9, rate=RATE / 2)
            lost = sum(one.audience.lost() for one in sides if one.audience is not None)
    # Differences of costs: what disturbs one of them would count many times, so the least disturbed turns are taken.
    costs = [min(turn.cpu_per_entry for turn in turns) for turns in spent]
    each = [(cost - costs[0]) / count for cost, count in zip(costs[1:], counts[1:], strict=True)]
    return [
        Figure(
            "linear_deliveries",
            "Watchers 51 to 100, beside the first 50",
            (costs[4] - costs[3]) / (costs[3] - costs[0]),
            "× CPU",
            "lower",
            Reach("most", 1.1),
            is_ratio=False,  # of differences: it says whether costs grow, too coarsely to be compared by the per cent
            background="µs a delivery at "
            + ", ".join(f"{count}: {number(cost)}" for count, cost in zip(counts[1:], each, strict=True))
            + f"; an entry itself {number(costs[0])}; 10,000 entries a second",
            fault=f"{lost} deliveries lost" if lost else "",
        )
    ]


async def services(seconds: float) -> list[Figure]:
    """One busy service among 1,000 beside one that is alone, one watcher each."""
    batch = traffic.batch(50)
    with ExitStack() as servers:
        alone, among = servers.enter_context(scene()), servers.enter_context(scene())
        for number_ in range(999):
            among.operator.service(f"Service {number_:03}")
        async with AsyncExitStack() as stack:
            sides = [await side(stack, one.process, one.service("Busy"), batch, 1) for one in (alone, among)]
            singles, many = await take_turns(sides, 2 * seconds, rounds=15)
            lost = sum(one.audience.lost() for one in sides if one.audience is not None)
    # 5 % is less than what a busy machine does to a turn: the least disturbed of each side are compared.
    busy, single = (min(turn.cpu_per_entry for turn in turns) for turns in (many, singles))
    return [
        Figure(
            "services",
            "One busy service of 1,000, beside one alone",
            busy / single,
            "× CPU",
            "lower",
            Reach("most", 1.05),
            background=f"{number(busy)} µs an entry beside {number(single)}; one watcher",
            fault=f"{lost} deliveries lost" if lost else "",
        )
    ]
