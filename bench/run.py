"""Measures all cases, or one, and writes down what came of it.

python -m bench.run [--only NAME] [--seconds S] [--check] [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from . import report
from .cases import CASES, Case
from .figures import Figure, number, regressions
from .processes import Failure, cores, pinned

SECONDS = 3.0


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The load's loop: the quickest there is."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def measure(case: Case, seconds: float) -> list[Figure]:
    """Raises Failure where the case cannot be measured."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:

        async def bounded() -> list[Figure]:
            async with asyncio.timeout(60 + 20 * seconds):
                return await case.measure(seconds)

        return runner.run(bounded())


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    chosen = [case for case in CASES if options.only in (None, case.name)]
    own = cores()
    if own is None:
        _say("only one core: nothing is pinned, and the figures say little")
    figures: list[Figure] = []
    began, load = time.monotonic(), os.getloadavg()[0]
    with pinned(own and own[1]):
        for case in chosen:
            try:
                found = measure(case, options.seconds)
            except (Failure, OSError, TimeoutError) as problem:
                _say(f"{case.name}: {problem or type(problem).__name__}")
                return 2
            figures += found
            for figure in found:
                _show(figure)
    _say(f"{len(chosen)} cases in {time.monotonic() - began:.0f} s")
    worse = regressions(figures, report.committed())
    for line in worse:
        _say(f"worse by more than 10 %: {line}")
    if options.write:
        command = f"python -m bench.run --seconds {options.seconds:g} --write"
        report.write(figures, command, (load, os.getloadavg()[0]))
        _say(f"written: {report.TABLE.relative_to(report.FOLDER.parent)}")
    return 1 if options.check and worse else 0


def _options(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Measure the server beside its floors.")
    parser.add_argument("--only", choices=[case.name for case in CASES], help="measure this case alone")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="load on each side of a case (default %(default)s)"
    )
    parser.add_argument(
        "--check", action="store_true", help="end with 1 if a ratio is worse by more than 10 %% than the committed one"
    )
    parser.add_argument("--write", action="store_true", help="write results.md, results.json and results.svg")
    options = parser.parse_args(arguments)
    if not 0.1 <= options.seconds <= 60:
        parser.error("--seconds is from 0.1 to 60")
    if options.only and options.write:
        parser.error("--write needs all cases: leave --only out")
    return options


def _show(figure: Figure) -> None:
    reach = f"{figure.reach}" if figure.reach else ""
    print(f"{figure.label:<60} {number(figure.value):>8} {figure.unit:<12.12} {reach:>8}  {figure.verdict}", flush=True)
    if figure.background:
        print(f"    {figure.background}", flush=True)


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
