"""Answer table: what batches with an `Idempotency-Key` were answered, for as long as their entries are in blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from ...stream.channel import REMEMBERED_BATCHES
from ...stream.log import RememberedAnswer

# `seq` is the last one of the block that holds the batch's end.
_SCHEMA: Final = (
    """
    CREATE TABLE IF NOT EXISTS answers (
        id INTEGER PRIMARY KEY, service TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, answer BLOB NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS answers_by_key ON answers (service, key, id)",
)
_PAST: Final = (
    "DELETE FROM answers WHERE service = ?1 AND key = ?2 AND id <="
    " (SELECT id FROM answers WHERE service = ?1 AND key = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)"
)
_encode: Final = msgspec.msgpack.encode
_decode: Final = msgspec.msgpack.Decoder(RememberedAnswer).decode


class AnswerTable:
    """Of a block store's connection. Each method raises sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def make(self) -> None:
        """Where there is none yet."""
        for statement in _SCHEMA:
            self._connection.execute(statement)

    def add(self, service: str, seq: int, answers: Sequence[RememberedAnswer]) -> None:
        """Keeps what batches up to `seq` were answered; the newest of each stream key."""
        rows = [(service, each.key_id, seq, _encode(each)) for each in answers]
        self._connection.executemany("INSERT INTO answers VALUES (NULL, ?, ?, ?, ?)", rows)
        keys = sorted({each.key_id for each in answers})
        self._connection.executemany(_PAST, [(service, key, REMEMBERED_BATCHES) for key in keys])

    def remove(self, service: str, seq: int) -> None:
        """Those of batches up to a seq go."""
        self._connection.execute("DELETE FROM answers WHERE service = ? AND seq <= ?", (service, seq))

    def all(self, service: str) -> list[RememberedAnswer]:
        """The oldest first."""
        found = self._connection.execute("SELECT answer FROM answers WHERE service = ? ORDER BY id", (service,))
        return [_decode(answer) for (answer,) in found]
