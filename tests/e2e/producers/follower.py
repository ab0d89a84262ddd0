"""A watcher that holds the stream to its promises: each seq once, in order, nothing missing that no gap has told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any

import aiohttp

Entry = dict[str, Any]

SECONDS = 60.0
"""The most a test waits for something to come, where it does not say otherwise."""


class Follower:
    """Connects with its cursor as often as it is told to, and remembers everything. A context manager."""

    def __init__(self, address: str, token: str) -> None:
        self.streams: dict[str, list[Entry]] = {}  # by epoch, the newest last
        self.gaps: list[dict[str, Any]] = []
        self.messages: Counter[str] = Counter()
        self.watching: dict[str, Any] = {}
        self._address = address
        self._token = token
        self._cursor: dict[str, Any] | None = None
        self._client = aiohttp.ClientSession()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[int | None] | None = None

    async def __aenter__(self) -> Follower:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.close()

    @property
    def entries(self) -> list[Entry]:
        """Those of all epochs, in the order in which they came."""
        return [entry for stream in self.streams.values() for entry in stream]

    async def connect(self) -> None:
        """Returns when it watches; behind its cursor, where it has one."""
        self.watching = {}
        self._task = asyncio.create_task(self._follow())
        self._task.add_done_callback(lambda _: self._changed.set())
        await self.until(lambda: bool(self.watching))

    async def closed(self) -> int | None:
        """The code with which the server ends the connection."""
        assert self._task is not None
        async with asyncio.timeout(SECONDS):
            return await self._task

    async def until(self, done: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Returns when `done`, asked after each message. Raises where the connection ends before."""
        assert self._task is not None
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    assert not self._task.done(), f"the stream has ended: {self._task.result()}"
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s; {self.messages.total()} entries, gaps {self.gaps}") from None

    async def until_count(self, count: int, seconds: float = SECONDS) -> None:
        """Returns when it has `count` entries in all."""
        await self.until(lambda: self.messages.total() >= count, seconds)

    async def until_epochs(self, count: int) -> None:
        """Returns when it has entries of `count` epochs."""
        await self.until(lambda: len(self.streams) >= count)

    async def _follow(self) -> int | None:
        watch: dict[str, Any] = {"type": "watch", "token": self._token}
        if self._cursor is not None:
            watch["after"] = self._cursor
        async with self._client.ws_connect(self._address, max_msg_size=1024 * 1024) as socket:
            await socket.send_json(watch)
            async for message in socket:
                assert message.type is aiohttp.WSMsgType.TEXT, message
                self._take(message.json())
                self._changed.set()
            return socket.close_code

    def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "watching":
                self.watching = message
                if self._cursor is None:
                    self._cursor = {"epoch": message["epoch"], "seq": 0}
            case "gap":
                self.gaps.append(message)
                assert message["reason"] == "restart", message  # these rings are large enough for all that is sent
                self._cursor = {"epoch": self.watching["epoch"], "seq": 0}
            case "entries":
                self._take_entries(message)
            case other:
                assert other == "heartbeat", message

    def _take_entries(self, message: dict[str, Any]) -> None:
        assert self._cursor is not None
        assert self._cursor["epoch"] == self.watching["epoch"], "a restart has to be told before later entries"
        before, entries = self._cursor["seq"], message["entries"]
        assert [entry["seq"] for entry in entries] == list(range(before + 1, message["through"] + 1))
        self._cursor["seq"] = message["through"]
        self.streams.setdefault(self._cursor["epoch"], []).extend(entries)
        self.messages.update(entry["message"] for entry in entries)
