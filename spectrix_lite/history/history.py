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
from typing import Any, Final, NamedTuple

from ..core.clock import Clock
from ..core.config import MIB
from ..core.errors import StorageFailed
from ..core.history_bounds import HistoryBounds
from ..core.timestamps import rfc3339
from ..entries.entry import split_run
from ..stream.log import RememberedAnswer, new_epoch
from ..stream.ring import Run
from .blocks.block_store import EVER, BlockStore, UnusableHistory
from .blocks.codec import CannotOpen
from .journal.files import JournalFiles, sync_all
from .journal.journal import Disk, Journal
from .journal.recovery import Recovered, recover
from .lineage import Fork, ancestors, newest
from .lock import locked
from .sealing import Sealing
from .search.searches import Searches

SYNC_SECONDS: Final = 1.0
TIDY_SECONDS: Final = 60.0
_ROOM: Final = 64 * MIB
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

_log = logging.getLogger("spectrix_lite.history")


class Kept(NamedTuple):
    """What there is of one service: up to the seq `recorded` of `epoch`, the newest in `runs`, which follow each other.

    `open` is the segment that may go on; `ancestors` as `lineage.ancestors`; `is_forked`: the epoch begins now.
    `answers` are those of batches with an `Idempotency-Key`, the oldest first.
    """

    epoch: str
    recorded: int
    runs: list[Run]
    open: tuple[Path, int, int] | None
    ancestors: dict[str, int]
    is_forked: bool
    answers: list[RememberedAnswer]


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

    async def recover(
        self, database: str, wanted: int, stopped: Mapping[str, tuple[str, int]] | None = None
    ) -> dict[str, Kept]:
        """What there is of each service that is open, the newest `wanted` entries of it in memory.

        `stopped` are the epochs and heads of a snapshot: what they agree with was whole. A service of which something
        that was answered may be missing goes on in a new epoch. Where history cannot be used, a line in the log says
        so, and the server goes on without.
        """
        try:
            kept = await asyncio.to_thread(self._recover, database, wanted, stopped or {})
        except (UnusableHistory, sqlite3.Error, CannotOpen, TimeoutError) as problem:
            self._give_up(str(problem))
            return {}
        except OSError as problem:
            self._give_up(problem.strerror or str(problem))
            return {}
        self._disk.enabled = True
        return kept

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
        self._disk.enabled = False
        self._files.close_all()
        failed, trouble = await asyncio.to_thread(sync_all, self._files.take_dirty())
        if failed or trouble is not None:
            _log.warning("the journal cannot be synced: %s", trouble)
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
            if run.first > journal.recorded:
                journal.write(run)
            elif run.last > journal.recorded:
                first = journal.recorded + 1
                journal.write(Run(first, run.last, b",".join(split_run(run.encoded)[first - run.first :])))

    async def forget(self, service: str, before: str, shape: Mapping[str, Any] | None) -> int:
        """Takes out what was received before a time and matches; how many that were. Raises StorageFailed."""
        self._journals[service].roll()
        try:
            return (await self.sealing.forget(service, before, shape)).removed
        except OSError:
            raise StorageFailed from None

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

    def _recover(self, database: str, wanted: int, stopped: Mapping[str, tuple[str, int]]) -> dict[str, Kept]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            store = BlockStore.open(self.path)
            try:
                boot = self._boot()
                lived = store.lived(database, boot)
                sealed = store.sealed()
                for gone in {*sealed, *store.services(), *self._files.services()} - self._journals.keys():
                    self._files.remove(gone)
                    self.sealing.delete(gone)
                # Either all of it is noted or nothing: else the next start would take for whole what was not.
                with store.transaction():
                    found = [self._found(store, service, sealed, wanted) for service in self._journals]
                    kept = {
                        service: self._kept(store, service, each, lived, stopped.get(service))
                        for service, each in zip(self._journals, found, strict=True)
                        if each is not None
                    }
                    store.begin(database, boot)
                for service, each in kept.items():
                    if each.is_forked:  # what was not recorded is in no epoch that goes on
                        self._files.mark(service, whole=True)
                return kept
            finally:
                store.close()

    def _found(
        self, store: BlockStore, service: str, sealed: Mapping[str, tuple[str, int]], wanted: int
    ) -> Recovered | None:
        epoch, head = sealed.get(service, (None, 0))
        found = recover(self._files, service, epoch, head, wanted)
        if found is None or sum(run.last - run.first + 1 for run in found.runs) >= wanted:
            return found
        before = found.runs[0].first if found.runs else found.recorded + 1
        return found._replace(runs=[*_newest_of_blocks(store, service, wanted, before), *found.runs])

    def _kept(
        self, store: BlockStore, service: str, found: Recovered, lived: bool, stopped: tuple[str, int] | None
    ) -> Kept:
        # What was recorded before a fork is of the former epoch, also where nothing came in the present one yet.
        forks = store.forks(service)
        epoch = newest(found.epoch, forks)
        for path in found.complete:
            self.sealing.seal(service, path)
        agrees = stopped is not None and stopped[0] == epoch and stopped[1] >= found.recorded
        if not agrees and not (lived and found.is_whole):
            fork = Fork(new_epoch(), epoch, found.recorded, rfc3339(self._clock.wall()))
            store.add_fork(service, fork)
            epoch = fork.epoch
        opened = found.open
        if opened is not None and epoch != found.epoch:  # a segment is of one epoch
            self.sealing.seal(service, opened[0])
            opened = None
        is_forked = epoch != newest(found.epoch, forks)
        earlier, answers = ancestors(epoch, store.forks(service)), [*store.answers.all(service), *found.answers]
        return Kept(epoch, found.recorded, found.runs, opened, earlier, is_forked, answers)

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
            failed, trouble = await asyncio.to_thread(sync_all, self._files.take_dirty())
            self._files.still_dirty(failed)
            if trouble is not None:
                self._disk.tell(trouble.strerror or str(trouble))
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


def _newest_of_blocks(store: BlockStore, service: str, wanted: int, before: int) -> list[Run]:
    """Runs of blocks up to before a seq, as far as they follow each other without a hole."""
    runs: list[Run] = []
    for block in store.blocks(service, 1, EVER, "", "~", newest_first=True):
        segment = store.content(block.id)
        if block.last != before - 1 or segment is None or store.info(block.id).count != block.last - block.first + 1:
            break
        runs = [*segment.runs, *runs]
        before = block.first
        if sum(run.last - run.first + 1 for run in runs) >= wanted:
            break
    return runs
