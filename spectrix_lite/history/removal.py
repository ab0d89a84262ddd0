"""Removal: a service goes out of a history that no server has open."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..core.history_bounds import HistoryBounds
from .blocks.block_store import BlockStore, UnusableHistory
from .blocks.sealer import Sealer
from .journal.files import JournalFiles
from .lock import locked


def remove_service(history: Path, database: str, service: str) -> None:
    """Nothing of it is in the files of this database's history afterwards; where there is none, nothing happens.

    Raises OSError where that cannot be done.
    """
    folder = history.with_name(history.name + ".journal")
    if not history.exists() and not folder.exists():
        return
    with locked(history):
        try:
            store = BlockStore.open(history)
            try:
                store.lived(database, None)  # raises where it is another one's
                JournalFiles(folder).remove(service)
                Sealer(store, folder, HistoryBounds(None, None), lambda: 0).delete(service)
            finally:
                store.close()
        except (UnusableHistory, sqlite3.Error) as problem:
            raise OSError(0, str(problem)) from None
