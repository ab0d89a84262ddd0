"""Sealing child: the process that writes the blocks, so that the server's loop never does.

python -m spectrix_lite.history.sealing_child HISTORY JOURNAL SECONDS BYTES

It reads tasks from its standard input, a JSON object a line, and ends with it.
"""

from __future__ import annotations

import os
import select
import signal
import sqlite3
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from ..core.history_bounds import HistoryBounds
from ..query.filter import parse_filter
from .blocks.block_store import BlockStore, UnusableHistory
from .blocks.sealer import QUICK_FROM, Sealer
from .lock import locked
from .messages import Done, Forgot, Holdings, Task, Trouble

NICE: Final = 10
AT_ONCE: Final = 4
AGAIN_SECONDS: Final = 2.0

_task: Final = msgspec.json.Decoder(Task).decode


class Tasks:
    """Those that were asked for, in their order. `descriptor` is read without waiting for more than there is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self.waiting: deque[Task] = deque()
        self.is_over = False

    def read(self, seconds: float | None) -> None:
        """Takes in what has come, waiting for it; None for as long as it takes."""
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if not ready:
            return
        more = os.read(self._descriptor, 1 << 16)
        self.is_over = not more
        *lines, self._rest = (self._rest + more).split(b"\n")
        self.waiting.extend(map(_task, lines))

    def take(self) -> list[Task]:
        """The next one, or the next few segments."""
        taken = [self.waiting.popleft()]
        while taken[0].do == "seal" and len(taken) < AT_ONCE and self.waiting and self.waiting[0].do == "seal":
            taken.append(self.waiting.popleft())
        return taken


def say(answer: Any) -> None:
    """One line to the server."""
    with suppress(BrokenPipeError):
        os.write(1, msgspec.json.encode(answer) + b"\n")


def carry_out(sealer: Sealer, tasks: list[Task], waiting: int) -> Done | Forgot:
    """Does what is asked for. Raises sqlite3.Error, OSError."""
    first = tasks[0]
    if first.do == "seal":
        sealer.seal([Path(task.path) for task in tasks], quick=waiting >= QUICK_FROM)
        sealer.prune()
    elif first.do == "delete":
        sealer.delete(first.service)
    elif first.do == "forget":
        return Forgot(first.id, *sealer.forget(first.service, first.before, parse_filter(first.filter)))
    else:
        sealer.prune()
    return Done([task.path for task in tasks if task.do == "seal"])


def work(store: BlockStore, sealer: Sealer, tasks: Tasks) -> None:
    """Until its input ends: what is not done by then is in the journal."""
    while not tasks.is_over:
        tasks.read(None if not tasks.waiting else 0.0)
        if not tasks.waiting:
            continue
        taken = tasks.take()
        try:
            say(carry_out(sealer, taken, len(tasks.waiting)))
            say(Holdings(store.size(), sealer.oldest()))
        except (sqlite3.Error, OSError) as problem:
            say(Trouble(str(problem)))
            tasks.waiting.extendleft(reversed(taken))
            tasks.read(AGAIN_SECONDS)


def main(history: Path, folder: Path, bounds: HistoryBounds) -> None:
    """Runs until the server closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the server decides when it ends
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    with locked(history):
        try:
            store = BlockStore.open(history)
        except (UnusableHistory, sqlite3.Error, OSError) as problem:
            say(Trouble(str(problem)))
            return
        sealer = Sealer(store, folder, bounds, lambda: time.time_ns() // 1_000_000)
        say(Holdings(store.size(), sealer.oldest()))
        work(store, sealer, Tasks(0))
        store.close()


if __name__ == "__main__":
    _, path, journal, seconds, size = sys.argv
    main(Path(path), Path(journal), HistoryBounds(int(seconds) or None, int(size) or None))
