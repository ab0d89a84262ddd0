"""The server's own log: one line an event, escaped, few; as text, as JSON, and as systemd's journal wants it."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from spectrix_lite.cli.server_log import JsonLine, OncePerSecond, OneLine, Prioritised, Unquoted

from ..support.fakes import FakeClock
from ..support.processes import SECONDS, environment, run, server

NASTY = "no\nERROR forged\x1b[31m \u202e"


def _record(message: str = "%s happened", level: int = logging.WARNING, *, failed: bool = False) -> logging.LogRecord:
    error = None
    if failed:
        try:
            raise ValueError(NASTY)
        except ValueError:
            error = sys.exc_info()
    record = logging.LogRecord("spectrix_lite.test", level, __file__, 1, message, (NASTY,), error)
    record.created = 1_778_754_600.0
    return record


def test_text_is_one_line_that_nobody_else_could_have_written() -> None:
    line = OneLine().format(_record())
    assert line.startswith("2026-05-14T10:30:00Z warning spectrix_lite.test: no")
    assert line.isprintable()
    first, *trace = OneLine().format(_record(failed=True)).split("\n")
    assert first == line
    assert trace
    assert all(each.startswith("    | ") and each.isprintable() for each in trace)


def test_json_is_one_object_a_line() -> None:
    line = JsonLine().format(_record())
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {
        "time": "2026-05-14T10:30:00Z",
        "level": "warning",
        "logger": "spectrix_lite.test",
        "message": f"{NASTY} happened",
    }
    failed = json.loads(JsonLine().format(_record(failed=True)))
    assert failed["error"] == "ValueError"
    assert "\n" not in JsonLine().format(_record(failed=True))
    assert failed["trace"][0] == "Traceback (most recent call last):"


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.CRITICAL, 3), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7)],
)
def test_the_journal_gets_a_priority_on_each_line(level: int, priority: int) -> None:
    lines = Prioritised(OneLine()).format(_record(level=level, failed=True)).split("\n")
    assert len(lines) > 2
    assert all(line.startswith(f"<{priority}>") for line in lines)
    assert json.loads(Prioritised(JsonLine()).format(_record(level=level)).removeprefix(f"<{priority}>"))


def test_one_line_a_second_of_a_kind() -> None:
    clock = FakeClock()
    once = OncePerSecond(clock.monotonic)
    assert [once.filter(_record()) for _ in range(3)] == [True, False, False]
    assert once.filter(_record("another sentence %s"))
    assert once.filter(_record(level=logging.ERROR))
    assert once.filter(_record(failed=True))
    clock.advance(1.0)
    assert once.filter(_record())


def test_other_packages_say_their_sentence_and_quote_nobody() -> None:
    """case 96: neither by a value, nor by an error's message, nor in asyncio's own sentences."""
    record = _record("%s: Client protocols %r do not overlap, %(more)-5.3d", failed=True)
    record.name = "aiohttp.websocket"
    assert Unquoted().filter(record)
    line = OneLine().format(record)
    assert "aiohttp.websocket: ?: Client protocols ? do not overlap, ?: ValueError at test_server_log.py:" in line
    record = _record("Exception in callback data_received(b'forged')\nprotocol: <forged>")
    record.name = "asyncio"
    assert Unquoted().filter(record)
    assert record.getMessage() == "Exception in callback data_received"
    ours = _record()
    assert Unquoted().filter(ours)
    assert ours.getMessage() == f"{NASTY} happened"


@pytest.mark.parametrize("formatter", [OneLine(), JsonLine()])
def test_a_line_ends_somewhere(formatter: logging.Formatter) -> None:
    """case 96"""
    record = _record("x" * 9000 + "%s")
    assert len(formatter.format(record)) < 1200
    error = ValueError("the first")
    for _ in range(90):
        error, before = ValueError("y" * 9000), error
        error.__cause__ = before
    record.exc_info = (ValueError, error, None)
    lines = formatter.format(record).replace('", "', "\n").split("\n")
    assert 60 < len(lines) < 70
    assert max(map(len, lines)) < 1200


# The real program


SENT = "needle" * 1100
UPGRADE = (
    "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
POST = "POST /api/v1/ingest/logs HTTP/1.1\r\nHost: localhost\r\n"
ANONYMOUS = [
    f"{UPGRADE}Sec-WebSocket-Protocol: {SENT}\r\n\r\n",
    f"{UPGRADE}Sec-WebSocket-Extensions: {SENT}\r\n\r\n",
    f"{UPGRADE}\r\n\x81\xfe\x04\x00{SENT}",
    f"{UPGRADE.replace('13', SENT)}\r\n",
    f"{UPGRADE.replace('AAAA==', SENT)}\r\n",
    f"GET /{SENT} HTTP/1.1\r\nHost: localhost\r\n\r\n",
    f"GET / HTTP/{SENT}\r\nHost: localhost\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: {SENT}\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: localhost\r\n{SENT}\r\n\r\n",
    f"{SENT[:600]} / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    f"{POST}Authorization: Bearer {SENT}\r\nContent-Length: 2\r\n\r\n{{}}",
    f"{POST}Transfer-Encoding: chunked\r\n\r\n{SENT}",
    f"{POST}Content-Length: {SENT}\r\n\r\n",
    f"{POST}Content-Type: multipart/form-data; boundary={SENT}\r\nContent-Length: 2\r\n\r\n--",
    f"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    f"Cookie: {SENT}\r\nX-Forwarded-For: {SENT[:900]}\r\nContent-Length: 25\r\n\r\n"
    '{"password": "needlework"}',
]


def _answered(port: int, sent: str) -> None:
    """Sends it and reads until the server has nothing more to say."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as peer:
        peer.sendall(sent.encode("latin-1"))
        assert peer.recv(65536).startswith((b"HTTP/1.1 ", b"HTTP/1.0 "))


