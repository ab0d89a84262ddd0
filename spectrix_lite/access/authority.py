"""Authority: who may do what, producers by stream key, the operator by sign-in, watchers by session.

What is asked often is answered from memory, without awaiting; `cache` keeps memory and database the same. A change
made by another process is noticed within half a second, or at once where the caller's key or token is unknown.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from ..core.clock import Clock
from ..core.config import Config
from ..core.errors import LimitReached, SessionNotFound, Unauthorized
from ..core.names import clean_name
from ..core.records import KeyKind, Service, StoredKey, StoredSession, StreamKey
from ..core.session_errors import SessionUnknown
from ..storage.interfaces import AccessStore
from . import keys
from .cache import AccessCache, ChangeListener
from .hashing import KEY_COST, PASSWORD_COST, Argon2Thread, Hasher
from .key_verifier import KeyGrant
from .operator import Operator
from .read_tokens import TokenSession
from .readers import Readers
from .sessions import DEFAULT_TTL, Session, checked_kind, checked_ttl
from .sign_ins import SignIn
from .tokens import hashed_token, new_token, token_hash

__all__ = ["Authority", "ChangeListener", "KeyGrant", "Service", "Session", "SignIn", "StreamKey"]

MAX_SESSIONS: Final = 10_000
"""Live sessions of one service: far above what people make, and a bound for a script gone wild."""


class Authority:
    """Stream keys, sign-ins, sessions and services. Made stopped; between `start` and `close` it answers.

    Every method that awaits also raises StorageBusy, StorageFull or StorageFailed, and has changed nothing then.
    """

    def __init__(
        self,
        store: AccessStore,
        listener: ChangeListener,
        clock: Clock,
        config: Config,
        *,
        key_hasher: Hasher | None = None,
        password_hasher: Hasher | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._listener = listener
        self._clock = clock
        self._config = config
        self._key_hasher = key_hasher or Argon2Thread(KEY_COST)
        self._cache = AccessCache(
            store, listener, clock, self._key_hasher, password_hasher or Argon2Thread(PASSWORD_COST), pause
        )
        self.operator = Operator(store, self._cache, clock)
        """Its links, password and sign-ins."""
        self.readers = Readers(store, self._cache, clock)
        """Their read tokens."""

    async def start(self) -> None:
        """Loads everything, opens each service at the change listener, and watches for other processes' changes."""
        await self._cache.start()

    async def close(self) -> None:
        """Idempotent. Writes down the last uses of keys; the store stays open."""
        await self._cache.close()

    async def refresh(self) -> None:
        """Takes in what other processes have committed, now rather than within half a second."""
        await self._cache.refresh()

    # producers

    def known_key(self, key: str) -> KeyGrant | None:
        """What a key verified before grants, in 5 µs. None: only `verify_key` can tell. Raises InvalidKey."""
        return self._cache.verifier.known(key)

    async def verify_key(self, key: str) -> KeyGrant:
        """What a key grants, asking argon2id where it was not verified before: some 20 ms. Raises InvalidKey."""
        key_id = keys.parse(key)
        if key_id is not None and not self._cache.catalogue.has_key(key_id):
            await self._cache.refresh_once()
        return await self._cache.verifier.verify(key)

    def note_use(self, key_id: str) -> None:
        """Notes that a key was used now, in memory; the database is written in batches, every 5 s."""
        self._cache.catalogue.note_use(key_id, self._clock.wall())

    # services

    def services(self) -> list[Service]:
        """All services, oldest first."""
        return self._cache.catalogue.services()

    def service(self, service_id: str) -> Service:
        """The service with this id. Raises ServiceNotFound."""
        return self._cache.catalogue.service(service_id)

    async def create_service(self, name: str) -> Service:
        """A new service. Raises InvalidName, NameTaken or LimitReached."""
        service = Service(keys.random_base62(12), clean_name(name), self._clock.wall())
        async with self._cache.change():
            await self._store.add_service(service, self._config.max_services)
            self._cache.catalogue.put_service(service)
            self._listener.open_service(service.id, service.name)
        return service

    async def rename_service(self, service_id: str, name: str) -> Service:
        """The service under its new name. Raises InvalidName, NameTaken or ServiceNotFound."""
        name = clean_name(name)
        async with self._cache.change():
            service = replace(self._cache.catalogue.service(service_id), name=name)
            await self._store.rename_service(service_id, name)
            self._cache.catalogue.put_service(service)
            self._listener.rename_service(service_id, name)
        return service

    async def delete_service(self, service_id: str) -> None:
        """Deletes a service; its stream keys and sessions end with it. Raises ServiceNotFound."""
        async with self._cache.change():
            await self._store.delete_service(service_id, self._clock.wall())
            for key_id in self._cache.catalogue.remove_service(service_id):
                self._cache.verifier.remove(key_id)
            self._cache.read_tokens.remove_service(service_id)
            self._listener.close_service(service_id)  # before the sessions: its watchers are told why they end
            self._cache.end_sessions(lambda s: s.service_id == service_id)

    # stream keys

    async def stream_keys(self, service_id: str) -> list[StreamKey]:
        """A service's stream keys, oldest first, revoked ones too. Raises ServiceNotFound."""
        return self._cache.catalogue.keys(service_id)

    async def create_stream_key(self, service_id: str, name: str, kind: KeyKind = "live") -> tuple[StreamKey, str]:
        """(the new key as listed, its secret, this one time). Raises ServiceNotFound, InvalidName or LimitReached."""
        self._cache.catalogue.service(service_id)
        name = clean_name(name)
        minted = keys.mint(kind)
        shown = StreamKey(minted.key_id, service_id, name, keys.preview(minted.key), self._clock.wall(), kind=kind)
        stored = StoredKey(shown, keys.tag(minted.key))
        argon2id = await self._key_hasher.hash(minted.key)
        async with self._cache.change():
            await self._store.add_stream_key(shown, stored.tag, argon2id, self._config.max_keys)
            self._cache.catalogue.put_key(shown)
            self._cache.verifier.add(stored)
        return shown, minted.key

    async def change_stream_key(
        self, service_id: str, key_id: str, *, name: str | None = None, enabled: bool | None = None
    ) -> StreamKey:
        """The key as changed; switched off, the next request with it is refused. Raises InvalidName, ServiceNotFound,
        or StreamKeyNotFound, also for a revoked one that shall be switched on.
        """
        name = None if name is None else clean_name(name)
        async with self._cache.change():
            changed = self._cache.catalogue.changed_key(service_id, key_id, name, enabled)
            await self._store.change_stream_key(service_id, key_id, changed.name, changed.enabled)
            self._cache.catalogue.put_key(changed)
            self._cache.verifier.switch(key_id, changed.enabled)
        return changed

    async def revoke_stream_key(self, service_id: str, key_id: str) -> None:
        """Revokes a key: the next request with it is refused. Raises ServiceNotFound or StreamKeyNotFound."""
        async with self._cache.change():
            key = self._cache.catalogue.key(service_id, key_id)
            at = self._clock.wall()
            await self._store.revoke_stream_key(service_id, key_id, at)
            self._cache.verifier.remove(key_id)
            self._cache.catalogue.put_key(key if key.revoked_at is not None else replace(key, revoked_at=at))

    # sessions

    async def create_session(
        self,
        service_id: str,
        *,
        kind: str = "operator",
        ttl: int = DEFAULT_TTL,
        filter: str | None = None,  # noqa: A002  the wire's own word for it
        view: str | None = None,
        sign_in: SignIn | None = None,
    ) -> tuple[Session, str]:
        """(the new session, its token, this one time). `ttl` is in seconds; `filter` and `view` are JSON text, kept
        as they are.

        Raises ServiceNotFound, BadRequest for kind or ttl, LimitReached, or Unauthorized where `sign_in` has ended.
        """
        kept = checked_kind(kind)
        ttl = checked_ttl(ttl)
        token = new_token()
        async with self._cache.change():
            self._cache.catalogue.service(service_id)
            now, wall = self._clock.monotonic(), self._clock.wall()
            if sign_in is not None and self._cache.sign_ins.find(sign_in.token_hash, now) is None:
                raise Unauthorized
            if len(self._cache.sessions.of_service(service_id, now)) >= MAX_SESSIONS:
                raise LimitReached(f"The service has {MAX_SESSIONS} live sessions; end some first.")
            owner = sign_in.id if sign_in is not None and kept == "operator" else None
            row = StoredSession(
                keys.random_base62(12),
                hashed_token(token),
                kept,
                service_id,
                owner,
                filter,
                wall,
                wall + ttl * 1000,
                view=view,
            )
            await self._store.add_session(row)
            session = self._cache.sessions.add(row, now, wall)
            assert session is not None, "a session of at least a second is live"
        return session, token

    async def open_session(self, token: str, service_id: str | None = None) -> Session | TokenSession:
        """A token's live session; of a read token what it permits of the service with this id, which is needed then.

        Raises SessionUnknown, SessionExpired or SessionEnded, with their close codes.
        """
        if keys.parse_read_token(token) is not None:
            return await self.readers.open_session(token, service_id)
        hashed = token_hash(token)
        if hashed is None:
            raise SessionUnknown
        try:
            return self._cache.sessions.find(hashed, self._clock.monotonic())
        except SessionUnknown:
            await self._cache.refresh_once()
            return self._cache.sessions.find(hashed, self._clock.monotonic())

    def sessions(self, service_id: str) -> list[Session]:
        """A service's live sessions, oldest first. Raises ServiceNotFound."""
        self._cache.catalogue.service(service_id)
        return self._cache.sessions.of_service(service_id, self._clock.monotonic())

    def session_counts(self) -> Counter[str]:
        """How many sessions are live, by service."""
        return self._cache.sessions.count(self._clock.monotonic())

    def verifications(self) -> dict[str, int]:
        """How often argon2id was asked since the start, by what about: `key` or `password`."""
        return {"key": self._cache.verifier.verifications, "password": self._cache.password.verifications}

    async def end_session(self, session_id: str) -> None:
        """Ends a live session; its watchers are closed. Raises SessionNotFound, also for one that is over."""
        async with self._cache.change():
            if self._cache.sessions.by_id(session_id, self._clock.monotonic()) is None:
                raise SessionNotFound
            await self._store.end_session(session_id, self._clock.wall())
            self._cache.end_sessions(lambda s: s.id == session_id)
