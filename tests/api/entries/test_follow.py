"""Entries as they come, over plain HTTP: exact on resuming, told of gaps, ended as a session is."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Batch, Entry, Level
from spectrix_lite.server.watching.timers import tick

from ...conftest import Serve
from ...support.fakes import FakeClock
from ...support.serving import Server, check_problem
from ...support.watching import until

SSE = {"Accept": "text/event-stream"}


class Lines:
    """What comes, line by line. Every wait has a deadline."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> bytes:
        async with asyncio.timeout(60):
            return (await self.answer.content.readline()).removesuffix(b"\n")

    async def entry(self) -> Any:
        return json.loads(await self.next())

    async def seqs(self, count: int) -> list[int]:
        return [(await self.entry())["seq"] for _ in range(count)]

    async def event(self) -> dict[str, str]:
        """The next server-sent event, also one that calls nobody; its fields, comments under an empty name."""
        fields = {}
        while line := await self.next():
            name, _, value = line.decode().partition(": ")
            fields[name] = value
        return fields

    async def rest(self) -> bytes:
        async with asyncio.timeout(60):
            return await self.answer.content.read()


class Site:
    """A server whose clock stands still, with one service and a token for it."""

    def __init__(self, server: Server, clock: FakeClock, service_id: str, token_id: str, token: str) -> None:
        self.server, self.clock, self.id, self.token_id, self.token = server, clock, service_id, token_id, token

    async def log(self, count: int = 1, level: Level = "info", message: str = "m") -> None:
        entries = [Entry(timestamp="2026-05-14T10:30:00.000Z", level=level, message=message) for _ in range(count)]
        await self.server.context.hub.ingest(self.id, Batch(entries, [], []), "test")

    @asynccontextmanager
    async def follow(self, headers: Mapping[str, str] | None = None, **query: Any) -> AsyncIterator[Lines]:
        token = {"Authorization": f"Bearer {self.token}"}
        async with (
            self.server.anyone(token) as client,
            client.get(self.path, params={"follow": "true", **query}, headers=headers) as answer,
        ):
            assert answer.status == 200, await answer.text()
            yield Lines(answer)

    @property
    def path(self) -> str:
        return f"/api/v1/services/{self.id}/entries"

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        tick(self.server.context)

    @property
    def epoch(self) -> str:
        return self.server.context.hub.channel(self.id).epoch

    @property
    def watchers(self) -> int:
        return len(self.server.context.hub.all_watchers())

    async def left(self) -> None:
        """Waits until nobody follows, while time passes."""

        def is_left() -> bool:
            self.advance(1)
            return self.watchers == 0

        await until(is_left)


async def made(serve: Serve, config: Config, **settings: Any) -> Site:
    clock = FakeClock()
    server = await serve(dataclasses.replace(config, **settings), clock=clock)
    service_id = await server.create_service()
    shown, token = await server.context.authority.readers.create("CI", [service_id])
    return Site(server, clock, service_id, shown.id, token)


@pytest.fixture
async def site(serve: Serve, config: Config) -> Site:
    return await made(serve, config)


async def test_lines_follow_a_backlog(site: Site) -> None:
    await site.log(5)
    async with site.follow(limit="2") as lines:
        assert lines.answer.content_type == "application/x-ndjson"
        assert lines.answer.headers["Spectrix-Cursor"] == f"{site.epoch}.3"
        assert await lines.seqs(2) == [4, 5]
        assert site.watchers == 1
        await site.log(2)
        assert await lines.seqs(2) == [6, 7]
        site.advance(15)
        assert await lines.next() == b""
    await site.left()


@pytest.mark.case(162)
async def test_events_resume_by_their_ids_exactly(site: Site) -> None:
    await site.log(3)
    async with site.follow(SSE) as lines:
        assert lines.answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert lines.answer.headers["Cache-Control"] == "no-store"
        assert await lines.event() == {"retry": "1000"}
        for seq in (1, 2):
            event = await lines.event()
            assert (event["id"], json.loads(event["data"])["seq"]) == (f"{site.epoch}.{seq}", seq)
    await site.log(1)
    async with site.follow({**SSE, "Last-Event-ID": f"{site.epoch}.2"}) as lines:
        await lines.event()
        assert [(await lines.event())["id"] for _ in (3, 4)] == [f"{site.epoch}.3", f"{site.epoch}.4"]
        site.advance(15)
        assert await lines.event() == {"": "heartbeat", "id": f"{site.epoch}.4"}


@pytest.mark.case(162)
async def test_gaps_are_told_where_they_are(serve: Serve, config: Config) -> None:
    site = await made(serve, config, ring_entries=10)
    await site.log(30)
    async with site.follow({**SSE, "Last-Event-ID": f"{site.epoch}.5"}) as lines:
        await lines.event()
        gap = await lines.event()
        assert (gap["event"], gap["id"]) == ("gap", f"{site.epoch}.20")
        assert json.loads(gap["data"]) == {"type": "gap", "from": 6, "to": 20, "count": 15, "reason": "overrun"}
        assert (await lines.event())["id"] == f"{site.epoch}.21"
    async with site.follow({"Last-Event-ID": "of-another-time.5"}) as lines:
        assert (await lines.entry())["reason"] == "restart"
        assert (await lines.entry())["reason"] == "overrun"
        assert await lines.seqs(2) == [21, 22]
    async with site.follow({"Last-Event-ID": "garbage"}) as lines:
        assert (await lines.entry())["reason"] == "reset"


