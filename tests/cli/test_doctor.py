"""`doctor` finds each mistake in the real thing: a real server, behind a proxy that makes that one mistake."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import resource
import socket
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from spectrix_lite.cli.doctor.finding import Finding
from spectrix_lite.cli.doctor.machine import (
    clock,
    database,
    descriptors,
    disk,
    examine,
    exposure,
    rights,
    room,
    server_pid,
)
from spectrix_lite.cli.doctor.reachability import near, seen_as, ways
from spectrix_lite.core.config import MIB, Config
from spectrix_lite.storage.schema import MIGRATIONS

from ..conftest import Serve
from ..support.processes import run
from ..support.serving import Server
from ..support.wrong_proxy import Faults, proxying

PROXY = (ipaddress.ip_network("127.0.0.1"),)


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as sock:
        port: int = sock.getsockname()[1]
        return port


def _bad(findings: list[Finding]) -> list[tuple[str, str]]:
    assert all(each.remedy for each in findings if each.outcome != "ok")
    assert not any(each.remedy for each in findings if each.outcome == "ok")
    return [(each.check, each.outcome) for each in findings if each.outcome != "ok"]


async def _seen(config: Config, serve: Serve, faults: Faults, *, trusted: bool = True) -> list[Finding]:
    """What is found of a server behind a proxy with these faults."""
    port = _free_port()
    config = replace(config, public_url=f"http://127.0.0.1:{port}", trusted_proxy=PROXY if trusted else ())
    server = await serve(config)
    async with proxying(server.port, faults, port):
        return await ways(replace(config, port=server.port), None, patience=1.0)


# The way


async def test_nothing_is_wrong_with_a_good_proxy(either: Config, serve: Serve) -> None:
    findings = await _seen(either, serve, Faults())
    assert _bad(findings) == []
    assert [each.check for each in findings] == [
        "server", "address", "clock", "host", "headers", "websocket", "stream", "body",
    ]  # fmt: skip
    assert "203.0.113.5" in findings[4].found


@pytest.mark.parametrize(
    ("faults", "trusted", "bad", "word"),
    [
        (Faults(host="spectrix_upstream"), True, [("host", "fail")], "pass Host"),
        (Faults(host="127.0.0.1"), True, [("host", "fail"), ("headers", "fail"), ("websocket", "fail")], "its port"),
        (Faults(added={}), True, [("headers", "fail")], "X-Forwarded-For"),
        (Faults(proto=None), True, [("headers", "fail")], "X-Forwarded-Proto"),
        (Faults(), False, [("headers", "fail")], "--trusted-proxy 127.0.0.1"),
        (Faults(dropped=frozenset({"upgrade", "connection"})), True, [("websocket", "fail")], "pass Upgrade"),
        (Faults(swallows_frames=True), True, [("stream", "fail")], "Turn buffering off"),
        (Faults(most_bytes=MIB), True, [("body", "fail")], "client_max_body_size"),
        (Faults(date="Mon, 01 Jan 2024 00:00:00 GMT"), True, [("clock", "fail")], "NTP"),
    ],
    ids=["host", "port", "for", "proto", "untrusted", "upgrade", "buffered", "size", "clock"],
)
async def test_what_a_proxy_does_wrong(
    faults: Faults,
    trusted: bool,
    bad: list[tuple[str, str]],
    word: str,
    config: Config,
    serve: Serve,
) -> None:
    findings = await _seen(config, serve, faults, trusted=trusted)
    assert _bad(findings) == bad
    assert word in " ".join(each.remedy for each in findings)


async def test_a_public_address_that_the_server_was_not_told(server: Server, config: Config) -> None:
    async with proxying(server.port, Faults()) as port:
        url = f"http://localhost.example.org:{port}"
        findings = await ways(replace(config, port=server.port), f"http://127.0.0.1:{port}")
        assert "headers" in dict(_bad(findings))
        assert _bad(await ways(replace(config, port=server.port), url)) == [("address", "fail")]


async def test_a_proxy_that_does_not_reach_the_server_and_none_at_all(server: Server, config: Config) -> None:
    here = replace(config, port=server.port)
    async with proxying(_free_port(), Faults()) as port:
        assert _bad(await ways(here, f"http://127.0.0.1:{port}")) == [("address", "fail")]
    assert _bad(await ways(here, f"http://127.0.0.1:{_free_port()}")) == [("address", "fail")]


async def test_signing_in_to_look_leaves_nothing_behind(config: Config, serve: Serve) -> None:
    await _seen(config, serve, Faults())
    with closing(sqlite3.connect(config.db)) as connection:
        assert connection.execute("SELECT count(*) FROM sign_ins").fetchone() == (0,)


async def test_the_address_of_another_servers_database(server: Server, config: Config, serve: Serve) -> None:
    other = await serve(replace(config, db=f"{config.db}.other"))
    async with proxying(other.port, Faults()) as port:
        findings = await ways(replace(config, port=server.port), f"http://127.0.0.1:{port}")
    assert ("headers", "warn") in _bad(findings)


async def test_from_another_machine_without_the_database(config: Config, serve: Serve, tmp_path: Path) -> None:
    server = await serve()
    findings = await ways(replace(config, db=str(tmp_path / "none")), server.base_url)
    assert _bad(findings) == [("headers", "warn")]


async def test_no_server_another_program_and_one_that_is_not_ready(config: Config, serve: Serve) -> None:
    silent = await near(replace(config, port=_free_port()))
    assert (silent.outcome, "nothing listens" in silent.found) == ("fail", True)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers.pop())
        writer.close()

    answers = [b"HTTP/1.1 200 OK\r\nServer: other\r\nContent-Length: 2\r\n\r\n{}", b"+OK POP3 ready\r\n"]
    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        assert "does not speak HTTP" in (await near(replace(config, port=port))).found
        assert "another program" in (await near(replace(config, port=port))).found
    server = await serve()
    server.context.in_flight.begin_draining()
    stopping = await near(replace(config, port=server.port))
    assert (stopping.outcome, "draining" in stopping.found) == ("fail", True)


def test_an_origin_is_compared_as_browsers_write_it() -> None:
    seen = {"peer": "127.0.0.1", "peerTrusted": True, "forwarded": ["Forwarded"], "address": "203.0.113.5"}
    for url in ("https://logs.example.org", "https://logs.example.org:443", "https://LOGS.example.org"):
        assert seen_as({**seen, "origin": "https://logs.example.org"}, url).outcome == "ok"
    assert seen_as({**seen, "origin": "http://logs.example.org"}, "https://logs.example.org").outcome == "fail"
    assert seen_as({**seen, "origin": "http://[::1]:4000"}, "http://[::1]:4000").outcome == "ok"


# The machine


@pytest.mark.parametrize(
    ("chosen", "outcome"),
    [
        ({}, "ok"),
        ({"public_url": "https://logs.example.org"}, "ok"),
        ({"public_url": "http://logs.example.org"}, "warn"),
        ({"host": "0.0.0.0"}, "warn"),  # noqa: S104  what is warned of
        ({"host": "::1"}, "ok"),
    ],
)
def test_whether_it_can_be_read_on_the_way(chosen: dict[str, str], outcome: str) -> None:
    assert exposure(Config(**chosen)).outcome == outcome  # type: ignore[arg-type]  # each is a text


def test_rights(tmp_path: Path) -> None:
    path = tmp_path / "spectrix.db"
    path.touch(0o600)
    tmp_path.chmod(0o700)
    assert _bad(rights(path)) == []
    path.chmod(0o640)
    (group,) = rights(path)
    assert (group.outcome, "its group" in group.found, group.remedy) == ("warn", True, f"Close it: chmod 600 {path}")
    path.chmod(0o644)
    assert "everybody" in rights(path)[0].found
    path.chmod(0o600)
    path.parent.chmod(0o777)
    assert _bad(rights(path)) == [("rights", "fail")]
    path.parent.chmod(0o1777)
    assert _bad(rights(path)) == []
    assert _bad(rights(path.parent / "none" / "x.db")) == [("rights", "fail")]
    assert disk(path.parent / "none").outcome == "fail"


@pytest.mark.parametrize(("free", "outcome"), [(5 * MIB, "fail"), (50 * MIB, "warn"), (500 * MIB, "ok")])
def test_room(free: int, outcome: str, tmp_path: Path) -> None:
    assert room(free, 1000 * MIB).outcome == outcome
    assert "MiB are free" in disk(tmp_path).found


async def test_databases(server: Server, config: Config, tmp_path: Path) -> None:
    good = Path(config.db)
    assert database(good).outcome == "ok"
    assert database(tmp_path / "none.db").outcome == "warn"
    text = tmp_path / "text.db"
    text.write_text("no database " * 1000)
    assert (database(text).outcome, "not a SQLite database" in database(text).found) == ("fail", True)
    newer = tmp_path / "newer.db"
    with closing(sqlite3.connect(good)) as source, closing(sqlite3.connect(newer)) as target:
        source.backup(target)
        target.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = newer.read_bytes()
    assert (database(newer).outcome, "newer version" in database(newer).found) == ("fail", True)
    assert newer.read_bytes() == before


async def test_a_clock_that_was_wrong(server: Server, config: Config) -> None:
    await server.create_service()
    now = time.time()
    assert clock(Path(config.db), now).outcome == "ok"
    assert clock(Path(config.db), now - 3600).outcome == "fail"


async def test_descriptors_of_the_server_that_runs(server: Server, config: Config) -> None:
    assert server_pid(Path(config.db)) == os.getpid()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
        assert descriptors(os.getpid()).outcome == "warn"
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        assert descriptors(os.getpid()).outcome == "ok"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert descriptors(2**22 + 1).outcome == "warn"


def test_nobody_serves_a_database_without_a_lock_or_with_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "spectrix.db"
    assert server_pid(path) is None
    for text in ("", "no number", str(2**22 + 1)):
        (tmp_path / "spectrix.db.lock").write_text(text)
        assert server_pid(path) is None


async def test_a_whole_examination(server: Server, config: Config) -> None:
    assert {each.check for each in examine(config)} == {
        "exposure", "rights", "disk", "database", "clock", "descriptors",
    }  # fmt: skip


# The command


async def test_the_command_beside_a_running_server(config: Config, serve: Serve, tmp_path: Path) -> None:
    server = await serve()
    flags = ("--db", config.db, "--host", "127.0.0.1", "--port", str(server.port))
    ended = await asyncio.to_thread(run, "doctor", *flags, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [line.split()[0] for line in ended.stdout.splitlines() if "descriptors" not in line] == ["ok"] * 14
    ended = await asyncio.to_thread(run, "doctor", *flags, "--json", cwd=tmp_path)
    findings = json.loads(ended.stdout)
    assert {"check", "outcome", "found", "remedy"} == set(findings[0])


def test_the_command_without_a_server(tmp_path: Path) -> None:
    ended = run("doctor", "--port", str(_free_port()), cwd=tmp_path)
    assert ended.returncode == 1
    assert "fail  server" in ended.stdout
    assert "Start it: " in ended.stdout
    assert not list(tmp_path.iterdir()), "looking makes nothing"
