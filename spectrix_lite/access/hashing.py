"""Hashing of secrets: argon2id in a thread of its own, so that it takes one core at most and one hash's memory."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from ..core.errors import StorageFailed


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs: passes over the memory, KiB of it, and lanes (argon2's word for its parallelism)."""

    passes: int
    memory: int
    lanes: int


KEY_COST: Final = Cost(2, 19 * 1024, 1)
PASSWORD_COST: Final = Cost(3, 64 * 1024, 1)


class Hasher(Protocol):
    """Makes and checks slow hashes, one at a time."""

    async def hash(self, secret: str) -> str:
        """The hash as text, salt and cost included."""

    async def verify(self, hashed: str, secret: str) -> bool:
        """Whether `secret` is what was hashed. Raises StorageFailed where `hashed` is no hash."""

    def close(self) -> None:
        """Idempotent; what waits is given up."""


class Argon2Thread:
    """`Hasher` by argon2id. argon2 is imported at the first use: most commands never hash anything."""

    def __init__(self, cost: Cost) -> None:
        self._cost = cost
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="argon2")

    async def hash(self, secret: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _hash, secret, self._cost)

    async def verify(self, hashed: str, secret: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _verify, hashed, secret)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def _hash(secret: str, cost: Cost) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes).hash(secret)


def _verify(hashed: str, secret: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

    try:
        return PasswordHasher().verify(hashed, secret)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError) as problem:
        raise StorageFailed("A hash in the database is damaged: revoke the key, or set the password anew.") from problem
