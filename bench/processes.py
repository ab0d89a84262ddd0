"""The processes that are measured: started on a core of their own, read while they work, ended by their ids."""

from __future__ import annotations

import importlib.util
import os
import re
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).parent.parent
START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 8.0
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_LISTENING: Final = re.compile(rb"Listening on \S+?:(\d+)\b")
HAS_UVLOOP: Final = importlib.util.find_spec("uvloop") is not None
PROGRAM: Final = ("-m", "spectrix_lite")
# As if the package were not installed: sys.modules says so to every import of it.
WITHOUT_UVLOOP: Final = (
    "-c",
    "import sys; sys.modules['uvloop'] = None; from spectrix_lite.cli import main; main()",
)


class Failure(Exception):
    """A measurement cannot be made; the message says why."""


def environment() -> dict[str, str]:
    """This process's, without settings of the server, with compiled modules kept as people have them."""
    ours = ("SPECTRIX_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(ROOT)}


def cores() -> tuple[int, int] | None:
    """(the measured processes' core, the load's core); None where there are not two."""
    usable = sorted(_usable)
    return (usable[0], usable[1]) if len(usable) > 1 else None


_usable: Final = os.sched_getaffinity(0)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """What is started inside runs on `core` for good, and so does this thread until the end; None: as it was."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def unpinned() -> Iterator[None]:
    """What is started inside may run on every core, whatever this thread is pinned to."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _usable)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Measured:
    """A process that listens on `port` of 127.0.0.1; `seconds` is how long that took from its start."""

    pid: int
    port: int
    seconds: float

    def cpu(self) -> float:
        """CPU seconds it has used, all threads and the kernel's work for it: what /proc shows, but in nanoseconds."""
        return time.clock_gettime((~self.pid << 3) | 2)  # the clock of another process: clock_getcpuclockid(3)

    def waited(self) -> float:
        """Seconds for which its main thread could have run and did not: others had the core."""
        return waited(self.pid)

    def resident(self) -> int:
        """Bytes of it that are in memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE


def waited(pid: int) -> float:
    """As `Measured.waited`, of any process."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


@contextmanager
def listening(command: Sequence[str], cwd: Path) -> Iterator[Measured]:
    """Runs `command` on the measured core until the end of the block. Raises Failure if it does not come to listen."""
    own = cores()
    with tempfile.TemporaryFile() as errors:
        with pinned(own and own[0]):
            began = time.perf_counter()
            process = subprocess.Popen(command, cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=errors)
        try:
            assert process.stdout is not None
            port = _port(process.stdout, began + START_SECONDS)
            if port is None:
                errors.seek(0)
                raise Failure(f"{' '.join(command[:4])} … does not listen: {errors.read().decode()[-500:]}")
            yield Measured(process.pid, port, time.perf_counter() - began)
        finally:
            _stop(process)


def _port(out: IO[bytes], until: float) -> int | None:
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(out, selectors.EVENT_READ)
        while (left := until - time.perf_counter()) > 0 and selector.select(left):
            more = os.read(out.fileno(), 4096)
            if not more:
                return None
            said += more
            if (found := _LISTENING.search(said)) and said.endswith(b"\n"):
                return int(found[1])
    return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


@contextmanager
def floor(kind: str = "bare", loop: str = "uvloop") -> Iterator[Measured]:
    """See `bench.floor`. Where uvloop is not installed, neither side has it."""
    loop = loop if HAS_UVLOOP else "asyncio"
    with listening([sys.executable, "-m", "bench.floor", kind, loop], ROOT) as process:
        yield process


@contextmanager
def spectrix(program: Sequence[str] = PROGRAM, flags: Sequence[str] = ()) -> Iterator[tuple[Measured, Path]]:
    """A server with a database of its own, whose path comes with it, and keys that may send as fast as they can.

    `program` is what Python is told to run, `flags` are further ones of `serve`.
    """
    with tempfile.TemporaryDirectory(prefix="spectrix-bench-") as folder:
        database = Path(folder, "bench.db")
        limits = ["--key-rate", "1000000", "--key-burst", "1000000"]
        where = ["serve", "--host", "127.0.0.1", "--port", "0", *kept_in(database, flags)]
        with listening([sys.executable, *program, *where, *limits, *flags], Path(folder)) as process:
            yield process, database


def kept_in(database: Path, flags: Sequence[str]) -> list[str]:
    """Flags that say where a server keeps what it knows: a node has no database."""
    return [] if "--cluster" in flags else ["--db", str(database)]


def run(*command: str) -> tuple[float, str]:
    """Runs Python with these arguments to its end: (wall seconds, standard output). Raises Failure."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command], env=environment(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise Failure(f"python {' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}")
    return time.perf_counter() - began, done.stdout
