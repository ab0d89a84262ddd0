"""Credentials over several nodes: what is made at one is known at every other to whoever shows it there at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from spectrix_lite.access import keys
from spectrix_lite.cluster.store.watch import BucketWatch
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import InvalidKey, LinkUnknown

from ..conftest import Serve
from ..support.watching import watching
from .test_kv_store import office
from .test_log import send

TIMES = 200


@pytest.mark.case(184)
async def test_what_one_node_has_made_another_knows_at_once(clustered: Config) -> None:
    """Two hundred keys and a few of the others, far more often than it asks the engine."""
    config = replace(clustered, max_keys=TIMES)
    async with office(config, "one") as (one, _), office(config, "two") as (two, _):
        service = await one.create_service("API")

        async def key() -> None:
            shown, secret = await one.create_stream_key(service.id, "key")
            assert (await two.verify_key(secret)).key_id == shown.id

        async def session() -> None:
            made, token = await one.create_session(service.id)
            assert (await two.open_session(token)).id == made.id

        async def read_token() -> None:
            made, secret = await one.readers.create("CI")
            assert (await two.readers.read_token(secret)).id == made.id

        async def sign_in() -> None:
            cookie = await two.operator.claim_link(await one.operator.new_link())
            assert await one.operator.known([cookie]) is not None

        others = [make() for make in (session, read_token, sign_in) for _ in range(TIMES // 10)]
        await asyncio.gather(*(key() for _ in range(TIMES)), *others)


async def test_nodes_that_start_at_once_all_know_that_a_password_is_set(clustered: Config) -> None:
    async with office(clustered, "one") as (one, _), office(clustered, "two") as (two, _):
        operators = (one.operator, two.operator)
        did = await asyncio.gather(*(each.set_initial_password("correct horse battery") for each in operators))
        assert sorted(did) == [False, True]
        assert [each.password_set for each in operators] == [True, True]


@pytest.mark.case(184)
async def test_strangers_cost_the_engine_a_few_questions(clustered: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, head = 0, BucketWatch.head

    async def counted(self: BucketWatch) -> int:
        nonlocal asked
        asked += 1
        return await head(self)

    async with office(clustered, "one") as (one, _):
        monkeypatch.setattr(BucketWatch, "head", counted)
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def guess() -> None:
            for _ in range(4):
                with pytest.raises(InvalidKey):
                    await one.verify_key(keys.mint().key)
                with pytest.raises(LinkUnknown):
                    await one.operator.claim_link("x" * 43)
                assert await one.operator.known(["x" * 43, "y", "z" * 43]) is None

        await asyncio.gather(*(guess() for _ in range(50)))
        took = loop.time() - began
    assert asked <= 20 + 12 * took + 4, f"{asked} for 600 guesses in {took} s, and two a second of the poll"


@pytest.mark.case(184)
async def test_producers_and_watchers_may_change_nodes_at_once(serve: Serve, clustered: Config) -> None:
    here, there = await serve(clustered), await serve(clustered)
    service_id = await here.create_service()
    key = await here.create_key(service_id)
    assert (await send(there, key, "a"))[0] == 200
    _, token = await here.create_session(service_id)
    async with watching(there, token) as (watcher, _):
        assert [entry["message"] for entry in await watcher.entries(1)] == ["a"]
    async with here.anyone() as client:
        await here.sign_in(client)
        (cookie,) = client.cookie_jar
        ours = f"{cookie.key.replace(str(here.port), str(there.port))}={cookie.value}"
    async with there.anyone({"Cookie": ours}) as client, client.get("/api/v1/services") as answer:
        assert answer.status == 200
        assert [each["id"] for each in (await answer.json())["services"]] == [service_id]
