"""The table of read tokens, and for which services they are, as statements named for what they are for."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from ..core.errors import LimitReached, ServiceNotFound
from ..core.records import ReadToken, StoredReadToken
from ..core.token_errors import ReadTokenNotFound
from .database import Database, Row

TOKENS: Final = (
    "SELECT token_hash, every_service, id, name, preview, created_at, expires_at, last_used_at, revoked_at"
    " FROM read_tokens ORDER BY rowid"
)
SERVICES: Final = (
    "SELECT token_id, service_id FROM read_token_services JOIN services ON id = service_id ORDER BY services.rowid"
)


class ReadTokenTable:
    """Every method raises StorageBusy, StorageFull or StorageFailed."""

    def __init__(self, writes: Database) -> None:
        self._writes = writes

    async def add(self, stored: StoredReadToken, limit: int) -> None:
        """Keeps a new token. Raises ServiceNotFound, or LimitReached where there are `limit` that have not ended."""
        token = stored.shown
        async with self._writes.transaction():
            ((count,),) = await self._writes.rows(
                "SELECT count(*) FROM read_tokens WHERE revoked_at IS NULL AND expires_at > ?", token.created_at
            )
            if count >= limit:
                raise LimitReached(f"There are {limit} read tokens, the most allowed; revoke one first.")
            await self._writes.run(
                "INSERT INTO read_tokens (id, token_hash, name, preview, every_service, created_at, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                token.id, stored.token_hash, token.name, token.preview, token.services is None, token.created_at,
                token.expires_at,
            )  # fmt: skip
            try:
                await self._writes.run_each(
                    "INSERT INTO read_token_services (token_id, service_id) VALUES (?, ?)",
                    [(token.id, service_id) for service_id in token.services or ()],
                )
            except sqlite3.IntegrityError:
                raise ServiceNotFound from None

    async def revoke(self, token_id: str, at: int) -> None:
        """Revokes a token; keeps the first time where it was revoked before. Raises ReadTokenNotFound."""
        revoke = "UPDATE read_tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?"
        if not await self._writes.change(revoke, at, token_id):
            raise ReadTokenNotFound

    async def note_uses(self, last_used: Mapping[str, int]) -> None:
        """Moves each token's last use forward, never back."""
        async with self._writes.transaction():
            await self._writes.run_each(
                "UPDATE read_tokens SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?",
                [(at, token_id) for token_id, at in last_used.items()],
            )


def stored_read_tokens(tokens: Iterable[Row], services: Iterable[Row]) -> list[StoredReadToken]:
    """The records of the rows of `TOKENS` and `SERVICES`."""
    of_token: defaultdict[str, list[str]] = defaultdict(list)
    for token_id, service_id in services:
        of_token[token_id].append(service_id)
    return [
        StoredReadToken(
            ReadToken(token_id, name, preview, None if every_service else tuple(of_token[token_id]), *times), token_hash
        )
        for token_hash, every_service, token_id, name, preview, *times in tokens
    ]
