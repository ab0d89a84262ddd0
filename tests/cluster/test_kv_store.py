"""The cluster's store where several nodes use it: who wins, what is heard, and what comes of the engine's troubles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from spectrix_lite.access.authority import Authority
from spectrix_lite.access.cache import POLL_SECONDS
from spectrix_lite.cluster.store import bucket
from spectrix_lite.cluster.store.documents import ACCESS, NAMES, Keys, Names, NodeDocument, Notices, Uses
from spectrix_lite.cluster.store.kv_store import KvStore
from spectrix_lite.cluster.store.watch import BucketWatch
from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import LimitReached, SpectrixError, StorageBusy
from spectrix_lite.core.records import Service, StreamKey

from ..support.authorities import CountingHasher, Listener
from ..support.engine import EngineServer, engine_server, urls
from ..support.fakes import FakeClock
from ..support.fault_proxy import proxying
from ..support.racing import answered, race_for_a_link, race_for_a_name, race_for_limits
from ..support.stores import opened_node
from ..support.watching import until

NOW = 1_778_754_600_000


@pytest.fixture
async def nodes(clustered: Config) -> AsyncIterator[list[KvStore]]:
    """Three, each with a connection of its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened_node(clustered, f"n{number}")) for number in range(3)]


@pytest.mark.case(180)
async def test_of_three_nodes_one_wins(nodes: list[KvStore]) -> None:
    """The same, a thousand times: tests/long."""
    for number in range(5):
        await race_for_a_name(nodes, number)
        await race_for_a_link(nodes, number)
        await race_for_limits(nodes, number)
    assert sum(node.bucket.lost_races for node in nodes) > 0


async def test_a_refusal_is_made_over_the_newest_there_is(nodes: list[KvStore]) -> None:
    """A name that another node has given up just now is free here too, and one that it took is not."""
    one, two, _ = nodes
    for number in range(5):
        await one.add_service(Service(f"a{number}", "Name", NOW), 1)
        with pytest.raises(LimitReached):
            await two.add_service(Service("b", "Name", NOW), 1)
        await one.delete_service(f"a{number}", NOW)
        await two.add_service(Service(f"b{number}", "Name", NOW), 1)
        await one.delete_service(f"b{number}", NOW)


async def test_what_one_node_writes_the_others_hear_of(nodes: list[KvStore]) -> None:
    one, two, _ = nodes
    version = await two.data_version()
    paused = asyncio.create_task(two.pause(60))
    await one.add_service(Service("api", "API", NOW), 10)
    await asyncio.wait_for(paused, 10)
    assert await two.data_version() != version
    assert [each.id for each in (await two.read_all()).services] == ["api"]
    assert await one.data_version() == 0 or [each.id for each in (await one.read_all()).services] == ["api"]


async def test_nodes_of_one_name_are_told_of_each_other(clustered: Config) -> None:
    async with opened_node(clustered, "n", FakeClock()) as one, opened_node(clustered, "n") as two:
        await one.check_writable()  # as one that was killed
        await two.check_writable()
        await two.check_writable()
        assert not two.has_namesake
        await one.data_version()
        await one.check_writable()
        assert one.has_namesake
        await two.data_version()
        await two.check_writable()
        assert two.has_namesake


@asynccontextmanager
async def office(config: Config, name: str) -> AsyncIterator[tuple[Authority, Listener]]:
    """A node's authority, woken as a server's is, and what it told."""
    async with opened_node(config, name) as store:
        heard, keys, passwords = Listener(), CountingHasher(), CountingHasher()
        authority = Authority(
            store, heard, SystemClock(), config, key_hasher=keys, password_hasher=passwords, pause=store.pause
        )
        await authority.start()
        try:
            yield authority, heard
        finally:
            await authority.close()


