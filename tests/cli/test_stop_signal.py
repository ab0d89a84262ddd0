"""A stop by signal is obeyed in time, whatever holds the event loop, and whichever loop it is."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spectrix_lite.cli import stop_signal
from spectrix_lite.cli.stop_signal import StopSignal

from ..support.processes import ROOT, SECONDS, environment, server
from ..support.raw_ingest import loops

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


def stopped(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> int:
    """Its status; when each comes, `test_whatever_hangs_ends_in_time` says."""
    process.send_signal(number)
    return process.wait(SECONDS)


def said(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    return process.stderr.read().decode()


class Ended(BaseException):
    """Instead of the process."""


class Thread:
    """What the thread of a stop signal has around it: signals at their times, and a clock that its waits move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *signals: tuple[float, signal.Signals]) -> None:
        self.now = 0.0
        self.said: list[str] = []
        self.takes_up = False
        self._signals = list(signals)
        monkeypatch.setattr(stop_signal, "time", self)
        monkeypatch.setattr(stop_signal, "select", self)
        monkeypatch.setattr(stop_signal, "os", self)
        monkeypatch.setattr(stop_signal, "_say", lambda text, *of: self.said.append(text % of))

    def ended(self) -> tuple[int, float]:
        """The status, and how many seconds after the first signal."""
        self.stop = StopSignal.__new__(StopSignal)
        self.stop._loop, self.stop._heard, self.stop._taken_up = self, asyncio.Event(), False  # type: ignore[assignment]
        first = self._signals[0][0]
        with pytest.raises(Ended) as ended:
            self.stop._listen(0)
        return ended.value.args[0], self.now - first

    def monotonic(self) -> float:
        return self.now

    def select(self, reading: list[int], _: list[int], __: list[int], seconds: float | None) -> tuple[list[int]]:
        until = math.inf if seconds is None else self.now + seconds
        heard = bool(self._signals) and self._signals[0][0] <= until
        self.now = self._signals[0][0] if heard else until
        return (reading if heard else [],)

    def read(self, reader: int, size: int) -> bytes:
        return bytes([self._signals.pop(0)[1]])

    def call_soon_threadsafe(self, what: Callable[[int], None], number: int) -> None:
        if self.takes_up:
            what(number)

    def _exit(self, status: int) -> None:
        raise Ended(status)


@pytest.mark.case(80)
def test_whatever_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = Thread(monkeypatch, (7.0, signal.SIGTERM))
    assert thread.ended() == (1, 3.0)
    assert thread.said == ["cut off: the event loop had not taken up SIGTERM within 3 s"]
    thread = Thread(monkeypatch, (7.0, signal.SIGHUP), (8.0, signal.SIGINT))
    thread.takes_up = True
    status, seconds = thread.ended()
    assert (status, round(seconds, 6)) == (0, 1 + 4.8)
    assert thread.said == ["ended before all was done, as 4.8 s had passed since SIGINT"]


@pytest.mark.case(80)
@pytest.mark.parametrize("after", [0.0, 2.9, 3.5, 4.7])
def test_a_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch, after: float) -> None:
    thread = Thread(monkeypatch, (0.0, signal.SIGTERM), (after, signal.SIGINT))
    thread.takes_up = True
    assert thread.ended() == (128 + signal.SIGINT, after)


@pytest.mark.case(80)
@pytest.mark.parametrize("hold", ["sleep", "c", "python"])
@pytest.mark.parametrize("loop", loops())
def test_a_held_loop_is_cut_off(loop: str, hold: str) -> None:
    with held(loop, hold) as process:
        status = stopped(process)
        assert status == 1
        (line,) = said(process).splitlines()
    assert line.endswith(CUT_OFF)


@pytest.mark.case(80)
def test_a_loop_that_hangs_on_its_own_log_is_cut_off() -> None:
    """Without the line, for which there is no room."""
    with held("asyncio", "log") as process:
        status = stopped(process)
        assert status == 1


@pytest.mark.case(80)
def test_a_stop_that_does_not_come_to_its_end_is_told() -> None:
    with held("asyncio", "unfinished") as process:
        status = stopped(process)
        assert status == 0
        assert said(process).endswith("ended before all was done, as 4.8 s had passed since SIGTERM\n")


@pytest.mark.case(80)
@pytest.mark.parametrize("hold", ["free", "a moment"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loop", loops())
def test_a_loop_that_comes_round_ends_well(loop: str, number: signal.Signals, hold: str) -> None:
    with held(loop, hold) as process:
        status = stopped(process, number)
        assert status == 0
        assert said(process).endswith(f" info    spectrix_lite.server: stopping: {number.name}\n")


@pytest.mark.case(80)
@pytest.mark.parametrize("loop", loops())
def test_a_second_signal_ends_a_held_loop_at_once(loop: str) -> None:
    with held(loop, "sleep") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        status = stopped(process, signal.SIGINT)
        assert status in (128 + signal.SIGINT, 128 + signal.SIGTERM)  # in either order
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
        status = stopped(running.process)
        assert status == 1
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
                    status = stopped(process)
                    assert status == 0
                    assert said(process).endswith(
                        " info    spectrix_lite.server: stopped before the engine was there\n"
                    )
            finally:
                process.kill()
