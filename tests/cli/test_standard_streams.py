"""A program whose standard streams were closed by who started it works, and writes into nothing else in their stead."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from ..support.processes import SECONDS, environment, run

CLOSED = {
    "stdin": "<&-",
    "stdout": ">&-",
    "stderr": "2>&-",
    "stdout and stderr": ">&- 2>&-",
    "all three": "<&- >&- 2>&-",
}
NUMBERS = {"<&-": 0, ">&-": 1, "2>&-": 2}


def command(closed: str, *args: str) -> list[str]:
    """Our program, started by a shell that closes descriptors first."""
    return ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "spectrix_lite", *args]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def server(folder: Path, closed: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """One that cannot say when it listens: it is asked until it answers."""
    port = free_port()
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command(closed, "serve", "--host", "127.0.0.1", "--port", str(port)),
        cwd=folder, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe,
    ) as process:  # fmt: skip
        try:
            deadline = time.monotonic() + SECONDS
            while True:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.02)
            yield process, port
        finally:
            process.kill()


@pytest.mark.case(91)
@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_a_server_without_standard_streams_serves(tmp_path: Path, closed: str) -> None:
    with server(tmp_path, closed) as (process, port):
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS) as answer:
            assert answer.status == 200
        if sys.platform == "linux":
            held = Path(f"/proc/{process.pid}/fd")
            assert {str((held / str(NUMBERS[each])).readlink()) for each in closed.split()} == {"/dev/null"}
        process.send_signal(signal.SIGTERM)
        out, log = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
    assert b"Traceback" not in log
    assert (b"Listening on" in out, b"stopped" in log) == (closed in ("<&-", "2>&-"), closed in ("<&-", ">&-"))
    with closing(sqlite3.connect(tmp_path / "spectrix.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.case(91)
@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
def test_a_command_without_standard_streams_does_its_work(tmp_path: Path, closed: str) -> None:
    added = command(closed, "services", "add", "Payment Service")
    ended = subprocess.run(added, cwd=tmp_path, env=environment(), capture_output=True, timeout=SECONDS, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert "Payment Service" in run("services", "list", cwd=tmp_path).stdout
    refused = subprocess.run(added, cwd=tmp_path, env=environment(), capture_output=True, timeout=SECONDS, check=False)
    assert refused.returncode == 1
    assert (b"exists" in refused.stderr) == ("2>&-" not in closed)
