"""Searcher: answers one question after the other out of history, each for a second at most. It blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from ...entries.entry import LEVELS, Level, seq_of
from ...query.filter import EVERYTHING, Filter, candidate, parse_filter
from ...stream.search import seconds_of
from ..blocks.block_store import BlockStore
from ..blocks.codec import CannotOpen
from ..blocks.description import describe
from .question import FOREVER, Findings, Overview, Question
from .reader import Part, Reader

Counts = list[tuple[int, int, int, int, int]]
Gap = tuple[int, int | None, int | None, str]
MINUTE: Final = 60

_received_at: Final = len(b',"receivedAt":"')
_TIME: Final = 24


class _Outline(msgspec.Struct, gc=False, rename="camel"):
    received_at: str
    level: Level


_outline: Final = msgspec.json.Decoder(_Outline).decode


class Searcher:
    """`clock` is monotonic seconds. Its methods raise InvalidFilter, and what `Reader` does."""

    def __init__(self, store: BlockStore, reader: Reader, clock: Callable[[], float]) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock

    def answer(self, question: Question) -> tuple[Findings, list[bytes]]:
        """What was found, and the entries, each with its epoch where it is another one than the question's."""
        filter_ = parse_filter(question.filter, question.now)
        until = self._clock() + question.seconds
        if question.step:
            return self._count(question, filter_, until), []
        entries: list[bytes] = []
        found = Findings(question.last + 1 if question.newest_first else question.first - 1, False)
        for part in self._reader.parts(question):
            for epoch, entry in self._candidates(part, filter_, found, newest_first=question.newest_first):
                seq = seq_of(entry)
                if question.first <= seq <= question.last and _is_within(entry, question) and _passes(entry, filter_):
                    found.through = seq
                    entries.append(entry if epoch == question.epoch else _with_epoch(entry, epoch))
                    found.sizes.append(len(entries[-1]))
                    if len(entries) == question.limit:
                        return found, entries
                if self._clock() >= until:
                    found.through = _clamped(seq, question)
                    return found, entries
            found.through = _clamped(part.first if question.newest_first else part.last, question)
            if self._clock() >= until:
                return found, entries
        found.through, found.is_whole = question.first if question.newest_first else question.last, True
        return found, entries

    def overview(self, service: str) -> Overview:
        """What is kept, and what is missing of it."""
        # The segments first: one that is sealed meanwhile is among the blocks then.
        unsealed = self._reader.unsealed(service)
        oldest = self._store.oldest(service)
        if oldest is None and unsealed:
            segment = unsealed[0]
            oldest = segment.runs[0].first, describe(segment).received_from
        _, follows = self._store.sealed().get(service, ("", 0))
        gaps: list[Gap] = list(self._store.gaps(service))
        for segment in unsealed:
            first = segment.runs[0].first
            if first > segment.heading.follows + 1 and segment.heading.follows >= follows:
                gaps.append((segment.heading.follows + 1, first - 1, first - 1 - segment.heading.follows, "paused"))
        gaps += [(fork.through + 1, None, None, "restart") for fork in self._store.forks(service)]
        through = follows if oldest is None else oldest[0] - 1
        kept = [gap for gap in gaps if (gap[1] or gap[0]) > through] + _before(through, gaps)
        kept.sort(key=lambda gap: gap[0])
        begins, received_from = oldest or (None, None)
        return Overview(begins, received_from, kept)  # type: ignore[arg-type]  # the reasons are known ones

    def _count(self, question: Question, filter_: Filter, until: float) -> Findings:
        if filter_ is EVERYTHING and not question.step % MINUTE and _is_minute(question.start, question.end):
            return Findings(question.first, True, counts=self._minutes(question))
        counts: Counter[tuple[int, str]] = Counter()
        found = Findings(question.first, True)
        for part in self._reader.parts(question):
            for _, entry in self._candidates(part, filter_, found, newest_first=True):
                seq = seq_of(entry)
                if question.first <= seq <= question.last and _is_within(entry, question) and _passes(entry, filter_):
                    outline = _outline(entry)
                    counts[_step(outline.received_at, question.step), outline.level] += 1
                if self._clock() >= until:
                    found.through, found.is_whole, found.counts = _clamped(seq, question), False, _rows(counts)
                    return found
        found.counts = _rows(counts)
        return found

    def _candidates(
        self, part: Part, filter_: Filter, found: Findings, *, newest_first: bool
    ) -> Iterator[tuple[str, bytes]]:
        """As `Reader.candidates`; a block that cannot be opened is noted in `found`, and the search goes on."""
        try:
            yield from self._reader.candidates(part, filter_, newest_first=newest_first)
        except CannotOpen:
            if part.block is None:
                raise
            found.unreadable.append(self._reader.unreadable(part.block))

    def _minutes(self, question: Question) -> Counts:
        """Of blocks by the minutes that are counted already."""
        minutes = self._store.minutes(question.service, question.start[:16], question.end[:16])
        for segment in self._reader.unsealed(question.service):
            start, end = question.start[:16], question.end[:16]
            minutes += [minute for minute in describe(segment).minutes if start <= minute[0] < end]
        counts: Counter[tuple[int, str]] = Counter()
        for minute, *levels in minutes:
            step = _step(minute, question.step)
            for level, count in zip(LEVELS, levels, strict=True):
                counts[step, level] += count
        return _rows(counts)


