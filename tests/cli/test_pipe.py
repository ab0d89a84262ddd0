"""`pipe`: standard input passed on unchanged, and every line of it an entry."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ..support.serving import Server
from ..support.watched import Watch, watch


@pytest.fixture
async def shop(server: Server, tmp_path: Path) -> AsyncIterator[Watch]:
    async with watch(server, tmp_path) as it:
        yield it


async def test_each_line_is_an_entry_and_every_byte_is_passed_on(shop: Watch) -> None:
    text = (
        b'listening\nERROR card declined\n{"level":"warn","msg":"slow","ms":1.50}\n\xff\xfe \x1b[31mred\x1b[0m\r\nend'
    )
    ended = await shop.run("pipe", text=text)
    assert (ended.status, ended.out, ended.err) == (0, text, b"")
    entries = shop.lines()
    assert [(entry["level"], entry["message"]) for entry in entries] == [
        ("info", "listening"), ("error", "card declined"), ("warn", "slow"), ("info", "\ufffd\ufffd red"),
        ("info", "end"),
    ]  # fmt: skip
    assert [entry["metadata"]["stream"] for entry in entries] == ["stdout"] * 5
    assert entries[3]["metadata"]["ansi"] == "\ufffd\ufffd \x1b[31mred\x1b[0m"
    assert entries[2]["metadata"] == {"ms": 1.50, "stream": "stdout"}


async def test_the_service_is_the_folders_or_the_one_named(shop: Watch) -> None:
    await shop.run("pipe", text=b"one\n")
    await shop.run("pipe", "--service", "Other", text=b"two\n")
    assert [entry["message"] for entry in shop.lines("shop") + shop.lines("Other")] == ["one", "two"]


async def test_one_key_is_made_and_used_again(shop: Watch) -> None:
    for _ in range(3):
        await shop.run("pipe", text=b"line\n")
    authority = shop.server.context.authority
    (service,) = authority.services()
    (key,) = await authority.stream_keys(service.id)
    assert key.name == "run"
    kept = shop.own / "spectrix-lite" / "keys" / service.id
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.unlink()  # its secret is gone: of no use to anybody
    await shop.run("pipe", text=b"line\n")
    keys = await authority.stream_keys(service.id)
    assert [key.revoked_at is None for key in keys] == [False, True]
    assert shop.messages() == ["line"] * 4


async def test_a_stack_trace_is_one_entry(shop: Watch) -> None:
    trace = "Error: card declined\n    at pay (/app/pay.js:3:9)\n    at main (/app/main.js:1:1)"
    await shop.run("pipe", text=f"before\n{trace}\nafter\n".encode())
    assert shop.messages() == ["before", trace, "after"]


async def test_lines_come_while_the_input_is_open(shop: Watch) -> None:
    process = await shop.start("pipe", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"one\ntwo\nPassword: ")
    await shop.until(lambda: len(shop.lines()) == 3)
    assert shop.messages() == ["one", "two", "Password:"]
    process.stdin.close()
    assert await process.wait() == 0


async def test_ctrl_c_ends_the_command_not_the_pipe(shop: Watch) -> None:
    """Both get it: what the command says about its end still counts."""
    process = await shop.start("pipe", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"one\n")
    await shop.until(lambda: shop.messages() == ["one"])
    process.send_signal(signal.SIGINT)
    process.stdin.write(b"stopped\n")
    process.stdin.close()
    assert await process.wait() == 0
    assert shop.messages() == ["one", "stopped"]


async def test_sigterm_ends_it_with_what_there_is_sent(shop: Watch) -> None:
    process = await shop.start("pipe", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"one\nhalf")
    assert await process.stdout.readexactly(8) == b"one\nhalf"
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 143
    assert shop.messages() == ["one", "half"]


async def test_a_reader_that_goes_away_ends_it(shop: Watch) -> None:
    """As with any command before `head`: the writer notices too."""
    writer = f"{sys.executable} -c 'while True: print(\"y\" * 99)'"
    command = " ".join(shop.args("pipe"))
    script = f"{writer} 2>/dev/null | {command} | head -1; echo ${{PIPESTATUS[1]}}"
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=shop.folder, env=shop.env, stdout=subprocess.PIPE
    )
    async with asyncio.timeout(20):
        out, _ = await process.communicate()
    assert out.split() == [b"y" * 99, b"141"]


async def test_another_machine_by_address_and_key(shop: Watch) -> None:
    service = await shop.server.create_service("Far away")
    key = await shop.server.create_key(service)
    ended = await shop.run("pipe", text=b"line\n", SPECTRIX_URL=f"{shop.server.api}", SPECTRIX_API_KEY=key)
    assert (ended.status, ended.err) == (0, b"")
    assert [entry["message"] for entry in shop.lines("Far away")] == ["line"]
    assert len(shop.server.context.authority.services()) == 1


@pytest.mark.parametrize(
    ("url", "named"), [("http://localhost:4", "SPECTRIX_API_KEY"), ("localhost", "SPECTRIX_API_KEY")]
)
async def test_an_address_without_a_key_is_refused(shop: Watch, url: str, named: str) -> None:
    ended = await shop.run("pipe", text=b"line\n", SPECTRIX_URL=url)
    assert (ended.status, ended.out) == (2, b"")
    assert named in ended.err.decode()


async def test_a_key_that_is_refused_is_said_once_and_nothing_is_held_up(shop: Watch) -> None:
    wrong = "spx_v1_live_" + "0" * 48
    text = b"line\n" * 1000
    ended = await shop.run("pipe", text=text, SPECTRIX_URL=shop.server.base_url, SPECTRIX_API_KEY=wrong)
    assert (ended.status, ended.out) == (0, text)
    assert "could not be sent" in ended.err.decode()


async def test_compose_prefixes_are_sources(shop: Watch) -> None:
    lines = [
        "Attaching to db, web-1", "\x1b[36mweb-1  | \x1b[0mlistening", "\x1b[33mdb     | \x1b[0mERROR no disk",
        "\x1b[36mweb-1  | \x1b[0mError: x", "\x1b[33mdb     | \x1b[0mready",
        "\x1b[36mweb-1  | \x1b[0m    at f (/a.js:1:2)",
        "a | b",
    ]  # fmt: skip
    await shop.run("pipe", text="\n".join(lines).encode() + b"\n")
    found = [(entry.get("source"), entry["level"], entry["message"]) for entry in shop.lines()]
    assert sorted(found, key=json.dumps) == sorted(
        [
            (None, "info", "Attaching to db, web-1"), ("web-1", "info", "listening"), ("db", "error", "no disk"),
            ("web-1", "error", "Error: x\n    at f (/a.js:1:2)"), ("db", "info", "ready"), (None, "info", "a | b"),
        ],
        key=json.dumps,
    )  # fmt: skip
