"""Standard streams: input, output and error, some of which the parent process may have closed."""

from __future__ import annotations

import os
import sys
from typing import Final

_STREAMS: Final = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_missing() -> None:
    """Gives each of the three that is closed the null device, so that all may be read and written as ever.

    To be called before anything else is opened: the next socket or database would get the free number, and in it what
    is meant for a terminal. libuv ends a process over such a number.
    """
    for number, (name, mode) in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which gets the lowest free number: this one
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115  for good
            setattr(sys, name, stream)
