"""Watchers that come and go as people do, and check each entry they get: none missing, none twice, none too many."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import msgspec

from .processes import Failure
from .traffic import Batch, Filter, matches

_VISIT: Final = (3.0, 60.0)  # seconds
_AWAY: Final = (0.05, 2.0)  # well within what a ring of 10,000 entries holds at 2,000 a second
_VISITS_A_SESSION: Final = 4
_FILTERS: Final[tuple[Filter | None, ...]] = (
    None,
    None,
    {"levels": ["warn", "error"]},
    {"sources": ["auth-api"]},
    {"q": "orders"},
)

Token = Callable[[], Awaitable[str]]
"""Makes a new session and gives its token."""


class _Seq(msgspec.Struct):
    seq: int


class _Message(msgspec.Struct):
    """Whatever the server sends, as far as it matters here."""

    type: str
    epoch: str = ""
    head: int = 0
    through: int = 0
    to: int | None = None
    count: int | None = None
    reason: str = ""
    entries: list[_Seq] = msgspec.field(default_factory=list)


_read: Final = msgspec.json.Decoder(_Message).decode


@dataclass
class Tally:
    """What all visitors together have seen."""

    visits: int = 0
    resumed: int = 0
    delivered: int = 0
    left_out: int = 0
    in_gaps: int = 0
    wrong: int = 0
    """Entries that were missing, came twice, or should have been left out."""
    problems: list[str] = field(default_factory=list)


class Visitor:
    """One person with a tab. Nothing but whole batches goes to the service, so that each seq tells its entry."""

    def __init__(self, address: str, token: Token, batch: Batch, tally: Tally, chance: random.Random) -> None:
        self._address = address
        self._token = token
        self._batch = batch
        self._tally = tally
        self._chance = chance
        self._cursor: dict[str, Any] = {}
        self._let_through = frozenset[int]()
        self._end = -1
        self._at_end = asyncio.Event()

    async def come_and_go(self) -> None:
        """For as long as it may."""
        token = ""
        visits = 0
        while True:
            if visits % _VISITS_A_SESSION == 0:
                token = await self._token()
            visits += 1
            await self._visit(token)
            await asyncio.sleep(self._chance.uniform(*_AWAY))

    async def has_all(self, head: int, seconds: float) -> bool:
        """Whether all that this one should get of what came up to `head` comes in time."""
        self._end = head
        self._check_end()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._at_end.wait()
        return self._at_end.is_set()

    def _check_end(self) -> None:
        if self._cursor and self._end >= 0 and not self._wanted(self._cursor["seq"], self._end):
            self._at_end.set()

    async def _visit(self, token: str) -> None:
        filter_ = self._chance.choice(_FILTERS)
        resumes = bool(self._cursor) and self._chance.random() < 0.7
        watch: dict[str, Any] = {"type": "watch", "token": token}
        watch |= {"after": self._cursor} if resumes else {"backlog": 0}
        watch |= {"filter": filter_} if filter_ is not None else {}
        self._tally.visits += 1
        self._tally.resumed += resumes
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(self._address, max_msg_size=2**21) as socket,
        ):
            await socket.send_json(watch)
            first = _read((await socket.receive(timeout=20)).data)
            if first.type != "watching":
                raise Failure(f"a watcher was answered {first}")
            if not resumes:
                self._cursor = {"epoch": first.epoch, "seq": first.head}
            self._choose(filter_)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._chance.uniform(*_VISIT)):
                    async for message in socket:
                        self._see(_read(message.data))
                    raise Failure(f"the server closed a watcher with {socket.close_code}")
            if self._chance.random() < 0.3:
                await client.close()  # without a word, as when a lid is shut

    def _choose(self, filter_: Filter | None) -> None:
        entries = enumerate(self._batch.entries)
        self._let_through = frozenset(place for place, each in entries if filter_ is None or matches(filter_, each))

    def _wanted(self, after: int, through: int) -> list[int]:
        size = len(self._batch)
        return [seq for seq in range(after + 1, through + 1) if (seq - 1) % size in self._let_through]

    def _see(self, message: _Message) -> None:
        tally, after = self._tally, self._cursor["seq"]
        if message.type == "gap":
            if message.reason != "overrun" or message.to is None or message.count is None:
                tally.problems.append(f"a gap nobody expected: {message.reason}")
                return
            tally.in_gaps += message.count
            self._cursor["seq"] = message.to
        elif message.type in ("entries", "heartbeat"):
            wanted = self._wanted(after, message.through)
            got = [entry.seq for entry in message.entries]
            if got != wanted:
                tally.wrong += len(set(got) ^ set(wanted)) + abs(len(got) - len(set(got))) or 1
                tally.problems.append(f"behind {after}, through {message.through}: {len(got)}, not {len(wanted)}")
            tally.delivered += len(got)
            tally.left_out += message.through - after - len(wanted)
            self._cursor["seq"] = message.through
        else:
            tally.problems.append(f"a message nobody expected: {message.type}")
        self._check_end()
