"""The Watch page in a real Chromium while a busy shop logs: its frames, its memory, how soon a query is answered.

    nice -n -15 .venv/bin/python -m bench.page --write

takes four minutes, prints what it saw beside what it should be, and ends with 1 where it is not that. `--also
../shared/bench/pagebench.mjs` has another bench look at the same page, in a Chromium of its own, before this one does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from . import measured
from .figures import Figure, Reach, number
from .processes import ROOT, Failure, cores, environment, pinned, unpinned
from .scene import Scene, scene
from .shop import IN_A_BATCH, Shop, shop

RATE: Final = 20_000  # entries a second
SECONDS: Final = 60.0
PANELS: Final = ("routes", "errors")
_RING: Final = (
    "--ring-entries",
    "100000",
    "--ring-bytes",
    "64MiB",
)  # five seconds of it, so that fetching it takes a while
_LONGEST_SECONDS: Final = 300.0  # beyond the frames that are watched
_LOOK: Final = ROOT / "bench" / "page.mjs"
_OPEN: Final = ROOT / "bench" / "open-watch.mjs"
Stages = Mapping[str, Mapping[str, Any]]


@asynccontextmanager
async def _node(*arguments: str | Path) -> AsyncIterator[asyncio.subprocess.Process]:
    variables = {**environment(), "PW_FROM": f"{ROOT}/"}
    with unpinned():
        process = await asyncio.create_subprocess_exec(
            "node", *map(str, arguments), cwd=ROOT, env=variables, stdout=asyncio.subprocess.PIPE
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def _sending(port: int, key: str, rate: float) -> AsyncIterator[Shop]:
    """Entries at this rate until the block ends. Raises Failure, also into the block, if they are not taken."""
    async with shop(port, key) as source:
        try:
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(source.run(_LONGEST_SECONDS + SECONDS, rate / IN_A_BATCH))
                yield source
                sending.cancel()
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None


async def look(server: Scene, key: str, seconds: float, rate: float) -> dict[str, Any]:
    """What `page.mjs` finds, by stage."""
    stages: dict[str, Any] = {}
    async with (
        asyncio.timeout(seconds + _LONGEST_SECONDS),
        _node(_LOOK, server.operator.link(), f"{seconds:g}") as node,
    ):

        async def until(last: str) -> None:
            assert node.stdout is not None
            async for line in node.stdout:
                found = json.loads(line)
                stages[found.pop("stage")] = found
                if last in stages:
                    return
            raise Failure(f"the browser's part ended before it told of {last!r}")

        await until("floor")
        before, began = server.process.cpu(), asyncio.get_running_loop().time()
        async with _sending(server.port, key, rate) as source:
            await until("asked")
            stages["server"] = {
                "cpu": (server.process.cpu() - before) / (asyncio.get_running_loop().time() - began),
                "rate": source.sent * IN_A_BATCH / (asyncio.get_running_loop().time() - began),
            }
        await until("still")
    return stages


def _frames(stages: Stages, stage: str, words: str, rate: float, background: str = "") -> Iterator[Figure]:
    """What the frames of one stage come to."""
    name = "page" if stage == "frames" else f"page_{stage}"
    frames, sent, faults = stages[stage], stages["server"]["rate"], []
    busy = frames["busy"]
    if sent < 0.97 * rate:
        faults.append(f"only {sent:,.0f} entries/s were sent")
    if frames["missed"]:
        faults.append(f"{frames['missed']:,} entries were not received")
    works = (
        f"the page's main thread works {100 * busy['all']:.0f} % of a core (script {100 * busy['script']:.0f}, "
        f"style {100 * busy['style']:.0f}, layout {100 * busy['layout']:.0f})"
    )
    yield Figure(
        f"{name}_fps", f"Frames {words}", frames["fps"], "frames/s", "higher", Reach("least", 58), is_ratio=False,
        background="; ".join(filter(None, (works, background))), fault="; ".join(faults),
    )  # fmt: skip
    yield Figure(
        f"{name}_p99", "A frame, p99", frames["p99"], "ms", "lower", Reach("most", 25), is_ratio=False,
        background=f"p50 {number(frames['p50'])}, p95 {number(frames['p95'])}, longest {number(frames['max'])} ms",
    )  # fmt: skip
    yield Figure(
        f"{name}_long", "Longest task", frames["longest"], "ms", "lower", Reach("most", 100), is_ratio=False,
        background=f"{frames['long']} of over 50 ms; 0: none",
    )  # fmt: skip


def figures(stages: Stages, rate: float) -> list[Figure]:
    """What it comes to."""
    floor, frames = stages["floor"], stages["frames"]
    live = [size / 1e6 for size in stages["heap"]["live"]]
    heap = [f"{size / 1e6:.0f}" for size in frames["heap"][:: max(1, len(frames["heap"]) // 10)]]
    beside = (
        f"an empty page: {number(floor['fps'])} frames/s, p99 {number(floor['p99'])} ms, longest "
        f"{number(floor['max'])} ms; the server works {100 * stages['server']['cpu']:.0f} % of a core"
    )
    found = [
        *_frames(stages, "frames", f"while {rate:,.0f} entries/s are followed", rate, beside),
        Figure(
            "page_heap", "Living heap with a full ring, 16 s later", live[-1] - live[0], "MB", "lower",
            Reach("most", 8), is_ratio=False,
            background=f"from {' to '.join(f'{size:.0f}' for size in live)} MB; with its garbage, while frames were "
            f"watched: {', '.join(heap)} MB",
        ),
        Figure(
            "page_nodes", "Nodes in the document", frames["nodes"], "nodes", "lower", is_ratio=False,
        ),
    ]  # fmt: skip
    opened = stages["opened"]
    found.append(
        Figure(
            "page_opened", "A frame while the ring is fetched, p99, beyond an empty page's",
            opened["p99"] - floor["p99"], "ms", "lower", Reach("most", 8), is_ratio=False,
            background=f"{opened['fetched']:,} older entries in {opened['ms'] / 1000:.1f} s; p50 "
            f"{number(opened['p50'])}, p95 {number(opened['p95'])}, longest {number(opened['max'])} ms",
            fault="" if opened["fetched"] else "nothing was fetched",
        )
    )  # fmt: skip
    for panel in PANELS:
        words = f"meanwhile, with {panel.title()} open, {stages[panel]['lines']} lines, and a full ring"
        found += _frames(stages, panel, words, rate)
    for stage, words in (("asked", "while entries come"), ("still", "when none come")):
        answers = stages[stage]["answers"]
        worst = max(answers, key=lambda answer: answer["all"])
        found.append(
            Figure(
                f"page_{stage}", f"A new query at {worst['kept']:,} kept, {words}: the slowest", worst["all"], "ms",
                "lower", Reach("most", 100), is_ratio=False,
                background="to all rows and counts (to the rows in sight): " + ", ".join(
                    f"{answer['query']} {answer['all']:.0f} ({answer['rows']:.0f})" for answer in answers
                ) + f" ms; longest frame meanwhile {max(answer['longest'] for answer in answers):.0f} ms",
            )
        )  # fmt: skip
    return found


async def also(bench: Path, server: Scene, key: str, seconds: float, rate: float) -> str:
    """What another bench prints, called as `node BENCH URL SECONDS SETUP`."""
    async with (
        asyncio.timeout(seconds + 60),
        _sending(server.port, key, rate),
        _node(bench, server.operator.link(), f"{seconds:g}", _OPEN) as node,
    ):
        printed, _ = await node.communicate()
    if node.returncode:
        raise Failure(f"{bench} ended with {node.returncode}")
    return printed.decode().strip()


async def page(chosen: argparse.Namespace) -> list[Figure]:
    """Measures against a server of its own; server and producers share a core, Chromium has all."""
    own = cores()
    with scene(flags=_RING) as server:
        key = server.operator.key(server.operator.service("Shop"))
        with pinned(own and own[0]):
            if chosen.also:
                print(await also(chosen.also.resolve(), server, key, chosen.seconds, chosen.rate), flush=True)
            return figures(await look(server, key, chosen.seconds, chosen.rate), chosen.rate)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="for which frames are watched (default %(default)s)"
    )
    parser.add_argument("--rate", type=float, default=RATE, help="entries a second (default %(default)s)")
    parser.add_argument("--also", type=Path, metavar="BENCH", help="a bench of any page, which runs before")
    parser.add_argument("--write", action="store_true", help="keep the figures for docs/measured.md")
    chosen = parser.parse_args()
    load = os.getloadavg()[0]
    try:
        found = asyncio.run(page(chosen))
    except (Failure, TimeoutError) as problem:
        print(f"page: {problem or type(problem).__name__}", file=sys.stderr)
        return 2
    for figure in found:
        reach = f"{figure.reach or ''}"
        print(f"{figure.label:<74} {number(figure.value):>7} {figure.unit:<8} {reach:>6}  {figure.verdict}")
        if figure.background:
            print(f"    {figure.background}")
    print(f"load average {load:.2f} before, {os.getloadavg()[0]:.2f} after")
    print("server and producers were on one core, Chromium on all" if cores() else "there is only one core")
    if chosen.write:
        measured.write("page", "python -m bench.page --write", found)
    held = all(figure.verdict in ("", "reached") for figure in found)
    print("The page holds." if held else "The page does not hold.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
