"""The real program, but for how it watches its loop: `python -m tests.support.held serve ...`.

How late a timer fires on a machine that has other work says little about the server. So the loop's lag is counted in
processor time here: what the process, all its threads together, has used until its loop came round again. And it is
counted in what the same process takes to take an entry in, so that a slow machine has the same lag as a quick one.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from bench.queries import seconds_to_take_in
from spectrix_lite.cli import main
from spectrix_lite.server.loop_lag import LoopLag

EVERY_SECONDS = 0.002
USUAL_SECONDS: Final = 0.00013
"""To take in the longest entry, on the machine whose seconds these are."""


async def watch(self: LoopLag) -> None:
    slower = seconds_to_take_in(20) / USUAL_SECONDS
    while True:
        before = time.process_time()
        await asyncio.sleep(EVERY_SECONDS)
        self.observe((time.process_time() - before) / slower, time.monotonic())


if __name__ == "__main__":
    LoopLag.watch = watch  # type: ignore[method-assign]
    main()
