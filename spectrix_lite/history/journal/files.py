"""Journal files: segments by service, in one folder; a few of them open at once, written, cut back and synced."""

from __future__ import annotations

import errno
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

SEGMENT: Final = ".segment"
_WHOLE: Final = "whole"
_OPEN: Final = 64
_AT_ONCE: Final = 500
"""Parts in one call: the kernel takes 1,024 at most."""

Write = Callable[[int, Sequence[bytes]], int]


def write_parts(descriptor: int, parts: Sequence[bytes]) -> int:
    """Writes all that the disk takes, in one call; returns the bytes. Raises OSError where it takes nothing."""
    if len(parts) > _AT_ONCE or not hasattr(os, "writev"):
        return os.write(descriptor, b"".join(parts))
    return os.writev(descriptor, parts)


class JournalFiles:
    """The files of one journal folder. Each call raises OSError where the disk refuses."""

    def __init__(self, folder: Path, write: Write = write_parts) -> None:
        self.folder = folder
        self._write = write
        self._open: OrderedDict[Path, int] = OrderedDict()
        self._dirty: set[Path] = set()

    def path(self, service: str, first: int) -> Path:
        """Where the segment of a service that begins with a seq lies: in the order of their names they follow."""
        return self.folder / service / f"{first:015}{SEGMENT}"

    def segments(self, service: str) -> list[Path]:
        """Those of a service, the oldest first."""
        return sorted((self.folder / service).glob(f"*{SEGMENT}"))

    def services(self) -> list[str]:
        """The services that have a folder."""
        if not self.folder.exists():
            return []
        return [each.name for each in self.folder.iterdir() if each.is_dir()]

    def create(self, path: Path, beginning: bytes) -> None:
        """A new segment, its owner's only."""
        self._make(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, 0o600)
        self._keep(path, descriptor)
        try:
            self._put(descriptor, 0, (beginning,))
        except OSError:
            self.close(path)
            with suppress(OSError):
                path.unlink()
            raise
        self._dirty.update((path, path.parent))

    def append(self, path: Path, size: int, parts: Sequence[bytes]) -> int:
        """Writes behind the first `size` bytes, whole or not at all; returns how many bytes."""
        descriptor = self._open.get(path)
        if descriptor is None:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0))
            self._keep(path, descriptor)
        self._dirty.add(path)
        return self._put(descriptor, size, parts)

    def mark(self, service: str, *, whole: bool) -> None:
        """Notes whether all that was numbered is recorded. To take the note away needs no room on a full disk."""
        note = self.folder / service / _WHOLE
        with suppress(OSError):
            if whole:
                self._make(note.parent)
                note.touch(0o600)
            else:
                note.unlink(missing_ok=True)

    def is_whole(self, service: str) -> bool:
        """Whether all that was numbered when the last process ended is recorded."""
        folder = self.folder / service
        return (folder / _WHOLE).exists() or not folder.exists()

    def close(self, path: Path) -> None:
        """Nothing more is written to it for now."""
        if (descriptor := self._open.pop(path, None)) is not None:
            os.close(descriptor)

    def close_all(self) -> None:
        for path in list(self._open):
            self.close(path)

    def remove(self, service: str) -> None:
        """All that the journal holds of a service."""
        folder = self.folder / service
        for path in [each for each in self._open if each.parent == folder]:
            self.close(path)
        self._dirty = {each for each in self._dirty if folder not in (each, each.parent)}
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)

    def take_dirty(self) -> set[Path]:
        """What was written since the last call, for `sync_all`."""
        dirty, self._dirty = self._dirty, set()
        return dirty

    def still_dirty(self, paths: Iterable[Path]) -> None:
        """What could not be synced is to be tried again."""
        self._dirty.update(paths)

    def _make(self, folder: Path) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        for each in (self.folder, folder):
            each.mkdir(mode=0o700, exist_ok=True)

    def _put(self, descriptor: int, size: int, parts: Sequence[bytes]) -> int:
        wanted = sum(map(len, parts))
        try:
            written = self._write(descriptor, parts)
        except OSError:
            self._cut(descriptor, size)
            raise
        if written != wanted:
            self._cut(descriptor, size)
            raise OSError(errno.ENOSPC, "the disk took only a part of it")
        return wanted

    def _cut(self, descriptor: int, size: int) -> None:
        # Where not even this works, the next start finds the torn run.
        with suppress(OSError):
            os.ftruncate(descriptor, size)

    def _keep(self, path: Path, descriptor: int) -> None:
        self._open[path] = descriptor
        while len(self._open) > _OPEN:
            self.close(next(iter(self._open)))


def sync(path: Path) -> None:
    """Takes a file, or a folder's names, to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> tuple[list[Path], OSError | None]:
    """Takes each to the disk: those of which it failed, and how. What is not there any more needs nothing."""
    failed: list[Path] = []
    trouble: OSError | None = None
    for path in paths:
        try:
            sync(path)
        except FileNotFoundError:  # sealed or deleted meanwhile
            continue
        except OSError as problem:
            failed.append(path)
            trouble = problem
    return failed, trouble


def sizes(folder: Path) -> Iterator[int]:
    """The bytes of each file below a folder, as far as they are there."""
    for path in folder.glob(f"*/*{SEGMENT}"):
        with suppress(FileNotFoundError):
            yield path.stat().st_size
