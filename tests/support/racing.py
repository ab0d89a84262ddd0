"""Races: several nodes want at the same moment what only one of them can have."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from spectrix_lite.core.errors import LimitReached, LinkUsed, NameTaken, StorageBusy
from spectrix_lite.core.records import ReadToken, Service, StoredReadToken, StoredSignIn, StreamKey
from spectrix_lite.storage.interfaces import AnyStore

NOW = 1_778_754_600_000

T = TypeVar("T")


async def answered(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, as soon as the engine gives one."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await ask()
            except StorageBusy:
                await asyncio.sleep(0.05)


async def race_for_a_name(nodes: Sequence[AnyStore], number: int) -> None:
    """Each makes a service of one name; one has it then."""
    services = [Service(f"n{number}-{at}", f"Name {number}", NOW) for at in range(len(nodes))]
    made = [node.add_service(service, 100_000) for node, service in zip(nodes, services, strict=True)]
    await _one_wins(made, NameTaken)
    for node in nodes:
        await node.data_version()
        found = [service for service in (await node.read_all()).services if service.name == f"Name {number}"]
        assert len(found) == 1
    await nodes[0].delete_service(found[0].id, NOW)


async def race_for_a_link(nodes: Sequence[AnyStore], number: int) -> None:
    """Each claims one link three times; one is signed in then."""
    token = f"link {number}".encode().ljust(32)
    await nodes[0].add_link(token, NOW, NOW + 1000)
    for node in nodes:
        await node.data_version()
    before = len((await nodes[0].read_all()).sign_ins)
    claims = [
        node.claim_link(
            token, StoredSignIn(f"{number}-{at}-{n}", f"{number} {at} {n}".encode().ljust(32), NOW, NOW + 9)
        )
        for at, node in enumerate(nodes)
        for n in range(3)
    ]
    await _one_wins(claims, LinkUsed)
    await nodes[0].data_version()
    sign_ins = [row.id for row in (await nodes[0].read_all()).sign_ins]
    assert len(sign_ins) == before + 1
    await nodes[0].forget(sign_ins, ())


async def race_for_limits(nodes: Sequence[AnyStore], number: int) -> None:
    """Each takes the last key of a service, and the last read token."""
    service = Service(f"l{number}", f"Limited {number}", NOW)
    await nodes[0].add_service(service, 100_000)
    keys = [
        node.add_stream_key(StreamKey(f"k{number}-{at}", service.id, "k", "p", NOW), b"8 bytes!", "hash", 1)
        for at, node in enumerate(nodes)
    ]
    await _one_wins(keys, LimitReached)
    tokens = [
        node.read_tokens.add(
            StoredReadToken(
                ReadToken(f"t{number}-{at}", "CI", "p", None, NOW + number, NOW + number + 1),
                f"{number} {at}".encode().ljust(32),
            ),
            1,
        )
        for at, node in enumerate(nodes)
    ]
    await _one_wins(tokens, LimitReached)
    await nodes[0].delete_service(service.id, NOW)


async def _one_wins(tries: Iterable[Awaitable[None]], refusal: type[Exception]) -> None:
    outcomes = Counter(type(outcome) for outcome in await asyncio.gather(*tries, return_exceptions=True))
    assert outcomes.pop(type(None)) == 1
    assert set(outcomes) == {refusal}
