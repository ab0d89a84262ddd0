"""python on_terminal.py COMMAND…: runs COMMAND on a terminal of its own and copies what it prints to standard output.

The command keeps this process's id, so that whoever started this can signal it.
"""

from __future__ import annotations

import os
import sys


def copy(terminal: int) -> None:
    """Until nobody has the terminal open any more."""
    while True:
        try:
            said = os.read(terminal, 65536)
        except OSError:  # how Linux says it
            return
        if not said:
            return
        os.write(sys.stdout.fileno(), said)


def main() -> None:
    terminal, its_end = os.openpty()
    if os.fork() == 0:
        os.close(its_end)
        copy(terminal)
        os._exit(0)
    os.close(terminal)
    os.dup2(its_end, sys.stdout.fileno())
    os.close(its_end)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  the command is the test's own, and no shell is wanted


if __name__ == "__main__":
    main()
