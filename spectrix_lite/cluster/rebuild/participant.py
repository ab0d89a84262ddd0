"""Participant: how a node takes part in a rebuild, see `driver`: it says what it has, waits, stores what it is to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import nats.errors

from ...core.errors import ServiceNotFound
from ...stream.log import RememberedAnswer
from ..broadcast import Broadcast
from ..connection import Engine
from ..log.log_stream import EngineRefusal, LogStream
from ..log.logs import ClusterLogs
from ..log.refill import Content, refill
from ..log.service_log import ServiceLog
from .word import NEVER, Word, subject

FILL_SECONDS: Final = 20.0
_WRITERS: Final = 8
_ROOM: Final = 256 * 1024
_HEAD_BYTES: Final = 192 * 1024  # of the engine's largest message are kept free for what says what is in it
_RETRY_SECONDS: Final = 0.1


class Participant:
    """Of one node, called `name`."""

    def __init__(self, engine: Engine, logs: ClusterLogs, stream: LogStream, name: str) -> None:
        self._engine = engine
        self._logs = logs
        self._stream = stream
        self._name = name
        self._broadcast = Broadcast(engine, subject(engine.name), Word, self._heard)
        self._filling = ""
        self.has_namesake = False
        """Another node is called the same, so that nobody knows how many there are."""

    async def start(self) -> None:
        """Answers from now on."""
        await self._broadcast.start()

    def close(self) -> None:
        """Idempotent."""
        self._broadcast.close()

    async def _heard(self, word: Word) -> None:
        following = self._logs.mirror.following
        if word.kind == "ask":
            await self._answer(word)
        elif word.kind == "fill":
            if self._name in word.plan and word.rebuild != self._filling:
                self._filling = word.rebuild
                self._logs.spawn(self._fill(word.rebuild, word.plan[self._name]))
        elif word.kind == "confirm":
            await self._say(Word("confirmed", word.rebuild, is_good=following.confirm(word.rebuild)))
        elif word.kind == "drop":
            self._logs.mirror.let_go(word.rebuild)

    async def _say(self, word: Word) -> None:
        word.node, word.instance = self._name, self._logs.node
        await self._broadcast.say(word)

    async def _answer(self, ask: Word) -> None:
        mirror, logs = self._logs.mirror, list(self._logs.all())
        is_whole = not self.has_namesake and not any(log.numbering.is_halfway for log in logs)
        answer = Word("answer", ask.rebuild, is_good=is_whole and ask.epoch == mirror.epoch)
        if answer.is_good:
            mirror.hold(ask.rebuild)
        answer.heads = {log.service_id: (log.head, log.numbering.last) for log in logs if log.head}
        answer.seen = max([mirror.seen, *(log.numbering.last for log in logs)])
        answer.whole_ago = NEVER if mirror.whole_at is None else self._logs.now() - mirror.whole_at
        await self._say(answer)

    async def _fill(self, rebuild: str, services: list[str]) -> None:
        left = iter(services)
        is_good = self._logs.mirror.following.confirm(rebuild)
        try:
            async with asyncio.timeout(FILL_SECONDS), asyncio.TaskGroup() as group:
                for _ in range(_WRITERS if is_good else 0):
                    group.create_task(self._store(rebuild, left))
        except* (EngineRefusal, TimeoutError):
            is_good = False
        await self._say(Word("filled", rebuild, is_good=is_good))

    async def _store(self, rebuild: str, services: Iterator[str]) -> None:
        for service_id in services:
            log = self._logs.log(service_id)
            if log is None:
                continue  # deleted meanwhile
            last = 0
            with suppress(ServiceNotFound):
                for message in refill(self._content(log), rebuild, min(_ROOM, self._engine.max_payload - _HEAD_BYTES)):
                    last = await self._append(service_id, message, last)

    async def _append(self, service_id: str, message: bytes, after: int) -> int:
        while True:
            try:
                return await self._stream.append(service_id, message, after)
            except (nats.errors.Error, TimeoutError, OSError):
                await asyncio.sleep(_RETRY_SECONDS)

    def _content(self, log: ServiceLog) -> Content:
        channel = self._logs.hub.channel(log.service_id)
        answers = [
            RememberedAnswer(key_id, name, body, answer)
            for key_id, batches in channel.batches.items()
            for name, body, answer in batches.results()
        ]
        return Content(log.numbering, channel.ring, answers, channel.last_received_at or 0)
