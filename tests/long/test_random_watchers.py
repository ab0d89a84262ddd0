"""Watchers that do whatever a network and a person may do, for two minutes.

Each entry that came has to be delivered, left out by the filter in force, or counted in a gap: never twice, never less.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from ..support.scale import scaled
from ..support.weighing import Watched, Weighed, weighed

SECONDS: Final = scaled(120, 10)
WATCHERS: Final = 12
RING: Final = 600

Entry = dict[str, Any]
Wanted = tuple[Any, Callable[[Entry], bool]]
"""A filter as it is sent, and the same in this test's own words."""

EVERYTHING: Final[Wanted] = (None, lambda entry: True)
FILTERS: Final[list[Wanted]] = [
    EVERYTHING,
    ({"levels": ["error"]}, lambda entry: entry["level"] == "error"),
    ({"sources": ["a"]}, lambda entry: entry["source"] == "a"),
    ({"q": "nowhere"}, lambda entry: False),
    ({"q": "level:warn OR metadata.n>=7"}, lambda entry: entry["level"] == "warn" or entry["metadata"]["n"] >= 7),
    ({"q": "-/number \\d*[05] /"}, lambda entry: int(entry["message"].split()[1]) % 5 != 0),
    ({"levels": ["info", "debug"], "q": "source:b"}, lambda e: e["level"] in ("info", "debug") and e["source"] == "b"),
    ({"q": " OR ".join(f"metadata.k{i}=z" for i in range(50))}, lambda entry: False),
]
UNREADABLE: Final = {"q": "("}


class Service:
    """One service of a running server, and all that came to it: `came[seq - 1]`."""

    def __init__(self, it: Weighed, service: Watched, chance: random.Random) -> None:
        self.it = it
        self.came: list[Entry] = []
        self.is_over = False
        self.told: Counter[str] = Counter()
        self._service = service
        self._chance = chance

    async def produce(self) -> None:
        """A few hundred entries a second, in batches of all sizes."""
        url, headers = f"{self.it.api}/ingest/logs", {"Authorization": f"Bearer {self._service.key}"}
        while not self.is_over:
            batch = [self._entry(len(self.came) + 1 + at) for at in range(self._chance.choice([1, 1, 5, 20, 80]))]
            self.came += batch
            async with self.it.client.post(url, json={"logs": batch}, headers=headers) as answer:
                assert answer.status == 200
            await asyncio.sleep(self._chance.choice([0, 0.01, 0.05]))

    def _entry(self, number: int) -> Entry:
        return {
            "level": self._chance.choice(["debug", "info", "info", "warn", "error"]),
            "message": f"number {number} " + "x" * self._chance.choice([0, 200, 2000]),
            "source": self._chance.choice("ab"),
            "metadata": {"n": self._chance.randrange(10)},
        }

    async def session(self, ttl: int) -> tuple[str, str]:
        """(id, token) of one of so many seconds."""
        url = f"{self.it.api}/services/{self._service.id}/sessions"
        async with self.it.client.post(url, json={"ttl": ttl, "kind": "share"}) as answer:
            made = await answer.json()
            return made["id"], made["token"]

    async def end(self, session_id: str) -> None:
        async with self.it.client.delete(f"{self.it.api}/sessions/{session_id}") as answer:
            assert answer.status in (204, 404)

    def stream(self) -> Any:
        return self.it.client.ws_connect(
            f"{self.it.api}/stream", origin=f"http://127.0.0.1:{self.it.port}", max_msg_size=2**20
        )


class Account:
    """What one watcher has had since `begun`, through every connection, with the filters that were in force."""

    def __init__(self, service: Service) -> None:
        self.epoch = ""
        self.begun = self.through = 0
        self.delivered = self.left_out = self.in_gaps = 0
        self.asked: list[Wanted] = []  # on this connection, and not answered yet
        self.filter = EVERYTHING
        self._service = service

    def take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        self._service.told[message.get("code", kind)] += 1
        match kind:
            case "watching" if not self.epoch:
                self.epoch = message["epoch"]
                self.begun = self.through = message["head"]
            case "watching":
                assert message["epoch"] == self.epoch
            case "entries":
                assert message["entries"]
                self._pass(message["through"], message["entries"])
            case "filtered":
                self._pass(message["through"], [])
                self.filter = self.asked.pop(0)
            case "error":
                refused = self.asked.pop(0)
                code = "invalid_query" if refused[0] is UNREADABLE else "filter_too_dear"
                assert message["code"] == code, message
            case "gap":
                assert message["reason"] == "overrun"
                self._pass(message["from"] - 1, [])
                assert message["count"] == message["to"] - message["from"] + 1 > 0
                self.in_gaps += message["count"]
                self.through = message["to"]
            case "heartbeat":
                self._pass(message["through"], [])
            case _:
                assert kind == "expiring", message

    def _pass(self, through: int, entries: list[Entry]) -> None:
        """From where it was to `through` it got `entries`: exactly those that the filter in force lets pass."""
        assert through >= self.through
        matches = self.filter[1]
        span = range(self.through + 1, through + 1)
        expected = [seq for seq in span if matches(self._service.came[seq - 1])]
        assert [entry["seq"] for entry in entries] == expected, (self.filter[0], self.through, through)
        for entry in entries:
            assert entry["message"] == self._service.came[entry["seq"] - 1]["message"]
        self.delivered += len(entries)
        self.left_out += len(span) - len(entries)
        self.through = through

    def check(self) -> None:
        assert self.through == len(self._service.came)
        assert self.delivered + self.left_out + self.in_gaps == self.through - self.begun


