"""Driver: a log that the engine has lost is put together anew from what the nodes have, in the same epoch.

What was acknowledged is in the ring of the node that answered, so that all nodes together have all of it. The node on
duty asks every node for its heads; each that answers promises to see, store and acknowledge nothing until the log is
rebuilt, or that comes to nothing. Only then the stream is removed and made anew, its numbers beyond all that there
were. Of each service a node that has the highest head stores what its ring has. When all have done so, and all still
wait, a message says that it is done, and the nodes read: what they have they pass over, what they lack they take.

A number is never given twice in an epoch: a node that does not answer may have shown what no other has. Unless it was
silent since long before the others had all that the engine had, a new epoch begins instead. So it does for a node of an
earlier version, which does not know the question, for one in the middle of a batch of several messages, and where the
node on duty dies, or anything is refused, between the removal and the end.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from ...core.errors import StartupError, Unavailable
from ..broadcast import Broadcast
from ..connection import Engine
from ..log.log_stream import TROUBLE, Beginning, LogStream
from ..log.mirror import Mirror
from ..store.documents import NodeDocument
from ..store.kv_store import KvStore
from .word import Word, gone, plan, subject

ASK_SECONDS: Final = 5.0
"""For how long the answers of all nodes are waited for."""

REFILL_SECONDS: Final = 20.0
"""For how long all from the removal to the end may take: less than a node waits for it."""

GONE_SECONDS: Final = 30.0
"""A node beats every five: see `gone`."""

_AGAIN_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = 0.1

_log = logging.getLogger("spectrix_lite.cluster")

T = TypeVar("T")


class _NotSo(Exception):
    """Why it comes to nothing."""


class Driver:
    """Of one node, which acts where it is on duty: `prepare`, then `finish` or `drop`."""

    def __init__(self, engine: Engine, mirror: Mirror, stream: LogStream, store: KvStore) -> None:
        self._mirror = mirror
        self._stream = stream
        self._store = store
        self._broadcast = Broadcast(engine, subject(engine.name), Word, self._heard)
        self._beats: dict[str, tuple[int, float]] = {}  # revision of each node's document, and when that was new
        self._rebuild = ""
        self._said: dict[str, dict[str, Word]] = {}  # by kind and instance
        self._news = asyncio.Event()
        self._answers: list[Word] = []

    async def start(self) -> None:
        """Hears what is answered."""
        await self._broadcast.start()

    def close(self) -> None:
        """Idempotent."""
        self._broadcast.close()

    def look(self) -> None:
        """Notes which nodes say that they are there; every few seconds."""
        now, replica = self._store.clock.monotonic(), self._store.bucket.replica
        beats = {}
        for name, _ in replica.all("node", NodeDocument):
            revision = replica.held(f"node.{name}").revision
            former = self._beats.get(name)
            beats[name] = former if former is not None and former[0] == revision else (revision, now)
        self._beats = beats

    @property
    def is_wanted(self) -> bool:
        """Whether the engine is there, and has lost what it had."""
        return self._mirror.following.emptied.is_set()

    async def prepare(self) -> bool:
        """Whether the log can be rebuilt once it is removed: all nodes wait for that from now on."""
        self._rebuild, self._said = secrets.token_hex(8), {}
        word = Word("ask", self._rebuild, epoch=self._mirror.epoch)
        try:
            await self._catch_up()
            self.look()
            self._answers = await self._all(word, "answer", ASK_SECONDS, self._asked)
        except _NotSo as why:
            _log.error("the log cannot be put together from what the nodes have, %s: a new epoch begins", why)
            await self.drop()
            return False
        return True

    async def claim(self) -> bool:
        """Whether the log that is there, which is empty, is this node's to remove, after `prepare`: nobody who comes
        meanwhile begins an epoch in it.
        """
        try:
            async with asyncio.timeout(ASK_SECONDS):
                await self._say_so(Beginning(self._mirror.epoch, 0, self._rebuild, is_done=False))
        except (_NotSo, TimeoutError) as why:
            _log.error("the log could not be rebuilt, %s: a new epoch begins", str(why) or "nobody answers")
            await self.drop()
            return False
        return True

    async def _catch_up(self) -> None:
        """Who is there is known as the engine has it. Raises _NotSo."""
        until = self._store.clock.monotonic() + ASK_SECONDS
        while True:
            try:
                return await self._store.bucket.catch_up()
            except Unavailable:
                if self._store.clock.monotonic() >= until:
                    raise _NotSo("the engine does not say which nodes there are") from None
                await asyncio.sleep(_RETRY_SECONDS)

    async def finish(self) -> None:
        """The log was removed after `prepare`: makes it anew. Where that fails, a new epoch begins."""
        try:
            async with asyncio.timeout(REFILL_SECONDS):
                await self._remake()
        except (_NotSo, StartupError, TimeoutError) as why:
            _log.error("the log could not be rebuilt, %s: a new epoch begins", str(why) or "it took too long")
            await self.drop()
        else:
            self._mirror.following.emptied.clear()  # what this node sees next says whether it is again
            _log.warning("the log was put together from what the nodes have: its epoch and numbers go on")

    async def drop(self) -> None:
        """Nobody is to wait for it any longer."""
        await self._broadcast.say(Word("drop", self._rebuild))

    async def _remake(self) -> None:
        rebuild, first = self._rebuild, max(each.seen for each in self._answers) + 1 + secrets.randbelow(1 << 32)
        await patiently(lambda: self._stream.make(first))
        begun = await self._say_so(Beginning(self._mirror.epoch, 0, rebuild, is_done=False))
        if begun.number < first:
            raise _NotSo("another node has made it")
        writers = plan(self._answers)
        if writers:
            word = Word("fill", rebuild, plan=writers)
            await self._all(word, "filled", REFILL_SECONDS, lambda _: set(writers))
        names = {each.node for each in self._answers}
        await self._all(Word("confirm", rebuild), "confirmed", ASK_SECONDS, lambda _: names)
        await self._say_so(begun._replace(is_done=True))

    async def _say_so(self, what: Beginning) -> Beginning:
        async def said() -> Beginning:
            await self._stream.go_on(what)
            return await self._stream.beginning()

        found = await patiently(said)
        if (found.rebuild, found.is_done) != (what.rebuild, what.is_done):
            raise _NotSo("another epoch has begun")
        return found

    async def _all(
        self, word: Word, answer: str, seconds: float, expected: Callable[[list[Word]], set[str]]
    ) -> list[Word]:
        """Says it until all have answered. Raises _NotSo."""
        until = self._store.clock.monotonic() + seconds
        while True:
            self._news.clear()
            said = list(self._said.get(answer, {}).values())
            names = [each.node for each in said]
            if len(set(names)) < len(names):
                raise _NotSo("two nodes have one name")
            if (bad := next((each.node for each in said if not each.is_good), None)) is not None:
                raise _NotSo(f"node {bad} cannot say what it has")
            missing = expected(said) - set(names)
            if not missing:
                return said
            if self._store.clock.monotonic() >= until:
                raise _NotSo(f"node {min(missing)} does not answer")
            await self._broadcast.say(word)
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS):
                    await self._news.wait()

    def _asked(self, answers: list[Word]) -> set[str]:
        now = self._store.clock.monotonic()
        beats = {name: now - at for name, (_, at) in self._beats.items()}
        return beats.keys() - gone(beats, answers, GONE_SECONDS) | {self._store.node}

    async def _heard(self, word: Word) -> None:
        if word.rebuild == self._rebuild and word.node:
            self._said.setdefault(word.kind, {})[word.instance] = word
            self._news.set()


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Until the engine does it: a stream that was just made has no leader yet."""
    while True:
        try:
            return await work()
        except TROUBLE:
            await asyncio.sleep(_RETRY_SECONDS)
