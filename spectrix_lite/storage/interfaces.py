"""Interfaces: what the rest asks of whatever keeps services, keys, sign-ins, sessions, views and alerts.

`Store` is the one over SQLite; a cluster has another over its engine. Every method that awaits raises StorageBusy,
StorageFull or StorageFailed where it cannot be done now, and then has changed nothing that was answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from ..core.alert_records import Alert, Delivery, Notice
from ..core.records import Service, StoredReadToken, StoredSession, StoredSignIn, StoredState, StreamKey, View

MAX_VIEWS: Final = 1_000
"""Of all services together."""

MAX_OF_SERVICE: Final = 20
"""Alerts of one service."""

MAX_ALERTS: Final = 200
"""Of all services together."""

KEPT_NOTICES: Final = 100
"""Of each alert."""

MAX_KINDS: Final = 10_000
"""Of each service; the first that was seen is forgotten first."""


class ReadTokenStore(Protocol):
    """Read tokens, and for which services they are."""

    async def add(self, stored: StoredReadToken, limit: int) -> None:
        """Keeps a new token. Raises ServiceNotFound, or LimitReached where there are `limit` that have not ended."""

    async def revoke(self, token_id: str, at: int) -> None:
        """Revokes a token; keeps the first time where it was revoked before. Raises ReadTokenNotFound."""

    async def note_uses(self, last_used: Mapping[str, int]) -> None:
        """Moves each token's last use forward, never back."""


class ViewStore(Protocol):
    """Named queries."""

    async def all(self) -> list[View]:
        """Those of all services, oldest first."""

    async def get(self, view_id: str) -> View:
        """The view with this id. Raises ViewNotFound."""

    async def named(self, name: str, service_id: str) -> View:
        """The service's view of this name, whatever its case; else the one for all services. Raises ViewNotFound."""

    async def add(self, view: View) -> None:
        """Keeps a new view. Raises NameTaken, ServiceNotFound, or LimitReached above `MAX_VIEWS`."""

    async def change(self, view: View) -> None:
        """Replaces all of a view but its id and its age. Raises ViewNotFound, NameTaken or ServiceNotFound."""

    async def delete(self, view_id: str) -> None:
        """Removes a view. Raises ViewNotFound."""


