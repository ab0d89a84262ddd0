"""Who may: producers by stream key, the operator by sign-in, watchers by session.

What is asked often is answered from memory, without awaiting. Every change is written first and then made in memory,
under one lock; whatever another process commits (the command line does) is noticed within half a second, or at once
where somebody comes with a key or token not seen before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, Protocol

from . import keys
from .catalogue import Catalogue
from .clock import Clock
from .config import Config
from .errors import LimitReached, LinkUnknown, SessionNotFound, SessionUnknown, Unauthorized, Unavailable, WrongPassword
from .hashing import KEY_COST, PASSWORD_COST, Argon2Thread, Hasher
from .key_ladder import KeyGrant, KeyLadder
from .limits import TokenBucket
from .names import clean_name
from .password import Password
from .records import Service, StoredKey, StoredSession, StoredSignIn, StreamKey
from .secret_tokens import new_token, token_hash
from .sessions import DEFAULT_TTL, REMEMBERED, Session, Sessions, checked_kind, checked_ttl
from .sign_ins import LIFETIME, SignIn, SignIns
from .store import Store

__all__ = ["Audience", "Authority", "KeyGrant", "Service", "Session", "SignIn", "StreamKey"]

POLL_SECONDS: Final = 0.5
SAVE_SECONDS: Final = 5.0
LINK_SECONDS: Final = 30 * 60
MAX_SESSIONS: Final = 10_000
"""Live sessions of one service: far above what people make, and a bound for a script gone wild."""

_log = logging.getLogger(__name__)


class Audience(Protocol):
    """Who has to hear of changes, at once and without awaiting. Closed watchers get 4003."""

    def open_service(self, service_id: str, name: str) -> None:
        """Idempotent."""

    def rename_service(self, service_id: str, name: str) -> None: ...

    def close_service(self, service_id: str) -> None:
        """Closes its watchers."""

    def end_session(self, session_id: str) -> None:
        """Closes its watchers."""


class Authority:
    """Made stopped; between `start` and `close` it answers. Methods that await also raise StorageBusy, StorageFull
    or StorageFailed, and have changed nothing then.

    `pause` is how the watch over other processes waits, so that a test can step it.
    """

    def __init__(
        self,
        store: Store,
        audience: Audience,
        clock: Clock,
        config: Config,
        *,
        key_hasher: Hasher | None = None,
        password_hasher: Hasher | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._audience = audience
        self._clock = clock
        self._config = config
        self._pause = pause
        self._key_hasher = key_hasher or Argon2Thread(KEY_COST)
        self._ladder = KeyLadder(self._key_hasher, store.stream_key_hash)
        self._password = Password(password_hasher or Argon2Thread(PASSWORD_COST), clock)
        self._catalogue = Catalogue()
        self._sign_ins = SignIns()
        self._sessions = Sessions()
        self._lock = asyncio.Lock()
        self._seen: int | None = None
        self._looked = 0
        self._looks = TokenBucket(10, 20, clock.monotonic())
        self._saved = clock.monotonic()
        self._watching: asyncio.Task[None] | None = None

    # life

    async def start(self) -> None:
        """Loads everything, opens each service for the audience, and watches for other processes' changes."""
        wall = self._clock.wall()
        await self._store.forget_before(wall, wall - REMEMBERED * 1000)
        await self.refresh()
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Idempotent. Writes down the last uses; the store stays open."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
            await self._save()
        self._ladder.close()
        self._password.close()

    async def refresh(self) -> None:
        """Takes in what other processes have committed, if anything."""
        async with self._lock:
            await self._refresh()

    async def _refresh(self) -> None:
        self._looked += 1
        version = await self._store.data_version()
        if version == self._seen:
            return
        found = await self._store.snapshot()
        now, wall = self._clock.monotonic(), self._clock.wall()
        changes = self._catalogue.reload(found.services, found.stream_keys)
        self._ladder.reload(found.stream_keys)
        self._password.hash = found.password_hash
        self._sign_ins.reload(found.sign_ins, now, wall)
        ended = self._sessions.reload(found.sessions, now, wall)
        self._seen = version
        for service in changes.opened:
            self._audience.open_service(service.id, service.name)
        for service in changes.renamed:
            self._audience.rename_service(service.id, service.name)
        self._tell_ended(ended)
        for service in changes.closed:
            self._audience.close_service(service.id)

    async def _look_again(self) -> None:
        """For somebody unknown, whom another process may just have let in. Those who come together share one look,
        and whoever comes too often gets none: then what was known before decides."""
        if self._looks.take(self._clock.monotonic()):
            return
        looked = self._looked
        async with self._lock:
            if self._looked == looked:
                await self._refresh()

    @asynccontextmanager
    async def _change(self) -> AsyncIterator[None]:
        """Database first, then memory. Left half-way, memory is read anew: a commit may have happened."""
        async with self._lock:
            try:
                yield
            except BaseException:
                self._seen = None
                raise

    async def _watch(self) -> None:
        while True:
            await self._pause(POLL_SECONDS)
            try:
                await self.refresh()
                if self._clock.monotonic() - self._saved >= SAVE_SECONDS:
                    await self._save()
            except Unavailable:
                continue  # the store has said so in the log; what is in memory goes on
            except Exception:
                _log.exception("the watch over the database stumbled, and goes on")

    async def _save(self) -> None:
        """Writes down when keys were last used, and forgets what has run out. What cannot be written waits."""
        now = self._saved = self._clock.monotonic()
        async with self._lock:
            expired, past = self._sign_ins.take_expired(now), self._sessions.take_forgettable(now)
            uses = self._catalogue.take_uses()
            try:
                if uses:
                    await self._store.note_uses(uses)
                if expired or past:
                    await self._store.forget(expired, past)
            except BaseException as problem:
                self._catalogue.give_back_uses(uses)
                if not isinstance(problem, Unavailable):
                    raise

    # producers

    def known_key(self, key: str) -> KeyGrant | None:
        """What a key verified before grants, in 5 µs. None: only `verify_key` can tell. Raises InvalidKey."""
        return self._ladder.known(key)

    async def verify_key(self, key: str) -> KeyGrant:
        """Raises InvalidKey, or StorageBusy or StorageFailed where the database cannot be asked."""
        key_id = keys.parse(key)
        if key_id is not None and not self._catalogue.has_key(key_id):
            await self._look_again()
        return await self._ladder.verify(key)

    def note_use(self, key_id: str) -> None:
        """Costs nothing; written down in batches."""
        self._catalogue.note_use(key_id, self._clock.wall())

    # the operator

    @property
    def password_set(self) -> bool:
        return self._password.hash is not None

    async def new_link(self) -> str:
        """The token of a sign-in link: works once, for 30 minutes."""
        token, wall = new_token(), self._clock.wall()
        await self._store.add_link(_hash(token), wall, wall + LINK_SECONDS * 1000)
        return token

    async def claim_link(self, token: str) -> str:
        """Uses the link up; the cookie's value. Raises LinkUsed, or LinkUnknown, also where it has run out."""
        hashed = token_hash(token)
        if hashed is None:
            raise LinkUnknown
        row, cookie = self._new_sign_in()
        async with self._change():
            await self._store.claim_link(hashed, row)
            self._sign_ins.add(row, self._clock.monotonic(), self._clock.wall())
        return cookie

    async def login(self, password: str, address: str) -> str:
        """The cookie's value. Raises WrongPassword, or TooManyAttempts, which costs no argon2."""
        checked = await self._password.check_login(password, address)
        row, cookie = self._new_sign_in()
        async with self._change():
            self._still(checked)
            await self._store.add_sign_in(row)
            self._sign_ins.add(row, self._clock.monotonic(), self._clock.wall())
        return cookie

    def signed_in(self, cookie: str) -> SignIn | None:
        """Who shows this cookie."""
        hashed = token_hash(cookie)
        return None if hashed is None else self._sign_ins.find(hashed, self._clock.monotonic())

    async def logout(self, sign_in: SignIn) -> None:
        """Its operator sessions end too; shares live on."""
        async with self._change():
            await self._store.end_sign_in(sign_in.id, self._clock.wall())
            self._sign_ins.remove(sign_in.id)
            self._end(lambda s: s.kind == "operator" and s.sign_in_id == sign_in.id)

    async def set_password(self, sign_in: SignIn, current: str | None, new: str) -> None:
        """All other sign-ins and every operator session end. `current` is not needed while none is set.

        Raises WrongPassword, InvalidPassword, or TooManyAttempts.
        """
        checked = await self._password.check_current(current, sign_in.id)
        await self._replace_password(await self._password.make(new), keep=sign_in.id, checked=(checked,))

    async def reset_password(self, new: str) -> None:
        """For whoever has the database: every sign-in and operator session ends. Raises InvalidPassword."""
        await self._replace_password(await self._password.make(new), keep=None)

    async def set_initial_password(self, password: str) -> bool:
        """Sets it where none is set, and tells whether it did. Raises InvalidPassword."""
        if self.password_set:
            return False
        hashed = await self._password.make(password)
        async with self._change():
            done = await self._store.set_first_password(hashed, self._clock.wall())
            if done:
                self._password.hash = hashed
        return done

    async def _replace_password(self, hashed: str, *, keep: str | None, checked: tuple[str | None, ...] = ()) -> None:
        async with self._change():
            for former in checked:
                self._still(former)
            await self._store.set_password(hashed, self._clock.wall(), keep_sign_in=keep)
            self._password.hash = hashed
            self._sign_ins.keep_only(keep)
            self._end(lambda s: s.kind == "operator")

    def _still(self, checked: str | None) -> None:
        """The password may have been changed while it was being checked."""
        if self._password.hash != checked:
            raise WrongPassword

    def _new_sign_in(self) -> tuple[StoredSignIn, str]:
        cookie, wall = new_token(), self._clock.wall()
        return StoredSignIn(keys.random_base62(12), _hash(cookie), wall, wall + LIFETIME * 1000), cookie

    # services

    def services(self) -> list[Service]:
        """Oldest first."""
        return self._catalogue.services()

    def service(self, service_id: str) -> Service:
        """Raises ServiceNotFound."""
        return self._catalogue.service(service_id)

    async def create_service(self, name: str) -> Service:
        """Raises InvalidName, NameTaken or LimitReached."""
        service = Service(keys.random_base62(12), clean_name(name), self._clock.wall())
        async with self._change():
            await self._store.add_service(service, self._config.max_services)
            self._catalogue.put_service(service)
            self._audience.open_service(service.id, service.name)
        return service

    async def rename_service(self, service_id: str, name: str) -> Service:
        """Raises InvalidName, NameTaken or ServiceNotFound."""
        name = clean_name(name)
        async with self._change():
            service = replace(self._catalogue.service(service_id), name=name)
            await self._store.rename_service(service_id, name)
            self._catalogue.put_service(service)
            self._audience.rename_service(service_id, name)
        return service

    async def delete_service(self, service_id: str) -> None:
        """Its stream keys and sessions end with it. Raises ServiceNotFound."""
        async with self._change():
            await self._store.delete_service(service_id, self._clock.wall())
            for key_id in self._catalogue.remove_service(service_id):
                self._ladder.remove(key_id)
            self._end(lambda s: s.service_id == service_id)
            self._audience.close_service(service_id)

    # stream keys

    async def stream_keys(self, service_id: str) -> list[StreamKey]:
        """Oldest first, revoked ones too. Raises ServiceNotFound."""
        return self._catalogue.keys(service_id)

    async def create_stream_key(self, service_id: str, name: str) -> tuple[StreamKey, str]:
        """Also the key itself, this one time. Raises ServiceNotFound, InvalidName or LimitReached."""
        self._catalogue.service(service_id)
        name = clean_name(name)
        minted = keys.mint()
        shown = StreamKey(minted.key_id, service_id, name, keys.preview(minted.key), self._clock.wall())
        stored = StoredKey(shown, keys.tag(minted.key))
        argon2id = await self._key_hasher.hash(minted.key)
        async with self._change():
            await self._store.add_stream_key(shown, stored.tag, argon2id, self._config.max_keys)
            self._catalogue.put_key(shown)
            self._ladder.add(stored)
        return shown, minted.key

    async def rename_stream_key(self, service_id: str, key_id: str, name: str) -> StreamKey:
        """Raises ServiceNotFound, StreamKeyNotFound or InvalidName."""
        name = clean_name(name)
        async with self._change():
            renamed = replace(self._catalogue.key(service_id, key_id), name=name)
            await self._store.rename_stream_key(service_id, key_id, name)
            self._catalogue.put_key(renamed)
        return renamed

    async def revoke_stream_key(self, service_id: str, key_id: str) -> None:
        """The next request with it is refused. Raises ServiceNotFound or StreamKeyNotFound."""
        async with self._change():
            key = self._catalogue.key(service_id, key_id)
            at = self._clock.wall()
            await self._store.revoke_stream_key(service_id, key_id, at)
            self._ladder.remove(key_id)
            self._catalogue.put_key(key if key.revoked_at is not None else replace(key, revoked_at=at))

    # sessions

    async def create_session(
        self,
        service_id: str,
        *,
        kind: str = "operator",
        ttl: int = DEFAULT_TTL,
        filter: str | None = None,  # noqa: A002  the wire's own word for it
        sign_in: SignIn | None = None,
    ) -> tuple[Session, str]:
        """Also its token, this one time. `ttl` is in seconds; `filter` is JSON text, kept as it is.

        Raises ServiceNotFound, BadRequest for kind or ttl, LimitReached, or Unauthorized where `sign_in` has ended.
        """
        kept = checked_kind(kind)
        ttl = checked_ttl(ttl)
        token = new_token()
        async with self._change():
            self._catalogue.service(service_id)
            now, wall = self._clock.monotonic(), self._clock.wall()
            if sign_in is not None and self._sign_ins.find(sign_in.token_hash, now) is None:
                raise Unauthorized
            if len(self._sessions.of_service(service_id, now)) >= MAX_SESSIONS:
                raise LimitReached(f"The service has {MAX_SESSIONS} live sessions; end some first.")
            owner = sign_in.id if sign_in is not None and kept == "operator" else None
            row = StoredSession(
                keys.random_base62(12), _hash(token), kept, service_id, owner, filter, wall, wall + ttl * 1000
            )
            await self._store.add_session(row)
            session = self._sessions.add(row, now, wall)
            assert session is not None, "a session of at least a second is live"
        return session, token

    async def open_session(self, token: str) -> Session:
        """Raises SessionUnknown, SessionExpired or SessionEnded; each carries its close code."""
        hashed = token_hash(token)
        if hashed is None:
            raise SessionUnknown
        try:
            return self._sessions.find(hashed, self._clock.monotonic())
        except SessionUnknown:
            await self._look_again()
            return self._sessions.find(hashed, self._clock.monotonic())

    def sessions(self, service_id: str) -> list[Session]:
        """The live ones, oldest first. Raises ServiceNotFound."""
        self._catalogue.service(service_id)
        return self._sessions.of_service(service_id, self._clock.monotonic())

    async def end_session(self, session_id: str) -> None:
        """Raises SessionNotFound, also for one that is over."""
        async with self._change():
            if self._sessions.by_id(session_id, self._clock.monotonic()) is None:
                raise SessionNotFound
            await self._store.end_session(session_id, self._clock.wall())
            self._end(lambda s: s.id == session_id)

    def _end(self, which: Callable[[Session], bool]) -> None:
        self._tell_ended(self._sessions.end(which, self._clock.monotonic()))

    def _tell_ended(self, session_ids: Iterable[str]) -> None:
        for session_id in session_ids:
            self._audience.end_session(session_id)


def _hash(token: str) -> bytes:
    hashed = token_hash(token)
    assert hashed is not None, "new_token makes what token_hash reads"
    return hashed
