"""A stop by signal is obeyed in time, whatever holds the event loop, and whichever loop it is."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..support.processes import ROOT, SECONDS, environment, server
from ..support.raw_ingest import loops

LIMIT = 5.0
SERVE = """
import signal, sys, time

def hold(number, frame):
    print("held", file=sys.stderr, flush=True)
    time.sleep(600)

if sys.argv.pop(1) == "asyncio":
    sys.modules["uvloop"] = None
signal.signal(signal.SIGUSR1, hold)
from spectrix_lite.cli import main
sys.exit(main())
"""
"""The program itself, whose loop is held from SIGUSR1 on."""

CUT_OFF = " error   spectrix_lite.server: cut off: the event loop had not taken up SIGTERM within 3 s"


@contextmanager
def held(loop: str, hold: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of `tests.support.stopping` that is ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.stopping", loop, hold],
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


def stopped(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
    """Its status, and how many seconds after the signal it ended."""
    began = time.monotonic()
    process.send_signal(number)
    return process.wait(SECONDS), time.monotonic() - began


def said(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    return process.stderr.read().decode()


@pytest.mark.case(80)
@pytest.mark.parametrize("hold", ["sleep", "c", "python"])
@pytest.mark.parametrize("loop", loops())
def test_a_held_loop_is_cut_off(loop: str, hold: str) -> None:
    with held(loop, hold) as process:
        status, seconds = stopped(process)
        assert (status, 3 <= seconds < LIMIT) == (1, True)
        (line,) = said(process).splitlines()
    assert line.endswith(CUT_OFF)


@pytest.mark.case(80)
def test_a_loop_that_hangs_on_its_own_log_is_cut_off() -> None:
    """Without the line, for which there is no room."""
    with held("asyncio", "log") as process:
        status, seconds = stopped(process)
        assert (status, 3 <= seconds < LIMIT) == (1, True)


@pytest.mark.case(80)
def test_a_stop_that_does_not_come_to_its_end_is_told() -> None:
    with held("asyncio", "unfinished") as process:
        status, seconds = stopped(process)
        assert (status, 4 <= seconds < LIMIT) == (0, True)
        assert said(process).endswith("ended before all was done, as 4.8 s had passed since SIGTERM\n")


@pytest.mark.case(80)
@pytest.mark.parametrize("hold", ["free", "a second"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loop", loops())
def test_a_loop_that_comes_round_ends_well(loop: str, number: signal.Signals, hold: str) -> None:
    with held(loop, hold) as process:
        status, seconds = stopped(process, number)
        assert (status, seconds < 3) == (0, True)
        assert said(process).endswith(f" info    spectrix_lite.server: stopping: {number.name}\n")


@pytest.mark.case(80)
@pytest.mark.parametrize("loop", loops())
def test_a_second_signal_ends_a_held_loop_at_once(loop: str) -> None:
    with held(loop, "sleep") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        status, seconds = stopped(process, signal.SIGINT)
        assert (status in (128 + signal.SIGINT, 128 + signal.SIGTERM), seconds < 3) == (True, True)  # in either order
        assert said(process) == ""


@pytest.mark.case(80)
@pytest.mark.parametrize("loop", loops())
def test_the_program_itself_is_cut_off(tmp_path: Path, loop: str) -> None:
    """Whoever takes the thread out of `serve` hears of it here."""
    with server(cwd=tmp_path, command=(sys.executable, "-c", SERVE, loop)) as running:
        errors = running.process.stderr
        assert errors is not None
        running.send(signal.SIGUSR1)
        while errors.readline() != b"held\n":
            assert running.process.poll() is None
        status, seconds = stopped(running.process)
        assert (status, 3 <= seconds < LIMIT) == (1, True)
        assert running.errors().rstrip().endswith(CUT_OFF)


def test_a_node_that_waits_for_its_engine_stops_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as engine:
        where = f"nats://127.0.0.1:{engine.getsockname()[1]}"
        with subprocess.Popen(
            [sys.executable, "-m", "spectrix_lite", "serve", "--port", "0", "--cluster", where],
            cwd=tmp_path, env=environment(), stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            try:
                engine.settimeout(SECONDS)
                with engine.accept()[0]:  # which says nothing
                    status, seconds = stopped(process)
                    assert (status, seconds < 3) == (0, True)
                    assert said(process).endswith(
                        " info    spectrix_lite.server: stopped before the engine was there\n"
                    )
            finally:
                process.kill()
