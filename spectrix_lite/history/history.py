"""History: the journals of all services, who seals them, and what of it is there when a server begins.

Ingest never waits for it and never fails by it: where the disk does not take more, entries are numbered all the same,
and what is not recorded is a gap.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..core.clock import Clock
from ..core.config import MIB
from ..core.errors import StorageFailed
from ..core.history_bounds import HistoryBounds
from ..core.timestamps import rfc3339
from ..entries.entry import split_run
from ..stream.ring import Run
from .blocks.block_store import BlockStore, UnusableHistory
from .blocks.codec import CannotOpen
from .journal.files import JournalFiles, sync_all
from .journal.journal import Disk, Journal
from .lock import locked
from .noting import Noting
from .sealing import Sealing
from .search.searches import Searches
from .takeover import Before, Kept, Takeover, above

SYNC_SECONDS: Final = 1.0
TIDY_SECONDS: Final = 60.0
_ROOM: Final = 64 * MIB
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

_log = logging.getLogger("spectrix_lite.history")


def boot_id() -> str | None:
    """The id of the kernel's life; None where it tells none."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return None


def free_bytes(folder: Path) -> tuple[int, int]:
    """(free, all) bytes of the disk."""
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


class History:
    """The logs of one server, as `stream.log.Logs`. `path` is the file; the journal is a folder beside it."""

    def __init__(
        self,
        path: Path,
        bounds: HistoryBounds,
        clock: Clock,
        *,
        files: JournalFiles | None = None,
        boot: Callable[[], str | None] = boot_id,
        free: Callable[[Path], tuple[int, int]] = free_bytes,
    ) -> None:
        self.path = path
        self.folder = path.with_name(path.name + ".journal")
        self.bounds = bounds
        self.trouble: str | None = None
        """Why there is no history, where it cannot be used."""
        self._clock = clock
        self._boot = boot
        self._free = free
        self._files = files or JournalFiles(self.folder)
        self.sealing = Sealing(path, self.folder, bounds)
        self.searches = Searches(path, self.folder)
        self.noting: Noting | None = None
        """Set before `start`."""
        self._disk = Disk(self._files, clock.monotonic, self.sealing.seal)
        self._journals: dict[str, Journal] = {}
        self._task: asyncio.Task[None] | None = None

    # As the logs of the hub

    def open(self, service_id: str) -> Journal:
        """See `stream.log.Logs`."""
        journal = self._journals[service_id] = Journal(service_id, self._disk)
        return journal

    def close(self, service_id: str) -> None:
        """See `stream.log.Logs`."""
        journal = self._journals.pop(service_id, None)
        if journal is not None and self._disk.enabled:
            journal.close()
            self.sealing.delete(service_id)

    # From start to stop

    async def recover(self, before: Before) -> dict[str, Kept]:
        """What there is of each service that is open, the newest entries of it in memory.

        A service of which something that was answered may be missing goes on in a new epoch. Where history cannot be
        used, a line in the log says so, and the server goes on without: then no number goes back all the same.
        """
        try:
            kept = await asyncio.to_thread(self._recover, before)
        except (UnusableHistory, sqlite3.Error, CannotOpen, TimeoutError) as problem:
            self._give_up(str(problem))
        except OSError as problem:
            self._give_up(problem.strerror or str(problem))
        else:
            self._disk.enabled = True
            return kept
        lost = self._journals.keys() & before.noted.keys() - before.stopped.keys()
        return {service: above(before.noted[service]) for service in lost}

    async def start(self) -> None:
        """After `recover`, and after what it found was taken over: now journals are sealed and synced."""
        if self._disk.enabled:
            self.sealing.start()
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """When nothing more is appended: all that is recorded is on the disk then. Idempotent."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await self.searches.close()
        await self.sealing.stop()
        is_kept, self._disk.enabled = self._disk.enabled, False
        self._files.close_all()
        failed, trouble = await asyncio.to_thread(sync_all, self._files.take_dirty())
        if failed or trouble is not None:
            _log.warning("the journal cannot be synced: %s", trouble)
            return
        if self.noting is not None:
            await self.noting.write(self.noting.due(everything=True))
        if not is_kept:
            return
        try:
            await asyncio.to_thread(self._end)
        except (UnusableHistory, sqlite3.Error, OSError, TimeoutError) as problem:
            _log.warning("the end of this history cannot be noted: %s", problem)

    def take_over(self, service: str, epoch: str, recorded: int, kept: Kept | None) -> None:
        """The journal of a service goes on behind `kept`, or, where there is nothing, behind the seq `recorded`."""
        if kept is None:
            self._journals[service].resume(epoch, recorded, None)
        else:
            self._journals[service].resume(kept.epoch, kept.recorded, kept.open)

    def catch_up(self, service: str, runs: Iterable[Run]) -> None:
        """Records what of these runs is not recorded."""
        journal = self._journals[service]
        for run in runs:
            if run.is_hole:
                continue
            if run.first > journal.recorded:
                journal.write(run)
            elif run.last > journal.recorded:
                first = journal.recorded + 1
                journal.write(Run(first, run.last, b",".join(split_run(run.encoded)[first - run.first :])))

    async def forget(self, service: str, before: str, shape: Mapping[str, Any] | None) -> int:
        """Takes out what was received before a time and matches; how many that were. Raises StorageFailed, also where
        something may be left, in blocks that cannot be opened.
        """
        self._journals[service].roll()
        try:
            forgot = await self.sealing.forget(service, before, shape)
        except OSError:
            raise StorageFailed from None
        if forgot.unreadable:
            raise StorageFailed(f"{forgot.unreadable} blocks of history cannot be opened, and may hold some of it.")
        return forgot.removed

    @property
    def paused(self) -> list[str]:
        """The services whose entries are not recorded now."""
        return [service for service, journal in self._journals.items() if journal.is_paused]

    def journal(self, service_id: str) -> Journal:
        """The one of a service that is open. Raises KeyError."""
        return self._journals[service_id]

    def _give_up(self, reason: str) -> None:
        self.trouble = reason
        _log.warning("there is no history, the server goes on without it: %s: %s", self.path, reason)

    def _recover(self, before: Before) -> dict[str, Kept]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            store = BlockStore.open(self.path)
            try:
                return Takeover(store, self._files, self.sealing, self._boot(), rfc3339(self._clock.wall())).all(
                    list(self._journals), before
                )
            finally:
                store.close()

    def _end(self) -> None:
        with locked(self.path):
            store = BlockStore.open(self.path)
            try:
                store.end()
            finally:
                store.close()

    async def _keep(self) -> None:
        tidied = self._clock.monotonic()
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            due = [] if self.noting is None else self.noting.due()
            failed, trouble = await asyncio.to_thread(sync_all, self._files.take_dirty())
            self._files.still_dirty(failed)
            if trouble is not None:
                self._disk.tell(trouble.strerror or str(trouble))
            elif self.noting is not None:  # what is noted is on the disk
                await self.noting.write(due)
            if not self._disk.enabled:
                continue
            await self._measure()
            if self._clock.monotonic() >= tidied + TIDY_SECONDS:
                tidied = self._clock.monotonic()
                self._tidy(self._journals.values())

    async def _measure(self) -> None:
        try:
            free, whole = await asyncio.to_thread(self._free, self.path.parent)
        except OSError as problem:
            self._disk.tell(problem.strerror or str(problem))
            return
        self._disk.has_room = free >= max(_ROOM, whole // 100)

    def _tidy(self, journals: Iterable[Journal]) -> None:
        """What is too old goes in whole blocks, so that what a quiet service has becomes one in time."""
        if self.bounds.seconds is not None:
            longest = max(60.0, self.bounds.seconds / 16)
            for journal in journals:
                if journal.began is not None and self._clock.monotonic() >= journal.began + longest:
                    journal.roll()
        self.sealing.prune()
