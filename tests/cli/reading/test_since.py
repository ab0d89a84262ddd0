"""`tail --since`: history, ring and stream as one, each entry once, gaps where they are."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from functools import partial
from typing import Any

import msgspec
import pytest

from spectrix_lite.cli import main
from spectrix_lite.cli.reading.connection import ByToken, watch_by
from spectrix_lite.cli.reading.feed import Feed
from spectrix_lite.cli.reading.lines import JsonLines, PageGap, TextLines
from spectrix_lite.cli.reading.options import Chosen
from spectrix_lite.cli.reading.reader import CannotAsk, Remote, reading
from spectrix_lite.cli.reading.since import show_since
from spectrix_lite.core.config import Config
from spectrix_lite.core.history_bounds import HistoryBounds
from spectrix_lite.entries.entry import Batch, Entry
from spectrix_lite.history.journal import journal as journal_module
from spectrix_lite.stream.messages import Cursor

from ...conftest import Serve
from ...support.fakes import FakeClock
from .test_tail import Printed


async def test_it_begins_in_history_and_goes_on_with_what_comes(
    serve: Serve, config: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journal_module, "SEALED_ENTRIES", 8)
    monkeypatch.setattr("spectrix_lite.cli.reading.since._LIMIT", "4")
    clock = FakeClock()
    server = await serve(dataclasses.replace(config, ring_entries=6, history=HistoryBounds(None, None)), clock)
    service = await server.create_service("Shop")
    _, token = await server.context.authority.readers.create("CI", [service])
    monkeypatch.setenv("SPECTRIX_TOKEN", token)

    async def log(*numbers: int) -> None:
        for number in numbers:
            clock.advance(1)
            entry = Entry(level="error" if number % 3 == 0 else "info", message=f"m{number}")
            await server.context.hub.ingest(service, Batch([entry], [], []), "test")

    await log(*range(1, 31))
    printed, feed = Printed(), Feed(2)
    async with reading(config, server.base_url) as reader:
        found = await reader.find("shop")
        pages = partial(reader.page, found)
        # The clock stands at the time of the last one: 15 s ago is the 15th.
        feed.cursor = await show_since(pages, Chosen(since="15s"), printed, lambda _: None)
        errors = Printed()
        await show_since(pages, Chosen(("error",), since="2026-05-14T10:30:10Z"), errors, lambda _: None)
    await log(31, 32)
    permission = ByToken(Remote(server.base_url, os.environ["SPECTRIX_TOKEN"]))
    tail = asyncio.create_task(watch_by(permission, "shop", feed, printed))
    await printed.until(18)
    await log(33)
    await printed.until(19)
    tail.cancel()
    await asyncio.gather(tail, return_exceptions=True)
    assert printed.messages == [f"m{number}" for number in range(15, 34)]
    assert errors.messages == [f"m{number}" for number in range(12, 31, 3)]
    assert printed.gaps == errors.gaps == []
    assert capsys.readouterr().err == "---- watching Shop ----\n"


def page(*seqs: int, head: int, through: int | None = None, gaps: list[dict[str, Any]] | None = None) -> bytes:
    entries = [{"seq": seq, "message": f"m{seq}", "timestamp": "2026-05-14T10:30:00.000Z"} for seq in seqs]
    through = seqs[-1] if through is None else through
    return msgspec.json.encode({"epoch": "e", "head": head, "through": through, "entries": entries, "gaps": gaps or []})


def gap(first: int, last: int | None, count: int | None, reason: str) -> dict[str, Any]:
    return {"from": first, "to": last, "count": count, "reason": reason}


async def shown(*answers: bytes | CannotAsk, since: str = "1h") -> tuple[list[str], Cursor, list[dict[str, Any]]]:
    """(lines, cursor, what was asked for) by these answers."""
    left: list[bytes | CannotAsk] = list(answers)
    asked: list[dict[str, Any]] = []

    async def pages(parameters: dict[str, Any]) -> bytes:
        asked.append(dict(parameters))
        answer = left.pop(0)
        if isinstance(answer, CannotAsk):
            raise answer
        return answer

    lines: list[str] = []
    text = TextLines(utc=True, metadata=False, now="2026-05-14T12:00:00.000Z")
    cursor = await show_since(pages, Chosen(query="m", since=since), text, lines.extend)
    assert left == []
    return [line.removeprefix("10:30:00.000  info   ") for line in lines], cursor, asked


async def test_gaps_are_told_where_they_are_and_once() -> None:
    """Those long before the time are nobody's business; one that ends where it begins may reach beyond."""
    old, pruned = gap(2, 3, 2, "removed"), gap(4, 10, 7, "pruned")
    lines, cursor, asked = await shown(
        page(head=20, through=9, gaps=[old, pruned]),
        page(11, head=20, gaps=[pruned]),
        page(12, 14, head=20, gaps=[gap(13, 16, 3, "removed")]),
        page(17, head=20, gaps=[gap(13, 16, 3, "removed"), gap(5, 16, 12, "pruned"), gap(18, None, None, "restart")]),
        page(20, head=20, gaps=[gap(18, 19, 2, "paused")]),
    )
    assert cursor == Cursor("e", 20)
    assert lines == [
        "---- 7 entries no longer kept ----",
        "m12",
        "---- 3 entries removed ----",
        "m14",
        "---- 2 entries no longer kept ----",
        "m17",
        "---- the server was restarted; what came in around then may be missing ----",
        "---- 2 entries not recorded: the disk was full, or failed ----",
        "m20",
    ]
    assert [each.get("after") for each in asked] == [None, "e.9", "e.10", "e.14", "e.17"]
    assert [each.get("q") for each in asked] == [None, None, "(m)", "(m)", "(m)"]


async def test_nothing_of_that_time_is_a_place_to_go_on_from() -> None:
    lines, cursor, _ = await shown(page(head=7, through=7), page(head=8, through=8), since="14:05")
    assert (lines, cursor) == ([], Cursor("e", 8))


async def test_an_epoch_that_ends_meanwhile_is_left_to_the_stream() -> None:
    mismatch = CannotAsk("Another epoch.", "epoch_mismatch")
    assert (await shown(page(1, head=9), page(1, 2, head=9), mismatch))[1] == Cursor("e", 2)
    with pytest.raises(CannotAsk, match="busy"):
        await shown(page(1, head=9), CannotAsk("busy", "search_busy"))


def test_gaps_of_pages_are_json_like_those_of_the_stream() -> None:
    (line,) = JsonLines().gap(PageGap(4, 10, 7, "pruned"))
    assert msgspec.json.decode(line) == {"type": "gap", **gap(4, 10, 7, "pruned")}


def test_a_time_that_cannot_be_read_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "shop", "--since", "yesterday"]) == 2
    assert "--since is such as" in capsys.readouterr().err
