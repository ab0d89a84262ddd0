"""Search child: looks through history for the server, whose loop must not.

python -m spectrix_lite.history.search.child HISTORY JOURNAL

A question is a line of JSON on its standard input; the answer is one too, then as many bytes as it says. It opens
the history for reading only, and ends with its input, or when it is killed.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from ...core.errors import InvalidFilter
from ..blocks.block_store import BlockStore, UnusableHistory
from ..blocks.codec import CannotOpen
from .question import Findings, Question
from .reader import Reader
from .searcher import Searcher

NICE: Final = 10
OVERVIEW: Final = b"overview "

_question: Final = msgspec.json.Decoder(Question).decode
_encode: Final = msgspec.json.encode


def answered(searcher: Searcher, line: bytes) -> list[bytes]:
    """The parts of the answer to one line."""
    try:
        if line.startswith(OVERVIEW):
            return [_encode(searcher.overview(line[len(OVERVIEW) :].strip().decode())), b"\n"]
        found, entries = searcher.answer(_question(line))
    except (sqlite3.Error, OSError, CannotOpen, InvalidFilter) as problem:
        return [_encode(Findings(0, False, trouble=str(problem))), b"\n"]
    return [_encode(found), b"\n", *entries]


def main(history: Path, folder: Path, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answers until there are no more questions."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the server decides when it ends
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    try:
        store = BlockStore.open(history, read_only=True)
    except (UnusableHistory, sqlite3.Error, OSError):
        return
    searcher = Searcher(store, Reader(store, folder), time.monotonic)
    for line in questions:
        answers.writelines(answered(searcher, line))
        answers.flush()
    store.close()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
