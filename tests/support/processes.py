"""The real program for a test: a server process of its own, with or without a terminal, and commands beside it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent.parent
SECONDS = 60.0
_OWN_FILES = tempfile.TemporaryDirectory(prefix="spectrix-lite-tests-")
"""The most a test waits for a process to say or do something."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, without its settings: a developer's own server must not change what tests see, nor they it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPECTRIX_")}
    own = {"XDG_RUNTIME_DIR": _OWN_FILES.name, "XDG_STATE_HOME": _OWN_FILES.name}
    return {**kept, **own, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(extra or {})}


def run(
    *args: str, cwd: Path, env: Mapping[str, str] | None = None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, `text` on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "spectrix_lite", *args],
        cwd=cwd, env=environment(env), input=text, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip


@dataclass
class ServerProcess:
    """A server that says "Listening"; `said` is what it had printed on standard output by then."""

    process: subprocess.Popen[bytes]
    said: str

    @property
    def port(self) -> int:
        found = re.search(r"Listening on \S+:([0-9]+)", self.said)
        assert found is not None, self.said
        return int(found[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit status."""
        return self.process.wait(SECONDS)

    def errors(self) -> str:
        """What it said on standard error, after its end."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def complaints(self) -> str:
        """What of that is not about its start, its stop, whom it let in, or how busy others keep the machine."""
        lines = self.errors().splitlines(True)
        return "".join(
            line for line in lines if line.split()[1:2] != ["info"] and " warning spectrix_lite.loop: " not in line
        )


@contextmanager
def server(
    *args: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    terminal: bool = False,
    command: Sequence[str] = (sys.executable, "-m", "spectrix_lite"),
) -> Iterator[ServerProcess]:
    """Starts one on a free port and waits until it listens; ends it if the test has not."""
    reader, out = _terminal() if terminal else _pipe()
    process = subprocess.Popen(
        [*command, "serve", "--port", "0", *args],
        cwd=cwd, env=environment(env), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(out)
    try:
        yield ServerProcess(process, _until_listening(reader, process))
    finally:
        reader.close()
        if process.poll() is None:
            process.kill()
        process.wait(SECONDS)
        assert process.stderr is not None
        process.stderr.close()


def _pipe() -> tuple[IO[bytes], int]:
    reader, out = os.pipe()
    return os.fdopen(reader, "rb", buffering=0), out


def _terminal() -> tuple[IO[bytes], int]:
    reader, out = os.openpty()
    attributes = termios.tcgetattr(out)
    attributes[1] &= ~termios.OPOST  # a line end stays one character
    termios.tcsetattr(out, termios.TCSANOW, attributes)
    return os.fdopen(reader, "rb", buffering=0), out


def _until_listening(reader: IO[bytes], process: subprocess.Popen[bytes]) -> str:
    """Blocks until it listens; pytest's own deadline ends a wait that never would."""
    said = b""
    while b"\n" not in said[(at := max(said.find(b"Listening on"), 0)) :] or not at:
        try:
            more = reader.read(65536)
        except OSError:  # how Linux says that nobody has the terminal open any more
            more = b""
        if not more:
            process.wait(SECONDS)
            assert process.stderr is not None
            raise AssertionError(f"it ended with {process.returncode}: {process.stderr.read().decode()}")
        said += more
    return said.decode()
