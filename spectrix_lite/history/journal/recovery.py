"""Recovery: what the journal of a service holds when a process begins, up to the first run that is torn."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ...stream.log import RememberedAnswer
from ...stream.ring import Run
from .files import JournalFiles
from .segment import Segment, read_segment


class Recovered(NamedTuple):
    """One service's: it was recorded up to the seq `recorded` of `epoch`.

    `runs` are the newest of the journal, and follow each other; `complete` are the segments that may be sealed, and
    `open` is the one that may go on: path, bytes, entries. `is_whole`: nothing was numbered and not recorded.
    `answers` are those of the journal, the oldest first.
    """

    epoch: str
    recorded: int
    is_whole: bool
    runs: list[Run]
    complete: list[Path]
    open: tuple[Path, int, int] | None
    answers: list[RememberedAnswer]


def recover(files: JournalFiles, service: str, epoch: str | None, sealed: int, wanted: int) -> Recovered | None:
    """Reads the journal behind the seq `sealed` of `epoch`, and cuts off what does not follow, is torn, or is sealed.

    At least the last `wanted` entries are in `runs`, if the journal has as many. None where nothing of the service was
    ever recorded. Raises OSError.
    """
    recorded = sealed
    runs: list[Run] = []
    found: list[tuple[Path, int, int]] = []
    answers: list[RememberedAnswer] = []
    paths = files.segments(service)
    for place, path in enumerate(paths):
        content = path.read_bytes()
        segment = read_segment(content, check=True)
        if segment is None or (segment.heading.follows != recorded and segment.last > sealed):
            _remove(paths[place:])
            break
        if segment.last <= sealed and path is not paths[-1]:
            path.unlink()
            continue
        if segment.size < len(content):
            os.truncate(path, segment.size)
        if segment.last > sealed or segment.heading.follows == sealed:
            found.append((path, segment.size, _count(segment)))
            recorded, epoch = segment.last, segment.heading.epoch
            runs = _newest(runs, segment.runs, wanted)
            answers += segment.answers
        else:
            path.unlink()
        if segment.size < len(content):
            _remove(paths[place + 1 :])
            break
    if epoch is None:
        return None
    is_whole = files.is_whole(service)
    last = found.pop() if found else None
    return Recovered(epoch, recorded, is_whole, runs, [path for path, _, _ in found], last, answers)


def _count(segment: Segment) -> int:
    return sum(run.last - run.first + 1 for run in segment.runs)


def _newest(runs: list[Run], more: list[Run], wanted: int) -> list[Run]:
    """The end of both, `wanted` entries at least; only what follows on itself."""
    joined = [*runs, *more]
    kept = 0
    for place in range(len(joined) - 1, -1, -1):
        run = joined[place]
        kept += run.last - run.first + 1
        if kept >= wanted or (place and joined[place - 1].last + 1 != run.first):
            return joined[place:]
    return joined


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()
