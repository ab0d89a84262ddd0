"""Segment: a part of one service's journal, as it lies in one file.

A line `spectrix-lite journal 1` with a JSON object, then runs: a line with the first seq, the last seq and the size in
bytes, the run itself, a line end. A run is the inside of a JSON array, so that `grep` and `less` read a journal. Behind
a batch that came with an `Idempotency-Key` stands a line `answer` with a JSON object: what it is remembered by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from ...stream.log import RememberedAnswer
from ...stream.ring import Run

MAGIC: Final = b"spectrix-lite journal 1 "
_ANSWER: Final = b"answer "
_FRAME: Final = re.compile(rb"(\d{1,15}) (\d{1,15}) (\d{1,10})\n")


class Heading(msgspec.Struct, frozen=True):
    """Whose entries a segment holds. `follows` is the seq up to which the journal accounts for them before it: where
    the first run is further on, what lies between could not be written.
    """

    service: str
    epoch: str
    follows: int


class Segment(NamedTuple):
    """What a file holds that is whole: `size` bytes of it. The runs follow each other, and so do the answers."""

    heading: Heading
    runs: list[Run]
    size: int
    answers: Sequence[RememberedAnswer] = ()

    @property
    def last(self) -> int:
        """The last seq in it, or what it follows where it is empty."""
        return self.runs[-1].last if self.runs else self.heading.follows


class _Numbered(msgspec.Struct, gc=False):
    seq: int


_heading: Final = msgspec.json.Decoder(Heading).decode
_answer: Final = msgspec.json.Decoder(RememberedAnswer).decode
_numbered: Final = msgspec.json.Decoder(list[_Numbered]).decode


def begin(heading: Heading) -> bytes:
    """How the file of a segment begins."""
    return b"%b%b\n" % (MAGIC, msgspec.json.encode(heading))


def framed(first: int, runs: Iterable[tuple[bytes, int]]) -> list[bytes]:
    """Runs with what stands around each, to be written one behind the other; the first begins with the seq `first`."""
    parts: list[bytes] = []
    for encoded, count in runs:
        parts += (b"%d %d %d\n" % (first, first + count - 1, len(encoded)), encoded, b"\n")
        first += count
    return parts


def answered(answer: RememberedAnswer) -> bytes:
    """What stands behind the runs of a batch."""
    return b"%b%b\n" % (_ANSWER, msgspec.json.encode(answer))


def read_segment(content: bytes, *, check: bool = False) -> Segment | None:
    """What is whole in the content of a file, up to the first run that is torn; None where not even its heading is.

    `check` opens every run, and lets none pass whose entries are not JSON with the numbers that are claimed.
    """
    end = content.find(b"\n")
    if end < 0 or not content.startswith(MAGIC):
        return None
    try:
        heading = _heading(content[len(MAGIC) : end])
    except msgspec.MsgspecError:
        return None
    runs: list[Run] = []
    answers: list[RememberedAnswer] = []
    at = end + 1
    follows: int | None = None
    while True:
        if content.startswith(_ANSWER, at):
            if (line := _line(content, at)) is None:
                break
            answers.append(line[0])
            at = line[1]
            continue
        if (frame := _FRAME.match(content, at)) is None:
            break
        first, last, size = map(int, frame.groups())
        start, end = frame.end(), frame.end() + size
        follows_on = first == follows if follows is not None else first > heading.follows
        if content[end : end + 1] != b"\n" or last < first or not follows_on:
            break
        run = Run(first, last, content[start:end])
        if check and not _holds_what_it_says(run):
            break
        runs.append(run)
        at, follows = end + 1, last + 1
    return Segment(heading, runs, at, answers)


def _line(content: bytes, at: int) -> tuple[RememberedAnswer, int] | None:
    """(the answer that stands there, where it ends); None where it is torn."""
    end = content.find(b"\n", at)
    if end < 0:
        return None
    try:
        return _answer(content[at + len(_ANSWER) : end]), end + 1
    except msgspec.MsgspecError:
        return None


def _holds_what_it_says(run: Run) -> bool:
    try:
        entries = _numbered(b"[%b]" % run.encoded)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return [entry.seq for entry in entries] == list(range(run.first, run.last + 1))