@pytest.mark.case(181)
async def test_what_is_ended_on_one_node_is_ended_on_the_others_within_a_second(clustered: Config) -> None:
    """Whoever is signed in, watches or sends there: a key, a session, a read token, a sign-in, all by one poll."""
    async with office(clustered, "one") as (one, _), office(clustered, "two") as (two, heard):
        service = await one.create_service("API")
        shown, key = await one.create_stream_key(service.id, "key")
        cookie = await one.operator.claim_link(await one.operator.new_link())
        await two.refresh()
        sign_in = two.operator.signed_in(cookie)
        assert sign_in is not None
        session, token = await two.create_session(service.id, sign_in=sign_in)
        share, _ = await two.create_session(service.id, kind="share")
        read_token, secret = await one.readers.create("CI")
        assert (await two.verify_key(key)).service_id == service.id
        assert (await two.readers.read_token(secret)).id == read_token.id
        heard.take()

        await one.refresh()
        await one.revoke_stream_key(service.id, shown.id)
        await one.readers.revoke(read_token.id)
        await one.end_session(share.id)
        ended_here = one.operator.signed_in(cookie)
        assert ended_here is not None
        await one.operator.logout(ended_here)
        expected = {("end", read_token.id), ("end", share.id), ("end", session.id)}
        await two.refresh()
        assert expected <= set(heard.heard)
        assert two.operator.signed_in(cookie) is None
        assert POLL_SECONDS < 1
        with pytest.raises(SpectrixError):
            await two.verify_key(key)
        with pytest.raises(SpectrixError):
            await two.open_session(token)


@pytest.mark.case(181)
async def test_what_was_ended_while_a_node_was_cut_off_is_refused_when_it_is_back(
    config: Config, engine: EngineServer
) -> None:
    """Nobody tells it that its cable is pulled; it goes on with what it knows, and knows better a second after."""
    name = f"t{uuid4().hex[:12]}"
    near = replace(config, cluster=parse_cluster(urls([engine], name)))
    async with proxying(engine.port) as proxy:
        far = replace(config, cluster=parse_cluster(f"nats://127.0.0.1:{proxy.port}/{name}"))
        async with office(near, "one") as (one, _), office(far, "two") as (two, heard):
            service = await one.create_service("API")
            shown, key = await one.create_stream_key(service.id, "key")
            session, _ = await one.create_session(service.id)
            await two.refresh()
            await two.verify_key(key)
            proxy.cut()
            await one.revoke_stream_key(service.id, shown.id)
            await one.end_session(session.id)
            await two.verify_key(key)
            await proxy.heal()
            await until(lambda: ("end", session.id) in heard.heard)
            with pytest.raises(SpectrixError):
                await two.verify_key(key)


async def test_a_node_that_comes_back_knows_what_was_ended_meanwhile(config: Config, tmp_path: Path) -> None:
    """Its server dies with everything that it has sent to nobody; then a poll is enough, however long it was away."""
    with engine_server(tmp_path / "engine") as server:
        clustered = replace(config, cluster=parse_cluster(urls([server])))
        async with opened_node(clustered, "one") as one, opened_node(clustered, "two") as two:
            await one.add_service(Service("api", "API", NOW), 10)
            await two.data_version()
            await asyncio.to_thread(server.kill)
            await two.bucket._engine.until_down()
            with pytest.raises(StorageBusy):
                await two.data_version()
            await asyncio.to_thread(server.start)
            await one.delete_service("api", NOW)
            await answered(two.data_version)
            assert (await two.read_all()).services == []
            await two.check_writable()


