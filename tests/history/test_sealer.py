"""Sealer: segments become blocks, the oldest go, a deleted service goes, what is forgotten goes; all of it counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrix_lite.core.history_bounds import HistoryBounds
from spectrix_lite.core.timestamps import rfc3339
from spectrix_lite.entries.entry import Entry, IngestAnswer, encode, split_run
from spectrix_lite.history.blocks.block_store import EVER, BlockStore, UnusableHistory
from spectrix_lite.history.blocks.codec import ZLIB, CannotOpen, Codec
from spectrix_lite.history.blocks.retention import next_to_go
from spectrix_lite.history.blocks.sealer import Sealer
from spectrix_lite.history.journal.segment import Heading, answered, begin, framed
from spectrix_lite.history.lineage import Fork, ancestors
from spectrix_lite.query.filter import EVERYTHING, parse_filter
from spectrix_lite.stream.log import RememberedAnswer

from ..support.fakes import FakeClock

UNBOUNDED = HistoryBounds(None, None)
HOUR = 3600.0


class Bench:
    """A block store, who seals into it, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.path = folder / "x.history"
        self.folder = folder / "journal"
        self.store = BlockStore.open(self.path, codec=Codec(ZLIB))
        self.sealer = self.bounded(UNBOUNDED)

    def bounded(self, bounds: HistoryBounds) -> Sealer:
        return Sealer(self.store, self.folder, bounds, self.clock.wall)

    def segment(self, first: int, count: int, text: str = "m", service: str = "a", follows: int | None = None) -> Path:
        """One that was received now."""
        received_at = rfc3339(self.clock.wall())
        entries = [
            Entry(seq=seq, received_at=received_at, level="error" if seq % 2 else "info", message=f"{text} {seq}")
            for seq in range(first, first + count)
        ]
        path = self.folder / service / f"{first:015}.segment"
        path.parent.mkdir(parents=True, exist_ok=True)
        heading = Heading(service, "epoch", first - 1 if follows is None else follows)
        path.write_bytes(begin(heading) + b"".join(framed(first, [(encode(entries)[1:-1], count)])))
        return path

    def seal(self, first: int, count: int, text: str = "m", service: str = "a", sealer: Sealer | None = None) -> None:
        (sealer or self.sealer).seal([self.segment(first, count, text, service)])

    def kept(self, service: str = "a") -> list[int]:
        """The first seq of each block."""
        return [block.first for block in self.store.blocks(service, 1, EVER, "", "~", newest_first=False)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


def test_a_segment_becomes_a_block_and_is_removed(bench: Bench) -> None:
    path = bench.segment(1, 3)
    content = path.read_bytes()
    assert bench.sealer.seal([path, path.with_name("never.segment")]) == 1
    assert not path.exists()
    (block,) = bench.store.blocks("a", 1, EVER, "", "~", newest_first=True)
    assert (block.first, block.last) == (1, 3)
    assert (info := bench.store.info(block.id)).levels == (1, 0, 2, 0)
    assert (info.count, info.minutes) == (3, [("2026-05-14T10:30", 1, 0, 2, 0)])
    assert bench.store.sealed() == {"a": ("epoch", 3)}
    assert bench.store.minutes("a", "2026-05-14T10:30", "2026-05-14T10:31") == info.minutes
    assert bench.sealer.oldest() == {"a": (1, "2026-05-14T10:30:00.000Z")}
    segment = bench.store.content(block.id)
    assert segment is not None
    assert begin(segment.heading) + b"".join(framed(1, [(segment.runs[0].encoded, 3)])) == content


@pytest.mark.case(102)
def test_a_segment_that_is_sealed_already_is_only_removed(bench: Bench) -> None:
    """As after a kill between the two."""
    path = bench.segment(1, 3)
    content = path.read_bytes()
    bench.sealer.seal([path])
    path.write_bytes(content)
    bench.sealer.seal([path])
    assert not path.exists()
    assert bench.kept() == [1]
    assert bench.store.minutes("a", "", "~") == [("2026-05-14T10:30", 1, 0, 2, 0)]


def test_where_many_wait_they_get_no_dictionary(bench: Bench) -> None:
    bench.sealer.seal([bench.segment(1, 3)], quick=True)
    bench.seal(4, 3)
    first, second = bench.store.blocks("a", 1, EVER, "", "~", newest_first=False)
    assert bench.store.dictionary(first.id) is None
    assert bench.store.dictionary(second.id) is not None


@pytest.mark.case(103)
def test_what_was_not_recorded_is_a_gap(bench: Bench) -> None:
    bench.sealer.seal([bench.segment(1, 2)])
    bench.sealer.seal([bench.segment(6, 2, follows=2)])
    assert bench.store.gaps("a") == [(3, 5, 3, "paused")]


@pytest.mark.case(104)
def test_what_is_too_old_goes_in_whole_blocks(bench: Bench) -> None:
    sealer = bench.bounded(HistoryBounds(int(HOUR), None))
    bench.seal(1, 2, sealer=sealer)
    bench.clock.advance(HOUR / 2)
    bench.seal(3, 2, sealer=sealer)
    assert sealer.prune() == 0
    bench.clock.advance(HOUR / 2 + 1)
    assert sealer.prune() == 1
    assert (bench.kept(), sealer.oldest()["a"]) == ([3], (3, "2026-05-14T11:00:00.000Z"))
    assert bench.store.minutes("a", "", "~") == [("2026-05-14T11:00", 1, 0, 1, 0)]
    bench.clock.advance(HOUR)
    sealer.prune()
    assert (bench.kept(), bench.store.minutes("a", "", "~")) == ([], [])
    assert bench.store.sealed() == {"a": ("epoch", 4)}  # so that no number is given twice
    assert sealer.oldest() == {"a": None}


@pytest.mark.case(104)
def test_a_service_that_floods_loses_its_own(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is for all together, and is kept also where a new process goes on."""
    bench.seal(1, 10, service="quiet")
    bound = bench.store.size() + 200_000
    sealer = bench.bounded(HistoryBounds(None, bound))
    chance = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(4_000))
    for number in range(40):
        bench.seal(1 + number, 1, chance[number:], service="loud", sealer=sealer)
        sealer.prune()
        assert bench.store.size() <= bound
    assert bench.kept("quiet") == [1]
    assert bench.kept("loud")[-1] == 40
    assert bench.bounded(HistoryBounds(None, bound)).oldest() == sealer.oldest()
    assert bench.path.stat().st_size <= bound + 16 * 1024 * 1024


@pytest.mark.case(105)
def test_a_deleted_service_is_in_no_page_of_the_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectrix_lite.history.blocks.sealer._REMOVED_AT_ONCE", 2)
    for first in (1, 2, 3, 4, 5):
        bench.seal(first, 1, service="gone for good")
    bench.store.add_fork("gone for good", Fork("b", "a", 1, ""))
    bench.seal(1, 1)
    bench.sealer.delete("gone for good")
    assert bench.store.services() == {"a"}
    files = [path for path in bench.path.parent.iterdir() if path.is_file()]
    assert [path.name for path in files if b"gone for good" in path.read_bytes()] == []


def test_answers_are_kept_with_their_batches_the_newest_of_each_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spectrix_lite.history.blocks.answer_table.REMEMBERED_BATCHES", 2)

    def seal(first: int, *keys: str, service: str = "a", sealer: Sealer | None = None) -> None:
        path = bench.segment(first, 2, service=service)
        answers = [RememberedAnswer(key, b"%d" % first, b"body", IngestAnswer(2, 0, [])) for key in keys]
        path.write_bytes(path.read_bytes() + b"".join(map(answered, answers)))
        (sealer or bench.sealer).seal([path])

    def kept(service: str = "a") -> list[tuple[str, bytes]]:
        return [(each.key_id, each.name) for each in bench.store.answers.all(service)]

    for first, keys in ((1, ("k", "other")), (3, ("k",)), (5, ("k",)), (7, ())):
        seal(first, *keys)
    seal(1, "k", service="b")
    assert kept() == [("other", b"1"), ("k", b"3"), ("k", b"5")]
    assert bench.sealer.forget("a", "~", EVERYTHING)[0] == 8
    assert kept() == [("other", b"1"), ("k", b"3"), ("k", b"5")]  # its entries went, and it is not to come again
    seal(9, "k")
    bench.clock.advance(2 * HOUR)
    later = bench.bounded(HistoryBounds(3600, None))
    seal(11, "k", sealer=later)
    later.prune()
    assert (kept(), kept("b")) == ([("k", b"11")], [])
    seal(3, "k", service="b")
    bench.sealer.delete("b")
    assert kept("b") == []


def test_what_is_forgotten_is_gone_and_counted_and_its_neighbours_stay(bench: Bench) -> None:
    bench.seal(1, 4)
    bench.clock.advance(60)
    bench.seal(5, 4)
    bench.clock.advance(60)
    now = rfc3339(bench.clock.wall())
    assert bench.sealer.forget("a", now, parse_filter({"levels": ["error"], "q": "-5"})) == (
        3,
        [(1, 3, 2), (7, 7, 1)],
        0,
    )
    left = []
    for block in bench.store.blocks("a", 1, EVER, "", "~", newest_first=False):
        segment = bench.store.content(block.id)
        assert segment is not None
        left += [entry for run in segment.runs for entry in split_run(run.encoded)]
    assert [entry.split(b'"message":"m ')[1][:1] for entry in left] == [b"2", b"4", b"5", b"6", b"8"]
    assert bench.store.gaps("a") == [(1, 3, 2, "removed"), (7, 7, 1, "removed")]
    assert [counts for _, *counts in bench.store.minutes("a", "", "~")] == [[2, 0, 1, 0], [2, 0, 0, 0]]
    assert bench.sealer.forget("a", "2026-05-14T10:31:00.000Z", EVERYTHING) == (2, [(2, 4, 2)], 0)
    assert bench.kept() == [5]
    assert bench.sealer.oldest()["a"] == (5, "2026-05-14T10:31:00.000Z")


def test_what_cannot_be_opened_is_told_where_something_is_forgotten(bench: Bench) -> None:
    bench.seal(1, 3)
    bench.seal(4, 3)
    bench.store._run("UPDATE contents SET content = x'00' WHERE id = 1")
    removed, gaps, unreadable = bench.sealer.forget("a", "~", EVERYTHING)
    assert (removed, len(gaps), unreadable) == (3, 1, 1)


def test_a_newer_file_and_another_programs_are_refused(bench: Bench, tmp_path: Path) -> None:
    for statement in ("PRAGMA user_version = 9", "PRAGMA application_id = 7"):
        connection = sqlite3.connect(bench.path)
        connection.execute(statement)
        connection.close()
        with pytest.raises(UnusableHistory, match=r"newer version|no history"):
            BlockStore.open(bench.path)


def test_what_zstd_has_packed_cannot_be_opened_without_it() -> None:
    plain = Codec(ZLIB)
    assert plain.open(plain.pack(b"content")) == b"content"
    assert Codec().open(Codec().pack(b"content")) == Codec().open(plain.pack(b"content")) == b"content"
    for packed in (b"", b"\1what zstd made", b"\2garbage"):
        with pytest.raises(CannotOpen):
            plain.open(packed)
    with pytest.raises(CannotOpen, match="damaged"):
        Codec().open(b"\1garbage")


def test_nothing_goes_that_need_not() -> None:
    assert next_to_go([], {}, "2026", True) is None


def test_a_cursor_of_an_ancestor_holds_up_to_every_fork_between() -> None:
    forks = [Fork("b", "a", 10, ""), Fork("c", "b", 7, ""), Fork("d", "c", 20, "")]
    assert ancestors("d", forks) == {"c": 20, "b": 7, "a": 7}
    assert ancestors("a", forks) == {}
