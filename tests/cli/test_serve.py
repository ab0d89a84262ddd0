"""`serve` as a process: what it says, what it refuses, how it ends."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite import __version__
from spectrix_lite.cli.access import opened
from spectrix_lite.core.config import Config
from spectrix_lite.storage.schema import MIGRATIONS

from ..support.processes import SECONDS, ServerProcess, environment, run, server

SECRET = re.compile(r"spx_v1_live_\w|#token=")


def ask(url: str, body: dict[str, str] | None = None) -> int:
    """The status of a GET, or of a POST with this body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310  a test's own server
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  likewise
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        problem.close()
        return problem.code


def refused(*args: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    """The one line of a server that does not start."""
    ended = run("serve", *args, cwd=cwd, env=env)
    assert ended.returncode == 2, ended
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    return line


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_says_where_it_is_and_keeps_secrets_from_a_pipe(tmp_path: Path) -> None:
    with server("--syslog", "0=My shop", "--fluent", "0=My shop", cwd=tmp_path) as running:
        for each in ("Syslog", "Fluent"):  # the port that was bound
            assert re.search(rf"  {each} +localhost:[1-9][0-9]+=My shop\n", running.said)
        for each in ("Spectrix Lite", f"http://localhost:{running.port}\n", "/api/v1/ingest/logs", "spectrix.db"):
            assert each in running.said
        assert SECRET.search(running.said) is None
        assert f" url --port {running.port}\n" in running.said
        assert "keys create" in running.said
        assert ask(running.base_url + "/healthz") == 200


def test_on_a_terminal_the_printed_curl_works_as_pasted(tmp_path: Path) -> None:
    """The whole first run: start, paste, and the entry is in the first service's ring."""
    with server(cwd=tmp_path, terminal=True) as running:
        assert "My API" in running.said
        pasted = running.said[running.said.index("curl ") :].split("\n\n")[0]
        answer = subprocess.run(
            ["bash", "-c", pasted], capture_output=True, text=True, timeout=SECONDS, check=True, env=environment()
        )
        assert json.loads(answer.stdout) == {"accepted": 1, "rejected": 0, "errors": []}
        assert "spx_v1_live_" in shlex.split(pasted.replace("\\\n", ""))[3]
    with server(cwd=tmp_path, terminal=True) as running:
        assert "curl" not in running.said  # only a new database gets a service
        assert "#token=" in running.said


@pytest.mark.case(39)
async def test_the_printed_link_signs_in_once(tmp_path: Path) -> None:
    with server(cwd=tmp_path, terminal=True) as running:
        found = re.search(r"http://localhost:[0-9]+/#token=(\S+)", running.said)
        assert found is not None
        async with aiohttp.ClientSession(running.base_url) as client:
            for status in (204, 409):
                async with client.post("/api/v1/auth/token", json={"token": found[1]}) as answer:
                    assert answer.status == status


@pytest.mark.case(80)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_sends_watchers_away_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    """Watchers get 1012, exit 0 within 5 s"""
    async with opened(Config(db=str(tmp_path / "spectrix.db")), create=True) as authority:
        _, token = await authority.create_session((await authority.create_service("Shop")).id)
    with server(cwd=tmp_path) as running:
        async with aiohttp.ClientSession() as client, client.ws_connect(running.base_url + "/api/v1/stream") as watcher:
            await watcher.send_json({"type": "watch", "token": token})
            assert (await watcher.receive_json())["type"] == "watching"
            running.send(number)
            assert (await watcher.receive()).type is aiohttp.WSMsgType.CLOSE
            assert watcher.close_code == 1012
        assert running.wait() == 0
        listening, stopping, stopped = (line.split(maxsplit=1)[1] for line in running.errors().splitlines())
        assert listening.startswith(f"info    spectrix_lite.server: listening on 127.0.0.1:{running.port}")
        assert listening.endswith(f", version {__version__}")
        assert stopping == f"info    spectrix_lite.server: stopping: {number.name}"
        assert stopped == "info    spectrix_lite.server: stopped"


@pytest.mark.case(80)
def test_what_is_in_flight_is_answered(tmp_path: Path) -> None:
    with server(cwd=tmp_path) as running, closing(_half_a_request(tmp_path, running)) as producer:
        running.send(signal.SIGTERM)
        _until_refusing(running)
        producer.sendall(b'"message": "in flight"}]}')
        assert producer.recv(65536).startswith(b"HTTP/1.1 200")
        assert running.wait() == 0


@pytest.mark.case(80)
def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with server(cwd=tmp_path) as running, closing(_half_a_request(tmp_path, running)):
        running.send(signal.SIGTERM)
        _until_refusing(running)
        running.send(signal.SIGTERM)
        assert running.wait() == 128 + signal.SIGTERM


def _half_a_request(folder: Path, running: ServerProcess) -> socket.socket:
    """A connection whose ingest request is being read, and has 25 bytes to come."""
    run("services", "add", "Shop", cwd=folder)
    key = run("keys", "create", "Shop", cwd=folder).stdout.strip()
    producer = socket.create_connection(("127.0.0.1", running.port), timeout=SECONDS)
    producer.sendall(
        f"POST /api/v1/ingest/logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nExpect: 100-continue\r\n"
        "Content-Length: 36\r\n\r\n".encode()
    )
    assert producer.recv(65536).startswith(b"HTTP/1.1 100")  # the key is good, and the body is being read
    producer.sendall(b'{"logs": [{')
    return producer


def _until_refusing(running: ServerProcess) -> None:
    """Until nothing listens any more: the first thing that a stop does."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", running.port), timeout=SECONDS).close()
        except ConnectionError:
            return


def test_hangup_is_no_reason_to_stop(tmp_path: Path) -> None:
    with server(cwd=tmp_path) as running:
        running.send(signal.SIGHUP)
        assert ask(running.base_url + "/healthz") == 200
        running.send(signal.SIGTERM)
        assert running.wait() == 0


@pytest.mark.case(81)
def test_a_busy_port_is_one_line(tmp_path: Path) -> None:
    """With nothing left behind"""
    with closing(socket.create_server(("127.0.0.1", 0))) as busy:
        port = busy.getsockname()[1]
        line = refused("--port", str(port), cwd=tmp_path)
    assert f"Port {port} is in use" in line
    assert "--port" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.case(82)
@pytest.mark.parametrize(
    ("args", "env", "named"),
    [
        (["--port", "99999"], {}, "--port"),
        (["--ring-bytes", "many"], {}, "--ring-bytes"),
        ([], {"SPECTRIX_MAX_BODY": "-1"}, "SPECTRIX_MAX_BODY"),
        (["--public-url", "logs"], {}, "--public-url"),
        (["--prot", "1"], {}, "--prot"),
        (["--host", "no.such.host.invalid"], {"SPECTRIX_ADMIN_PASSWORD": "a long enough one"}, "--host"),
        ([], {"SPECTRIX_ADMIN_PASSWORD": "short"}, "SPECTRIX_ADMIN_PASSWORD"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, args: list[str], env: dict[str, str], named: str) -> None:
    assert named in refused("--port", "0", *args, cwd=tmp_path, env=env)


@pytest.mark.case(83)
@pytest.mark.parametrize("args", [["--host", "0.0.0.0"], ["--public-url", "https://logs.example.org"]])  # noqa: S104
def test_others_may_come_only_where_there_is_a_password(tmp_path: Path, args: list[str]) -> None:
    line = refused("--port", "0", *args, cwd=tmp_path)
    assert "password" in line
    assert "SPECTRIX_ADMIN_PASSWORD" in line
    assert list(tmp_path.iterdir()) == []
    with server(*args, cwd=tmp_path, env={"SPECTRIX_ADMIN_PASSWORD": "correct horse"}) as running:
        assert "Listening" in running.said
    with server(*args, cwd=tmp_path) as running:  # it is set now
        assert "Listening" in running.said


def test_a_name_is_shown_as_the_address_that_it_answers_to(tmp_path: Path) -> None:
    env = {"SPECTRIX_ADMIN_PASSWORD": "correct horse"}
    with server("--host", "127.1", cwd=tmp_path, env=env) as running:
        assert f"http://127.0.0.1:{running.port}\n" in running.said


def test_the_password_of_the_environment_never_replaces_one(tmp_path: Path) -> None:
    assert run("password", cwd=tmp_path, text="the first one\n").returncode == 0
    with server(cwd=tmp_path, env={"SPECTRIX_ADMIN_PASSWORD": "the second one"}) as running:
        for password, status in (("the second one", 401), ("the first one", 204)):
            assert ask(running.base_url + "/api/v1/auth/login", {"password": password}) == status


@pytest.mark.case(84)
def test_goes_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    """The pipe is closed before it says anything; a command finds its port out"""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        ["bash", "-c", f'exec "$0" -m spectrix_lite --port {port} > >(exec true)', sys.executable],
        cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + SECONDS
        while _is_refusing(port) and process.poll() is None and time.monotonic() < deadline:
            pass
        assert ask(f"http://127.0.0.1:{port}/readyz") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        assert process.stderr is not None
        assert [line.split()[1] for line in process.stderr.read().splitlines()] == [b"info"] * 3
    finally:
        process.kill()
        process.wait(SECONDS)
        assert process.stderr is not None
        process.stderr.close()


def _is_refusing(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS).close()
    except ConnectionError:
        return True
    return False


@pytest.mark.case(67)
def test_what_is_no_database_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("Dear diary, this is not a database. " * 100)
    before = digest(path)
    assert "notes.db is not a SQLite database" in refused("--port", "0", "--db", "notes.db", cwd=tmp_path)
    assert digest(path) == before


@pytest.mark.case(67)
def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = refused("--port", "0", "--db", "file/spectrix.db", cwd=tmp_path)
    assert "--db" in line


@pytest.mark.case(68)
def test_a_damaged_database_stays_as_it_is(tmp_path: Path) -> None:
    assert run("services", "add", "Shop", cwd=tmp_path).returncode == 0
    path = tmp_path / "spectrix.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 4096)
    before = digest(path)
    assert "is damaged" in refused("--port", "0", cwd=tmp_path)
    assert digest(path) == before


@pytest.mark.case(70, 71)
def test_a_later_version_takes_the_database_along_and_leaves_a_copy(tmp_path: Path) -> None:
    """This version stands for the earlier one: it has served once, and does not touch what the later one made of it."""
    assert run("services", "add", "Shop", cwd=tmp_path).returncode == 0
    later = (
        "from spectrix_lite.storage import schema; "
        "add = 'ALTER TABLE services ADD COLUMN colour TEXT'; "
        "schema.MIGRATIONS += (schema.Migration(len(schema.MIGRATIONS) + 1, 'later', (add,)),); "
        "from spectrix_lite.cli import main; main()"
    )
    with server(cwd=tmp_path, command=(sys.executable, "-c", later)) as running:
        assert ask(running.base_url + "/readyz") == 200
        running.send(signal.SIGTERM)
        assert running.wait() == 0
    columns = "SELECT name, %s FROM services"
    with closing(sqlite3.connect(tmp_path / "spectrix.db")) as migrated:
        assert migrated.execute(columns % "colour").fetchall() == [("Shop", None)]
    with closing(sqlite3.connect(tmp_path / f"spectrix.db.before-v{len(MIGRATIONS) + 1}.bak")) as backup:
        assert backup.execute(columns % "1").fetchall() == [("Shop", 1)]
    before = digest(tmp_path / "spectrix.db")
    assert "newer version" in refused("--port", "0", cwd=tmp_path)
    assert digest(tmp_path / "spectrix.db") == before


@pytest.mark.case(72)
def test_a_second_server_on_the_same_file(tmp_path: Path) -> None:
    with server(cwd=tmp_path) as running:
        line = refused("--port", "0", cwd=tmp_path)
        assert "Another server" in line
        assert str(running.process.pid) in line
        assert ask(running.base_url + "/readyz") == 200


def test_a_locked_database(tmp_path: Path) -> None:
    assert run("services", "add", "Shop", cwd=tmp_path).returncode == 0
    with closing(sqlite3.connect(tmp_path / "spectrix.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert "locked by another process" in refused("--port", "0", cwd=tmp_path)
