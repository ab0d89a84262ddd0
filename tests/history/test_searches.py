"""Searches: real children, two at once, kept ready, gone with whoever asked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from spectrix_lite.core.errors import SearchBusy, StorageFailed
from spectrix_lite.history.search import searches as searches_module
from spectrix_lite.history.search.question import Question
from spectrix_lite.history.search.searches import Searches

from .test_searcher import Shelf, seqs, simple


@pytest.fixture
async def searches(tmp_path: Path) -> AsyncIterator[Searches]:
    searches = Searches(tmp_path / "x.history", tmp_path / "journal")
    yield searches
    await searches.close()
    assert searches.processes == []


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.case(106)
async def test_a_child_answers_is_kept_ready_and_is_gone_with_who_asked(tmp_path: Path, searches: Searches) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(simple(3), "sealed")
    shelf.put(simple(2))
    question = Question("a", "e", 1, 5, filter={"q": "m1"})
    async with searches.slot() as one, searches.slot() as two:
        for search in (one, two):
            found, entries = await search.ask(question)
            assert (found.is_whole, seqs(entries)) == (True, [5, 2])
        assert (await one.overview("a")).oldest == 1
        with pytest.raises(SearchBusy):
            async with searches.slot():
                pass
        first, second = sorted(searches.processes)
    async with searches.slot() as search:
        await search.ask(question)
    assert sorted(searches.processes) == [first, second]  # they were ready

    async def ask_for_ever() -> None:
        async with searches.slot() as search:
            while True:
                await search.ask(question)

    asking = asyncio.create_task(ask_for_ever())
    async with asyncio.timeout(60):
        while len(searches._ready) == 2:  # noqa: ASYNC110  # it takes one of them
            await asyncio.sleep(0.001)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(60):
        while len(searches.processes) == 2:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    assert [is_alive(pid) for pid in (first, second)].count(True) == 1
    shelf.store.close()


@pytest.mark.case(106)
async def test_who_searches_already_waits_for_its_turn(searches: Searches, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one sign-in leaves a search to the others."""
    done: list[str] = []

    async def search(who: str) -> None:
        async with searches.slot(who):
            done.append(who)

    async with searches.slot("one"):
        waiting = asyncio.create_task(search("one"))
        await search("other")
        assert done == ["other"]
    await waiting
    assert done == ["other", "one"]
    monkeypatch.setattr(searches_module, "TURN_SECONDS", 0.0)
    async with searches.slot("one"):
        with pytest.raises(SearchBusy):
            await search("one")
        await search("other")


async def test_a_history_that_cannot_be_read_is_told(tmp_path: Path, searches: Searches) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(simple(3), "sealed")
    shelf.store._run("DROP TABLE contents")
    async with searches.slot() as search:
        with pytest.raises(StorageFailed):
            await search.ask(Question("a", "e", 1, 3))
    shelf.store.close()
    (tmp_path / "x.history").unlink()
    async with searches.slot() as search:
        with pytest.raises(StorageFailed):
            await search.ask(Question("a", "e", 1, 3))
