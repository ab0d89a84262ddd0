"""Snapshot file beside the database: written at a stop, read and removed at the next start."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from ..stream.ring import Run
from .snapshot import (
    Damaged,
    ServiceState,
    SnapshotHeader,
    pack_service,
    read_header,
    read_services,
    without,
    write_header,
)

THREADS: Final = 2
"""Compressing leaves the interpreter's lock, so that a second core halves the silence of a restart."""


class _TimeIsUp(Exception):
    """A service cannot be packed in time."""


class SnapshotFile:
    """The file of one database. Its calls block; each raises OSError where the disk refuses.

    It is its owner's only, and whole or not there: written aside, synced, and renamed.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".snapshot")
        self._partial = self.path.with_name(self.path.name + ".partial")

    def write(
        self,
        header: SnapshotHeader,
        services: Sequence[tuple[ServiceState, Sequence[Run]]],
        seconds: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> list[ServiceState]:
        """Replaces what there is. Returns the services that are left out as there were not `seconds` enough for them.

        The smallest goes first. After half the time nothing is compressed any more: a machine that is busy, or texts
        that zlib cannot make smaller, may not cost what the rings hold.
        """
        begun = clock()

        def is_late() -> bool:
            used = clock() - begun
            if used >= seconds:
                raise _TimeIsUp
            return used >= seconds / 2

        def packed(service: tuple[ServiceState, Sequence[Run]]) -> list[bytes] | None:
            try:
                return pack_service(*service, is_late)
            except _TimeIsUp:
                return None

        left_out = []
        ordered = sorted(services, key=lambda service: sum(len(run.encoded) for run in service[1]))
        with self._written() as file, ThreadPoolExecutor(THREADS) as pool:
            write_header(file, header)
            for (state, _), block in zip(ordered, pool.map(packed, ordered), strict=True):
                if block is None:
                    left_out.append(state)
                else:
                    file.writelines(block)
        return left_out

    def read(self, header: SnapshotHeader) -> list[tuple[ServiceState, list[Run]] | Damaged]:
        """The services of the snapshot with this header, each with its runs, or what is wrong with it.

        Nothing where there is no snapshot. Raises Damaged where it is another database's, or not of its last stop, or
        no snapshot at all, or where it was not written to its end.
        """
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            if self._partial.exists():
                raise Damaged("the stop that wrote it was cut off") from None
            return []
        with file:
            if read_header(file) != header:
                raise Damaged("it is not of this database's last stop")
            return list(read_services(file))

    def remove(self) -> None:
        """Removes the file, and what a stop that was cut off has left of one. Where there is none, nothing happens."""
        self._partial.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def forget(self, service: str) -> None:
        """Takes a service out of the snapshot; one that cannot be read goes as a whole."""
        try:
            with self.path.open("rb") as source, self._written() as target:
                without(source, target, service)
        except FileNotFoundError:
            return
        except Damaged:
            self.remove()

    def _written(self) -> _Aside:
        return _Aside(self._partial, self.path)


class _Aside:
    """A new file that takes the place of another when it is whole."""

    def __init__(self, partial: Path, target: Path) -> None:
        self._partial = partial
        self._target = target
        self._file: BinaryIO

    def __enter__(self) -> BinaryIO:
        self._partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        self._file = os.fdopen(os.open(self._partial, flags, 0o600), "wb")
        return self._file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()
        if kind is not None:
            self._partial.unlink(missing_ok=True)
            return
        self._partial.replace(self._target)
        _sync_folder(self._target.parent)


def _sync_folder(folder: Path) -> None:
    # Where a folder cannot be opened (Windows), the rename is as safe as it gets.
    with suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
