"""Journal: what a service's log writes before a batch is answered, and what it does where the disk takes no more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from ...entries.entry import Entry, encoded_runs
from ...stream.log import RememberedAnswer, new_epoch, number
from ...stream.ring import Run
from .files import JournalFiles
from .segment import Heading, answered, begin, framed

SEALED_ENTRIES: Final = 2_000
"""About how many become one block: smaller ones are compressed worse, larger ones are opened for less."""

SEALED_BYTES: Final = 4 * 1024 * 1024
AGAIN_SECONDS: Final = 1.0
"""After a write has failed, the next one is tried so much later."""

TOLD_SECONDS: Final = 60.0

_log = logging.getLogger("spectrix_lite.history")


class Disk:
    """What the journals of all services share: their files, who seals a segment, and whether the disk has room.

    `clock` is monotonic seconds; `seal` is told the service and the path of each segment that is complete.
    """

    def __init__(
        self, files: JournalFiles, clock: Callable[[], float], seal: Callable[[str, Path], None] = lambda *_: None
    ) -> None:
        self.files = files
        self.clock = clock
        self.seal = seal
        self.enabled = False
        """Without it all that journals do is count."""
        self.has_room = True
        self.bytes = 0
        """Written by this process."""
        self._told = -TOLD_SECONDS

    def tell(self, trouble: str) -> None:
        """One line a minute, however many services there are."""
        if self.clock() >= self._told + TOLD_SECONDS:
            self._told = self.clock()
            _log.warning("history is paused, entries are taken all the same: %s", trouble)


class Journal:
    """The log of one service, as `stream.log.ImmediateLog`, which writes what it numbers.

    `recorded` is the seq up to which the journal, and what is sealed of it, accounts for all entries. While it cannot
    be written, `head` runs ahead of it; what it goes on with then says how far.
    """

    def __init__(self, service: str, disk: Disk) -> None:
        self.service = service
        self.epoch = new_epoch()
        self.head = 0
        self.recorded = 0
        self.is_paused = False
        self.began: float | None = None  # when the open segment did
        self._disk = disk
        self._path: Path | None = None
        self._size = 0
        self._entries = 0
        self._again = 0.0

    @property
    def paused(self) -> int | None:
        """See `Log`."""
        return self.recorded + 1 if self.is_paused else None

    def append(
        self, entries: Sequence[Entry], received_at: str, answer: RememberedAnswer | None = None
    ) -> tuple[int, list[tuple[bytes, int]]]:
        """See `ImmediateLog`."""
        first = number(entries, self, received_at)
        runs = list(encoded_runs(entries))
        self._write(first, self.head, runs, answer)
        return first, runs

    def write(self, run: Run) -> None:
        """Takes over a run that has its numbers already, behind what is recorded."""
        self.head = max(self.head, run.last)
        self._write(run.first, run.last, [(run.encoded, run.last - run.first + 1)])

    def go_on(self, epoch: str, head: int) -> None:
        """See `Log`. What lies between what is recorded and `head` is in no journal, unless it is written next."""
        if epoch != self.epoch:
            self.roll()
        self.epoch, self.head = epoch, head

    def resume(self, epoch: str, recorded: int, segment: tuple[Path, int, int] | None) -> None:
        """Behind what another process has recorded; `segment` is where that goes on: path, bytes, entries."""
        self.epoch, self.head, self.recorded = epoch, recorded, recorded
        if segment is not None:
            self._path, self._size, self._entries = segment
            self.began = self._disk.clock()

    def roll(self) -> None:
        """Ends the open segment, which is sealed then."""
        path, self._path, self.began = self._path, None, None
        if path is None:
            return
        self._disk.files.close(path)
        if self._entries:
            self._disk.seal(self.service, path)
        else:
            with suppress(OSError):
                path.unlink()

    def close(self) -> None:
        """The service is deleted: so is what its journal holds."""
        self._path = None
        self._disk.files.remove(self.service)

    def _write(
        self, first: int, last: int, runs: list[tuple[bytes, int]], answer: RememberedAnswer | None = None
    ) -> None:
        disk = self._disk
        if not disk.enabled or (self.is_paused and disk.clock() < self._again):
            return
        if not disk.has_room:
            self._pause("the disk has too little room")
            return
        try:
            if self._path is None or first != self.recorded + 1:
                self._begin(first)
            assert self._path is not None
            parts = framed(first, runs)
            if answer is not None:
                parts.append(answered(answer))
            size = disk.files.append(self._path, self._size, parts)
        except OSError as problem:
            self._pause(problem.strerror or str(problem))
            return
        self._size += size
        disk.bytes += size
        self._entries += last - first + 1
        self.recorded = last
        self.is_paused = False
        if self._entries >= SEALED_ENTRIES or self._size >= SEALED_BYTES:
            self.roll()

    def _begin(self, first: int) -> None:
        """A new segment; after a pause it says by what it follows which numbers are in none. Raises OSError."""
        self.roll()
        path = self._disk.files.path(self.service, first)
        beginning = begin(Heading(self.service, self.epoch, self.recorded))
        if not self.is_paused:
            self._disk.files.mark(self.service, whole=True)
        self._disk.files.create(path, beginning)
        if self.is_paused:  # from here on what is missing is told
            self._disk.files.mark(self.service, whole=True)
        self._path, self._size, self._entries = path, len(beginning), 0
        self.began = self._disk.clock()

    def _pause(self, trouble: str) -> None:
        if not self.is_paused:
            self.is_paused = True
            self._disk.files.mark(self.service, whole=False)
        self._again = self._disk.clock() + AGAIN_SECONDS
        self._disk.tell(trouble)
