"""An authority over a real database, with hashes that cost next to nothing and time in hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from spectrix_lite.access.authority import Authority, SignIn
from spectrix_lite.access.hashing import Argon2Thread, Cost
from spectrix_lite.core.config import Config
from spectrix_lite.storage.store import Store

from .fakes import FakeClock

CHEAP = Cost(1, 8, 1)


class CountingHasher(Argon2Thread):
    """argon2id at its cheapest; tells how often it was asked, and holds its answer while `gate` is closed."""

    def __init__(self) -> None:
        super().__init__(CHEAP)
        self.verified = 0
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def verify(self, hashed: str, secret: str) -> bool:
        self.verified += 1
        self.asked.set()
        await self.gate.wait()
        return await super().verify(hashed, secret)


class Listener:
    """A change listener that writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []

    def open_service(self, service_id: str, name: str) -> None:
        self.heard.append(("open", service_id, name))

    def rename_service(self, service_id: str, name: str) -> None:
        self.heard.append(("rename", service_id, name))

    def close_service(self, service_id: str) -> None:
        self.heard.append(("close", service_id))

    def end_session(self, session_id: str) -> None:
        self.heard.append(("end", session_id))

    def take(self) -> list[tuple[str, ...]]:
        """What was heard since the last call."""
        heard, self.heard = self.heard, []
        return heard


class Steps:
    """A pause that lasts until the test lets it end."""

    def __init__(self) -> None:
        self._step = asyncio.Semaphore(0)
        self._waiting = asyncio.Semaphore(0)

    async def pause(self, seconds: float) -> None:
        self._waiting.release()
        await self._step.acquire()

    async def step(self) -> None:
        """Lets one pause end; returns when the next one begins."""
        await self._waiting.acquire()
        self._step.release()
        await self._waiting.acquire()
        self._waiting.release()


@dataclass
class Desk:
    """One process: its store, its authority, and what it was told."""

    store: Store
    authority: Authority
    clock: FakeClock
    listener: Listener
    keys: CountingHasher
    passwords: CountingHasher
    steps: Steps = field(default_factory=Steps)

    async def sign_in(self) -> SignIn:
        """By a one-time link."""
        found = self.authority.operator.signed_in(
            await self.authority.operator.claim_link(await self.authority.operator.new_link())
        )
        assert found is not None
        return found


@asynccontextmanager
async def desk(path: Path, clock: FakeClock | None = None, config: Config | None = None) -> AsyncIterator[Desk]:
    """Opened, started, and closed again. Nothing is noticed of other processes but by `refresh` or `steps.step`."""
    clock = clock or FakeClock()
    store = await Store.open(path, clock=clock)
    try:
        listener, keys, passwords, steps = Listener(), CountingHasher(), CountingHasher(), Steps()
        pause: Callable[[float], Awaitable[None]] = steps.pause
        authority = Authority(
            store, listener, clock, config or Config(), key_hasher=keys, password_hasher=passwords, pause=pause
        )
        try:
            await authority.start()
            yield Desk(store, authority, clock, listener, keys, passwords, steps)
        finally:
            await authority.close()
    finally:
        await store.close()
