"""Sessions in memory: which token may watch which service, and until when. Pure: times are arguments.

A session that has ended or run out is remembered for a day, so that a client that returns with its token is told
which of the two it was. In memory it ends by the monotonic clock, whatever becomes of the system's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ..core.errors import BadRequest
from ..core.records import SessionKind, StoredSession
from ..core.session_errors import SessionEnded, SessionExpired, SessionUnknown

DEFAULT_TTL: Final = 900
MAX_TTL: Final = 7200
REMEMBERED: Final = 24 * 3600
"""Seconds for which the end of a session is remembered."""


@dataclass(frozen=True, slots=True)
class Session:
    """A temporary permission to watch one service.

    `created_at` and `expires_at` are wall milliseconds, for people; `deadline` is monotonic seconds, for timers.
    `filter` is the filter it was made with, `view` the columns and times, as JSON text.
    """

    id: str
    kind: SessionKind
    service_id: str
    created_at: int
    expires_at: int
    deadline: float
    filter: str | None = None
    sign_in_id: str | None = None
    view: str | None = None


@dataclass(frozen=True, slots=True)
class _Past:
    """What is left of a session: why it is over, and when that may be forgotten."""

    id: str
    ended: bool
    forget_at: float


def checked_ttl(ttl: int) -> int:
    """Raises BadRequest unless `ttl` is a whole number of seconds from 1 to 7200."""
    if isinstance(ttl, bool) or not isinstance(ttl, int) or not 1 <= ttl <= MAX_TTL:
        raise BadRequest(f"ttl is a whole number of seconds from 1 to {MAX_TTL}.")
    return ttl


def checked_kind(kind: str) -> SessionKind:
    """Raises BadRequest unless `kind` is operator or share."""
    if kind == "operator":
        return "operator"
    if kind == "share":
        return "share"
    raise BadRequest("kind is operator or share.")


class Sessions:
    """All sessions by the hash of their token. Live ones are also found by id and by service."""

    def __init__(self) -> None:
        self._live: dict[bytes, Session] = {}
        self._past: dict[bytes, _Past] = {}

    def add(self, row: StoredSession, now: float, wall: int) -> Session | None:
        """Takes a session made, or read back, at `now`, which is `wall` by the system's clock; None if it is over."""
        left = (row.expires_at - wall) / 1000
        if row.ended_at is not None or row.service_id is None or left <= 0:
            # Ending what has run out already changes nothing for a client that returns with its token.
            ended = row.ended_at is not None and row.ended_at < row.expires_at
            over_at = row.ended_at if row.ended_at is not None and ended else row.expires_at
            self._past[row.token_hash] = _Past(row.id, ended, now + REMEMBERED + (over_at - wall) / 1000)
            return None
        session = Session(
            row.id,
            row.kind,
            row.service_id,
            row.created_at,
            row.expires_at,
            now + left,
            row.filter,
            row.sign_in_id,
            row.view,
        )
        self._live[row.token_hash] = session
        return session

    def find(self, token_hash: bytes, now: float) -> Session:
        """A token's live session. Raises SessionUnknown, SessionExpired or SessionEnded, with their close codes."""
        session = self._live.get(token_hash)
        if session is not None:
            if now < session.deadline:
                return session
            raise SessionExpired
        past = self._past.get(token_hash)
        if past is None:
            raise SessionUnknown
        raise SessionEnded if past.ended else SessionExpired

    def by_id(self, session_id: str, now: float) -> Session | None:
        """The live session with this id; None where there is none."""
        return next((s for s in self._live.values() if s.id == session_id and now < s.deadline), None)

    def of_service(self, service_id: str, now: float) -> list[Session]:
        """The live ones, oldest first."""
        found = [s for s in self._live.values() if s.service_id == service_id and now < s.deadline]
        return sorted(found, key=lambda s: (s.created_at, s.id))

    def count(self, now: float) -> Counter[str]:
        """How many are live, by service."""
        return Counter(s.service_id for s in self._live.values() if now < s.deadline)

    def end(self, which: Callable[[Session], bool], now: float) -> list[str]:
        """Ends the live sessions that `which` picks; their ids."""
        chosen = [item for item in self._live.items() if now < item[1].deadline and which(item[1])]
        for token_hash, session in chosen:
            self._end(token_hash, session, now)
        return [session.id for _, session in chosen]

    def reload(self, rows: Iterable[StoredSession], now: float, wall: int) -> list[str]:
        """Adds and ends what other processes made or ended; returns the ids of live sessions that they ended.

        A session known already keeps its deadline. One whose row is gone was only tidied away: it lives on to its end.
        """
        ended = []
        for row in rows:
            session = self._live.get(row.token_hash)
            if session is None:
                if row.token_hash not in self._past:
                    self.add(row, now, wall)
            elif row.ended_at is not None or row.service_id is None:
                if now < session.deadline:
                    ended.append(session.id)
                self._end(row.token_hash, session, now)
        return ended

    def take_forgettable(self, now: float) -> list[str]:
        """The ids of those whose end need not be remembered any longer; they are forgotten here.

        Also turns those that have run out since the last call into memories.
        """
        for token_hash, session in list(self._live.items()):
            if now >= session.deadline:
                del self._live[token_hash]
                self._past[token_hash] = _Past(session.id, False, session.deadline + REMEMBERED)
        gone = [(token_hash, past.id) for token_hash, past in self._past.items() if now >= past.forget_at]
        for token_hash, _ in gone:
            del self._past[token_hash]
        return [session_id for _, session_id in gone]

    def _end(self, token_hash: bytes, session: Session, now: float) -> None:
        del self._live[token_hash]
        self._past[token_hash] = _Past(session.id, True, now + REMEMBERED)
