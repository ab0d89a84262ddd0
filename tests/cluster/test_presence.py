"""Who watches by way of another node is counted at each, for as long as that node says so."""

from __future__ import annotations

import msgspec

from spectrix_lite.cluster.presence import BELIEVE_SECONDS, Said
from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server
from ..support.watching import until, watching


def counts(node: Server, service_id: str, session_id: str) -> tuple[int, int]:
    """Watchers of the service, and by the session, as the node shows them."""
    if service_id not in {each.id for each in node.context.authority.services()}:
        return -1, -1
    return node.context.hub.stats(service_id).watchers, node.context.hub.watchers(session_id)


async def test_the_watchers_of_all_nodes_are_counted_at_each(serve: Serve, clustered: Config) -> None:
    one, two, three = [await serve(clustered) for _ in range(3)]
    service_id = await one.create_service()
    session, token = await one.create_session(service_id)
    async with watching(one, token):
        async with watching(two, token), watching(two, token):
            for node in (one, two, three):
                await until(lambda node=node: counts(node, service_id, session.id) == (3, 3))  # type: ignore[misc]
            async with three.operator() as client, client.get("/api/v1/services") as answer:
                assert [each["stats"]["watchers"] for each in (await answer.json())["services"]] == [3]
        await until(lambda: counts(three, service_id, session.id) == (1, 1))
        await one.listener.close()
        await until(lambda: counts(three, service_id, session.id) == (0, 0))


async def test_what_a_node_said_is_believed_for_three_seconds(serve: Serve, clustered: Config) -> None:
    """As of one that was killed: it says nothing more."""
    clock = FakeClock()
    one = await serve(clustered, clock)
    service_id = await one.create_service()
    node = one.context.node
    assert node is not None
    said = msgspec.json.encode(Said("gone", {service_id: 2, "session": 1}))
    await node.engine.client.publish(f"{node.engine.name}.presence", b"of a later version")
    await node.engine.client.publish(f"{node.engine.name}.presence", said)
    await until(lambda: counts(one, service_id, "session") == (2, 1))
    clock.advance(BELIEVE_SECONDS)
    assert counts(one, service_id, "session") == (0, 0)
