"""The largest body there may be, on several nodes: its entries stay together on each, or none of them is taken."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp
import msgspec
import pytest

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import MIB, Config

from ..cluster.test_log import head, send
from ..conftest import Serve
from ..support.engine import engine_cluster, urls
from ..support.serving import Server
from ..support.watching import until

ENTRIES: Final = 200_000
BODY: Final = 64 * MIB
OTHERS: Final = 50

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


class Case(NamedTuple):
    """Bytes of one ring and of all, how many small batches another node takes meanwhile, and what is answered."""

    ring: int
    rings: int
    others: float
    statuses: frozenset[int]


CASES: Final = {
    "all of it fits": Case(128 * MIB, 256 * MIB, 3, frozenset({200})),
    "the ring holds the newest": Case(16 * MIB, 256 * MIB, 3, frozenset({200})),
    "the engine has no room": Case(16 * MIB, 32 * MIB, 3, frozenset({503})),
    "others are always faster": Case(128 * MIB, 256 * MIB, inf, frozenset({200, 503})),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_the_largest_body_stays_together_or_is_refused_whole(
    serve: Serve, config: Config, tmp_path: Path, case: Case
) -> None:
    with engine_cluster(tmp_path) as engines:
        bounds = replace(config, ring_entries=2 * ENTRIES, ring_bytes=case.ring, rings_bytes=case.rings)
        clustered = replace(bounds, cluster=parse_cluster(urls(engines)))
        nodes = [await serve(clustered) for _ in range(2)]
        service_id = await nodes[0].create_service()
        key = await nodes[0].create_key(service_id)
        sending = asyncio.create_task(send_largest(nodes[0], key))
        small = 0
        while not sending.done() and small < case.others:
            assert (await send(nodes[1], key, "small"))[0] == 200
            small += 1
            await asyncio.wait((sending,), timeout=0.05)
        status, answer = await sending
        assert status in case.statuses
        assert answer.get("accepted", 0) == (ENTRIES if status == 200 else 0)
        for node in nodes:
            assert (await send(node, key, "small"))[0] == 200
        small += len(nodes)
        # Whoever is answered 503 may have been the first after all, as it says: then with all of it.
        heads = {small + ENTRIES} if status == 200 else {small, small + ENTRIES}
        for node in nodes:
            await until(lambda node=node: head(node, service_id) in heads, 60)  # type: ignore[misc]
        await until(lambda: head(nodes[0], service_id) == head(nodes[1], service_id), 60)
        # How much goes at once depends on how it came: one may hold some more of the oldest.
        one, other = (node.held(service_id) for node in nodes)
        both = min(len(one), len(other))
        assert both > 0
        assert one[-both:] == other[-both:]
        held = [msgspec.json.decode(entry) for entry in nodes[1].held(service_id)]
        last = head(nodes[1], service_id)
        assert [each["seq"] for each in held] == list(range(last - len(held) + 1, last + 1))
        places = [place for place, each in enumerate(held) if each["message"].startswith("large")]
        assert len(places) == (0 if last == small else ENTRIES) or case.ring < BODY
        assert places == list(range(places[0], places[0] + len(places))) if places else last == small


async def send_largest(node: Server, key: str) -> tuple[int, dict[str, object]]:
    size = BODY // ENTRIES
    lines = [b'{"level":"info","message":"large %d ' % number for number in range(ENTRIES)]
    body = b"\n".join(line + b"x" * (size - len(line) - 3) + b'"}' for line in lines)
    assert BODY - 2 * ENTRIES < len(body) <= BODY
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{node.api}/ingest/logs", data=io.BytesIO(body), headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type=None)