def _before(through: int, gaps: list[Gap]) -> list[Gap]:
    """What is missing up to the seq `through`, of which nothing is kept: it is pruned, but for what was taken out."""
    missing: list[Gap] = []
    at = 1
    for first, last, count in _stretches(through, gaps):
        if first > at:
            missing.append((at, first - 1, first - at, "pruned"))
        if count <= last - first:
            missing.append((first, last, last - first + 1 - count, "pruned"))
        missing.append((first, last, count, "removed"))
        at = last + 1
    if at <= through:
        missing.append((at, through, through - at + 1, "pruned"))
    return missing


def _stretches(through: int, gaps: list[Gap]) -> Iterator[tuple[int, int, int]]:
    """(first, last, how many) of what was taken out up to a seq, as one where gaps overlap or follow each other: what
    several times took out of one block stands among each other.
    """
    first, last, total = 0, -1, 0
    for begin, end, count, reason in gaps:
        if reason != "removed" or end is None or count is None or end > through:
            continue
        if total and begin > last + 1:
            yield first, last, total
            total = 0
        first, last, total = (first, max(last, end), total + count) if total else (begin, end, count)
    if total:
        yield first, last, total


def _passes(entry: bytes, filter_: Filter) -> bool:
    return filter_ is EVERYTHING or filter_.matches(candidate(entry))


def _is_within(entry: bytes, question: Question) -> bool:
    if not question.start and question.end == FOREVER:
        return True
    at = entry.index(b",") + _received_at
    return question.start <= entry[at : at + _TIME].decode() < question.end


def _with_epoch(entry: bytes, epoch: str) -> bytes:
    return b'{"epoch":"%b",%b' % (epoch.encode(), entry[1:])


def _clamped(seq: int, question: Question) -> int:
    return min(max(seq, question.first), question.last)


def _is_minute(*times: str) -> bool:
    return all(not time or time == FOREVER or time[16:] in ("", ":00.000Z") for time in times)


def _step(time: str, step: int) -> int:
    seconds = seconds_of(time)
    return seconds - seconds % step


def _rows(counts: Counter[tuple[int, str]]) -> Counts:
    steps = sorted({step for step, _ in counts}, reverse=True)
    rows = []
    for step in steps:
        info, warn, error, debug = (counts[step, level] for level in LEVELS)
        rows.append((step, info, warn, error, debug))
    return rows
