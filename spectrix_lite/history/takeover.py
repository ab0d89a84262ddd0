"""Takeover: what there is of each service when a process begins, and in which epoch it goes on. It blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ..core.records import Numbered
from ..entries.entry import LEVELS
from ..stream.log import RememberedAnswer, new_epoch
from ..stream.ring import Run
from .blocks.block_store import EVER, Block, BlockStore
from .blocks.codec import CannotOpen
from .journal.files import JournalFiles
from .journal.recovery import Recovered, recover
from .journal.segment import read_segment
from .lineage import Fork, ancestors, newest
from .sealing import Sealing

Levels = tuple[int, int, int, int]
"""Counts of info, warn, error, debug."""


class Before(NamedTuple):
    """What is known beside history when a process begins: the database's id, how many entries are wanted in memory,
    the epochs and heads of the snapshot, and how far services were noted to be numbered.
    """

    database: str
    wanted: int
    stopped: Mapping[str, tuple[str, int]]
    noted: Mapping[str, Numbered]


class Kept(NamedTuple):
    """What there is of one service: up to the seq `recorded` of `epoch`, the newest in `runs`, which follow each other.
    Numbers go on behind `head`.

    `open` is the segment that may go on; `ancestors` as `lineage.ancestors`; `is_forked`: the epoch begins now.
    `answers` are those of batches with an `Idempotency-Key`, the oldest first. `accepted`, `rejected` and `levels` are
    totals: what was recorded is in them.
    """

    epoch: str
    recorded: int
    head: int
    runs: list[Run]
    open: tuple[Path, int, int] | None
    ancestors: dict[str, int]
    is_forked: bool
    answers: list[RememberedAnswer]
    accepted: int
    rejected: int
    levels: Levels


class _Leveled(msgspec.Struct, gc=False):
    seq: int
    level: str


_leveled: Final = msgspec.json.Decoder(list[_Leveled]).decode


def above(noted: Numbered) -> Kept:
    """A service of which nothing is there any more goes on above what it was numbered to."""
    return Kept(
        new_epoch(), noted.head, noted.head, [], None, {noted.epoch: noted.head}, True, [],
        noted.accepted, noted.rejected, noted.levels,
    )  # fmt: skip


class Takeover:
    """Of a block store and the journal beside it; `boot` is the kernel's boot id, `at` the present, RFC 3339.

    Raises UnusableHistory, sqlite3.Error, OSError.
    """

    def __init__(self, store: BlockStore, files: JournalFiles, sealing: Sealing, boot: str | None, at: str) -> None:
        self._store = store
        self._files = files
        self._sealing = sealing
        self._boot = boot
        self._at = at

    def all(self, services: Sequence[str], before: Before) -> dict[str, Kept]:
        """What is kept of each of these services; what there is of others is removed."""
        store = self._store
        lived = store.lived(before.database, self._boot)
        sealed = store.sealed()
        for gone in {*sealed, *store.services(), *self._files.services()}.difference(services):
            self._files.remove(gone)
            self._sealing.delete(gone)
        # Either all of it is noted or nothing: else the next start would take for whole what was not.
        with store.transaction():
            kept = {}
            for service in services:
                found = self._found(service, sealed, before.wanted)
                each = self._lost(service, before) if found is None else self._kept(service, found, lived, before)
                if each is not None:
                    kept[service] = each
            store.begin(before.database, self._boot)
        for service, each in kept.items():
            if each.is_forked:  # what was not recorded is in no epoch that goes on
                self._files.mark(service, whole=True)
        return kept

    def _found(self, service: str, sealed: Mapping[str, tuple[str, int]], wanted: int) -> Recovered | None:
        epoch, head = sealed.get(service, (None, 0))
        found = recover(self._files, service, epoch, head, wanted)
        if found is None or sum(run.last - run.first + 1 for run in found.runs) >= wanted:
            return found
        before = found.runs[0].first if found.runs else found.recorded + 1
        return found._replace(runs=[*_newest_of_blocks(self._store, service, wanted, before), *found.runs])

    def _lost(self, service: str, before: Before) -> Kept | None:
        """Nothing is there: it never was, or it was removed."""
        noted = before.noted.get(service)
        if noted is None or service in before.stopped:
            return None
        kept = above(noted)
        parent = newest(noted.epoch, self._store.forks(service))
        self._store.set_head(service, kept.epoch, kept.head)
        self._store.add_fork(service, Fork(kept.epoch, parent, noted.head, self._at))
        return kept._replace(ancestors=ancestors(kept.epoch, self._store.forks(service)))

    def _kept(self, service: str, found: Recovered, lived: bool, before: Before) -> Kept:
        # What was recorded before a fork is of the former epoch, also where nothing came in the present one yet.
        forks = self._store.forks(service)
        epoch = former = newest(found.epoch, forks)
        for path in found.complete:
            self._sealing.seal(service, path)
        noted, stopped = before.noted.get(service), before.stopped.get(service)
        accounted = max([found.recorded, *(fork.through for fork in forks if fork.epoch == epoch)])
        head = accounted if noted is None else max(accounted, noted.head)
        agrees = stopped is not None and stopped[0] == epoch and stopped[1] >= head
        # A process without history may have gone on in this epoch meanwhile, or this history may be an older one.
        goes_on = noted is None or (noted.starts > 0 and noted.head <= accounted)
        if not agrees and not (lived and found.is_whole and goes_on):
            fork = Fork(new_epoch(), epoch, head, self._at)
            self._store.add_fork(service, fork)
            epoch = fork.epoch
        opened = found.open
        if opened is not None and epoch != found.epoch:  # a segment is of one epoch
            self._sealing.seal(service, opened[0])
            opened = None
        earlier = ancestors(epoch, self._store.forks(service))
        answers = [*self._store.answers.all(service), *found.answers]
        totals = self._totals(service, found, noted)
        runs = found.runs if head == found.recorded else []
        return Kept(epoch, found.recorded, head, runs, opened, earlier, epoch != former, answers, *totals)

    def _totals(self, service: str, found: Recovered, noted: Numbered | None) -> tuple[int, int, Levels]:
        """(accepted, rejected, by level): as noted, and what was recorded since."""
        paths = [*found.complete, *([] if found.open is None else [found.open[0]])]
        if noted is None:  # of an earlier version: by level what there is
            minutes = [levels for _, *levels in self._store.minutes(service, "", "~")]
            counts = [*minutes, *(_levels(read_runs(path), 0) for path in paths)]
            return found.recorded, 0, _sum(counts)
        counts = [noted.levels]
        for block in self._store.blocks(service, noted.head + 1, EVER, "", "~", newest_first=False):
            if block.first > noted.head:
                counts.append(self._store.info(block.id).levels)
            else:
                counts.append(_levels(_opened(self._store, block), noted.head))
        counts += [_levels(read_runs(path), noted.head) for path in paths]
        return noted.accepted + max(0, found.recorded - noted.head), noted.rejected, _sum(counts)


def read_runs(path: Path) -> Sequence[Run]:
    """Those of a segment that was recovered."""
    segment = read_segment(path.read_bytes())
    return [] if segment is None else segment.runs


def _levels(runs: Iterable[Run], after: int) -> Levels:
    """Of the entries behind a seq."""
    levels = [
        entry.level
        for run in runs
        if run.last > after and run.encoded
        for entry in _leveled(b"[%b]" % run.encoded)
        if entry.seq > after
    ]
    info, warn, error, debug = (levels.count(level) for level in LEVELS)
    return info, warn, error, debug


def _sum(counts: Sequence[Sequence[int]]) -> Levels:
    info, warn, error, debug = (sum(each[place] for each in counts) for place in range(4))
    return info, warn, error, debug


def _opened(store: BlockStore, block: Block) -> Sequence[Run]:
    """The runs of a block; none where it cannot be opened."""
    with suppress(CannotOpen):
        if (segment := store.content(block.id)) is not None:
            return segment.runs
    return []


def _newest_of_blocks(store: BlockStore, service: str, wanted: int, before: int) -> list[Run]:
    """Runs of blocks up to before a seq, as far as they follow each other without a hole."""
    runs: list[Run] = []
    for block in store.blocks(service, 1, EVER, "", "~", newest_first=True):
        opened = _opened(store, block)
        if block.last != before - 1 or not opened or store.info(block.id).count != block.last - block.first + 1:
            break
        runs = [*opened, *runs]
        before = block.first
        if sum(run.last - run.first + 1 for run in runs) >= wanted:
            break
    return runs
