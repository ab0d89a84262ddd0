"""Tests of a running server, each on a node of a cluster: nothing changes for producers and watchers."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Final

import pytest

from ..support.processes import ROOT, environment

FILES: Final = (
    *("tests/api/test_auth.py", "tests/api/test_health.py", "tests/api/test_ingest.py", "tests/api/test_metrics.py"),
    *("tests/api/test_protocols.py", "tests/api/test_read_tokens.py", "tests/api/test_services.py"),
    *("tests/api/test_sessions.py", "tests/api/test_stream.py", "tests/api/test_views.py"),
    *("tests/api/entries/test_follow.py", "tests/api/entries/test_page.py", "tests/api/entries/test_summary.py"),
    *("tests/cases/test_ingest.py", "tests/cases/test_stream.py"),
)
"""Not tests/api/entries/test_reach.py: history is kept by a server by itself, and refused with --cluster."""

ALONE: Final = {
    "tests/api/test_stream.py::test_a_token_and_a_cursor_live_through_a_restart_that_keeps_nothing": (
        "a node that starts again goes on in the same epoch: the engine has kept it"
    ),
    "tests/api/test_services.py::test_a_locked_database_refuses_changes_and_nothing_else": "a node has no database",
    "tests/api/test_services.py::test_an_unreadable_database_is_not_a_wrong_key": "a node has no database",
    "tests/api/test_health.py::test_not_ready_while_the_database_is_locked": "a node has no database",
    "tests/api/test_health.py::test_not_ready_while_the_disk_is_full": "a node writes to no disk",
    "tests/api/test_health.py::test_not_ready_while_the_databases_folder_is_gone": "a node has no database",
}
"""What holds only of a server by itself, and why."""

LEAST: Final = 0.95
SECONDS: Final = 900


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 60)
def test_what_a_server_promises_a_node_keeps() -> None:
    without = [f"--deselect={name}" for name in ALONE]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--engine", "nats", "-p", "no:cacheprovider", *without, *FILES],
        cwd=ROOT, env=environment({"PYTEST_ADDOPTS": "-v"}),
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-4000:]
    passed = re.search(r"([0-9]+) passed, ([0-9]+) deselected", ended.stdout)
    assert passed is not None, ended.stdout[-400:]
    assert int(passed[2]) == len(ALONE), "each is a test that there is"
    assert int(passed[1]) >= LEAST * (int(passed[1]) + len(ALONE))
