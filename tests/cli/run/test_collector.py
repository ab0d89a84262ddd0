"""More than can be read: whole lines, and in their place the number of those that are missing."""

from __future__ import annotations

import threading

import pytest

from spectrix_lite.cli.output.records import Record
from spectrix_lite.cli.run import collector
from spectrix_lite.cli.run.collector import Collector
from spectrix_lite.cli.run.sender import Sender


class Held(Sender):
    """Keeps what it is given, as soon as it may."""

    def __init__(self) -> None:
        super().__init__("http://localhost:1", "key")
        self.may = threading.Event()
        self.got: list[str | int] = []

    def put(self, records: list[Record]) -> None:  # type: ignore[override]
        if records:
            self.may.wait(20)
        self.got += [record["message"] for record in records]

    def lose(self, count: int) -> None:
        self.got.append(count)


def test_lines_stay_whole_and_what_is_missing_is_counted_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MOST_BYTES", 1000)
    sender = Held()
    it = Collector(sender)
    text = b"".join(b"line %05d\n" % number for number in range(1000))
    for at in range(0, len(text), 7):
        it.feed("stdout", text[at : at + 7])
    it.start()  # nobody has read anything until now
    sender.may.set()
    it.close(20)
    kept = [each for each in sender.got if isinstance(each, str)]
    missing = [each for each in sender.got if isinstance(each, int)]
    assert kept == [f"line {number:05}" for number in range(len(kept))]
    assert len(kept) > 80
    assert len(kept) + sum(missing) == 1000


def test_what_comes_after_a_gap_begins_with_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MOST_BYTES", 40)
    sender = Held()
    sender.may.set()
    it = Collector(sender)
    it.feed("stdout", b"one\ntw")
    it.feed("stdout", b"o\nthree\n" + b"x" * 40 + b"\nfo")
    it.feed("stdout", b"ur")
    it.feed("stdout", b"\nfive\n")
    it.start()
    it.close(20)
    assert sender.got == ["one", 4, "five"]


def test_a_line_is_torn_once_though_its_halves_are_read_at_different_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MOST_BYTES", 10)
    sender = Held()
    sender.may.set()
    it = Collector(sender)
    it.feed("stdout", b"one\ntw")
    it.feed("stdout", b"o" * 20)
    it._read_all()
    it.feed("stdout", b"o\nsix\n")
    it._read_all()
    assert sender.got == ["one", 0, 1, "six"]


def test_it_ends_in_the_middle_of_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MOST_BYTES", 10)
    sender = Held()
    sender.may.set()
    it = Collector(sender)
    it.feed("stdout", b"one\ntw")
    it.feed("stdout", b"o\nthree" * 20)
    it.start()
    it.close(20)
    assert not it._thread.is_alive()
    assert sender.got == ["one", 20]
