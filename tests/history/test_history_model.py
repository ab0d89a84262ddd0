"""The promise of history, whatever happens in whatever order: what was recorded is there under its number, what is not
there is a gap that counts it, and no number is given twice in an epoch. A model of one service in which the machine of
hypothesis stops, kills, cuts the power, fills the disk, seals and prunes.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spectrix_lite.core.history_bounds import HistoryBounds
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
        self.given: set[tuple[str, int]] = set()
        self.messages = 0
        self.store: BlockStore | None = None
        self.begin(None)

    def begin(self, epoch: str | None) -> None:
        """A process begins; `epoch` is the one that has to go on, None for another one."""
        if self.store is not None:
            self.store.close()
        bounds = HistoryBounds(HOUR, None)
        files = JournalFiles(self.path.with_name("x.history.journal"), self.full.write)
        boot = f"boot {self.boot}"
        self.history = History(self.path, bounds, self.clock, files=files, boot=lambda: boot)
        self.journal = self.history.open(SERVICE)
        former = getattr(self, "epoch", None)
        kept = self.history._recover("database", RING, {}).get(SERVICE)
        self.history._disk.enabled = True
        if kept is not None:
            assert kept.recorded == self.recorded
            assert (kept.epoch == former) is (epoch is not None)
            assert epoch is not None or kept.ancestors[former] == self.recorded  # type: ignore[index]  # there was one
            self.history.take_over(SERVICE, kept.epoch, kept.recorded, kept)
        else:
            assert not self.there
        self.epoch = self.journal.epoch
        self.store = BlockStore.open(self.path, codec=Codec(ZLIB))
        self.sealer = Sealer(self.store, self.history.folder, bounds, self.clock.wall)
        self.searcher = Searcher(self.store, Reader(self.store, self.history.folder), lambda: 0.0)

    @rule(counts=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def append(self, counts: list[int]) -> None:
        for count in counts:
            self.clock.advance(1)
            batch = []
            for _ in range(count):
                self.messages += 1
                batch.append(Entry(message=f"m{self.messages}"))
            head = self.journal.head
            self.journal.append(batch, rfc3339(self.clock.wall()))
            assert self.journal.head == head + count
            for seq, entry in enumerate(batch, head + 1):
                assert (self.epoch, seq) not in self.given
                self.given.add((self.epoch, seq))
                if not self.journal.is_paused:
                    self.there[seq] = entry.message
        self.recorded = self.journal.recorded

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
        whole = self.journal.head == self.journal.recorded
        self.begin(self.epoch if whole else None)

    @rule()
    def stop_and_switch_off(self) -> None:
        whole = self.journal.head == self.journal.recorded
        assert self.store is not None
        self.store.end()
        self.boot += 1
        self.begin(self.epoch if whole else None)

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
        self.begin(None)

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
