"""Readers: scripts that read by a read token, over the cache, whose change they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..core.clock import Clock
from ..core.errors import BadRequest
from ..core.names import clean_name
from ..core.records import ReadToken, StoredReadToken
from ..core.session_errors import SessionError, SessionUnknown
from ..core.token_errors import InvalidToken
from ..storage.interfaces import AccessStore
from . import keys
from .cache import AccessCache
from .read_tokens import DAY_SECONDS, DEFAULT_DAYS, TokenSession, checked_days, read_token_hash

MAX_TOKENS: Final = 1000
"""That have not ended: far above what people make, and a bound for a script gone wild."""


class Readers:
    """Who may read by a token.

    Every method that awaits also raises StorageBusy, StorageFull or StorageFailed, and has changed nothing then.
    """

    def __init__(self, store: AccessStore, cache: AccessCache, clock: Clock) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock

    def tokens(self) -> list[ReadToken]:
        """All read tokens, oldest first, also those that are over."""
        return self._cache.read_tokens.all()

    async def create(
        self, name: str, services: Sequence[str] | None = None, days: int = DEFAULT_DAYS
    ) -> tuple[ReadToken, str]:
        """(the new token as listed, its secret, this one time). `services` are ids; None stands for all there will be.

        Raises InvalidName, ServiceNotFound, LimitReached, or BadRequest for days or for no service at all.
        """
        name, days = clean_name(name), checked_days(days)
        if services is not None and not services:
            raise BadRequest("A read token is for one service at least; without `services` it is for all of them.")
        minted = keys.mint_read_token()
        hashed = read_token_hash(minted.key)
        assert hashed is not None, "what was minted has a token's form"
        async with self._cache.change():
            chosen = None if services is None else {self._cache.catalogue.service(each).id for each in services}
            known = self._cache.catalogue.services()
            wall = self._clock.wall()
            token = ReadToken(
                minted.key_id,
                name,
                keys.preview(minted.key),
                None if chosen is None else tuple(service.id for service in known if service.id in chosen),
                wall,
                wall + days * DAY_SECONDS * 1000,
            )
            stored = StoredReadToken(token, hashed)
            await self._store.read_tokens.add(stored, MAX_TOKENS)
            self._cache.read_tokens.add(stored, self._clock.monotonic(), wall)
        return token, minted.key

    async def revoke(self, token_id: str) -> None:
        """The next request with it is refused, and its watchers are closed. Raises ReadTokenNotFound."""
        async with self._cache.change():
            was_live = self._cache.read_tokens.get(token_id).revoked_at is None
            at = self._clock.wall()
            await self._store.read_tokens.revoke(token_id, at)
            self._cache.read_tokens.revoke(token_id, at)
            if was_live:
                self._cache.end_watchers(token_id)

    async def read_token(self, token: str) -> ReadToken:
        """What a token that holds now may read; its use is noted. Raises InvalidToken."""
        try:
            found = self._cache.read_tokens.find(await self._known_hash(token), self._clock.monotonic())
        except SessionError:
            raise InvalidToken from None
        self._cache.read_tokens.note_use(found.id, self._clock.wall())
        return found

    async def open_session(self, token: str, service_id: str | None) -> TokenSession:
        """Its permission to watch this service, for two hours at most. Its use is noted.

        Raises SessionUnknown, also where it is not for this service, SessionExpired or SessionEnded, with their close
        codes; SessionEnded too where the service is not there.
        """
        found = self._cache.read_tokens.find(await self._known_hash(token), self._clock.monotonic())
        if service_id is None or not found.covers(service_id):
            raise SessionUnknown("With a read token, name one of its services by its id.")
        self._cache.read_tokens.note_use(found.id, self._clock.wall())
        return self.session(found, service_id)

    def session(self, token: ReadToken, service_id: str) -> TokenSession:
        """What a token that holds now permits of a service that it covers."""
        now, wall = self._clock.monotonic(), self._clock.wall()
        return self._cache.read_tokens.session(token.id, service_id, now, wall)

    async def _known_hash(self, token: str) -> bytes:
        """The hash, after a look at what other processes did where it is unknown. Raises SessionUnknown."""
        hashed = read_token_hash(token)
        if hashed is None:
            raise SessionUnknown
        try:
            self._cache.read_tokens.find(hashed, self._clock.monotonic())
        except SessionUnknown:
            await self._cache.refresh_once()
        except SessionError:
            pass  # known, and over
        return hashed
