"""`cluster try` as people call it: three nodes and an engine, until Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from ..support.processes import SECONDS, environment

pytestmark = pytest.mark.long


def test_tried_on_this_machine_until_it_is_stopped_and_nothing_stays(tmp_path: Path) -> None:
    tried = subprocess.Popen(
        [sys.executable, "-m", "spectrix_lite", "cluster", "try", "--port", "14310"],
        cwd=tmp_path, env=environment({"TMPDIR": str(tmp_path)}), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert tried.stdout is not None
        said = b""
        for line in tried.stdout:
            said += line
            if line.startswith(b"Ctrl-C"):
                break
        else:
            assert tried.stderr is not None
            raise AssertionError(tried.stderr.read().decode())
        cluster = re.search(rb"nats://\S+:[0-9]+", said)
        assert cluster is not None
        for port in (14310, 14311, 14312):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS) as answer:
                assert answer.status == 200
        children = _children(tried.pid)
        assert len(children) == 4
        tried.send_signal(signal.SIGINT)
        assert tried.wait(SECONDS) == 0
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
        assert list(tmp_path.glob("spectrix-cluster-*")) == []
    finally:
        if tried.poll() is None:
            for pid in _children(tried.pid):
                os.kill(pid, signal.SIGKILL)
            tried.kill()
        tried.wait(SECONDS)
        for stream in (tried.stdout, tried.stderr):
            assert stream is not None
            stream.close()


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
