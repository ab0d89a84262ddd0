"""`forget`: what it takes out of a running server, whom it asks before, and what it says where it cannot."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import pytest

from spectrix_lite.cli import main
from spectrix_lite.entries.entry import Batch, Entry

from ..support.serving import Server

Ask = Callable[..., tuple[int, str, str]]


class Terminal(io.StringIO):
    """Standard input where somebody sits."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(*args: str, text: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO() if text is None else Terminal(text))
        status = main(["forget", *args])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.mark.case(124)
async def test_what_is_chosen_goes_and_is_counted(server: Server, ask: Ask) -> None:
    service = await server.create_service("Shop")
    hub = server.context.hub
    for message in ("a card", "fine", "a card", "last"):
        await hub.ingest(service, Batch([Entry(message=message)], [], []), "test")
    at = ("--db", server.context.config.db, "--port", str(server.port))

    async def asked(*args: str, text: str | None = None) -> tuple[int, str, str]:
        return await asyncio.to_thread(ask, *args, *at, text=text)

    status, out, err = await asked("shop")
    assert (status, out) == (2, "")
    assert "--yes" in err
    status, out, err = await asked("shop", "-q", "card", "--before", "5m", text="n\n")
    assert (status, out) == (1, "")
    assert "The entries of shop received before 5m that match card go, for good. Take them out? [y/N]" in err
    assert "Nothing was taken out." in err
    assert await asked("shop", "--before", "5m", "--yes") == (0, "0 entries are taken out of Shop.\n", "")
    assert len(hub.channel(service).ring) == 4
    status, out, _ = await asked("shop", "-q", "card OR nothing", "--before", "2999-01-01", text="y\n")
    assert (status, out) == (0, "2 entries are taken out of Shop.\n")
    assert len(hub.channel(service).ring) == 2
    status, out, err = await asked("shop", text="y\n")
    assert (status, out) == (0, "2 entries are taken out of Shop.\n")
    assert "All entries of shop go, for good." in err
    status, _, err = await asked("ship", "--yes")
    assert (status, "There are: Shop." in err) == (2, True)
    for wrong in (("--before", "soon"), ("--query", "level:")):
        assert (await asked("shop", *wrong, "--yes"))[0] == 2


async def test_without_a_server_it_says_who_does_it(server: Server, ask: Ask) -> None:
    at = ("--db", server.context.config.db, "--port", "1", "--yes")
    status, out, err = await asyncio.to_thread(ask, "shop", *at)
    assert (status, out) == (2, "")
    assert "There is no server at http://localhost:1: start it" in err
