"""The real program, but for how it watches its loop: `python -m tests.support.held serve ...`.

How late a timer fires on a machine that has other work says little about the server. So the loop's lag is counted in
processor time here: what the process, all its threads together, has used until its loop came round again.
"""

from __future__ import annotations

import asyncio
import time

from spectrix_lite.cli import main
from spectrix_lite.server.loop_lag import LoopLag

EVERY_SECONDS = 0.002


async def watch(self: LoopLag) -> None:
    while True:
        before = time.process_time()
        await asyncio.sleep(EVERY_SECONDS)
        self.observe(time.process_time() - before, time.monotonic())


if __name__ == "__main__":
    LoopLag.watch = watch  # type: ignore[method-assign]
    main()
