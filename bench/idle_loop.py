"""A loop with nothing to do: how late it is, is the machine's doing, and a busy loop's lag is read against it."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from spectrix_lite.server.loop_lag import LoopLag

from .processes import HAS_UVLOOP, ROOT, environment


async def _watch() -> None:
    """Answers every line that comes with the counts so far, as one line of JSON; until there are no more."""
    lag = LoopLag()
    watching = asyncio.create_task(lag.watch())
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(lag.counts), flush=True)
    watching.cancel()


class IdleLoop:
    """Such a process, asked for its counts: see `LoopLag.counts`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def counts(self) -> list[int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        counts: list[int] = json.loads(self._process.stdout.readline())
        return counts


@contextmanager
def idle_loop() -> Iterator[IdleLoop]:
    """Runs until the end of the block, on whichever core is free, beside what is measured."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.idle_loop"], cwd=ROOT, env=environment(), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield IdleLoop(process)
    finally:
        process.communicate(timeout=10)


if __name__ == "__main__":
    factory = importlib.import_module("uvloop").new_event_loop if HAS_UVLOOP else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_watch())
