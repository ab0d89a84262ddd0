"""Presence: how many watch by way of the other nodes.

Each node says its counts every second while it has any, once more when it has none, and believes what another said for
three seconds: nothing of it is stored, and what a node said that was killed is forgotten.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from ..core.clock import Clock
from ..stream.hub import Hub
from .broadcast import Broadcast
from .connection import Engine

SAY_SECONDS: Final = 1.0
BELIEVE_SECONDS: Final = 3.0


class Said(msgspec.Struct):
    """What a node says: its name, and how many watch, by ids of services and sessions."""

    node: str
    watching: dict[str, int]


class Presence:
    """Of one node. It does without what the engine does not carry: then a node shows its own watchers."""

    def __init__(self, engine: Engine, node: str, clock: Clock) -> None:
        self._node = node
        self._clock = clock
        self._broadcast = Broadcast(engine, f"{engine.name}.presence", Said, self._heard)
        self._others: dict[str, tuple[float, dict[str, int]]] = {}
        self._saying: asyncio.Task[None] | None = None

    async def start(self, hub: Hub) -> None:
        """From now on the hub's counts are those of all nodes."""
        hub.elsewhere = self.elsewhere
        await self._broadcast.start()
        self._saying = asyncio.create_task(self._say(hub))

    async def close(self) -> None:
        """Says that nobody watches here any more. Idempotent."""
        self._broadcast.close()
        if self._saying is not None:
            self._saying.cancel()
            with suppress(asyncio.CancelledError):
                await self._saying
            self._saying = None
            await self._publish({})

    def elsewhere(self, id_: str) -> int:
        """How many watch this service, or by this session, at the other nodes."""
        since = self._clock.monotonic() - BELIEVE_SECONDS
        return sum(watching.get(id_, 0) for at, watching in self._others.values() if at > since)

    async def _heard(self, said: Said) -> None:
        if said.node != self._node:
            now = self._clock.monotonic()
            self._others[said.node] = (now, said.watching)
            self._others = {
                node: (at, watching)
                for node, (at, watching) in self._others.items()
                if watching and at > now - BELIEVE_SECONDS
            }

    async def _say(self, hub: Hub) -> None:
        was: dict[str, int] = {}
        while True:
            watching = hub.presence()
            if watching or was:
                await self._publish(watching)
            was = watching
            await asyncio.sleep(SAY_SECONDS)

    async def _publish(self, watching: dict[str, int]) -> None:
        await self._broadcast.say(Said(self._node, watching))