async def test_a_filter_holds_and_what_it_leaves_out_moves_the_id(site: Site) -> None:
    await site.log(4)
    await site.log(1, "error", "no disk")
    await site.log(3)
    async with site.follow(SSE, level="error", q="disk") as lines:
        await lines.event()
        assert json.loads((await lines.event())["data"])["seq"] == 5
        assert await lines.event() == {"id": f"{site.epoch}.8"}


async def test_it_ends_as_a_session_of_two_hours(site: Site) -> None:
    async with site.follow() as lines:
        site.advance(7200)
        assert json.loads(await lines.rest()) == {"type": "end", "code": 4001, "reason": "session expired"}
    async with site.server.operator() as client, client.get(site.path, params={"follow": "true"}) as answer:
        assert len(site.server.context.authority.sessions(site.id)) == 1
        site.advance(7200)
        assert json.loads(await Lines(answer).rest())["code"] == 4001


@pytest.mark.case(161)
async def test_it_ends_with_its_token_its_sign_in_and_its_service(site: Site) -> None:
    async with site.follow() as lines:
        await site.server.context.authority.readers.revoke(site.token_id)
        assert json.loads(await lines.rest())["code"] == 4003
    async with site.server.operator() as client:
        async with client.get(site.path, params={"follow": "true"}) as answer:
            async with client.post("/api/v1/auth/logout") as left:
                assert left.status == 204
            assert json.loads(await Lines(answer).rest())["code"] == 4003
        await site.server.sign_in(client)
        async with client.get(site.path, params={"follow": "true"}) as answer:
            await site.server.context.authority.delete_service(site.id)
            assert b"service deleted" in await Lines(answer).rest()


async def test_a_stop_ends_it(site: Site) -> None:
    async with site.follow() as lines:
        await site.server.context.hub.close_watchers(1012, "server restarting", 2)
        assert json.loads(await lines.rest()) == {"type": "end", "code": 1012, "reason": "server restarting"}


@pytest.mark.case(163)
async def test_a_client_that_does_not_read_holds_nothing_and_is_cut_off(serve: Serve, config: Config) -> None:
    """It costs a bounded buffer; what it misses is a gap; in the end its connection is taken back."""
    site = await made(serve, config, ring_entries=1000)
    token = {"Authorization": f"Bearer {site.token}"}
    async with site.server.anyone(token) as client, client.get(site.path, params={"follow": "true"}):
        for _ in range(200):
            await site.log(10, message="x" * 16_000)
        (watcher,) = site.server.context.hub.all_watchers()
        assert len(watcher._waiting) < 2_000_000  # type: ignore[attr-defined]
        async with site.follow(limit="1") as other:
            assert await other.seqs(1) == [2000]
        await site.left()


async def test_what_is_refused(serve: Serve, config: Config) -> None:
    site = await made(serve, config, max_watchers=1)
    token = {"Authorization": f"Bearer {site.token}"}
    async with site.server.anyone(token) as client, site.follow():
        for query, status, code in (
            ({}, 503, "search_busy"),
            ({"after": "x"}, 400, "bad_request"),
            ({"limit": "10001"}, 400, "bad_request"),
        ):
            async with client.get(site.path, params={"follow": "true", **query}) as answer:
                await check_problem(answer, status, code)
        async with client.get(site.path, headers={"Origin": "http://evil.example"}) as answer:
            await check_problem(answer, 403, "bad_origin")
        async with client.get(site.path, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            await check_problem(answer, 403, "bad_origin")
    await site.left()
    async with site.server.anyone(token) as client:
        async with client.get(site.path, params={"follow": "true", "q": "status:"}) as answer:
            await check_problem(answer, 400, "invalid_query")
        async with client.head(site.path, params={"follow": "true"}) as answer:
            assert (answer.status, await answer.read()) == (200, b"")
        await site.left()


async def test_a_page_as_lines(site: Site) -> None:
    await site.log(3)
    headers = {"Authorization": f"Bearer {site.token}", "Accept": "application/x-ndjson"}
    async with site.server.anyone(headers) as client, client.get(site.path, params={"limit": "2"}) as answer:
        assert [json.loads(line)["seq"] for line in (await answer.text()).splitlines()] == [1, 2]
        assert answer.headers["Spectrix-Cursor"] == f"{site.epoch}.2"


async def test_the_stream_says_how_where_it_is_asked_without_an_upgrade(site: Site) -> None:
    async with site.server.anyone() as client, client.get("/api/v1/stream") as answer:
        problem = await check_problem(answer, 426, "upgrade_required")
        assert "follow=true" in problem["detail"]
