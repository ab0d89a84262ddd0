"""Sign-ins in memory: which cookie belongs to a signed-in operator. Pure: times are arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..core.records import StoredSignIn

LIFETIME: Final = 30 * 24 * 3600
"""Seconds a sign-in lives."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One browser's permission to use the dashboard. `expires_at` is wall milliseconds, `deadline` monotonic."""

    id: str
    token_hash: bytes
    expires_at: int
    deadline: float


class SignIns:
    """All sign-ins, by their cookie's hash. They run out by the monotonic clock: setting the system's clock signs
    nobody out, or in.
    """

    def __init__(self) -> None:
        self._by_hash: dict[bytes, SignIn] = {}

    def find(self, token_hash: bytes, now: float) -> SignIn | None:
        """The sign-in of a cookie's hash; None where there is none, or it has run out."""
        sign_in = self._by_hash.get(token_hash)
        if sign_in is None or now >= sign_in.deadline:
            return None
        return sign_in

    def add(self, row: StoredSignIn, now: float, wall: int) -> SignIn:
        """Takes a sign-in that starts or was read back at `now`, which is `wall` by the system's clock."""
        sign_in = SignIn(row.id, row.token_hash, row.expires_at, now + (row.expires_at - wall) / 1000)
        self._by_hash[row.token_hash] = sign_in
        return sign_in

    def remove(self, sign_in_id: str) -> None:
        """Ends one; where it is not known, nothing happens."""
        self._by_hash = {key: sign_in for key, sign_in in self._by_hash.items() if sign_in.id != sign_in_id}

    def keep_only(self, sign_in_id: str | None) -> None:
        """All others end; None ends all."""
        self._by_hash = {key: sign_in for key, sign_in in self._by_hash.items() if sign_in.id == sign_in_id}

    def reload(self, rows: Iterable[StoredSignIn], now: float, wall: int) -> None:
        """What the database no longer has is over; what is known already keeps its deadline."""
        known, self._by_hash = self._by_hash, {}
        for row in rows:
            if row.token_hash in known:
                self._by_hash[row.token_hash] = known[row.token_hash]
            else:
                self.add(row, now, wall)

    def take_expired(self, now: float) -> list[str]:
        """The ids of those that have run out; they are forgotten here."""
        expired = [sign_in for sign_in in self._by_hash.values() if now >= sign_in.deadline]
        for sign_in in expired:
            del self._by_hash[sign_in.token_hash]
        return [sign_in.id for sign_in in expired]

    def __len__(self) -> int:
        return len(self._by_hash)
