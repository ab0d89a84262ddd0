"""Pages, counts and exports that go on from the ring into history, as if both were one."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.core.history_bounds import HistoryBounds
from spectrix_lite.entries.entry import Batch, Entry
from spectrix_lite.history.journal import journal as journal_module

from ...conftest import Serve
from ...support.fakes import FakeClock
from ...support.serving import Server, check_problem
from ...support.watching import until, watching
from .test_page import page, seqs


class Shop:
    """A service whose ring holds the last 10 of 30 entries, a second apart, some of the others sealed."""

    def __init__(self, server: Server, service: str, client: aiohttp.ClientSession) -> None:
        self.server, self.service, self.client = server, service, client

    async def page(self, **query: Any) -> dict[str, Any]:
        return await page(self.client, self.service, **query)

    async def lines(self, what: str, **query: Any) -> list[Any]:
        async with self.client.get(f"/api/v1/services/{self.service}/{what}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return [json.loads(line) for line in (await answer.text()).splitlines()]

    @property
    def epoch(self) -> str:
        return self.server.context.hub.channel(self.service).epoch


async def filled(server: Server, clock: FakeClock) -> str:
    service = await server.create_service()
    for number in range(1, 31):
        clock.advance(1)
        entry = Entry(level="error" if number % 3 == 0 else "info", message=f"m{number}")
        await server.context.hub.ingest(service, Batch([entry], [], []), "test")
    return service


@pytest.fixture
async def shop(serve: Serve, config: Config, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(journal_module, "SEALED_ENTRIES", 8)
    clock = FakeClock()
    kept = dataclasses.replace(config, ring_entries=10, history=HistoryBounds(None, None))
    server = await serve(kept, clock)
    service = await filled(server, clock)
    async with server.operator() as client:
        yield Shop(server, service, client)


async def test_a_reader_scrolls_back_to_the_first_entry_and_forward_again(shop: Shop) -> None:
    got: list[int] = []
    before: dict[str, Any] = {"order": "desc"}
    while True:
        found = await shop.page(**before, limit=7)
        got += seqs(found)
        if found["through"] == 1:
            break
        before = {"before": f"{shop.epoch}.{found['through']}"}
    assert got == list(range(30, 0, -1))
    assert found["kept"]["oldest"] == 1
    assert (found["oldest"], found["head"], found["gaps"]) == (21, 30, [])

    got, through = [], 0
    while through < 30:
        found = await shop.page(after=f"{shop.epoch}.{through}", limit=7)
        got += seqs(found)
        through = found["through"]
    assert got == list(range(1, 31))


async def test_filters_and_times_hold_on_both_sides_of_the_seam(shop: Shop) -> None:
    assert seqs(await shop.page(level="error", order="desc")) == list(range(30, 0, -3))
    assert seqs(await shop.page(q="m2", limit=4)) == [2, 20, 21, 22]
    span = {"from": "2026-05-14T10:30:18.000Z", "to": "2026-05-14T10:30:23Z"}
    assert seqs(await shop.page(**span)) == [18, 19, 20, 21, 22]
    assert seqs(await shop.page(**span, order="desc", limit=2)) == [22, 21]
    assert seqs(await shop.page(q="since:12s")) == list(range(18, 31))
    assert seqs(await shop.page(**{"from": "-12s"})) == list(range(18, 31))


async def test_levels_are_counted_over_both(shop: Shop) -> None:
    *steps, end = await shop.lines("histogram", step=30)
    assert [(step["at"], step["info"], step["error"]) for step in steps] == [
        ("2026-05-14T10:30:30.000Z", 0, 1), ("2026-05-14T10:30:00.000Z", 20, 9),
    ]  # fmt: skip
    assert end == {"through": 1}
    counts = {"info": 0, "warn": 0, "error": 10, "debug": 0}
    asked = await shop.lines("histogram", q="level:error")
    assert asked == [{"at": "2026-05-14T10:30:00.000Z"} | counts, {"through": 1}]
    *steps, end = await shop.lines("histogram", before=f"{shop.epoch}.4", step=60, q="m")
    assert [step["info"] for step in steps] == [2]


async def test_a_summary_goes_on_from_history_into_the_ring(shop: Shop) -> None:
    async def summary(**query: Any) -> dict[str, Any]:
        async with shop.client.get(f"/api/v1/services/{shop.service}/summary", params=query) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, Any] = await answer.json()
        return found

    whole = await summary(after=f"{shop.epoch}.2")
    assert (whole["entries"], whole["lost"], whole["complete"]) == (28, 0, True)
    assert whole["through"] == f"{shop.epoch}.30"
    assert [(kind["count"], kind["first"], kind["last"]) for kind in whole["errors"]] == [
        (10, "2026-05-14T10:30:03.000Z", "2026-05-14T10:30:30.000Z")
    ]
    assert (await summary(**{"from": "-12s"}))["entries"] == 13, "from a time before the ring"
    assert (await summary(**{"from": "-12s", "to": "-10s", "level": "error"}))["entries"] == 1
    assert (await summary(**{"from": "-5s"}))["entries"] == 6, "the ring reaches so far"
    assert (await summary())["entries"] == 10, "all that there is in memory"


async def test_a_rule_is_tried_on_history_too(shop: Shop) -> None:
    rule = {"query": "level:error", "when": {"count": 3, "within": 10}, "cooldown": 0, "service": shop.service}
    async with shop.client.post("/api/v1/alerts/dry-run", json=rule) as answer:
        run = await answer.json()
    assert (run["entries"], run["since"]) == (30, "2026-05-14T10:30:01.000Z")
    assert run["firings"][0]["at"] == "2026-05-14T10:30:09.000Z", "long before what is in memory"


async def test_all_of_it_is_exported(shop: Shop) -> None:
    assert [line["seq"] for line in await shop.lines("export")] == list(range(1, 31))
    assert [line["seq"] for line in await shop.lines("export", q="level:error")] == list(range(3, 31, 3))
    async with shop.client.get(f"/api/v1/services/{shop.service}/export?format=csv&q=m1") as answer:
        assert answer.content_type == "text/csv"
        rows = list(csv.DictReader(io.StringIO((await answer.text()).removeprefix("\ufeff"))))
    assert [row["message"] for row in rows] == ["m1", *(f"m{number}" for number in range(10, 20))]


@pytest.mark.parametrize(
    "query", ["after=x.1&before=x.1", "order=up", "from=soon", "to=-5x", "before=1", "limit=0"], ids=str
)
async def test_what_cannot_be_read_is_refused(shop: Shop, query: str) -> None:
    async with shop.client.get(f"/api/v1/services/{shop.service}/entries?{query}") as answer:
        await check_problem(answer, 400, "bad_request")


@pytest.mark.case(106)
async def test_a_third_search_is_busy(shop: Shop) -> None:
    assert shop.server.context.history is not None
    searches = shop.server.context.history.searches
    async with searches.slot(), searches.slot():
        async with shop.client.get(f"/api/v1/services/{shop.service}/entries") as answer:
            await check_problem(answer, 503, "search_busy")
            assert "Retry-After" in answer.headers
        assert seqs(await shop.page(after=f"{shop.epoch}.25")) == [26, 27, 28, 29, 30]


async def test_without_history_the_same_calls_reach_as_far_as_the_ring(serve: Serve, config: Config) -> None:
    clock = FakeClock()
    server = await serve(dataclasses.replace(config, ring_entries=10), clock)
    service = await filled(server, clock)
    async with server.operator() as client:
        shop = Shop(server, service, client)
        found = await shop.page(order="desc", limit=3)
        assert (seqs(found), found["through"], found["gaps"]) == ([30, 29, 28], 28, [])
        assert found["kept"] == {"oldest": 21, "from": "2026-05-14T10:30:21.000Z"}
        found = await shop.page(before=f"{shop.epoch}.23")
        assert (seqs(found), found["gaps"]) == ([22, 21], [])
        found = await shop.page(after=f"{shop.epoch}.15", limit=2)
        assert (seqs(found), found["gaps"]) == ([21, 22], [{"from": 16, "to": 20, "count": 5, "reason": "overrun"}])
        found = await shop.page(after=f"{shop.epoch}.0", limit=2)
        assert found["gaps"] == [{"from": 1, "to": 20, "count": 20, "reason": "overrun"}]
        assert [line["seq"] for line in await shop.lines("export")] == list(range(21, 31))
        *steps, end = await shop.lines("histogram")
        assert (steps[0]["info"], steps[0]["error"], end) == (6, 4, {"through": 21})


async def test_a_cell_of_a_spreadsheet_is_never_a_formula(server: Server) -> None:
    service = await server.create_service()
    entry = Entry(message='=1+1,"x"', source="-2", endpoint="ok", metadata=msgspec.Raw(b'{"took":12.5}'))
    await server.context.hub.ingest(service, Batch([entry], [], []), "test")
    async with server.operator() as client, client.get(f"/api/v1/services/{service}/export?format=csv") as answer:
        text = await answer.text()
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["message"], row["source"], row["endpoint"], row["duration"]) == ('\'=1+1,"x"', "'-2", "ok", "12.5")


@pytest.mark.case(124)
async def test_what_is_forgotten_is_nowhere_and_told(shop: Shop) -> None:
    _, token = await shop.server.create_session(shop.service)
    async with shop.client.post(f"/api/v1/services/{shop.service}/forget", json={"query": "m7 OR m24"}) as answer:
        assert (answer.status, await answer.json()) == (200, {"removed": 2})
    found = await shop.page(order="desc", limit=100)
    assert seqs(found) == [seq for seq in range(30, 0, -1) if seq not in (7, 24)]
    assert [(gap["count"], gap["reason"]) for gap in found["gaps"]] == [(1, "removed"), (1, "removed")]
    assert found["oldest"] == 21
    after = {"epoch": shop.epoch, "seq": 22}
    async with watching(shop.server, token, after=after) as (watcher, watched):
        assert watched["resumed"] is False
        assert [entry["seq"] for entry in await watcher.entries(1)] == [23]
        assert await watcher.next() == {"type": "gap", "from": 24, "to": 24, "count": 1, "reason": "removed"}
        assert [entry["seq"] for entry in await watcher.entries(6)] == list(range(25, 31))
    folder = Path(shop.server.context.config.db).parent
    held = [path.name for path in folder.rglob("*.segment") if b'"m24"' in path.read_bytes()]
    assert held == []
    async with shop.client.post(f"/api/v1/services/{shop.service}/forget", json={}) as answer:
        assert await answer.json() == {"removed": 28}
    assert seqs(await shop.page()) == []


async def test_what_was_forgotten_at_the_beginning_is_not_lost(shop: Shop) -> None:
    async def forget(**body: str) -> int:
        async with shop.client.post(f"/api/v1/services/{shop.service}/forget", json=body) as answer:
            return int((await answer.json())["removed"])

    async def lost(after: int) -> int:
        (found,) = await shop.lines("summary", after=f"{shop.epoch}.{after}")
        return int(found["lost"])

    assert await forget(query="m1 OR m3 OR m9", before="2026-05-14T10:30:10Z") == 3
    assert await forget(before="2026-05-14T10:30:13Z") == 9
    found = await shop.page(after=f"{shop.epoch}.0", limit=5)
    assert (seqs(found), found["kept"]["oldest"]) == ([13, 14, 15, 16, 17], 13)
    assert found["gaps"] == [{"from": 1, "to": 12, "count": 12, "reason": "removed"}]
    found = await shop.page(after=f"{shop.epoch}.4", limit=5)
    assert found["gaps"] == [{"from": 5, "to": 12, "count": 8, "reason": "removed"}]
    assert (await lost(0), await lost(4), await lost(29)) == (0, 0, 0)
    assert await forget() == 18
    assert [(gap["count"], gap["reason"]) for gap in (await shop.page(after=f"{shop.epoch}.0"))["gaps"]] == [
        (30, "removed")
    ]
    assert await lost(0) == 0


async def test_what_history_keeps_no_longer_is_lost_also_where_it_keeps_nothing(
    serve: Serve, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEALED_ENTRIES", 8)
    clock = FakeClock()
    server = await serve(dataclasses.replace(config, ring_entries=10, history=HistoryBounds(3600, None)), clock)
    service = await filled(server, clock)
    assert server.context.history is not None
    sealing = server.context.history.sealing
    async with server.operator() as client:
        shop = Shop(server, service, client)
        async with client.post(f"/api/v1/services/{service}/forget", json={"query": "m31"}) as answer:
            # What is in the journal becomes a block for that, which goes at once: it is too old.
            assert await answer.json() == {"removed": 0}
        await until(lambda: sealing.holdings.oldest.get(service, 1) is None)
        found = await shop.page(after=f"{shop.epoch}.0")
        assert (seqs(found), found["kept"]["oldest"]) == (list(range(21, 31)), 21)
        assert found["gaps"] == [{"from": 1, "to": 20, "count": 20, "reason": "pruned"}]
        (summed,) = await shop.lines("summary", after=f"{shop.epoch}.5")
        assert (summed["lost"], summed["entries"]) == (15, 10)


@pytest.mark.case(124)
async def test_without_history_the_ring_forgets(serve: Serve, config: Config) -> None:
    clock = FakeClock()
    server = await serve(config, clock)
    service = await filled(server, clock)
    async with server.operator() as client:
        body = {"before": "2026-05-14T10:30:20Z", "query": "level:error"}
        async with client.post(f"/api/v1/services/{service}/forget", json=body) as answer:
            assert await answer.json() == {"removed": 6}
        found = await page(client, service)
        assert seqs(found) == [seq for seq in range(1, 31) if seq not in (3, 6, 9, 12, 15, 18)]
        assert found["gaps"] == [{"from": seq, "to": seq, "count": 1, "reason": "removed"} for seq in range(3, 19, 3)]
        lines = {"Accept": "application/x-ndjson"}
        address = f"/api/v1/services/{service}/entries"
        async with client.get(address, params={"limit": "3"}, headers=lines) as answer:
            told = [json.loads(line) for line in (await answer.text()).splitlines()]
        assert [line.get("seq") for line in told] == [1, 2, None, 4]
        assert told[2] == {"type": "gap", "from": 3, "to": 3, "count": 1, "reason": "removed"}
        newest = {"before": f"{found['epoch']}.5", "limit": "2"}
        async with client.get(address, params=newest, headers=lines) as answer:
            told = [json.loads(line) for line in (await answer.text()).splitlines()]
        assert [line.get("type", line.get("seq")) for line in told] == [4, "gap", 2]
        async with client.post(f"/api/v1/services/{service}/forget", json={"query": "("}) as answer:
            await check_problem(answer, 400, "invalid_query")