@pytest.mark.case(96)
def test_nothing_that_an_anonymous_client_sends_reaches_the_log(tmp_path: Path) -> None:
    with server(cwd=tmp_path) as running:
        for sent in ANONYMOUS:
            _answered(running.port, sent)
        running.send(signal.SIGTERM)
        assert running.wait() == 0
        log = running.errors()
    assert "needle" not in log
    assert max(map(len, log.splitlines())) < 300


def _served(folder: Path, *flags: str, journal: bool = False) -> tuple[str, str]:
    """What a server says on standard output and standard error from its start to its stop."""
    out = folder / "out"
    reader, writer = os.pipe()
    about = os.fstat(writer)
    stream = f"{about.st_dev}:{about.st_ino}" if journal else "1:1"
    with out.open("wb") as stdout, os.fdopen(reader, encoding="ascii") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "spectrix_lite", "--port", "0", *flags],
            cwd=folder, env=environment({"JOURNAL_STREAM": stream}),
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=writer,
        )  # fmt: skip
        os.close(writer)
        try:
            said = log.readline()
            assert "listening on" in said
            process.send_signal(signal.SIGTERM)
            said += log.read()
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            process.wait(SECONDS)
    return out.read_text(), said


def test_a_server_tells_its_start_and_stop_as_json_and_nothing_beside(tmp_path: Path) -> None:
    out, log = _served(tmp_path, "--log-format", "json")
    assert out == ""
    events = [json.loads(line) for line in log.splitlines()]
    assert [event["message"].split(" ", 1)[0] for event in events] == ["listening", "stopping:", "stopped"]
    assert {(event["level"], event["logger"]) for event in events} == {("info", "spectrix_lite.server")}


def test_a_server_under_systemd_tells_priorities(tmp_path: Path) -> None:
    out, log = _served(tmp_path, journal=True)
    assert "Listening on" in out
    assert [line[:3] for line in log.splitlines()] == ["<6>"] * 3


@pytest.mark.case(83)
def test_a_refusal_to_start_is_json_too(tmp_path: Path) -> None:
    ended = run("--host", "0.0.0.0", "--log-format", "json", cwd=tmp_path)  # noqa: S104  what is refused
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    told = json.loads(line)
    assert told["level"] == "error"
    assert told["message"].startswith("does not start: --host 0.0.0.0 lets others reach the server")


@pytest.mark.case(82)
def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    ended = run("--log-format", "xml", cwd=tmp_path)
    assert ended.returncode == 2
    assert "--log-format is not text or json" in ended.stderr
