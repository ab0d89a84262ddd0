"""Read tokens in memory: which token reads which services, until when, and when it last did. Pure: times are arguments.

In memory a token ends by the monotonic clock, whatever becomes of the system's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, Literal

from ..core.errors import BadRequest
from ..core.records import ReadToken, StoredReadToken
from ..core.session_errors import SessionEnded, SessionExpired, SessionUnknown
from ..core.token_errors import ReadTokenNotFound
from . import keys
from .sessions import MAX_TTL

DEFAULT_DAYS: Final = 30
MAX_DAYS: Final = 365
DAY_SECONDS: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class TokenSession:
    """A read token's permission to watch one service, for two hours at most. `id` is the token's: all that it watches
    ends together, and filters by one budget.

    Times are as those of a `Session`.
    """

    id: str
    service_id: str
    created_at: int
    expires_at: int
    deadline: float
    kind: Literal["token"] = "token"
    filter: None = None
    view: None = None


@dataclass(slots=True)
class _Known:
    shown: ReadToken
    deadline: float


def read_token_hash(token: str) -> bytes | None:
    """32 bytes to look a read token up by, or None for what has not its form.

    A plain hash does: there is nothing to guess among 190 random bits.
    """
    return None if keys.parse_read_token(token) is None else sha256(token.encode()).digest()


def checked_days(days: int) -> int:
    """Raises BadRequest unless `days` is a whole number from 1 to 365."""
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_DAYS:
        raise BadRequest(f"days is a whole number from 1 to {MAX_DAYS}.")
    return days


class ReadTokens:
    """In order of creation, those that are over too. Uses are noted here first and reach the database in batches."""

    def __init__(self) -> None:
        self._by_hash: dict[bytes, _Known] = {}
        self._uses: dict[str, int] = {}

    def all(self) -> list[ReadToken]:
        """As lists show them, oldest first."""
        return [self._used(known.shown) for known in self._by_hash.values()]

    def find(self, token_hash: bytes, now: float) -> ReadToken:
        """A token that holds now. Raises SessionUnknown, SessionExpired or SessionEnded, with their close codes."""
        known = self._by_hash.get(token_hash)
        if known is None:
            raise SessionUnknown
        if known.shown.revoked_at is not None:
            raise SessionEnded
        if now >= known.deadline:
            raise SessionExpired
        return known.shown

    def session(self, token_id: str, service_id: str, now: float, wall: int) -> TokenSession:
        """A token's permission to watch one service from now on, which it must cover. Raises ReadTokenNotFound."""
        left = min(float(MAX_TTL), self._known(token_id).deadline - now)
        return TokenSession(token_id, service_id, wall, wall + round(left * 1000), now + left)

    def add(self, row: StoredReadToken, now: float, wall: int) -> None:
        """Takes a token made, or read back, at `now`, which is `wall` by the system's clock."""
        self._by_hash[row.token_hash] = _Known(row.shown, now + (row.shown.expires_at - wall) / 1000)

    def get(self, token_id: str) -> ReadToken:
        """As the lists show it. Raises ReadTokenNotFound."""
        return self._used(self._known(token_id).shown)

    def revoke(self, token_id: str, at: int) -> None:
        """It opens nothing from now on; the first time counts. Raises ReadTokenNotFound."""
        known = self._known(token_id)
        if known.shown.revoked_at is None:
            known.shown = replace(known.shown, revoked_at=at)

    def remove_service(self, service_id: str) -> None:
        """No token is for this service any longer; one that was for it alone reads nothing."""
        for known in self._by_hash.values():
            if known.shown.services is not None:
                left = tuple(each for each in known.shown.services if each != service_id)
                known.shown = replace(known.shown, services=left)

    def reload(self, rows: Iterable[StoredReadToken], now: float, wall: int) -> list[str]:
        """Replaces all by the database's rows; returns the ids of those that another process ended. One that is known
        keeps its deadline.
        """
        before, self._by_hash = self._by_hash, {}
        for row in rows:
            self.add(row, now, wall)
            if row.token_hash in before:
                self._by_hash[row.token_hash].deadline = before[row.token_hash].deadline
        return [
            known.shown.id
            for token_hash, known in before.items()
            if known.shown.revoked_at is None and self._is_over(self._by_hash.get(token_hash))
        ]

    def note_use(self, token_id: str, at: int) -> None:
        """Notes that a token was used at `at`, milliseconds since 1970."""
        self._uses[token_id] = at

    def take_uses(self) -> dict[str, int]:
        """The uses noted since the last call, for the database."""
        taken, self._uses = self._uses, {}
        for known in self._by_hash.values():
            if known.shown.id in taken:
                known.shown = replace(known.shown, last_used_at=taken[known.shown.id])
        return taken

    def give_back_uses(self, uses: dict[str, int]) -> None:
        """Takes back uses that could not be written; newer ones win."""
        self._uses = uses | self._uses

    @staticmethod
    def _is_over(known: _Known | None) -> bool:
        return known is None or known.shown.revoked_at is not None

    def _known(self, token_id: str) -> _Known:
        found = next((known for known in self._by_hash.values() if known.shown.id == token_id), None)
        if found is None:
            raise ReadTokenNotFound
        return found

    def _used(self, token: ReadToken) -> ReadToken:
        at = self._uses.get(token.id)
        return token if at is None else replace(token, last_used_at=at)
