from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from spectrix_lite.core.errors import StartupError
from spectrix_lite.storage.example_db import make_example
from spectrix_lite.storage.schema import MIGRATIONS
from spectrix_lite.storage.store import Store


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.iterdump(), str(connection.execute("PRAGMA user_version").fetchone())]


def test_its_content_is_always_the_same(tmp_path: Path) -> None:
    make_example(tmp_path / "a")
    make_example(tmp_path / "b")
    assert dump(tmp_path / "a") == dump(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


async def test_it_is_a_database_like_any_other(tmp_path: Path) -> None:
    make_example(tmp_path / "x.db")
    store = await Store.open(tmp_path / "x.db", serving=True)
    found = await store.read_all()
    await store.close()
    assert not store.created
    assert [service.name for service in found.services] == ["Production API", "Auth Backend", "Payment Service"]
    assert (found.stream_keys, found.password_hash, found.sign_ins, found.sessions) == ([], None, [], [])
    assert dump(tmp_path / "x.db")[-1] == f"({len(MIGRATIONS)},)"


def test_it_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("mine")
    with pytest.raises(StartupError, match="exists"):
        make_example(tmp_path / "x.db")
    assert (tmp_path / "x.db").read_text() == "mine"


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot be written"):
        make_example(tmp_path / "missing" / "x.db")
