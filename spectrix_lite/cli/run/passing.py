"""Bytes passed on as they come: to where they would have gone, at once, and to the collector beside it."""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import Final

from .connected import Connected

CHUNK_BYTES: Final = 64 * 1024
SWITCH_SECONDS: Final = 0.001
"""How long the collector may keep Python's lock from whoever passes bytes on."""


def write_all(descriptor: int, data: bytes) -> None:
    """Writes all of it, also where another program has made the terminal non-blocking. Raises OSError."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def pass_on(way: Connected) -> int:
    """Standard input to standard output until its end. The exit status: 0, or 141 where nobody reads the output.

    Ctrl-C is meant for the command that writes, whose last lines still count; a second one, or SIGTERM, ends this too.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    wake = _heed((signal.SIGINT, signal.SIGTERM))
    way.start()
    try:
        return _pass(way, wake)
    finally:
        way.close()


def _pass(way: Connected, wake: int) -> int:
    interrupted = False
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            for number in os.read(wake, 64):
                if number == signal.SIGTERM or interrupted:
                    return 128 + number
                interrupted = True
        if 0 in ready:
            chunk = os.read(0, CHUNK_BYTES)
            if not chunk:
                return 0
            way.collector.feed("stdout", chunk)
            try:
                write_all(1, chunk)
            except BrokenPipeError:
                return 128 + signal.SIGPIPE


def _heed(numbers: tuple[signal.Signals, ...]) -> int:
    """What can be read when one of the signals has come: its number. Nothing else comes of them."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in numbers:
        signal.signal(number, lambda *_: None)
        signal.siginterrupt(number, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader
