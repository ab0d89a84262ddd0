"""Packing of an attempt: its entries numbered, encoded, and laid into messages, in turns of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from ...core.timestamps import rfc3339
from ...entries.entry import Entry, encoded_runs
from ...stream.stats import counted
from .message import Levels, MessageHead, pack
from .numbering import NOTHING, Append, Attempt, added

_SLICE: Final = 500  # entries numbered and encoded in one turn of the loop
_HEAD_BYTES: Final = 192 * 1024  # of a message are kept free for its head, with what is remembered of its batches


class _Run(NamedTuple):
    """Entries, and how they are encoded."""

    encoded: bytes
    entries: Sequence[Entry]


async def packed(attempt: Attempt, epoch: str, max_payload: int, goes_on: Callable[[Attempt], bool]) -> list[bytes]:
    """The attempt as messages of at most `max_payload` bytes; [] where it does not go on before that is done."""
    room = max_payload - _HEAD_BYTES
    seq = attempt.first
    parts: list[list[_Run]] = [[]]
    size = done = 0
    for received_at, entries in _slices(attempt.appends):
        if done + len(entries) > _SLICE:
            done = 0
            if not await _goes_on(attempt, goes_on):
                return []
        done += len(entries)
        for entry in entries:
            entry.seq, entry.received_at = seq, received_at
            seq += 1
        start = 0
        for encoded, count in encoded_runs(entries):
            if parts[-1] and size + len(encoded) > room:
                parts.append([])
                size = 0
            parts[-1].append(_Run(encoded, entries[start : start + count]))
            start += count
            size += len(encoded)
    messages, first, totals = [], attempt.first, attempt.totals
    for number, runs in enumerate(parts, 1):
        if number > 1 and not await _goes_on(attempt, goes_on):
            return []
        levels = _together(attempt) if len(parts) == 1 else _levels(runs)
        totals = added(totals, levels)
        head = _head(attempt, epoch, first, runs, levels, totals, is_last=number == len(parts))
        messages.append(pack(head, [(run.encoded, len(run.entries)) for run in runs]))
        first += head.count
    return messages


async def _goes_on(attempt: Attempt, goes_on: Callable[[Attempt], bool]) -> bool:
    await asyncio.sleep(0)
    return goes_on(attempt)


def _head(
    attempt: Attempt, epoch: str, first: int, runs: list[_Run], levels: Levels, totals: Levels, *, is_last: bool
) -> MessageHead:
    appends = attempt.appends
    return MessageHead(
        attempt=attempt.name,
        epoch=epoch,
        first=first,
        count=sum(len(run.entries) for run in runs),
        at=appends[-1].at,
        runs=tuple((len(run.entries), len(run.encoded)) for run in runs),
        levels=levels,
        totals=totals,
        answers=tuple(each.answer for each in appends if each.answer is not None) if is_last else (),
        more=not is_last,
        forget=tuple(appends[0].forget),
    )


def _slices(appends: Sequence[Append]) -> Iterator[tuple[str, Sequence[Entry]]]:
    """(time of arrival, entries) of all, as many as may be encoded in one turn of the loop."""
    for append in appends:
        received_at = rfc3339(append.at)
        for start in range(0, len(append.entries), _SLICE):
            entries = append.entries
            yield received_at, entries if len(entries) <= _SLICE else entries[start : start + _SLICE]


def _levels(runs: Sequence[_Run]) -> Levels:
    levels = NOTHING
    for run in runs:
        levels = added(levels, counted(run.entries))
    return levels


def _together(attempt: Attempt) -> Levels:
    levels = NOTHING
    for append in attempt.appends:
        levels = added(levels, append.levels)
    return levels
