"""A process whose event loop is held when a stop is asked for: `python -m tests.support.stopping LOOP HOLD`.

It says `ready` once it can hear the signal, and holds its loop from then on.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import time
from collections.abc import Callable

from spectrix_lite.cli.server_log import log_to_stderr
from spectrix_lite.cli.stop_signal import StopSignal

from .raw_ingest import loops


def _derive() -> None:
    """One call of C, in which no Python runs, that takes far longer than anybody waits."""
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1_000_000_000)


def _count() -> None:
    while True:
        pass


def _log() -> None:
    """Until somebody reads the log, which nobody does."""
    while True:  # a signal cuts a write short
        os.write(2, b"x" * 65_536)


HOLDS: dict[str, Callable[[], object]] = {
    "free": lambda: None,
    "a moment": lambda: time.sleep(0.2),
    "sleep": lambda: time.sleep(600),
    "c": _derive,
    "python": _count,
    "log": _log,
    "unfinished": lambda: None,
}


async def main(hold: str) -> None:
    stop = StopSignal()
    print("ready", flush=True)
    HOLDS[hold]()
    await stop.wait()
    if hold == "unfinished":
        await asyncio.Event().wait()


if __name__ == "__main__":
    log_to_stderr()
    with asyncio.Runner(loop_factory=loops()[sys.argv[1]]) as runner:
        runner.run(main(sys.argv[2]))