async def test_a_write_whose_outcome_is_unknown_is_made_once(
    clustered: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the first try is lost: the second is refused, and recognised as what is there already."""
    async with opened_node(clustered) as store:
        asked = 0
        jetstream = store.bucket._engine.jetstream
        publish = jetstream.publish

        async def losing(*args: object, **options: object) -> object:
            nonlocal asked
            asked += 1
            answer = await publish(*args, **options)  # type: ignore[arg-type]
            if asked == 1:
                raise TimeoutError
            return answer

        monkeypatch.setattr(jetstream, "publish", losing)
        await store.add_service(Service("api", "API", NOW), 1)
        assert asked == 2
        assert store.bucket.lost_races == 0
        assert [each.id for each in (await store.read_all()).services] == ["api"]


async def test_a_write_that_was_given_up_and_is_there_after_all_is_news(
    clustered: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened_node(clustered) as store:
        jetstream = store.bucket._engine.jetstream
        publish = jetstream.publish

        async def losing(*args: object, **options: object) -> object:
            await publish(*args, **options)  # type: ignore[arg-type]
            raise TimeoutError

        with monkeypatch.context() as patch:
            patch.setattr(jetstream, "publish", losing)
            patch.setattr(bucket, "WRITE_SECONDS", 0.0)
            version = store.bucket.replica.changes(ACCESS)
            store.bucket._watch._turn += 1  # nothing is heard of it meanwhile
            with pytest.raises(StorageBusy):
                await store.bucket.edit(NAMES, Names, lambda _: Names({}, {"x": 1}), seconds=0)
        assert await store.data_version() != version


async def test_what_was_left_over_is_tidied_and_a_gone_nodes_uses_are_taken_over(clustered: Config) -> None:
    """As at a node's start: of one that was killed between two writes, and of one that is gone for good."""
    async with opened_node(clustered, "gone", FakeClock(NOW)) as gone:
        await gone.add_service(Service("api", "API", NOW), 10)
        await gone.add_stream_key(StreamKey("k", "api", "k", "p", NOW), b"8 bytes!", "hash", 10)
        await gone.note_uses({"k": NOW + 5})
        await gone.check_writable()
        await gone.bucket.edit("svc.none", Keys, lambda _: Keys())
        await gone.bucket.edit("notices.none", Notices, lambda _: Notices())
    async with opened_node(clustered, "here", FakeClock(NOW + 1000)) as here:
        await here.check_writable()
        await here.forget_before(0, NOW)
        assert here.bucket.replica.get("svc.none", Keys) is None
        assert here.bucket.replica.get("notices.none", Notices) is None
        assert {name for name, _ in here.bucket.replica.all("node", NodeDocument)} == {"gone", "here"}
        await here.forget_before(0, NOW + 1)
        assert {name for name, _ in here.bucket.replica.all("node", NodeDocument)} == {"here"}
        assert {name for name, _ in here.bucket.replica.all("uses", Uses)} == {"here"}
        assert [key.shown.last_used_at for key in (await here.read_all()).stream_keys] == [NOW + 5]


async def test_a_marker_that_the_engine_has_forgotten_stands_in_nobodys_way(nodes: list[KvStore]) -> None:
    one, two, _ = nodes
    await one.add_link(b"l".ljust(32), NOW, NOW + 1)
    await one.forget_before(0, NOW + 2)
    await one.bucket._engine.jetstream.purge_stream(one.bucket.stream, subject=f"{one.bucket._prefix}link.>")
    for node in (one, two):
        await node.add_link(node.node.encode().ljust(32), NOW, NOW + 1)
        await node.add_link(b"l".ljust(32), NOW, NOW + 1)
    await two.check_link(b"l".ljust(32), NOW)


async def test_what_one_document_cannot_hold_is_a_limit(clustered: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened_node(clustered) as store:
        await store.add_service(Service("a", "A", NOW), 10)
        monkeypatch.setattr(bucket, "MOST_BYTES", 200)
        with pytest.raises(LimitReached):
            await store.add_service(Service("b", "B" * 100, NOW), 10)
        assert [each.id for each in (await store.read_all()).services] == ["a"]


async def test_a_node_that_starts_waits_for_a_cluster_that_forms(
    clustered: Config, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bucket, "WAIT_SECONDS", 0.0)
    head, asked = BucketWatch.head, 0

    async def leaderless(self: BucketWatch) -> int:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise StorageBusy
        return await head(self)

    monkeypatch.setattr(BucketWatch, "head", leaderless)
    async with opened_node(clustered) as store:
        assert store.created
    assert caplog.text.count("waits for the engine") == 2
