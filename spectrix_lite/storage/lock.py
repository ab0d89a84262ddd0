"""Lock of a database, on a file beside it: one server a database.

Never on the database itself: closing any descriptor of that file would drop SQLite's own locks in this process.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..core.errors import StartupError

try:
    import fcntl
except ImportError:  # not POSIX: nothing keeps a second server away there, and everything else works
    fcntl = None  # type: ignore[assignment]  # the module's absence is the value


class ServeLock:
    """Held from `take` to `release`, or to the end of the process, however that comes.

    The file stays behind: removing it would let two servers lock two files of the same name.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, database: Path) -> ServeLock:
        """Takes the lock of `database`. Raises StartupError where another process holds it, or where its folder cannot
        be written.
        """
        path = database.with_name(database.name + ".lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as problem:
            raise StartupError(
                f"The lock {path} cannot be made ({problem.strerror}): choose a folder that can be written, with --db."
            ) from None
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_pid(descriptor)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise StartupError(
                f"Another server{f' (process {holder})' if holder.isdigit() else ''} uses the database {database}: "
                "stop it, or choose another database."
            ) from None
        except OSError as problem:
            os.close(descriptor)
            raise StartupError(
                f"The lock {path} cannot be taken ({problem.strerror}): "
                "keep the database on a local disk that has room, with --db."
            ) from None
        return cls(descriptor)

    def release(self) -> None:
        """Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _write_pid(descriptor: int) -> None:
    """Writes down which process holds the lock."""
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
