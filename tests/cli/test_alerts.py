"""`alerts`: listed without their secrets, and tried against a sink of our own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from spectrix_lite.cli import main
from spectrix_lite.core.alert_records import Alert, Destination, When
from spectrix_lite.storage.store import Store

from ..support.sink import Sink


async def saved(db: Path, *destinations: Destination) -> None:
    store = await Store.open(db)
    when = When("count", 10, 60)
    await store.alerts.add(
        Alert("a1", None, None, "Errors", "level:error", when, 300, False, destinations, None, None, 1)
    )
    await store.close()


async def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """In a thread: it has a loop of its own, beside the sink's."""
    status = await asyncio.to_thread(main, args)
    out, err = capsys.readouterr()
    return status, out, err


async def test_they_are_listed_and_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "x.db"
    await (await Store.open(db)).close()
    async with Sink().serving() as sink:
        assert await run(capsys, "alerts", "list", "--db", str(db)) == (
            0, "", "There are no alerts yet: make one on the page, or with POST /api/v1/alerts.\n",
        )  # fmt: skip
        await saved(db, Destination("d1", "json", {"url": sink.url}), Destination("d2", "slack", {"url": sink.url}))
        _, out, _ = await run(capsys, "alerts", "list", "--db", str(db))
        assert "10 or more in 60 s" in out
        assert "s3cret" not in out
        allowed = ("--db", str(db), "--webhook-private", "yes")
        assert await run(capsys, "alerts", "test", "Errors", *allowed) == (0, "json: delivered\nslack: delivered\n", "")
        assert "[test] Errors" in (await sink.next())["text"]
        sink.answers = [lambda: web.Response(status=500)] * 2
        assert (await run(capsys, "alerts", "test", "a1", *allowed))[:2] == (
            1, "json: it answered 500\nslack: it answered 500\n",
        )  # fmt: skip
        status, out, _ = await run(capsys, "alerts", "test", "a1", "--db", str(db))
        assert status == 1
        assert "No notice is sent there" in out
        port = sink.url.rpartition(":")[2].partition("/")[0]
        assert (await run(capsys, "alerts", "test", "a1", *allowed, "--syslog", f"{port}=shop"))[0] == 1
        assert sink.requests == 4
    status, _, err = await run(capsys, "alerts", "test", "nothing", "--db", str(db))
    assert status != 0
    assert "No alert" in err
    status, _, err = await run(capsys, "backup", str(tmp_path / "copy.db"), "--db", str(db))
    assert status == 0
    assert "holds the secrets" in err
