"""Broadcast: what nodes say to each other by the engine without JetStream, which keeps nothing of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

import msgspec
import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from .connection import Engine

S = TypeVar("S")


class Broadcast(Generic[S]):
    """On one subject. It does without what the engine does not carry. What it hears includes what it says."""

    def __init__(self, engine: Engine, subject: str, kind: type[S], heard: Callable[[S], Awaitable[None]]) -> None:
        self._engine = engine
        self._subject = subject
        self._decoder: msgspec.json.Decoder[S] = msgspec.json.Decoder(kind)
        self._tell = heard
        self._subscription: Subscription | None = None
        self._stop: Callable[[], Any] = lambda: None

    async def start(self) -> None:
        """Hears from now on."""
        self._stop = self._engine.on_reconnect(self._listen)
        await self._listen()

    def close(self) -> None:
        """It is not made anew any more. Idempotent."""
        self._stop()

    async def say(self, what: S) -> None:
        """To whoever hears."""
        if self._engine.is_up:
            with suppress(nats.errors.Error, OSError):
                await self._engine.client.publish(self._subject, msgspec.json.encode(what))

    async def _listen(self) -> None:
        """Also where the connection is another one than before."""
        former, self._subscription = self._subscription, None
        with suppress(nats.errors.Error, OSError):
            if former is not None:
                await former.unsubscribe()
        with suppress(nats.errors.Error, OSError):
            self._subscription = await self._engine.client.subscribe(self._subject, cb=self._heard)

    async def _heard(self, message: Msg) -> None:
        try:
            said = self._decoder.decode(message.data)
        except msgspec.DecodeError:
            return  # of a later version
        await self._tell(said)
