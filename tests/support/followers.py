"""Followers and a producer that outlive the servers they talk to: they come back to wherever the next one listens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import aiohttp
import msgspec

BATCH: Final = 50
APART_SECONDS: Final = 0.025
_AGAIN_SECONDS: Final = 0.01


class _Entry(msgspec.Struct):
    seq: int
    message: str


class _Message(msgspec.Struct):
    type: str
    epoch: str = ""
    resumed: bool = False
    through: int = 0
    entries: list[_Entry] = []


_message: Final = msgspec.json.Decoder(_Message).decode


class Follower:
    """One watcher: `messages[seq - 1]` is what it got, `gaps` what it was told, `resumed` what at each return."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.messages: list[str] = []
        self.gaps: list[dict[str, Any]] = []
        self.resumed: list[bool] = []
        self.epochs: set[str] = set()
        self.problem: str | None = None
        self._epoch = ""

    async def follow(self, client: aiohttp.ClientSession, base: str) -> None:
        """Until the connection is lost."""
        asked: dict[str, Any] = {"type": "watch", "token": self.token, "backlog": 0}
        if self._epoch:
            asked["after"] = {"epoch": self._epoch, "seq": len(self.messages)}
        async with client.ws_connect(f"{base}/api/v1/stream", max_msg_size=0) as socket:
            await socket.send_json(asked)
            async for frame in socket:
                if frame.type == aiohttp.WSMsgType.TEXT:
                    self._take(frame.data)

    def _take(self, data: str) -> None:
        message = _message(data)
        if message.type == "watching":
            if self._epoch:
                self.resumed.append(message.resumed)
            self._epoch = message.epoch
            self.epochs.add(message.epoch)
        elif message.type == "gap":
            self.gaps.append(msgspec.json.decode(data))
        for entry in message.entries:
            if entry.seq != len(self.messages) + 1 and self.problem is None:
                self.problem = f"{entry.seq} came behind {len(self.messages)}"
            self.messages.append(entry.message)


class Crowd:
    """`followers`, and a producer, whose `answered` batches are numbered; `base` is where the server is, if it is."""

    def __init__(self, tokens: list[str], key: str) -> None:
        self.followers = [Follower(token) for token in tokens]
        self.base: str | None = None
        self.answered: list[str] = []
        self.is_over = False
        self.is_sending = True
        self._key = key
        self._is_pending = False  # a batch was sent, and is not answered

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """In a thread of their own."""
        thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        thread.start()
        try:
            yield
        finally:
            self.is_over = True
            self.base = None
            thread.join(30)

    @property
    def has_all(self) -> bool:
        """Whether all that was sent is answered, and has reached everybody."""
        return not self._is_pending and all(len(each.messages) >= len(self.answered) for each in self.followers)

    async def _work(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as client:
            tasks = [asyncio.create_task(self._following(client, each)) for each in self.followers]
            await self._produce(client)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _following(self, client: aiohttp.ClientSession, follower: Follower) -> None:
        while True:
            if (base := self.base) is not None:
                with suppress(aiohttp.ClientError, OSError):
                    await follower.follow(client, base)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _produce(self, client: aiohttp.ClientSession) -> None:
        number = 0
        while not self.is_over:
            if self.base is None or not (self.is_sending or self._is_pending):
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            batch = [f"{number}.{each}" for each in range(BATCH)]
            self._is_pending = True
            if await self._sent(client, f"batch {number}", batch):
                self._is_pending = False
                self.answered += batch
                number += 1
                await asyncio.sleep(APART_SECONDS)

    async def _sent(self, client: aiohttp.ClientSession, name: str, batch: list[str]) -> bool:
        """One try; the same batch comes again under the same name until it is answered."""
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": name}
        body = [{"message": message} for message in batch]
        try:
            async with client.post(f"{self.base}/api/v1/ingest/logs", json=body, headers=headers) as answer:
                await answer.read()
                return answer.status == 200
        except (aiohttp.ClientError, OSError):
            await asyncio.sleep(_AGAIN_SECONDS)
            return False
