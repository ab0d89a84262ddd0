"""Refill: what one node has of a service, as messages of a log that is put together anew.

First the entries of its ring, in whole runs, so that each node leaves out those that it has. Then, in messages without
entries, whose `first` is behind the service's head and says it: which attempts are in the log, so that their writers do
not store them again; what was answered under an `Idempotency-Key`; and what was taken out of the ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from ...stream.log import RememberedAnswer
from ...stream.ring import RingBuffer
from .message import MessageHead, pack, rebuilt_by, without_first
from .numbering import NOTHING, Numbering

MOST_RUNS: Final = 1000
_MOST_SEQS: Final = 5000


class Content(NamedTuple):
    """What a node has of one service; `at` is when the newest came, in ms since 1970 UTC."""

    numbering: Numbering
    ring: RingBuffer
    answers: Sequence[RememberedAnswer]
    at: int


def refill(content: Content, rebuild: str, room: int) -> Iterator[bytes]:
    """Messages of about `room` bytes at most, but for a run that is larger by itself."""
    numbering, ring = content.numbering, content.ring
    first = ring.oldest
    for runs in _grouped(_runs(ring), room):
        yield _message(content, rebuild, first, runs)
        first += sum(count for _, count in runs)
    yield _message(content, rebuild, numbering.head + 1, settles=tuple(numbering.recent))
    for answers in _grouped_answers(content.answers, room):
        yield _message(content, rebuild, numbering.head + 1, answers=tuple(answers))
    seqs = (seq for hole in ring.holes for seq in range(max(hole.first, ring.oldest), hole.last + 1))
    while gone := tuple(islice(seqs, _MOST_SEQS)):
        yield _message(content, rebuild, numbering.head + 1, forget=gone)


def _message(content: Content, rebuild: str, first: int, runs: Sequence[tuple[bytes, int]] = (), **more: Any) -> bytes:
    head = MessageHead(
        attempt=rebuilt_by(rebuild),
        epoch=content.numbering.log_epoch,
        first=first,
        count=sum(count for _, count in runs),
        at=content.at,
        runs=tuple((count, len(encoded)) for encoded, count in runs),
        levels=NOTHING,
        totals=content.numbering.totals,
        **more,
    )
    return pack(head, runs)


def _runs(ring: RingBuffer) -> Iterator[tuple[bytes, int]]:
    """All, without what was evicted of the first."""
    for run in list(ring.after(ring.oldest - 1)):
        yield from without_first([(run.encoded, run.last - run.first + 1)], max(0, ring.oldest - run.first))


def _grouped(runs: Iterable[tuple[bytes, int]], room: int) -> Iterator[list[tuple[bytes, int]]]:
    group: list[tuple[bytes, int]] = []
    size = 0
    for run in runs:
        if group and (size + len(run[0]) > room or len(group) == MOST_RUNS):
            yield group
            group, size = [], 0
        group.append(run)
        size += len(run[0])
    if group:
        yield group


def _grouped_answers(answers: Iterable[RememberedAnswer], room: int) -> Iterator[list[RememberedAnswer]]:
    group: list[RememberedAnswer] = []
    size = 0
    for answer in answers:
        more = len(msgspec.msgpack.encode(answer))
        if group and size + more > room:
            yield group
            group, size = [], 0
        group.append(answer)
        size += more
    if group:
        yield group
