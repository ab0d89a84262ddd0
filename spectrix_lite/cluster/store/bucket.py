"""Bucket: the engine's key-value stream, watched into a replica, and written by compare-and-set.

A write that has lost is made again over what has won. One whose outcome is unknown is asked again under its name: the
engine can only refuse it or have it already. A refusal counts when it was made over the newest there is.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

import nats.errors
from nats.js.api import DiscardPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError, NotFoundError

from ...core.errors import LimitReached, SpectrixError, StorageBusy
from ..connection import Engine
from .asking import NO_ROOM, SILENT, TRY_SECONDS, WRITE, asked, held_of, trouble
from .documents import MOST_BYTES, Document, encode
from .replica import NOTHING, Held, Replica
from .watch import BucketWatch

WRITE_SECONDS: Final = 5.0
"""For how long a write is tried before it is answered 503."""
USES_SECONDS: Final = 1.0
"""The same for what a stop may do without: when keys were used last."""
HEADER_BYTES: Final = 1024
"""Of a message, at the most: what is left of `max_payload` is a document's."""
MARKER_SECONDS: Final = 3600
"""For how long the engine keeps that something was deleted."""

WAIT_SECONDS: Final = 1.0
"""Between two questions of a node that starts, each with a line in the log."""

_LOST_RACE: Final = (10071, 10164)
_NAME_IN_USE: Final = 10058

_log = logging.getLogger("spectrix_lite.cluster")

D = TypeVar("D", bound=Document)


