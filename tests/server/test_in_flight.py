"""A stop waits for what is in flight, and for no longer than it may."""

from __future__ import annotations

import asyncio

import pytest

from spectrix_lite.server.in_flight import InFlight


async def test_nothing_in_flight_is_settled_at_once() -> None:
    assert await InFlight().wait_idle(0)


async def test_a_stop_waits_for_all_that_is_in_flight() -> None:
    in_flight = InFlight()
    gates = [asyncio.Event(), asyncio.Event()]

    async def work(gate: asyncio.Event) -> None:
        with in_flight:
            await gate.wait()

    tasks = [asyncio.create_task(work(gate)) for gate in gates]
    await asyncio.sleep(0)
    stop = asyncio.create_task(in_flight.wait_idle(60))
    gates[0].set()
    await tasks[0]
    await asyncio.sleep(0)
    assert not stop.done()
    gates[1].set()
    assert await stop
    await tasks[1]


async def test_work_that_fails_is_in_flight_no_more() -> None:
    in_flight = InFlight()
    with pytest.raises(ValueError, match="no"), in_flight:
        raise ValueError("no")
    assert await in_flight.wait_idle(0)


async def test_a_stop_does_not_wait_for_ever() -> None:
    in_flight = InFlight()
    with in_flight:
        assert not await in_flight.wait_idle(0)
    assert await in_flight.wait_idle(0)


async def test_it_says_that_it_has_begun() -> None:
    in_flight = InFlight()
    assert not in_flight.draining
    in_flight.begin_draining()
    assert in_flight.draining
