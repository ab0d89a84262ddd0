"""The command as a process: what it prints on, how it ends, and that it notices as little as may be of being watched.

It has this process's standard input, session and process group, so that keys, job control and `/dev/tty` are the
terminal's own. Each of its stdout and stderr that is a terminal is one of its own (a pty) that changes no byte.
"""

from __future__ import annotations

import fcntl
import os
import signal
import termios
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

NO_SUCH_COMMAND: Final = 127
CANNOT_RUN: Final = 126

_IFLAG: Final = 0
_OFLAG: Final = 1
_LFLAG: Final = 3
_CC: Final = 6
_RESET: Final = (signal.SIGPIPE, *((signal.SIGXFSZ,) if hasattr(signal, "SIGXFSZ") else ()))
"""What Python ignores and a program expects to be as ever."""


class Stream(NamedTuple):
    """Where to read what the command prints on `name`, and where it would have gone."""

    name: str
    reader: int
    out: int
    is_terminal: bool


class NotStarted(Exception):
    """`status` as a shell answers it, `why` in words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Child:
    """A command that runs. `status` is None until it has ended."""

    def __init__(self, pid: int, streams: list[Stream]) -> None:
        self.pid = pid
        self.streams = streams
        self.status: int | None = None
        self._sizes: dict[int, bytes] = {}
        self._modes = {stream.reader: termios.tcgetattr(stream.reader) for stream in streams if stream.is_terminal}
        self.fit()

    def fit(self) -> bool:
        """Gives each pty the size of the terminal that it stands for; whether one has changed."""
        changed = False
        for stream in self.streams:
            if stream.is_terminal:
                try:
                    size = fcntl.ioctl(stream.out, termios.TIOCGWINSZ, bytes(8))
                    if size != self._sizes.get(stream.reader):
                        fcntl.ioctl(stream.reader, termios.TIOCSWINSZ, size)
                        changed = stream.reader in self._sizes
                        self._sizes[stream.reader] = size
                except OSError:  # the terminal is gone; its end is told by a signal
                    continue
        return changed

    def follow(self, stream: Stream) -> None:
        """What the command has set on its pty holds for the terminal that its keys come from: a full-screen program
        turns echo and lines off on its standard output.
        """
        former = self._modes.get(stream.reader)
        if former is None:
            return
        try:
            modes = termios.tcgetattr(stream.reader)
            if modes != former:
                self._modes[stream.reader] = modes
                _set_keys(former, modes)
        except (termios.error, OSError):  # one of both is gone
            return

    def send(self, number: int) -> None:
        """Signals the command; nothing where it has ended."""
        if self.status is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def _set_keys(former: list[Any], modes: list[Any]) -> None:
    """Changes on the terminal of standard input what differs between the two, where this process may."""
    if not os.isatty(0) or os.tcgetpgrp(0) != os.getpgrp():
        return
    keys = termios.tcgetattr(0)
    for flags in (_IFLAG, _OFLAG, _LFLAG):
        changed = former[flags] ^ modes[flags]
        keys[flags] = (keys[flags] & ~changed) | (modes[flags] & changed)
    keys[_CC] = modes[_CC]
    termios.tcsetattr(0, termios.TCSADRAIN, keys)


def spawn(command: Sequence[str], environ: Mapping[str, str], mask: set[signal.Signals]) -> Child:
    """Starts the command with the signal mask `mask`. Raises NotStarted."""
    streams, writers, actions = [], [], []
    for name, out in (("stdout", 1), ("stderr", 2)):
        reader, writer = _terminal(out) if os.isatty(out) else os.pipe()
        streams.append(Stream(name, reader, out, os.isatty(out)))
        writers.append(writer)
        actions.append((os.POSIX_SPAWN_DUP2, writer, out))
    try:
        pid = os.posix_spawnp(
            command[0], list(command), environ, file_actions=actions, setsigmask=mask, setsigdef=_RESET
        )
    except (OSError, ValueError) as problem:
        for stream in streams:
            os.close(stream.reader)
        raise _refusal(command[0], problem) from None
    finally:
        for writer in writers:
            os.close(writer)
    return Child(pid, streams)


def _refusal(name: str, problem: OSError | ValueError) -> NotStarted:
    if isinstance(problem, FileNotFoundError):
        return NotStarted(NO_SUCH_COMMAND, f"there is no command {name}")
    reason = problem.strerror if isinstance(problem, OSError) else str(problem)
    return NotStarted(CANNOT_RUN, f"{name} cannot be run: {reason}")


def _terminal(like: int) -> tuple[int, int]:
    """A pty as the terminal `like` is set, but that it changes no byte: that one will."""
    reader, writer = os.openpty()
    attributes = termios.tcgetattr(like)
    attributes[_OFLAG] &= ~termios.OPOST
    termios.tcsetattr(writer, termios.TCSANOW, attributes)
    return reader, writer


def exit_status(waited: int) -> int:
    """What waitpid said as a shell says it: 128 and its number for a signal."""
    code = os.waitstatus_to_exitcode(waited)
    return 128 - code if code < 0 else code


def in_words(status: int) -> str:
    """`ended with exit code 1`, `ended by SIGTERM`."""
    if status > 128:
        try:
            return f"ended by {signal.Signals(status - 128).name}"
        except ValueError:
            pass
    return f"ended with exit code {status}"
