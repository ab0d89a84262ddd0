"""`cluster`, and the other commands with `--cluster`, against a real engine."""

from __future__ import annotations

import socket
import socketserver
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from spectrix_lite.cli import main
from spectrix_lite.cli.cluster import checks, trying
from spectrix_lite.cluster.store.kv_store import KvStore
from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError, StorageFull

from ..support.processes import run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_database_goes_into_a_cluster_and_comes_back(
    clustered: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*args: str, status: int = 0) -> str:
        assert main(args) == status
        out, err = capsys.readouterr()
        return out + err

    at = ("--cluster", str(clustered.cluster))
    said("services", "add", "Shop")
    key = said("keys", "create", "Shop").strip()
    assert said("cluster", "import", "spectrix.db", *at) == (
        "spectrix.db is taken in: 1 service, with all that belongs to them.\n"
    )
    assert "keeps something already" in said("cluster", "import", "spectrix.db", *at, status=2)
    monkeypatch.setenv("SPECTRIX_CLUSTER", at[1])
    said("services", "rename", "Shop", "Store")
    said("backup", "back.db")
    assert "exists" in said("backup", "back.db", status=2)
    assert "none is running" in said("cluster", "status")
    assert "none is running" in said("doctor", "--json", "--port", "1", status=1)
    monkeypatch.delenv("SPECTRIX_CLUSTER")
    assert key[:12] in said("keys", "list", "Store", "--db", "back.db")
    assert stat.S_IMODE(Path("back.db").stat().st_mode) == 0o600


def test_a_backup_that_was_killed_is_not_in_the_way_of_the_next(
    clustered: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--cluster", str(clustered.cluster))
    assert main(["services", "add", "Shop", *at]) == 0
    assert main(["backup", "back.db.partial", *at]) == 0  # as it leaves one
    Path("back.db.partial-wal").write_bytes(b"of another")
    assert main(["backup", "back.db", *at]) == 0
    assert sorted(each.name for each in Path().iterdir()) == ["back.db"]
    assert main(["backup", "nowhere/back.db", *at]) == 2
    assert main(["backup", "other.db", "--history", *at]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "spectrix-lite: The backup nowhere/back.db cannot be written: No such file or directory."
    assert "--history is kept by a server by itself" in second


def test_an_import_that_breaks_off_says_that_a_part_is_there(
    clustered: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--cluster", str(clustered.cluster))
    assert main(["services", "add", "Shop"]) == 0
    assert main(["keys", "create", "Shop"]) == 0
    monkeypatch.setattr(KvStore, "add_stream_key", _no_room)
    assert main(["cluster", "import", "spectrix.db", *at]) == 1
    assert "no room left; see its limits. The cluster at" in capsys.readouterr().err
    assert main(["cluster", "import", "spectrix.db", *at]) == 2
    assert "broken off" in capsys.readouterr().err


async def _no_room(*_: object) -> None:
    raise StorageFull("The cluster's engine has no room left; see its limits.")


def test_a_database_that_cannot_be_read_leaves_nothing_in_the_engine(capsys: pytest.CaptureFixture[str]) -> None:
    Path("none.db").write_text("none")
    assert main(["cluster", "import", "none.db", "--cluster", "nats://127.0.0.1:1"]) == 2
    assert "not a SQLite database" in capsys.readouterr().err


def test_status_says_why_the_engine_cannot_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    with fake_engine(b'{"server_name": "n1", "version": "2.10.4", "max_payload": 1048576}') as port:
        assert main(["cluster", "status", "--cluster", f"nats://127.0.0.1:{port}"]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.split(maxsplit=2)[2] == "The engine of --cluster is nats-server 2.10.4. 2.14.0 or newer is needed."
    assert second.split(maxsplit=2) == ["ok", "servers", f"n1 answers at 127.0.0.1:{port}"]


async def test_which_servers_answer_is_told_where_the_engine_does_not(config: Config) -> None:
    with fake_engine(b'{"server_name": "n1"}') as there, fake_engine(b"?") as other, socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))
        ports = (there, other, gone.getsockname()[1])
        named = parse_cluster(",".join(f"nats://127.0.0.1:{port}" for port in ports))
        (told,) = await checks.servers(replace(config, cluster=named))
    one, two, three = told.found.split("; ")
    assert one == f"n1 answers at 127.0.0.1:{ports[0]}"
    assert two == f"127.0.0.1:{ports[1]} is another program"
    assert three == f"127.0.0.1:{ports[2]} cannot be reached (Connection refused)"
    assert told.outcome == "fail"


@contextmanager
def fake_engine(about: bytes) -> Iterator[int]:
    """A server that greets so, and answers no more than that it is there."""

    class Greeter(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"INFO " + about + b"\r\n")
            for line in self.rfile:
                if line.startswith(b"PING"):
                    self.wfile.write(b"PONG\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Greeter) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("flag", ["--cluster-credentials", "--cluster-ca"])
@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("services", "list")])
def test_what_is_for_a_cluster_is_nothing_without_one(
    command: tuple[str, ...], flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, flag, "file"]) == 2
    assert f"{flag} is given, and --cluster is not" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "args",
    [("serve", "--port", "0", "--snapshot", "on"), ("serve", "--db", "x.db"), ("services", "list", "--db", "x.db")],
)
def test_what_a_node_does_not_keep_is_refused(
    args: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECTRIX_CLUSTER", "nats://127.0.0.1:1")
    assert main(args) == 2
    assert f"{args[-2]} is given beside a cluster" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", [("run", "--", "true"), ("pipe",)])
def test_run_is_told_where_to_send(command: tuple[str, ...], tmp_path: Path) -> None:
    """In a process of its own, whose signals are its to change."""
    ended = run(*command, cwd=tmp_path, env={"SPECTRIX_CLUSTER": "nats://127.0.0.1:1"})
    assert ended.returncode == 2
    assert "SPECTRIX_URL and SPECTRIX_API_KEY" in ended.stderr


def test_it_must_be_said_which(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cluster", "status"]) == 2
    assert "Which cluster?" in capsys.readouterr().err


def test_ports_are_looked_at_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["cluster", "try", "--port", str(port)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"spectrix-lite: Port {port} is in use: stop what listens there, or give another one with --port.\n"
    )
    assert main(["cluster", "try", "--port", "65534"]) == 2
    assert "at most 65533 with --port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        ("", 0o644, "nats-server is missing"),
        ("garbage", 0o755, "cannot be run"),
        ("#!/bin/false", 0o755, "said nothing"),
    ],
)
def test_an_engine_that_cannot_be_run_is_told_in_one_line(
    content: str,
    mode: int,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = tmp_path / "nats-server"
    engine.write_text(content)
    engine.chmod(mode)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    assert main(["cluster", "try", "--port", "0"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line


def test_nodes_get_three_ports_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    free_port = trying._free_port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        second = taken.getsockname()[1]
        found = chain([second - 1], iter(free_port, None))
        monkeypatch.setattr(trying, "_free_port", lambda: next(found))
        assert trying.free_ports() not in range(second - 2, second + 1)
    monkeypatch.setattr(trying, "_free_port", lambda: trying.LAST_PORT)
    with pytest.raises(StartupError, match="name the first of them"):
        trying.free_ports()
