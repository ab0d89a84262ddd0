"""Backup of a history, beside a running server: the blocks as of one moment, and the journal behind them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from ..core.errors import StartupError
from .blocks.block_store import BlockStore, UnusableHistory
from .journal.files import SEGMENT, JournalFiles


def copy_history(history: Path, database: Path) -> Path:
    """Copies a history to beside the backup of its database, its owner's only; returns where it is.

    The journal first: what is sealed meanwhile is in the blocks as well, and counts once. Raises StartupError.
    """
    target = database.with_name(database.name + ".history")
    journal = target.with_name(target.name + ".journal")
    if target.exists() or journal.exists():
        raise StartupError(f"{target} exists: remove it and its journal first, or choose another path for the backup.")
    try:
        _copy_journal(history.with_name(history.name + ".journal"), journal)
        store = BlockStore.open(history, read_only=True)
        try:
            os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            store.copy(target)
        finally:
            store.close()
        copied = BlockStore.open(target)
        try:
            copied.leave_kernel()
        finally:
            copied.close()
    except (UnusableHistory, sqlite3.Error) as problem:
        raise StartupError(f"The history {history} cannot be copied: {problem}.") from None
    except OSError as problem:
        raise StartupError(f"The history {history} cannot be copied: {problem.strerror}.") from None
    return target


def _copy_journal(source: Path, target: Path) -> None:
    files = JournalFiles(source)
    for service in files.services():
        (target / service).mkdir(mode=0o700, parents=True)
        for path in sorted((source / service).iterdir()):
            try:
                copied = Path(shutil.copy(path, target / service / path.name))
            except FileNotFoundError:  # sealed meanwhile
                continue
            if path.suffix == SEGMENT:
                copied.chmod(0o600)
