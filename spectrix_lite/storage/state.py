"""State: all that is kept in memory of the database, read as of one moment."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from ..core.records import Service, StoredKey, StoredSession, StoredSignIn, StoredState, StreamKey
from . import read_token_table
from .database import Database, Row

_SELECTS = (
    "SELECT id, name, created_at FROM services ORDER BY rowid",
    "SELECT tag, id, service_id, name, preview, created_at, last_used_at, revoked_at, kind, enabled"
    " FROM stream_keys ORDER BY rowid",
    "SELECT password_hash FROM operator",
    "SELECT id, token_hash, created_at, expires_at FROM sign_ins",
    "SELECT id, token_hash, kind, service_id, sign_in_id, filter, created_at, expires_at, ended_at, view FROM sessions",
    read_token_table.TOKENS,
    read_token_table.SERVICES,
)


async def read_state(database: Database) -> StoredState:
    """Raises StorageBusy, StorageFull or StorageFailed."""
    async with database.transaction("BEGIN"):
        found = [await database.rows(select) for select in _SELECTS]
    # In a thread: a hundred thousand keys, the most there can be, would stop the loop for a third of a second.
    return await asyncio.to_thread(_records, *found)


def _records(
    services: list[Row],
    keys: list[Row],
    operator: list[Row],
    sign_ins: list[Row],
    sessions: list[Row],
    tokens: list[Row],
    token_services: list[Row],
) -> StoredState:
    return StoredState(
        [Service(*row) for row in services],
        [StoredKey(replace(StreamKey(*row[1:-1]), enabled=bool(row[-1])), row[0]) for row in keys],
        operator[0][0] if operator else None,
        [StoredSignIn(*row) for row in sign_ins],
        [StoredSession(*row) for row in sessions],
        read_token_table.stored_read_tokens(tokens, token_services),
    )
