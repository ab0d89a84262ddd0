"""Clients for tests: one without a thread, a clock or a socket of its own, and what it sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from spectrix import Answer, Spectrix

from ..support.fakes import FakeClock

Entry = dict[str, Any]
Reply = Callable[[list[Entry]], int | Answer | Exception]


class Wire:
    """A transport that does what `reply` says of each request and remembers it."""

    def __init__(self, clock: FakeClock, reply: Reply = lambda _: 200) -> None:
        self.reply = reply
        self.seen: list[list[Entry]] = []
        self.keys: list[str] = []
        self.times: list[float] = []
        self.sizes: list[int] = []
        self.taken: list[Entry] = []
        self._clock = clock
        self._known: set[str] = set()

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        entries = json.loads(body)["logs"]
        key = headers["Idempotency-Key"]
        self.seen.append(entries)
        self.keys.append(key)
        self.times.append(self._clock.monotonic())
        self.sizes.append(len(body))
        said = self.reply(entries)
        if isinstance(said, Exception):
            raise said
        answer = said if isinstance(said, Answer) else Answer(said, b'{"accepted": 1, "rejected": 0}')
        if 200 <= answer.status < 300 and key not in self._known:
            self._known.add(key)
            self.taken += entries
        return answer

    @property
    def messages(self) -> list[str]:
        """The messages of what was taken."""
        return [entry["message"] for entry in self.taken]


class Bench:
    """A client, its wire and its clock. `run` lets time pass as the client's thread would live it."""

    def __init__(self, reply: Reply = lambda _: 200, **options: Any) -> None:
        self.clock = FakeClock()
        self.wire = Wire(self.clock, reply)
        settings: dict[str, Any] = {"api_key": "spx_v1_live_test", "jitter": lambda: 0.5, **options}
        self.client = Spectrix(clock=self.clock, transport=self.wire, thread=False, **settings)

    def run(self, seconds: float, each_tick: Callable[[], None] = lambda: None, tick: float = 0.05) -> None:
        """`seconds` go by, in ticks; in each the app does `each_tick` and the client all that is due."""
        for _ in range(round(seconds / tick)):
            each_tick()
            while self.client.delivery.step() == 0:
                pass
            self.clock.advance(tick)
