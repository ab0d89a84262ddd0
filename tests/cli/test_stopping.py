"""How commands that run for long end, on Ctrl-C or when nobody reads them any more: tidily, without a traceback."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..support.processes import SECONDS, ServerProcess, environment, run, server


@pytest.fixture
def running(tmp_path: Path) -> Iterator[ServerProcess]:
    with server(cwd=tmp_path) as running:
        yield running


@contextmanager
def start(folder: Path, running: ServerProcess, *args: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "spectrix_lite", *args, "--port", str(running.port)],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_demo_and_tail_end_on_ctrl_c(tmp_path: Path, running: ServerProcess) -> None:
    with start(tmp_path, running, "demo", "--rate", "200") as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline().startswith("Sending to Demo.")
        with start(tmp_path, running, "tail", "Demo") as tail:
            assert tail.stdout is not None
            assert tail.stdout.readline()
            tail.send_signal(signal.SIGINT)
            _, said = tail.communicate(timeout=SECONDS)
            assert (tail.returncode, said) == (0, "---- watching Demo ----\n")
        demo.send_signal(signal.SIGINT)
        last, said = demo.communicate(timeout=SECONDS)
        assert (demo.returncode, said) == (0, "")
        assert last.endswith("entries sent\n")
    head, key = run("keys", "list", "Demo", cwd=tmp_path).stdout.splitlines()
    assert "STATE" in head
    assert re.search(r" revoked \S+$", key)


def test_tail_ends_when_nobody_reads_it(tmp_path: Path, running: ServerProcess) -> None:
    """`spectrix-lite tail Demo | head -1`"""
    with start(tmp_path, running, "demo", "--rate", "200") as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline()
        with start(tmp_path, running, "tail", "Demo") as tail:
            assert tail.stdout is not None
            assert tail.stderr is not None
            assert tail.stdout.readline()
            tail.stdout.close()
            tail.wait(SECONDS)
            assert (tail.returncode, tail.stderr.read()) == (0, "---- watching Demo ----\n")
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=SECONDS)
