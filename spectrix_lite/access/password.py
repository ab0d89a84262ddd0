"""Password of the operator: what it may be, and how often it may be tried."""

from __future__ import annotations

import unicodedata
from typing import Final

from ..core.clock import Clock
from ..core.errors import InvalidPassword, TooManyAttempts, WrongPassword
from .hashing import Hasher
from .login_throttle import LoginThrottle

MIN_CHARACTERS: Final = 8
MAX_BYTES: Final = 1024
ATTEMPTS: Final = 10
"""Attempts a minute from one address, or with one sign-in where it changes the password."""
MAX_WAITING: Final = 4
"""Logins that wait while one is being checked."""


class Password:
    """The hash in memory, and the checks before it. One password is checked at a time."""

    def __init__(self, hasher: Hasher, clock: Clock) -> None:
        self.hash: str | None = None
        self._hasher = hasher
        self._clock = clock
        self._throttle = LoginThrottle(ATTEMPTS, 60.0)
        self._checking = 0
        self.verifications = 0
        """How often argon2id was asked."""

    async def make(self, new: str) -> str:
        """The hash of a new password. Raises InvalidPassword."""
        return await self._hasher.hash(_checked(new))

    async def check_login(self, password: str, address: str) -> str:
        """The hash that `password` fits. Raises WrongPassword, or TooManyAttempts, which costs no argon2."""
        if self._checking > MAX_WAITING:
            raise TooManyAttempts("Several passwords are being checked; try again in a moment.", retry_after=1.0)
        return await self._check(password, address)

    async def check_current(self, current: str | None, sign_in_id: str) -> str | None:
        """The hash that `current` fits, None while no password is set. Raises WrongPassword or TooManyAttempts.

        A signed-in operator does not stand in the queue of those who log in, for strangers can fill it.
        """
        if self.hash is None:
            return None
        if current is None:
            raise WrongPassword("Send the current password too.")
        return await self._check(current, f"sign-in {sign_in_id}")

    async def _check(self, password: str, who: str) -> str:
        wait = self._throttle.take(who, self._clock.monotonic())
        if wait is not None:
            raise TooManyAttempts(retry_after=wait)
        hashed, text = self.hash, _readable(password)
        if hashed is None or text is None:
            raise WrongPassword
        self._checking += 1
        self.verifications += 1
        try:
            if not await self._hasher.verify(hashed, text):
                raise WrongPassword
        finally:
            self._checking -= 1
        self._throttle.reset(who)
        return hashed

    def close(self) -> None:
        """Idempotent."""
        self._hasher.close()


def _checked(password: str) -> str:
    text = _readable(password)
    if text is None or len(text) < MIN_CHARACTERS:
        raise InvalidPassword
    return text


def _readable(password: str) -> str | None:
    """Composed, so that the same keys pressed on another system fit; None where it can be nobody's password."""
    try:
        text = unicodedata.normalize("NFC", password)
        return text if len(text.encode()) <= MAX_BYTES else None
    except UnicodeEncodeError:
        return None