class Bucket:
    """Made by `open`. Its methods raise StorageBusy while the engine cannot say, StorageFull or StorageFailed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.stream = f"KV_{engine.name}"
        self._prefix = f"$KV.{engine.name}."
        self._by = secrets.token_hex(6)
        self._writes = 0
        self._given_up: deque[str] = deque(maxlen=1000)  # writes of which nobody knows what became of them
        self.replica = Replica(self._is_own)
        self._watch = BucketWatch(engine, self.replica, self.stream, self._prefix)
        self.changed = self._watch.changed
        self.lost_races = 0
        self._is_silent = False
        self._stop: Callable[[], None] = lambda: None

    @classmethod
    async def open(cls, engine: Engine) -> Bucket:
        """Makes the stream where there is none, and has read all of it when this returns: however long a cluster takes
        to form.
        """
        bucket = cls(engine)
        await bucket._make()
        while True:
            try:
                await bucket._watch.read_anew()
                break
            except (StorageBusy, NotFoundError):
                _log.warning("waits for the engine to say what %s holds", bucket.stream)
                await asyncio.sleep(WAIT_SECONDS)
        bucket._stop = engine.on_reconnect(bucket._watch.read_anew)
        return bucket

    async def close(self) -> None:
        """Idempotent; the connection stays."""
        self._stop()
        await self._watch.close()

    async def info(self) -> StreamInfo:
        """The stream as the engine has it: where it lies, and its last number."""
        return await asked(self._engine, lambda: self._engine.jetstream.stream_info(self.stream))

    async def edit(
        self, key: str, kind: type[D], change: Callable[[D | None], D | None], *, seconds: float = WRITE_SECONDS
    ) -> D | None:
        """Replaces the document of `key` by what `change` makes of it, None deleting it; what is there then.

        `change` may be asked several times, looks at nothing but its argument and the replica, and may raise.
        """
        # Who has waited in vain once does not again: each is asked once then, and a stop is not held up.
        until = asyncio.get_running_loop().time() + (0.0 if self._is_silent else seconds)
        refused = False
        while True:
            held = self.replica.held(key)
            before = held.document if isinstance(held.document, kind) else None
            try:
                wanted = change(before)
            except SpectrixError:
                if refused:
                    raise
                try:
                    await self.catch_up()
                    refused = True
                except StorageBusy:
                    await self._pause(until)
                continue
            if wanted is before or await self._put(key, held.revision, wanted, until):
                return wanted
            refused = False
            if not self._is_silent and asyncio.get_running_loop().time() >= until:
                raise StorageBusy("Others write the same without a pause; try again.")

    async def remove(self, key: str) -> None:
        """Deletes a document; harmless where somebody else has."""
        await self.edit(key, Document, lambda _: None)

    async def catch_up(self) -> None:
        """Returns when all is taken in that was written before."""
        try:
            await self._watch.catch_up()
        except NotFoundError:
            _log.error("the engine has lost %s, and with it services, keys and sign-ins; it is made anew", self.stream)
            await self._make()
            await self._watch.read_anew()

    # writing

    async def _put(self, key: str, revision: int, document: Document | None, until: float) -> bool:
        """Whether it is written; False where another write was first, which is taken in then."""
        content = b"" if document is None else encode(document)
        most = min(MOST_BYTES, self._engine.max_payload - HEADER_BYTES)
        if len(content) > most:
            raise LimitReached(f"A cluster keeps at most {most // 1024} KiB of these; delete some first.")
        self._writes += 1
        name = f"{self._by}.{self._writes}"
        headers = {"Nats-Expected-Last-Subject-Sequence": str(revision), WRITE: name}
        if document is None:
            headers |= {"KV-Operation": "DEL", "Nats-TTL": str(MARKER_SECONDS)}
        try:
            while True:
                if not self._engine.is_up:
                    await self._pause(until)
                    continue
                try:
                    answer = await self._engine.jetstream.publish(
                        self._prefix + key, content, timeout=TRY_SECONDS, headers=headers
                    )
                except APIError as problem:
                    if problem.err_code in _LOST_RACE:
                        with suppress(StorageBusy):
                            return await self._is_there(key, revision, name)
                    elif problem.code != 503 or problem.err_code in NO_ROOM:
                        raise trouble(problem) from None
                    await self._pause(until)  # the stream has no leader just now
                except (nats.errors.Error, OSError):
                    await self._pause(until)
                else:
                    self._is_silent = False
                    self._watch.take(key, Held(answer.seq, document, name))
                    return True
        except BaseException:
            self._given_up.append(name)  # should it be there after all, it is news to whoever was told that it is not
            raise

    async def _is_there(self, key: str, revision: int, name: str) -> bool:
        """Whether what lies there is the write of this name: then an answer was lost. Takes in what it is."""
        held = await self._newest(key)
        if held is NOTHING:
            self.replica.forget(key, revision)
        self._watch.take(key, held)
        if held.written_by == name:
            return True
        self.lost_races += 1
        return False

    async def _pause(self, until: float) -> None:
        """Until it is worth trying again. Raises StorageBusy where there is no time left."""
        if asyncio.get_running_loop().time() >= until:
            self._is_silent = True
            raise StorageBusy(SILENT)
        await asyncio.sleep(0.1)

    async def _newest(self, key: str) -> Held:
        """As the stream's leader has it."""
        try:
            found = await asked(
                self._engine,
                lambda: self._engine.jetstream.get_msg(self.stream, subject=self._prefix + key, direct=False),
            )
        except NotFoundError:
            return NOTHING
        return held_of(key, found.seq or 0, found.data or b"", found.headers)

    async def written_at(self, key: str) -> int:
        """When the engine took what lies there, by its clock: milliseconds since 1970, 0 for nothing."""
        try:
            found = await asked(
                self._engine,
                lambda: self._engine.jetstream.get_msg(self.stream, subject=self._prefix + key, direct=False),
            )
        except NotFoundError:
            return 0
        return 0 if found.time is None else round(found.time.timestamp() * 1000)

    def _is_own(self, name: str) -> bool:
        return name.startswith(self._by) and name not in self._given_up

    # life

    async def _make(self) -> None:
        """The stream, where there is none; waits for a cluster that forms."""
        config = StreamConfig(
            name=self.stream,
            subjects=[f"{self._prefix}>"],
            max_msgs_per_subject=1,
            discard=DiscardPolicy.NEW,
            storage=StorageType.FILE,
            num_replicas=self._engine.replicas,
            deny_delete=True,
            allow_rollup_hdrs=True,
            allow_direct=True,
            allow_msg_ttl=True,
        )
        while True:
            try:
                await self._engine.jetstream.add_stream(config)
            except APIError as problem:
                if problem.err_code == _NAME_IN_USE:
                    return  # as somebody else has made it: with other limits, say
                trouble = problem.description
            except (nats.errors.Error, OSError) as problem:
                trouble = type(problem).__name__
            else:
                return
            _log.warning("waits for the engine to make %s: %s", self.stream, trouble)
            await asyncio.sleep(WAIT_SECONDS)
