"""Stop signal, received in a thread of its own: an event loop that is held up cannot put it off."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import sys
import threading
import time
from typing import Final

TAKE_UP_SECONDS: Final = 3.0
"""How long the event loop may take until it has taken up the signal; the process is cut off then, with status 1."""

STOP_SECONDS: Final = 4.8
"""After this long from the signal the process ends, whatever still hangs."""

_LINE_SECONDS: Final = 0.1  # for the last line: whoever reads the log may be what holds the loop

_log = logging.getLogger("spectrix_lite.server")


class StopSignal:
    """The first SIGINT or SIGTERM, from when it is made until the process ends. SIGHUP does nothing.

    A second one ends the process at once, with 128 and its number. To be made once, in the main thread, with the loop
    running: it takes Python's signal wakeup descriptor from the loop, whose own signal handlers no longer run.
    On Windows it is never heard: Ctrl-C interrupts the loop there.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard = asyncio.Event()
        self._taken_up = False
        if sys.platform == "win32":
            return
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        # The number is written by C, from whichever thread gets the signal: no Python needs to run on the loop's.
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, frame: None)
            signal.siginterrupt(number, False)
        threading.Thread(target=self._listen, args=(reader,), name="stop signal", daemon=True).start()

    async def wait(self) -> None:
        """Until the stop is asked for."""
        await self._heard.wait()

    def _take_up(self, number: int) -> None:
        self._taken_up = True
        self._heard.set()
        _log.info("stopping: %s", signal.Signals(number).name)

    # In the thread

    def _listen(self, reader: int) -> None:
        number = _next(reader, None)
        assert number is not None
        begun = time.monotonic()
        try:
            self._loop.call_soon_threadsafe(self._take_up, number)
        except RuntimeError:  # closed: the process is ending already
            os._exit(128 + number)
        _end_at_second(reader, TAKE_UP_SECONDS)
        if not self._taken_up:
            _cut_off(number)
        _end_at_second(reader, begun + STOP_SECONDS - time.monotonic())
        _say("ended before all was done, as %.1f s had passed since %s", STOP_SECONDS, signal.Signals(number).name)
        os._exit(0)


def _next(reader: int, seconds: float | None) -> int | None:
    """The next signal that asks for a stop; None where there was none for so long."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while select.select([reader], [], [], None if deadline is None else max(0.0, deadline - time.monotonic()))[0]:
        number = os.read(reader, 1)[0]
        if number in (signal.SIGINT, signal.SIGTERM):
            return number
    return None


def _end_at_second(reader: int, seconds: float) -> None:
    if (number := _next(reader, seconds)) is not None:
        os._exit(128 + number)


def _cut_off(number: int) -> None:
    _say("cut off: the event loop had not taken up %s within %.0f s", signal.Signals(number).name, TAKE_UP_SECONDS)
    os._exit(1)


def _say(*said: object) -> None:
    """A last line, unless the log is what the process hangs on."""
    line = threading.Thread(target=_log.error, args=said, daemon=True)
    line.start()
    line.join(_LINE_SECONDS)
