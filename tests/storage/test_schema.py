from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256

from spectrix_lite.storage.schema import APPLICATION_ID, MIGRATIONS

# What was released: a step is never edited, for databases in the field have taken it. New ones are added below.
RELEASED = {
    1: "5be941f14216fbc6",
    2: "62dea5271a482025",
    3: "514f0b203bb4b0c4",
    4: "69257d2fd830fe28",
    5: "04c2cd836762ecf4",
    6: "3e42ab15a5e68a0a",
    7: "7689e1a3b9360fbd",
    8: "4a5f27c3aa9348c3",
    9: "f5d4005cb040a27d",
}


def test_steps_are_numbered_from_one_without_holes() -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_released_steps_are_what_they_were() -> None:
    digests = {m.version: sha256("\0".join(m.statements).encode()).hexdigest()[:16] for m in MIGRATIONS}
    assert digests == RELEASED


def test_all_steps_can_be_taken_in_one_transaction() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for migration in MIGRATIONS:
            for statement in migration.statements:
                connection.execute(statement)
        assert connection.in_transaction
        connection.execute("COMMIT")
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
