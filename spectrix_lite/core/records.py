"""Records: what the database keeps, as values. Times are milliseconds since 1970 UTC, hashes 32 bytes of SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SessionKind = Literal["operator", "share"]
KeyKind = Literal["live", "hook"]
"""A hook key may stand in an address."""


@dataclass(frozen=True, slots=True)
class Service:
    """An application being watched."""

    id: str
    name: str
    created_at: int


@dataclass(frozen=True, slots=True)
class StreamKey:
    """A producer's key, as it may be listed: nothing here opens anything."""

    id: str
    service_id: str
    name: str
    preview: str
    created_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None
    kind: KeyKind = "live"
    enabled: bool = True
    """Whether it is switched on: a revoked key may be, and is refused all the same."""

    @property
    def active(self) -> bool:
        """Whether requests with it are taken."""
        return self.enabled and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A stream key with its 64-bit tag. The argon2id hash stays in the database until a first use asks for it."""

    shown: StreamKey
    tag: bytes


@dataclass(frozen=True, slots=True)
class StoredSignIn:
    """A sign-in: the hash of the cookie, never the cookie."""

    id: str
    token_hash: bytes
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session: the hash of its token, never the token. `service_id` is None once the service is deleted.

    `filter` and `view` are JSON text: what it is narrowed to, and with which columns and times it is shown.
    """

    id: str
    token_hash: bytes
    kind: SessionKind
    service_id: str | None
    sign_in_id: str | None
    filter: str | None
    created_at: int
    expires_at: int
    ended_at: int | None = None
    view: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A named query. `service_id` is None where it is for every service; `columns` are names in their order; `range`
    is `-1h`, or two RFC 3339 times with a slash between them. None of these two: as the page stands.
    """

    id: str
    service_id: str | None
    name: str
    query: str
    columns: tuple[str, ...] | None
    range: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class ReadToken:
    """A script's right to read, as it may be listed. `services` are ids, oldest first; None stands for all of them."""

    id: str
    name: str
    preview: str
    services: tuple[str, ...] | None
    created_at: int
    expires_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None

    def covers(self, service_id: str) -> bool:
        """Whether it is for this service."""
        return self.services is None or service_id in self.services


@dataclass(frozen=True, slots=True)
class StoredReadToken:
    """A read token with the hash that it is found by."""

    shown: ReadToken
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Numbered:
    """How far a service with history was numbered: up to the seq `head` of `epoch`, by the process that was the
    database's `starts`th, 0 where one without history came after it. `accepted`, `rejected` and `levels` (info, warn,
    error, debug) are its totals at that seq.
    """

    service_id: str
    epoch: str
    head: int
    starts: int
    accepted: int
    rejected: int
    levels: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class StoredState:
    """All that is kept in memory of the database, as of one moment."""

    services: list[Service]
    stream_keys: list[StoredKey]
    password_hash: str | None
    sign_ins: list[StoredSignIn]
    sessions: list[StoredSession]
    read_tokens: list[StoredReadToken]
