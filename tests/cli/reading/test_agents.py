"""What agents read: the guide, the tools of `mcp`, and a whole session, by what it costs."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import click
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from msgspec import Raw

from spectrix_lite.cli import commands
from spectrix_lite.cli.reading.mcp import make
from spectrix_lite.cli.reading.pages import Found, newest_within
from spectrix_lite.core.config import Config
from spectrix_lite.core.guide import GUIDE, MOST_BYTES
from spectrix_lite.entries.entry import Batch, Entry

from ...support.processes import environment
from ...support.serving import Server
from .test_reading import Shop

MOST_DEFINITIONS = 4.8 * 1024
MOST_READ = 24 * 1024


def test_the_guide_is_short_and_what_it_tells_exists() -> None:
    assert len(GUIDE.encode()) <= MOST_BYTES
    context = click.Context(commands)
    for line in re.findall(r"^ {4}spectrix-lite (.*)", GUIDE, re.MULTILINE):
        name, *words = line.partition("#")[0].split()
        command = commands.get_command(context, name)
        assert command is not None, line
        known = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("-")} <= known, line


async def test_the_server_has_the_guide(client: aiohttp.ClientSession) -> None:
    async with client.get("/llms.txt") as answer:
        assert (answer.content_type, await answer.text()) == ("text/plain", GUIDE)


async def test_the_tools_are_few_short_and_none_writes() -> None:
    tools = [tool.model_dump(by_alias=True, exclude_none=True) for tool in await make(Config(), None).list_tools()]
    assert len(tools) <= 5
    assert len(json.dumps(tools)) <= MOST_DEFINITIONS
    assert all(tool["annotations"] == {"readOnlyHint": True} for tool in tools)


def entry(seq: int, message: str) -> Raw:
    stamp = "2026-05-14T10:30:00.000Z"
    fields = {"seq": seq, "receivedAt": stamp, "timestamp": stamp, "level": "info", "message": message}
    return Raw(json.dumps(fields).encode())


def test_of_too_many_entries_the_newest_are_shown() -> None:
    text = newest_within(Found([entry(n, f"m{n} " + "x" * 500) for n in range(100)], "e.9"), 2000)
    assert "100 entries, the newest" in text
    assert "m99" in text
    assert "m1 " not in text
    assert len(text) < 3000
    assert len(newest_within(Found([entry(1, "y" * 9000)]), 2000)) < 3000


@pytest.fixture
async def shop(server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    service_id = await server.create_service("Shop")
    _, token = await server.context.authority.readers.create("CI", [service_id])
    monkeypatch.setenv("SPECTRIX_TOKEN", token)
    return Shop(server, service_id, capsys)


@asynccontextmanager
async def agent(shop: Shop) -> AsyncIterator[ClientSession]:
    """An MCP client of others' making, over the pipes of a real process."""
    here = {**environment(), "SPECTRIX_TOKEN": os.environ["SPECTRIX_TOKEN"]}
    program = StdioServerParameters(
        command=sys.executable, args=["-m", "spectrix_lite", "mcp", "--server", shop.server.base_url], env=here
    )
    async with stdio_client(program) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


async def call(session: ClientSession, tool: str, **arguments: Any) -> tuple[str, bool]:
    """(the answer's text, whether it is an error)"""
    answer = await session.call_tool(tool, arguments)
    return "".join(getattr(part, "text", "") for part in answer.content), bool(answer.is_error)


async def test_an_mcp_client_reads(shop: Shop) -> None:
    await shop.log("order 1 failed", "error")
    async with agent(shop) as session:
        assert {tool.name for tool in (await session.list_tools()).tools} == {"services", "summary", "logs", "wait"}
        assert await call(session, "services") == ("- `Shop`", False)
        text, _ = await call(session, "summary", service="shop")
        assert "1x `order # failed`" in text
        assert f"Cursor: `{shop.cursor}`" in text
        text, _ = await call(session, "logs", service="shop", query="level:error", limit=5)
        assert "order 1 failed" in text
        text, _ = await call(session, "wait", service="shop", query="order", after=shop.cursor.replace(".1", ".0"))
        assert "order 1 failed" in text
        assert f"Cursor: `{shop.cursor}`" in text, "where to go on"
        text, _ = await call(session, "wait", service="shop", query="none", seconds=0.5)
        assert text == f"Nothing matched in time, 0 lost. Cursor: `{shop.cursor}`"
        text, failed = await call(session, "logs", service="x" * 100_000)
        assert (failed, len(text) < 2000) == (True, True), "what is asked for is not told back whole"
        text, failed = await call(session, "summary", service="Ship")
        assert failed
        assert "There are: Shop." in text


async def sample_app(shop: Shop, orders: range) -> None:
    """An app of much noise. Its fault: the discount of order 7, 27, 47 and so on is read of a cart that has none."""
    entries = []
    for n in orders:
        stamp = "2026-05-14T10:30:00.000Z"
        seen = {"duration_ms": n % 40, "requestId": f"r-{n}", "user": {"id": n, "plan": "free"}, "padding": "x" * 200}
        entries.append(
            Entry(
                timestamp=stamp, level="info", message=f"POST /orders/{n} 201", method="POST", endpoint=f"/orders/{n}",
                status_code=201, source="api", metadata=Raw(json.dumps(seen).encode()),
            )
        )  # fmt: skip
        if n % 20 == 7:
            trace = (
                "TypeError: discount is undefined\n" + "    at total (cart.js:41:17)\n" + "    at node:internal\n" * 30
            )
            error = {"name": "TypeError", "message": f"discount of cart {n} is undefined", "stack": trace}
            seen = {"requestId": f"r-{n}", "coupon": "SPRING", "error": error}
            entries.append(
                Entry(
                    timestamp=stamp, level="error", message=f"POST /orders/{n} 500", method="POST",
                    endpoint=f"/orders/{n}", status_code=500, source="api", metadata=Raw(json.dumps(seen).encode()),
                )
            )  # fmt: skip
    await shop.server.context.hub.ingest(shop.id, Batch(entries, [], []), "test")


async def test_a_seeded_fault_is_found_within_24_kib(shop: Shop) -> None:
    """As the guide tells it: what is there, do something, what is new, look closer; each answer is counted."""
    read = [GUIDE]

    async def ask(*words: str) -> str:
        status, out, _ = await shop.cli(*words)
        assert status == 0
        read.append(out)
        return out

    await sample_app(shop, range(6))
    before = await ask("summary", "Shop", "--format", "md")
    cursor = re.search(r"Cursor: `(.+?)`", before)
    assert cursor is not None
    await sample_app(shop, range(6, 2000))
    now = await ask("summary", "Shop", "--after", cursor[1], "--format", "md")
    assert "2,094 entries, 1 kind of error, 1 new, 0 lost" in now
    assert "NEW, 100x `TypeError: discount of cart # is undefined`" in now
    close = await ask("logs", "Shop", "--after", cursor[1], "-q", "level:error", "-n", "2", "--format", "md")
    place = re.search(r"at total \((\S+:\d+):\d+\)", close)
    assert place is not None
    request = re.search(r"requestId: (\S+)", close)
    assert request is not None
    story = await ask("logs", "Shop", "-q", f"request:{request[1]}", "--format", "md")
    assert "coupon: SPRING" in story
    assert place[1] == "cart.js:41"
    assert sum(len(text.encode()) for text in read) <= MOST_READ