class Somebody:
    """Comes, goes, stalls, and changes the filter; comes back with the cursor, until time is up."""

    def __init__(self, service: Service, chance: random.Random) -> None:
        self.account = Account(service)
        self._service = service
        self._chance = chance
        self._session: tuple[str, str] | None = None

    async def live(self) -> None:
        while not self._service.is_over:
            await self._connection(self._whims)
        self._session = await self._service.session(60)
        await self._connection(self._rest)
        self.account.check()

    async def _connection(self, then: Callable[[aiohttp.ClientWebSocketResponse], Any]) -> None:
        """One connection, up to its end; `then` is what is done with it."""
        account = self.account
        if self._session is None:
            self._session = await self._service.session(self._chance.choice([1, 2, 60]))
        account.filter, account.asked = account.asked[-1] if account.asked else account.filter, []
        if account.filter[0] is UNREADABLE:
            account.filter = EVERYTHING
        watch: dict[str, Any] = {"type": "watch", "token": self._session[1], "filter": account.filter[0]}
        watch |= {"after": {"epoch": account.epoch, "seq": account.through}} if account.epoch else {"backlog": 0}
        async with self._service.stream() as socket:
            await socket.send_json(watch)
            await then(socket)
        self._service.told[str(socket.close_code)] += 1
        match socket.close_code:
            case 4001 | 4003 | 4401:
                self._session = None
            case 4400:  # the filter that it came back with is too dear by now
                account.filter = EVERYTHING
            case code:
                assert code in (None, 1000, 1006), code

    async def _whims(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        for _ in range(self._chance.randrange(1, 12)):
            match self._chance.randrange(10):
                case 0:
                    await asyncio.sleep(self._chance.choice([0.2, 1, 3]))  # reads nothing
                case 1 | 2 | 3:
                    await self._ask(socket, self._chance.choice(FILTERS))
                case 4:
                    for wanted in self._chance.choices([*FILTERS, (UNREADABLE, EVERYTHING[1])], k=3):
                        await self._ask(socket, wanted)
                case 5 if self._session is not None and self._chance.random() < 0.3:
                    await self._service.end(self._session[0])
                case _:
                    pass
            if not await self._read(socket, self._chance.random()):
                return
        if self._chance.random() < 0.5 and (transport := socket._response.connection) is not None:
            assert transport.transport is not None
            transport.transport.abort()

    async def _rest(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Takes all that is left. Without a filter from here on: then nothing is passed in silence."""
        assert (await socket.receive_json(timeout=10))["type"] == "watching"
        await self._ask(socket, EVERYTHING)
        async with asyncio.timeout(30):
            while self.account.through < len(self._service.came) or self.account.asked:
                self.account.take(await socket.receive_json())

    async def _ask(self, socket: aiohttp.ClientWebSocketResponse, wanted: Wanted) -> None:
        if not socket.closed:
            self.account.asked.append(wanted)
            try:
                await socket.send_json({"type": "filter", "filter": wanted[0]})
            except ConnectionError:
                self._service.told["cut"] += 1

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, seconds: float) -> bool:
        """What comes within so many seconds; whether the connection is still there."""
        end = asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            try:
                message = await socket.receive(timeout=left)
            except TimeoutError:
                break
            if message.type is not aiohttp.WSMsgType.TEXT:
                return False
            self.account.take(json.loads(message.data))
        return True


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 100)
async def test_nothing_is_lost_twice_or_in_silence(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    async with weighed(tmp_path, "--ring-entries", str(RING)) as it:
        service = Service(it, await it.service(), chance)
        people = [Somebody(service, random.Random(seed + 1 + at)) for at in range(WATCHERS)]
        before = await it.held_longer(0.25)
        try:
            async with asyncio.TaskGroup() as group:
                producing = group.create_task(service.produce())
                for somebody in people:
                    group.create_task(somebody.live())
                await asyncio.sleep(SECONDS)
                service.is_over = True
                await producing
        except* AssertionError as group_:
            raise AssertionError(f"seed {seed}") from group_
        accounts = [somebody.account for somebody in people]
        assert all(account.delivered for account in accounts)
        assert sum(account.in_gaps for account in accounts), "somebody was too slow"
        assert await it.held_longer(0.25) == before, await it.held()
