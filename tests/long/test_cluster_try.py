"""`cluster try` as people call it: three nodes and an engine, until Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ..support.processes import SECONDS, environment
from ..support.watching import until

pytestmark = pytest.mark.long


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """It starts."""
    tried = subprocess.Popen(
        [sys.executable, "-m", "spectrix_lite", "cluster", "try", "--port", "14310"],
        cwd=tmp_path, env=environment({"TMPDIR": str(tmp_path)}), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield tried
    finally:
        if tried.poll() is None:
            for pid in _children(tried.pid):
                os.kill(pid, signal.SIGKILL)
            tried.kill()
        tried.wait(SECONDS)
        for stream in (tried.stdout, tried.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def tried(begun: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """It runs, and all three nodes answer."""
    assert begun.stdout is not None
    said = b""
    for line in begun.stdout:
        said += line
        if line.startswith(b"Ctrl-C"):
            break
    else:
        assert begun.stderr is not None
        raise AssertionError(begun.stderr.read().decode())
    assert re.search(rb"nats://\S+:[0-9]+", said) is not None
    for port in (14310, 14311, 14312):
        assert f"http://127.0.0.1:{port}/#token=".encode() in said
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS) as answer:
            assert answer.status == 200
    return begun


STOPS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])


@STOPS
async def test_however_it_is_stopped_nothing_of_it_stays(
    tried: subprocess.Popen[bytes], number: signal.Signals, tmp_path: Path
) -> None:
    children = _children(tried.pid)
    assert len(children) == 5, "an engine, three nodes, and who ends them where it cannot"
    tried.send_signal(number)
    assert tried.wait(SECONDS) == (0 if number == signal.SIGINT else -number)
    await until(lambda: not _run(children) and not list(tmp_path.glob("spectrix-cluster-*")), SECONDS)


@STOPS
async def test_stopped_while_it_starts_it_leaves_nothing_either(
    begun: subprocess.Popen[bytes], number: signal.Signals, tmp_path: Path
) -> None:
    await until(lambda: len(_children(begun.pid)) == 3, SECONDS)
    children = _children(begun.pid)
    begun.send_signal(number)
    assert begun.wait(SECONDS) == (0 if number == signal.SIGINT else -number)
    await until(lambda: not _run(children) and not list(tmp_path.glob("spectrix-cluster-*")), SECONDS)
    assert begun.stdout is not None
    assert begun.stdout.read() == b"", "it stops at once, and does not start all first"


def _run(pids: Sequence[int]) -> list[int]:
    """Those that have not ended; who is nobody's child any more may stand there dead."""
    stats = [Path(f"/proc/{pid}/stat") for pid in pids]
    return [pid for pid, stat in zip(pids, stats, strict=True) if stat.exists() and b") Z" not in stat.read_bytes()]


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
