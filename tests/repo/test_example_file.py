"""`spectrix.db.example` at the top of the repository is what the code of today would write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from spectrix_lite.storage.example_db import make_example
from spectrix_lite.storage.schema import MIGRATIONS
from spectrix_lite.storage.store import Store

EXAMPLE = Path(__file__).parent.parent.parent / "spectrix.db.example"
SERVICES = ["Production API", "Auth Backend", "Payment Service"]


def content(path: Path) -> tuple[list[str], int, int]:
    """Schema and rows as SQL, with both of its numbers: what two files have in common, whichever SQLite wrote them."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        return list(connection.iterdump()), version, application


def test_is_up_to_date(tmp_path: Path) -> None:
    make_example(tmp_path / "new.db")
    assert content(EXAMPLE) == content(tmp_path / "new.db"), (
        "the example is out of date: remove it and run `python -m spectrix_lite example-db spectrix.db.example`"
    )
    assert content(EXAMPLE)[1] == len(MIGRATIONS)


async def test_opens_as_it_is_and_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "spectrix.db"
    path.write_bytes(EXAMPLE.read_bytes())
    store = await Store.open(path)
    try:
        snapshot = await store.read_all()
    finally:
        await store.close()
    assert [service.name for service in snapshot.services] == SERVICES
    assert (snapshot.stream_keys, snapshot.password_hash, snapshot.sign_ins, snapshot.sessions) == ([], None, [], [])
