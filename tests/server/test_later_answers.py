"""Answers of the fast path that are still to come: in order, one at a time, and not lost to a half-close."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import NoQuorum
from spectrix_lite.entries.entry import Entry
from spectrix_lite.stream.log import Arrival, LocalLog, RememberedAnswer

from ..support.raw_ingest import Loop, Raw, batch, loops, on, request, target

LOOPS = pytest.mark.parametrize("loop", loops().values(), ids=loops())


class SlowLog(LocalLog):
    """Remote, in that a batch arrives when the test says so."""

    __slots__ = ("arrive", "asked", "fails", "go", "refuses")

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Semaphore(0)
        self.asked = asyncio.Semaphore(0)
        self.fails = False
        self.refuses = False
        self.arrive: Callable[[Arrival], None] = lambda arrival: None

    def append_later(
        self, entries: Sequence[Entry], received_at: int, answer: RememberedAnswer | None = None
    ) -> asyncio.Future[RememberedAnswer | None]:
        if self.refuses:
            raise NoQuorum
        return asyncio.ensure_future(self._append_later(entries, received_at))

    async def _append_later(self, entries: Sequence[Entry], received_at: int) -> RememberedAnswer | None:
        self.asked.release()
        await self.go.acquire()
        if self.fails:
            raise NoQuorum
        first, runs = self.append(entries, "2026-01-01T00:00:00.000Z")
        self.arrive(Arrival(first, runs, (len(entries), 0, 0, 0), (self.head, 0, 0, 0), received_at, (), is_live=True))
        return None

    async def forget(self, seqs: Sequence[int]) -> None:
        """Not asked here."""


def slow(test: Callable[[Any, Raw, SlowLog, bytes], Awaitable[None]], loop: Loop, config: Config) -> None:
    """Runs a test on a connection to a server whose only service has a slow log."""

    async def run() -> None:
        async with target(config, warm=True) as it:
            key = await it.key()
            hub = it.server.context.hub
            (channel,) = hub.channels()
            log = SlowLog()
            channel.use(log)
            log.arrive = lambda arrival: hub.arrive(channel.service_id, arrival)
            async with it.connected() as raw:
                await test(it, raw, log, b"".join(request("plain", key, batch("usual", 1024)[0])))
            assert it.server.context.admission.bodies.used == 0
            assert await it.server.context.in_flight.wait_idle(1.0)

    on(loop, run())


@LOOPS
def test_come_in_order_and_what_is_sent_ahead_waits(loop: Loop, config: Config) -> None:
    async def test(it: Any, raw: Raw, log: SlowLog, usual: bytes) -> None:
        await raw.send(usual + usual)
        await log.asked.acquire()
        await raw.send(usual)
        await raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert it.server.context.admission.bodies.used > 0
        for _ in range(3):
            log.go.release()
        statuses = [(await raw.answer()).status for _ in range(4)]
        assert statuses == [200, 200, 200, 200]
        assert log.head > 0

    slow(test, loop, config)


@LOOPS
def test_a_half_close_waits_for_the_answer(loop: Loop, config: Config) -> None:
    async def test(it: Any, raw: Raw, log: SlowLog, usual: bytes) -> None:
        await raw.send(usual)
        await log.asked.acquire()
        raw.half_close()
        await asyncio.sleep(0)
        log.go.release()
        assert (await raw.answer()).status == 200
        assert await raw.rest() == b""

    slow(test, loop, config)


@LOOPS
def test_that_there_is_no_quorum_is_an_answer_too(loop: Loop, config: Config) -> None:
    async def test(it: Any, raw: Raw, log: SlowLog, usual: bytes) -> None:
        log.fails = True
        log.go.release()
        await raw.send(usual)
        answer = await raw.answer()
        assert answer.status == 503
        assert answer.body["code"] == "no_quorum"
        log.fails, log.refuses = False, True
        await raw.send(usual)
        assert (await raw.answer()).status == 503
        assert it.server.context.answered[503] == 2
        log.refuses = False
        log.go.release()
        await raw.send(usual)
        assert (await raw.answer()).status == 200

    slow(test, loop, config)


@LOOPS
def test_who_leaves_costs_nothing(loop: Loop, config: Config) -> None:
    async def test(it: Any, raw: Raw, log: SlowLog, usual: bytes) -> None:
        await raw.send(usual)
        await log.asked.acquire()
        raw.close()
        log.go.release()
        assert await it.server.context.in_flight.wait_idle(5.0)

    slow(test, loop, config)
