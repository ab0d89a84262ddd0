"""Checks of `doctor` on what `--history` keeps: how much, since when, and for how long there is room."""

from __future__ import annotations

import shutil
import sqlite3
from typing import Final

from ...core.config import GIB, MIB, Config
from ...core.timestamps import rfc3339
from ...history.blocks.block_store import BlockStore, UnusableHistory
from ...history.journal.files import sizes
from ..access import history_path
from .finding import Finding, fail, ok, warn

DAY: Final = 86_400_000
_SOON: Final = 2.0
"""Days that are little for a disk to last."""


def history(config: Config, now: int) -> Finding | None:
    """What there is, and the days that are left at today's rate; None where there is no history. `now` is in ms."""
    path = history_path(config)
    if config.history is None and not path.exists():
        return None
    if not path.exists():
        return ok("history", "nothing is kept yet")
    try:
        store = BlockStore.open(path, read_only=True)
        try:
            blocks, oldest, lately = store.totals(rfc3339(now - DAY))
            size = store.size()
        finally:
            store.close()
    except (UnusableHistory, sqlite3.Error, OSError) as problem:
        return fail("history", f"{path} cannot be read: {problem}", "Move it away; the server begins a new one then.")
    journal = sum(sizes(path.with_name(path.name + ".journal")))
    found = f"{_size(size + journal)}, the oldest entry of {oldest or 'just now'}"
    free = shutil.disk_usage(path.parent).free
    bound = config.history.bytes if config.history is not None else None
    room = free if bound is None else min(free, max(0, bound - blocks - journal))
    if not lately:
        return ok("history", found)
    days = room / lately
    if free / lately < _SOON and (bound is None or bound - blocks > free):
        remedy = "Give it a smaller size, as --history 5GB, or more room: it pauses below 64 MiB or 1 %."
        return warn("history", f"{found}; at today's rate the disk is full in {days:.1f} days", remedy)
    what = "disk is full" if bound is None else "size is reached, and the oldest go"
    return ok("history", f"{found}; at today's rate its {what} in {days:,.0f} days")


def _size(size: int) -> str:
    return f"{size / GIB:,.1f} GiB" if size >= GIB else f"{size / MIB:,.1f} MiB"
