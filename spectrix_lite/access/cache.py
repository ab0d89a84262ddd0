"""Write-through cache of the database: answers what is asked often, and stays the same as the database.

Every change is written first and then made here, under one lock. What another process commits (the command line does)
is read in as a whole, and the change listener is told the difference.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol

from ..core.clock import Clock
from ..core.errors import SpectrixError, Unavailable
from ..core.rate_limit import TokenBucket
from ..storage.interfaces import AccessStore
from .catalogue import Catalogue
from .hashing import Hasher
from .key_verifier import KeyVerifier, retrieve
from .password import Password
from .read_tokens import ReadTokens
from .sessions import REMEMBERED, Session, Sessions
from .sign_ins import SignIns

POLL_SECONDS: Final = 0.5
"""How soon another process's change is noticed at the latest."""
SAVE_SECONDS: Final = 5.0
"""How often the uses of keys are written down."""

_log = logging.getLogger("spectrix_lite.mirror")


class ChangeListener(Protocol):
    """Is told of every change to services and sessions, at once and without awaiting."""

    def open_service(self, service_id: str, name: str) -> None:
        """Idempotent."""

    def rename_service(self, service_id: str, name: str) -> None: ...

    def close_service(self, service_id: str) -> None:
        """Its watchers are closed with 4003."""

    def end_session(self, session_id: str) -> None:
        """Its watchers, or those of the read token with this id, are closed with 4003."""


class AccessCache:
    """`Authority` reads and changes the parts; how they follow the database is here.

    `pause` is how the poll for other processes' commits waits, so that a test can step it.
    """

    def __init__(
        self,
        store: AccessStore,
        listener: ChangeListener,
        clock: Clock,
        key_hasher: Hasher,
        password_hasher: Hasher,
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self.catalogue = Catalogue()
        self.verifier = KeyVerifier(key_hasher, store.stream_key_hash)
        self.password = Password(password_hasher, clock)
        self.sign_ins = SignIns()
        self.sessions = Sessions()
        self.read_tokens = ReadTokens()
        self._store = store
        self._listener = listener
        self._clock = clock
        self._pause = pause
        self._lock = asyncio.Lock()
        self._version: int | None = None
        self._looks = TokenBucket(10, 20, clock.monotonic())
        self._look: asyncio.Task[None] | None = None
        self._saved = clock.monotonic()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Loads everything and starts polling for other processes' commits. Raises StorageBusy, StorageFull or
        StorageFailed.
        """
        wall = self._clock.wall()
        await self._store.forget_before(wall, wall - REMEMBERED * 1000)
        await self.refresh()
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Idempotent. Writes down the last uses of keys; the store stays open."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
            await self.save()
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self.verifier.close()
        self.password.close()

    @asynccontextmanager
    async def change(self) -> AsyncIterator[None]:
        """Inside, the database is changed first and then memory.

        Where it is broken off, as by a cancellation, memory is read anew: the commit may have happened. A refusal
        changes nothing.
        """
        async with self._lock:
            try:
                yield
            except BaseException as problem:
                if isinstance(problem, Unavailable) or not isinstance(problem, SpectrixError):
                    self._version = None
                raise

    def end_sessions(self, which: Callable[[Session], bool]) -> None:
        """Ends the sessions that `which` picks, in memory, and tells the change listener."""
        for session_id in self.sessions.end(which, self._clock.monotonic()):
            self._listener.end_session(session_id)

    def end_watchers(self, token_id: str) -> None:
        """Tells the change listener that a read token was revoked."""
        self._listener.end_session(token_id)

    async def refresh(self) -> None:
        """Reads in what other processes have committed, if anything."""
        async with self._lock:
            await self._refresh()

    async def refresh_once(self) -> None:
        """Refreshes for a key, token, cookie or link that is unknown, as another process may just have made it.

        Concurrent callers share one refresh (single flight). There are 10 a second: whoever comes in between waits for
        the next, so that strangers who guess cost the database no more, and nobody is refused on what is old.
        """
        look = self._look
        if look is None:
            look = self._look = asyncio.create_task(self._look_again())
            look.add_done_callback(retrieve)
        await asyncio.shield(look)

    async def _look_again(self) -> None:
        if wait := self._looks.take(self._clock.monotonic()):
            await asyncio.sleep(wait)
            self._looks.take(self._clock.monotonic())
        async with self._lock:
            self._look = None  # this one does not see what is made from now on
            await self._refresh()

    async def _refresh(self) -> None:
        version = await self._store.data_version()
        if version == self._version:
            return
        found = await self._store.read_all()
        now, wall = self._clock.monotonic(), self._clock.wall()
        changes = self.catalogue.reload(found.services, found.stream_keys)
        self.verifier.reload(found.stream_keys)
        self.password.hash = found.password_hash
        self.sign_ins.reload(found.sign_ins, now, wall)
        ended = self.sessions.reload(found.sessions, now, wall)
        ended += self.read_tokens.reload(found.read_tokens, now, wall)
        self._version = version
        for service in changes.opened:
            self._listener.open_service(service.id, service.name)
        for service in changes.renamed:
            self._listener.rename_service(service.id, service.name)
        for service in changes.closed:
            self._listener.close_service(service.id)  # before the sessions: its watchers are told why they end
        for session_id in ended:
            self._listener.end_session(session_id)

    async def _watch(self) -> None:
        while True:
            await self._pause(POLL_SECONDS)
            try:
                await self.refresh()
                if self._clock.monotonic() - self._saved >= SAVE_SECONDS:
                    await self.save()
            except Unavailable:
                continue  # the store has said so in the log; what is in memory goes on
            except Exception:
                _log.exception("the watch over the database stumbled, and goes on")

    async def save(self) -> None:
        """Writes down the last uses of keys and tokens, and forgets what has run out. What cannot be written waits."""
        now = self._saved = self._clock.monotonic()
        async with self._lock:
            expired, past = self.sign_ins.take_expired(now), self.sessions.take_forgettable(now)
            uses, token_uses = self.catalogue.take_uses(), self.read_tokens.take_uses()
            try:
                if uses:
                    await self._store.note_uses(uses)
                if token_uses:
                    await self._store.read_tokens.note_uses(token_uses)
                if expired or past:
                    await self._store.forget(expired, past)
            except BaseException as problem:
                self.catalogue.give_back_uses(uses)
                self.read_tokens.give_back_uses(token_uses)
                if not isinstance(problem, Unavailable):
                    raise
