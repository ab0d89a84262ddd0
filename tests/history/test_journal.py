"""Journal: what is numbered is on disk when append returns; what the disk does not take is told, and nothing else."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from spectrix_lite.entries.entry import Entry
from spectrix_lite.history.journal import journal as module
from spectrix_lite.history.journal.files import JournalFiles, sync_all, write_parts
from spectrix_lite.history.journal.journal import AGAIN_SECONDS, Disk, Journal
from spectrix_lite.history.journal.recovery import recover
from spectrix_lite.history.journal.segment import read_segment
from spectrix_lite.stream.ring import Run

from ..support.fakes import FakeClock

NOW = "2026-05-14T10:30:00.000Z"


class FullDisk:
    """Writes, until it is full: then it takes `room` bytes of what comes, and no more."""

    def __init__(self) -> None:
        self.room: int | None = None

    def write(self, descriptor: int, parts: Sequence[bytes]) -> int:
        if self.room is None:
            return write_parts(descriptor, parts)
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(descriptor, b"".join(parts)[: self.room])


class Desk:
    """A journal with what it needs, and what another process would find of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.full = FullDisk()
        self.files = JournalFiles(folder, self.full.write)
        self.sealed: list[Path] = []
        self.disk = Disk(self.files, self.clock.monotonic, lambda _, path: self.sealed.append(path))
        self.disk.enabled = True
        self.journal = Journal("service", self.disk)

    def append(self, count: int, size: int = 1) -> None:
        self.journal.append([Entry(message="m" * size) for _ in range(count)], NOW)

    def spans(self) -> list[tuple[int, int, int]]:
        """(follows, first, last) of each segment."""
        found = []
        for path in self.files.segments("service"):
            segment = read_segment(path.read_bytes(), check=True)
            assert segment is not None
            found.append((segment.heading.follows, segment.runs[0].first, segment.last))
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "journal")


def test_what_is_appended_is_on_disk_as_it_was_encoded(desk: Desk) -> None:
    first, runs = desk.journal.append([Entry(message="one"), Entry(message="two")], NOW)
    (path,) = desk.files.segments("service")
    segment = read_segment(path.read_bytes())
    assert segment is not None
    assert (first, desk.journal.head, desk.journal.recorded) == (1, 2, 2)
    assert [run.encoded for run in segment.runs] == [encoded for encoded, _ in runs]
    assert segment.heading.epoch == desk.journal.epoch
    assert path.stat().st_mode & 0o777 == 0o600
    for folder in (path.parent, path.parent.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert sync_all(desk.files.take_dirty()) == ([], None)


def test_a_segment_ends_after_so_many_entries_or_bytes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEALED_ENTRIES", 5)
    monkeypatch.setattr(module, "SEALED_BYTES", 2_000)
    for _ in range(4):
        desk.append(2)
    desk.append(1, size=3_000)
    assert desk.spans() == [(0, 1, 6), (6, 7, 9)]
    assert desk.sealed == desk.files.segments("service")


def test_more_files_than_may_be_open_are_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectrix_lite.history.journal.files._OPEN", 2)
    desk = Desk(tmp_path)
    journals = [Journal(f"service {number}", desk.disk) for number in range(4)]
    for _ in range(3):
        for journal in journals:
            journal.append([Entry(message="one")], NOW)
    for journal in journals:
        found = recover(desk.files, journal.service, None, 0, 10)
        assert found is not None
        assert found.recorded == 3


@pytest.mark.case(103)
@pytest.mark.parametrize("room", [0, 1, 30])
def test_a_full_disk_stops_the_journal_and_nothing_else(desk: Desk, room: int) -> None:
    desk.append(2)
    desk.full.room = room
    desk.append(2)
    assert (desk.journal.head, desk.journal.recorded, desk.journal.is_paused) == (4, 2, True)
    desk.full.room = None
    desk.append(1)  # too soon
    assert desk.journal.recorded == 2
    desk.clock.advance(AGAIN_SECONDS)
    desk.append(1)
    assert (desk.journal.head, desk.journal.recorded, desk.journal.is_paused) == (6, 6, False)
    assert desk.spans() == [(0, 1, 2), (2, 6, 6)]  # so that 3 to 5 are a gap, exactly


@pytest.mark.case(103)
def test_too_little_room_stops_it_before_the_disk_is_full(desk: Desk) -> None:
    desk.append(1)
    desk.disk.has_room = False
    desk.append(1)
    assert desk.journal.is_paused
    desk.disk.has_room = True
    desk.clock.advance(AGAIN_SECONDS)
    desk.append(1)
    assert desk.spans() == [(0, 1, 1), (1, 3, 3)]


@pytest.mark.case(103)
def test_a_process_that_ends_while_it_is_paused_leaves_a_note_of_that(desk: Desk) -> None:
    desk.append(1)
    assert desk.files.is_whole("service")
    desk.full.room = 0
    desk.append(1)
    found = recover(desk.files, "service", None, 0, 10)
    assert found is not None
    assert (found.recorded, found.is_whole) == (1, False)


def test_a_deleted_service_leaves_no_file(desk: Desk) -> None:
    desk.append(1)
    desk.journal.close()
    assert desk.files.services() == []
    assert sync_all(desk.files.take_dirty()) == ([], None)


@pytest.mark.case(102)
def test_what_is_torn_is_cut_off_and_what_is_sealed_is_removed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEALED_ENTRIES", 2)
    for _ in range(4):
        desk.append(1)
    desk.append(1)
    first, second, third = desk.files.segments("service")
    found = recover(desk.files, "service", "epoch", 2, 2)
    assert found is not None
    assert not first.exists()
    assert (found.recorded, found.complete, [run.first for run in found.runs]) == (5, [second], [4, 5])
    assert found.open is not None
    assert found.open[0] == third

    content = second.read_bytes()
    second.write_bytes(content[:-3])
    found = recover(desk.files, "service", "epoch", 2, 10)
    assert found is not None
    assert (found.recorded, found.complete, found.open) == (3, [], (second, second.stat().st_size, 1))
    assert not third.exists()

    other = Journal("service", desk.disk)
    other.resume(found.epoch, found.recorded, found.open)
    other.append([Entry(message="again")], NOW)
    assert desk.spans() == [(2, 3, 4)]


def test_runs_with_numbers_are_taken_over(desk: Desk) -> None:
    desk.journal.resume("epoch", 6, None)
    desk.journal.write(Run(7, 7, b'{"seq":7}'))
    desk.journal.write(Run(10, 10, b'{"seq":10}'))
    assert desk.spans() == [(6, 7, 7), (7, 10, 10)]
    desk.journal.go_on("another", 10)
    desk.append(1)
    assert desk.spans()[-1] == (10, 11, 11)
