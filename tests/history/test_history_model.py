"""The promise of history, whatever happens in whatever order: what was recorded is there under its number, what is not
there is a gap that counts it, and no number is given twice in an epoch. A model of one service in which the machine of
hypothesis stops, kills, cuts the power, fills the disk, seals and prunes.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spectrix_lite.core.history_bounds import HistoryBounds
from spectrix_lite.core.records import Numbered
from spectrix_lite.core.timestamps import rfc3339
from spectrix_lite.entries.entry import Entry
from spectrix_lite.history.blocks.block_store import BlockStore
from spectrix_lite.history.blocks.codec import ZLIB, Codec
from spectrix_lite.history.blocks.sealer import Sealer
from spectrix_lite.history.history import History
from spectrix_lite.history.journal.files import JournalFiles
from spectrix_lite.history.journal.journal import AGAIN_SECONDS
from spectrix_lite.history.search.question import Question
from spectrix_lite.history.search.reader import Reader
from spectrix_lite.history.search.searcher import Searcher
from spectrix_lite.history.takeover import Before, Kept

from ..support.fakes import FakeClock
from ..support.properties import repeatable
from .test_journal import FullDisk

SERVICE = "service"
HOUR = 3600
RING = 7


class HistoryModel(RuleBasedStateMachine):
    """`there` is what must be found, by seq; up to `recorded` all is accounted for; `given` are the epochs' numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "x.history"
        self.clock = FakeClock()
        self.boot = 0
        self.full = FullDisk()
        self.there: dict[int, str] = {}
        self.recorded = 0
        self.accounted = 0  # no number up to it is given again
        self.noted: Numbered | None = None
        self.given: set[tuple[str, int]] = set()
        self.messages = 0
        self.store: BlockStore | None = None
        self.begin(goes_on=True)

    def begin(self, goes_on: bool) -> None:
        """A process begins, and goes on in the epoch of the one before, or in another one."""
        if self.store is not None:
            self.store.close()
        bounds = HistoryBounds(HOUR, None)
        files = JournalFiles(self.path.with_name("x.history.journal"), self.full.write)
        boot = f"boot {self.boot}"
        self.history = History(self.path, bounds, self.clock, files=files, boot=lambda: boot)
        self.journal = self.history.open(SERVICE)
        former = getattr(self, "epoch", None)
        noted = {} if self.noted is None else {SERVICE: self.noted}
        kept = self.history._recover(Before("database", RING, {}, noted)).get(SERVICE)
        self.history._disk.enabled = True
        if kept is not None:
            if self.noted is not None and (self.noted.head > self.accounted or not self.noted.starts):
                goes_on = False
                self.accounted = max(self.accounted, self.noted.head)
            assert (kept.epoch == former) is goes_on
            assert goes_on or kept.ancestors[former] == self.accounted  # type: ignore[index]  # there was one
            assert (kept.recorded, kept.head) == (self.recorded, self.accounted)
            self.check_totals(kept)
            self.history.take_over(SERVICE, kept.epoch, kept.recorded, kept)
            self.journal.go_on(kept.epoch, kept.head)
        else:
            assert not self.there
        self.epoch = self.journal.epoch
        self.store = BlockStore.open(self.path, codec=Codec(ZLIB))
        self.sealer = Sealer(self.store, self.history.folder, bounds, self.clock.wall)
        self.searcher = Searcher(self.store, Reader(self.store, self.history.folder), lambda: 0.0)

    def forked(self) -> list[int]:
        """Up to where all was accounted for when this epoch began."""
        assert self.store is not None
        return [fork.through for fork in self.store.forks(SERVICE) if fork.epoch == self.epoch]

    def check_totals(self, kept: Kept) -> None:
        """What was noted, and what was recorded since."""
        noted = self.noted or Numbered(SERVICE, "", 0, 1, 0, 0, (0, 0, 0, 0))
        since = [seq for seq in self.there if noted.head < seq <= self.recorded]
        assert kept.accepted == noted.accepted + max(0, self.recorded - noted.head)
        assert sum(kept.levels) == sum(noted.levels) + len(since)
        assert kept.levels[1] == noted.levels[1] + len([seq for seq in since if not seq % 2])

    @rule(counts=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def append(self, counts: list[int]) -> None:
        for count in counts:
            self.clock.advance(1)
            batch = []
            for _ in range(count):
                self.messages += 1
                batch.append(Entry(message=f"m{self.messages}"))
            head = self.journal.head
            for seq, entry in enumerate(batch, head + 1):
                entry.level = "info" if seq % 2 else "warn"
            self.journal.append(batch, rfc3339(self.clock.wall()))
            assert self.journal.head == head + count
            for seq, entry in enumerate(batch, head + 1):
                assert (self.epoch, seq) not in self.given
                self.given.add((self.epoch, seq))
                if not self.journal.is_paused:
                    self.there[seq] = entry.message
        self.recorded = self.journal.recorded
        self.accounted = max(self.accounted, self.recorded)

    @rule()
    def note(self) -> None:
        """How far it is numbered is written down elsewhere."""
        if head := self.journal.head:
            self.noted = Numbered(SERVICE, self.epoch, head, 1, head, 0, (head - head // 2, head // 2, 0, 0))

    @rule()
    def roll(self) -> None:
        """A segment is complete."""
        self.journal.roll()

    @rule(count=st.integers(1, 3), quick=st.booleans())
    def seal(self, count: int, quick: bool) -> None:
        paths = [Path(path) for path in list(self.history.sealing._unsealed)[:count]]
        self.sealer.seal(paths, quick=quick)
        for path in paths:
            del self.history.sealing._unsealed[str(path)]

    @rule(room=st.sampled_from([0, 20, None]))
    def fill_or_free_the_disk(self, room: int | None) -> None:
        self.full.room = room
        self.clock.advance(AGAIN_SECONDS)

    @rule(seconds=st.sampled_from([60, HOUR // 2, 2 * HOUR]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.sealer.prune()
        assert self.store is not None
        kept = {
            seq
            for block in self.store.blocks(SERVICE, 1, 2**62, "", "~", newest_first=False)
            for seq in range(block.first, block.last + 1)
        }
        _, sealed = self.store.sealed().get(SERVICE, ("", 0))
        self.there = {seq: text for seq, text in self.there.items() if seq in kept or seq > sealed}

    @rule()
    def kill(self) -> None:
        """The process is gone, the kernel lives: only what was numbered and not recorded is lost."""
        whole = self.journal.head == self.accounted
        self.begin(whole)

    @rule()
    def stop_and_switch_off(self) -> None:
        whole = self.journal.head == self.accounted
        assert self.store is not None
        self.store.end()
        self.boot += 1
        self.begin(whole)

    @precondition(lambda self: self.noted is not None)
    @rule()
    def remove_the_history(self) -> None:
        """Nothing is left of it."""
        assert self.store is not None
        assert self.noted is not None
        self.path.unlink()
        shutil.rmtree(self.history.folder, ignore_errors=True)
        self.there = {}
        self.recorded = self.accounted = self.noted.head
        self.epoch = self.noted.epoch
        self.begin(goes_on=False)

    @precondition(lambda self: self.noted is not None)
    @rule(count=st.integers(1, 3))
    def go_on_without_history(self, count: int) -> None:
        """A process that keeps nothing goes on in this epoch, and is killed."""
        assert self.noted is not None
        self.given |= {(self.epoch, self.journal.head + 1 + each) for each in range(count)}
        self.noted = replace(self.noted, starts=0)
        self.begin(goes_on=False)

    @precondition(lambda self: self.recorded > 0)
    @rule(cut=st.integers(0, 400), zeros=st.booleans())
    def lose_power(self, cut: int, zeros: bool) -> None:
        """The end of the newest segment is not on the disk, or is zeros there."""
        self.boot += 1
        segments = JournalFiles(self.history.folder).segments(SERVICE)
        if segments:
            content = segments[-1].read_bytes()
            kept = max(0, len(content) - cut)
            segments[-1].write_bytes(content[:kept] + bytes(cut if zeros else 0))
        reader = Reader(BlockStore.open(self.path, read_only=True), self.history.folder)
        assert self.store is not None
        _, sealed = self.store.sealed().get(SERVICE, ("", 0))
        whole = [segment.last for segment in reader.unsealed(SERVICE)]
        reader._store.close()
        self.recorded = max([sealed, *whole])
        self.there = {seq: text for seq, text in self.there.items() if seq <= self.recorded}
        if not self.recorded and self.noted is not None:
            self.recorded = self.noted.head
        self.accounted = max([self.recorded, *self.forked()])
        self.begin(goes_on=False)

    @invariant()
    def all_that_was_recorded_is_there_or_counted(self) -> None:
        found, entries = self.searcher.answer(Question(SERVICE, self.epoch, 1, 10**6, limit=10**6, newest_first=False))
        assert found.is_whole
        read = {each["seq"]: each["message"] for each in map(msgspec.json.decode, entries)}
        assert read == self.there
        missing: set[int] = set()
        for first, last, count, reason in self.searcher.overview(SERVICE).gaps:
            if reason != "restart":
                assert last is not None
                assert count == last - first + 1
                assert missing.isdisjoint(range(first, last + 1))
                missing |= set(range(first, last + 1))
        if read:
            assert missing | read.keys() == set(range(1, max(read) + 1))
            assert missing.isdisjoint(read)

    def teardown(self) -> None:
        if self.store is not None:
            self.store.close()
        shutil.rmtree(self.folder)


TestHistoryModel = HistoryModel.TestCase
TestHistoryModel.settings = settings(repeatable, max_examples=15, stateful_step_count=20)