class AlertStore(Protocol):
    """Alerts, and what each has come to in each service."""

    async def all(self) -> list[Alert]:
        """Those of all services, oldest first."""

    async def add(self, alert: Alert) -> None:
        """Keeps a new alert. Raises ServiceNotFound, also for a view that is gone, or LimitReached."""

    async def change(self, alert: Alert) -> None:
        """Replaces all of an alert but its id, its age, and when it was told last.

        Raises AlertNotFound or ServiceNotFound.
        """

    async def delete(self, alert_id: str) -> None:
        """Removes an alert with its notices. Raises AlertNotFound."""

    async def states(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What each alert had come to in each service, by (alert's id, service's id)."""

    async def keep_states(self, states: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        """Keeps what alerts have come to; of an alert or a service that is gone nothing."""


class NoticeStore(Protocol):
    """Notices, their deliveries, and the kinds of failures that were seen."""

    async def add(self, alert_id: str, notices: Sequence[Notice], destinations: Iterable[str], at: int) -> list[Notice]:
        """Keeps notices of one alert, to be delivered to each destination, and that it was told at `at`.

        They come back with their ids; those that are not to be told, as their service is gone, are left out.
        """

    async def of_alert(self, alert_id: str) -> list[tuple[Notice, list[Delivery]]]:
        """An alert's notices, the newest first, each with its deliveries."""

    async def pending(self) -> list[tuple[Notice, list[Delivery]]]:
        """The notices that are still to be delivered somewhere, the oldest first, with the deliveries that are due."""

    async def note_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        """Keeps what became of deliveries; of a notice that is gone nothing."""

    async def kind_key(self) -> bytes:
        """What digests of kinds are keyed with: 32 bytes, this database's own."""

    async def kinds(self) -> dict[str, list[bytes]]:
        """The digests, of 8 bytes each, by service, the first that was seen first."""

    async def take_over_kinds(self, key: bytes, kinds: Mapping[str, Sequence[bytes]]) -> None:
        """Another database's, with what they are keyed with, where there are none yet."""

    async def add_kinds(self, kinds: Mapping[str, Sequence[bytes]]) -> None:
        """Remembers kinds of each service, and forgets the first above `MAX_KINDS`; of a service that is gone none."""


class AccessStore(Protocol):
    """What `access` asks: services, stream keys, the operator, sign-ins, sessions and read tokens."""

    @property
    def read_tokens(self) -> ReadTokenStore: ...

    async def data_version(self) -> int:
        """A number that changes when somebody else has changed what `read_all` reads, and never by what is written
        here.
        """

    async def read_all(self) -> StoredState:
        """All that is kept in memory, as of one moment."""

    async def add_service(self, service: Service, limit: int) -> None:
        """Keeps a new service. Raises NameTaken, or LimitReached where there are `limit` services."""

    async def rename_service(self, service_id: str, name: str) -> None:
        """Gives a service another name. Raises NameTaken or ServiceNotFound."""

    async def delete_service(self, service_id: str, at: int) -> None:
        """Removes a service and its stream keys; its sessions end. Raises ServiceNotFound."""

    async def add_stream_key(self, key: StreamKey, tag: bytes, argon2id: str, limit: int) -> None:
        """Keeps a new key. Raises ServiceNotFound, or LimitReached where the service has `limit` live ones."""

    async def change_stream_key(self, service_id: str, key_id: str, name: str, enabled: bool) -> None:
        """Names a key, and switches it on or off. Raises StreamKeyNotFound."""

    async def revoke_stream_key(self, service_id: str, key_id: str, at: int) -> None:
        """Revokes a key; keeps the first time where it was revoked before. Raises StreamKeyNotFound."""

    async def stream_key_hash(self, key_id: str) -> str | None:
        """The argon2id hash of a key that is active."""

    async def note_uses(self, last_used: Mapping[str, int]) -> None:
        """Moves each key's last use forward, never back."""

    async def set_first_password(self, argon2id: str, at: int) -> bool:
        """Sets the password's hash where there is none; whether it did."""

    async def set_password(self, argon2id: str, at: int, *, keep_sign_in: str | None) -> None:
        """Sets the password's hash; ends all sign-ins but `keep_sign_in`, and every operator session."""

    async def add_link(self, token_hash: bytes, created_at: int, expires_at: int) -> None:
        """Keeps a one-time link by its token's hash; times are milliseconds since 1970."""

    async def check_link(self, token_hash: bytes, now: int) -> None:
        """Raises LinkUnknown, also where it has run out, or LinkUsed; it writes nothing, for strangers guess."""

    async def claim_link(self, token_hash: bytes, sign_in: StoredSignIn) -> None:
        """Uses the link up for `sign_in`. Raises LinkUnknown, also where it has run out, or LinkUsed."""

    async def add_sign_in(self, sign_in: StoredSignIn) -> None:
        """Keeps a sign-in."""

    async def end_sign_in(self, sign_in_id: str, at: int) -> None:
        """Removes a sign-in; its operator sessions end."""

    async def add_session(self, session: StoredSession) -> None:
        """Keeps a new session. Raises ServiceNotFound."""

    async def end_session(self, session_id: str, at: int) -> None:
        """Notes that a session ended at `at`, milliseconds since 1970; one that is over stays as it is."""

    async def forget(self, sign_ins: Iterable[str], sessions: Iterable[str]) -> None:
        """Removes sign-ins that have run out and sessions whose end need not be remembered."""

    async def forget_before(self, expired: int, remembered: int) -> None:
        """Removes sign-ins that ran out before `expired`, links and sessions that ran out before `remembered`."""


class AnyStore(AccessStore, Protocol):
    """All of it, as the server holds it open."""

    @property
    def path(self) -> Path | None:
        """The file it lies in; None where it is in no file of this machine."""

    @property
    def created(self) -> bool:
        """Whether this opening made it."""

    @property
    def views(self) -> ViewStore: ...

    @property
    def alerts(self) -> AlertStore: ...

    @property
    def notices(self) -> NoticeStore: ...

    async def check_writable(self) -> None:
        """Raises as a write would: it is one, of what is there already."""

    async def identity(self) -> tuple[str, int]:
        """(the database's id, how often it has been served): what tells whether a snapshot is of its last stop."""

    async def key_hashes(self) -> dict[str, str]:
        """The argon2id hashes of all stream keys by id, of those too that are revoked or switched off."""

    async def count_start(self) -> None:
        """From now on no earlier snapshot is this database's."""

    async def close(self) -> None:
        """Idempotent; safe at any time."""
