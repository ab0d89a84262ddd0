"""Operator: one-time links, password and sign-ins, over the cache, whose change they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..core.clock import Clock
from ..core.errors import LinkUnknown, WrongPassword
from ..core.records import StoredSignIn
from ..storage.interfaces import AccessStore
from . import keys
from .cache import AccessCache
from .sign_ins import LIFETIME, SignIn
from .tokens import hashed_token, new_token, token_hash

LINK_SECONDS: Final = 30 * 60


class Operator:
    """Who may use the dashboard.

    Every method that awaits also raises StorageBusy, StorageFull or StorageFailed, and has changed nothing then.
    """

    def __init__(self, store: AccessStore, cache: AccessCache, clock: Clock) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock

    @property
    def password_set(self) -> bool:
        """Whether the operator has a password."""
        return self._cache.password.hash is not None

    async def new_link(self) -> str:
        """The token of a sign-in link: works once, for 30 minutes."""
        token, wall = new_token(), self._clock.wall()
        await self._store.add_link(hashed_token(token), wall, wall + LINK_SECONDS * 1000)
        return token

    async def claim_link(self, token: str) -> str:
        """The cookie's value; the link is used up. Raises LinkUsed, or LinkUnknown, also where it has run out."""
        hashed = token_hash(token)
        if hashed is None:
            raise LinkUnknown
        try:
            await self._store.check_link(hashed, self._clock.wall())
        except LinkUnknown:
            await self._cache.refresh_once()
            await self._store.check_link(hashed, self._clock.wall())
        row, cookie = self._new_sign_in()
        async with self._cache.change():
            await self._store.claim_link(hashed, row)
            self._cache.sign_ins.add(row, self._clock.monotonic(), self._clock.wall())
        return cookie

    async def login(self, password: str, address: str) -> str:
        """The cookie's value. Raises WrongPassword, or TooManyAttempts, which costs no argon2."""
        checked = await self._cache.password.check_login(password, address)
        row, cookie = self._new_sign_in()
        async with self._cache.change():
            self._check_unchanged(checked)
            await self._store.add_sign_in(row)
            self._cache.sign_ins.add(row, self._clock.monotonic(), self._clock.wall())
        return cookie

    def signed_in(self, cookie: str) -> SignIn | None:
        """The sign-in of this cookie's value; None where there is none."""
        hashed = token_hash(cookie)
        return None if hashed is None else self._cache.sign_ins.find(hashed, self._clock.monotonic())

    async def known(self, cookies: Sequence[str]) -> SignIn | None:
        """The sign-in of the first of these cookies' values that has one; None is said after a look at what other
        processes did.
        """
        likely = [each for each in cookies if token_hash(each) is not None]
        found = self._first(likely)
        if found is None and likely:
            await self._cache.refresh_once()
            found = self._first(likely)
        return found

    def _first(self, cookies: Sequence[str]) -> SignIn | None:
        return next((found for each in cookies if (found := self.signed_in(each)) is not None), None)

    async def logout(self, sign_in: SignIn) -> None:
        """Ends a sign-in and its operator sessions; shares live on."""
        async with self._cache.change():
            await self._store.end_sign_in(sign_in.id, self._clock.wall())
            self._cache.sign_ins.remove(sign_in.id)
            self._cache.end_sessions(lambda s: s.kind == "operator" and s.sign_in_id == sign_in.id)

    async def set_password(self, sign_in: SignIn, current: str | None, new: str) -> None:
        """Sets the password; all other sign-ins and every operator session end. `current` is needed where one is set.

        Raises WrongPassword, InvalidPassword or TooManyAttempts.
        """
        checked = await self._cache.password.check_current(current, sign_in.id)
        await self._replace_password(await self._cache.password.make(new), keep=sign_in.id, checked=(checked,))

    async def reset_password(self, new: str) -> None:
        """Sets it without the former one: every sign-in and operator session ends. Raises InvalidPassword."""
        await self._replace_password(await self._cache.password.make(new), keep=None)

    async def set_initial_password(self, password: str) -> bool:
        """Sets it where none is set, and tells whether it did. Raises InvalidPassword."""
        if self.password_set:
            return False
        hashed = await self._cache.password.make(password)
        async with self._cache.change():
            done = await self._store.set_first_password(hashed, self._clock.wall())
            if done:
                self._cache.password.hash = hashed
        if not done:
            await self._cache.refresh()  # somebody else has, just now
        return done

    async def _replace_password(self, hashed: str, *, keep: str | None, checked: tuple[str | None, ...] = ()) -> None:
        async with self._cache.change():
            for former in checked:
                self._check_unchanged(former)
            await self._store.set_password(hashed, self._clock.wall(), keep_sign_in=keep)
            self._cache.password.hash = hashed
            self._cache.sign_ins.keep_only(keep)
            self._cache.end_sessions(lambda s: s.kind == "operator")

    def _check_unchanged(self, checked: str | None) -> None:
        """Raises WrongPassword where the password was changed while it was being checked."""
        if self._cache.password.hash != checked:
            raise WrongPassword

    def _new_sign_in(self) -> tuple[StoredSignIn, str]:
        cookie, wall = new_token(), self._clock.wall()
        return StoredSignIn(keys.random_base62(12), hashed_token(cookie), wall, wall + LIFETIME * 1000), cookie
