"""A stop waits for what is in flight, and for no longer than it may."""

from __future__ import annotations

import asyncio

import pytest

from spectrix_lite.server.drain import Drain


async def test_nothing_in_flight_is_settled_at_once() -> None:
    assert await Drain().settled(0)


async def test_a_stop_waits_for_all_that_is_in_flight() -> None:
    drain = Drain()
    gates = [asyncio.Event(), asyncio.Event()]

    async def work(gate: asyncio.Event) -> None:
        with drain:
            await gate.wait()

    tasks = [asyncio.create_task(work(gate)) for gate in gates]
    await asyncio.sleep(0)
    stop = asyncio.create_task(drain.settled(60))
    gates[0].set()
    await tasks[0]
    await asyncio.sleep(0)
    assert not stop.done()
    gates[1].set()
    assert await stop
    await tasks[1]


async def test_work_that_fails_is_in_flight_no_more() -> None:
    drain = Drain()
    with pytest.raises(ValueError, match="no"), drain:
        raise ValueError("no")
    assert await drain.settled(0)


async def test_a_stop_does_not_wait_for_ever() -> None:
    drain = Drain()
    with drain:
        assert not await drain.settled(0)
    assert await drain.settled(0)


async def test_it_says_that_it_has_begun() -> None:
    drain = Drain()
    assert not drain.draining
    drain.begin()
    assert drain.draining
