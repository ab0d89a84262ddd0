"""Reach: how a page of entries goes on from the ring into history, and back, as if both were one."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from aiohttp import web

from ...entries.entry import seq_of, split_run
from ...query.filter import Filter
from ...server.context import Context
from ...stream.channel import Channel
from ...stream.filtering import SEARCH_SECONDS
from ...stream.search import SearchSpan
from .asked import Asked

if TYPE_CHECKING:  # imported only where there is history
    from ...history.search.question import Overview, Question
    from ...history.search.searches import HistorySearch

T = TypeVar("T")
MOST_OLDER: Final = 20_000
"""Entries of history that a rule is tried on."""

_AT_ONCE: Final = 1_000
_CLOSED_SECONDS: Final = 0.1
"""How often it is looked whether somebody still waits for the answer."""


class KeptEntries(msgspec.Struct, rename={"received_from": "from"}):
    """The oldest seq that there is, and when it was received; null where there is none."""

    oldest: int
    received_from: str | None


class MissingEntries(msgspec.Struct, rename={"first": "from", "last": "to"}):
    """Entries of what was looked at that are not there: inclusive; `to` and `count` are null where nobody can know."""

    first: int
    last: int | None
    count: int | None
    reason: str


class Reached(msgspec.Struct):
    """What was found, looked through to `through`; `is_whole` where that is all that was asked for."""

    through: int
    is_whole: bool
    entries: list[bytes]
    kept: KeptEntries
    gaps: list[MissingEntries]


async def reach(context: Context, service_id: str, asked: Asked, filter_: Filter) -> Reached:
    """Looks for what is asked for, a second or so. Raises ServiceNotFound, SearchBusy, StorageFailed."""
    channel = context.hub.channel(service_id)
    span = asked.span
    if not uses_history(context) or span.first >= channel.ring.oldest:
        through, entries = await _in_ring(context, channel, filter_, span, asked.limit)
        kept = kept_in_ring(channel)
        oldest = _oldest_in_history(context, service_id)
        if oldest is not None and oldest[0] < kept.oldest:
            kept = KeptEntries(*oldest)
        return Reached(through, _is_end(span, through), entries, kept, _gaps(channel, span, through, kept, None))
    history = context.history
    assert history is not None
    async with history.searches.slot(asked.who) as search:
        return await _reach_both(context, channel, search, asked, filter_)


async def _reach_both(
    context: Context, channel: Channel, search: HistorySearch, asked: Asked, filter_: Filter
) -> Reached:
    span, limit, ring = asked.span, asked.limit, channel.ring
    entries: list[bytes] = []
    unreadable: list[MissingEntries] = []
    through = span.last + 1 if span.newest_first else span.first - 1
    if span.newest_first and span.last >= ring.oldest:
        through, entries = await _in_ring(context, channel, filter_, span, limit)
    is_whole = span.newest_first and through > ring.oldest
    if len(entries) < limit and not is_whole:
        older = span._replace(
            last=min(span.last, through - 1) if span.newest_first else min(span.last, ring.oldest - 1)
        )
        if older.first <= older.last:
            found, more = await search.ask(question_of(context, channel, older, limit - len(entries), asked.filter))
            through, entries = found.through, [*entries, *more]
            unreadable = [MissingEntries(*block, "unreadable") for block in found.unreadable]
            newer = span._replace(first=older.last + 1)
            goes_on = not span.newest_first and found.is_whole and len(entries) < limit and newer.first <= newer.last
            if goes_on and ring.oldest <= newer.first:  # else it has moved on meanwhile: the next page is history still
                through, more = await _in_ring(context, channel, filter_, newer, limit - len(entries))
                entries += more
    overview = await search.overview(channel.service_id)
    kept = kept_in_ring(channel)
    if overview.oldest is not None and overview.oldest < kept.oldest:
        kept = KeptEntries(overview.oldest, overview.received_from)
    gaps = sorted([*_gaps(channel, span, through, kept, overview), *unreadable], key=lambda gap: gap.first)
    return Reached(through, _is_end(span, through), entries, kept, gaps)


async def _in_ring(
    context: Context, channel: Channel, filter_: Filter, span: SearchSpan, limit: int
) -> tuple[int, list[bytes]]:
    """(through, entries) of the ring; those of an earlier epoch have its name."""
    through, entries = await context.hub.filtering.page(channel.ring, filter_, span, limit)
    if not channel.ancestors:
        return through, entries
    # The oldest first; of two that end at one seq nothing came in the later one.
    earlier = list(channel.ancestors.items())[::-1]
    ends = [end for _, end in earlier]
    named = []
    for entry in entries:
        place = bisect_left(ends, seq_of(entry))
        named.append(entry if place == len(ends) else b'{"epoch":"%b",%b' % (earlier[place][0].encode(), entry[1:]))
    return through, named


def older_entries(context: Context, who: str) -> Callable[[Channel], Awaitable[list[bytes]]]:
    """What gives a channel's entries of history before its ring, oldest first: the newest of them, as many as are found
    within one second for all channels together. It raises SearchBusy, StorageFailed.
    """
    until = context.clock.monotonic() + SEARCH_SECONDS

    async def older(channel: Channel) -> list[bytes]:
        history = context.history
        assert history is not None
        entries: list[bytes] = []
        before = channel.ring.oldest
        async with history.searches.slot(who) as search:
            while before > 1 and len(entries) < MOST_OLDER and (left := until - context.clock.monotonic()) > 0:
                span = SearchSpan(1, before - 1, newest_first=True)
                question = question_of(context, channel, span, _AT_ONCE, None)
                question.seconds = left
                found, more = await search.ask(question)
                entries += more
                before = 1 if found.is_whole else found.through
        return entries[::-1]

    return older


def uses_history(context: Context) -> bool:
    """Whether there is one that can be searched."""
    return context.history is not None and context.history.trouble is None


def question_of(
    context: Context, channel: Channel, span: SearchSpan, limit: int, shape: Mapping[str, Any] | None
) -> Question:
    """What the child is asked for."""
    from ...history.search.question import Question

    return Question(
        channel.service_id, channel.epoch, span.first, span.last, span.start, span.end, span.newest_first, limit,
        shape, context.clock.wall(),
    )  # fmt: skip


def _is_end(span: SearchSpan, through: int) -> bool:
    return through <= span.first if span.newest_first else through >= span.last


def _oldest_in_history(context: Context, service_id: str) -> tuple[int, str] | None:
    return None if context.history is None else context.history.sealing.holdings.oldest.get(service_id)


def kept_in_ring(channel: Channel) -> KeptEntries:
    """What the ring holds of a service."""
    ring = channel.ring
    for run in ring.after(ring.oldest - 1):
        if not run.is_hole:
            oldest = max(run.first, ring.oldest)
            received: dict[str, Any] = msgspec.json.decode(split_run(run.encoded)[oldest - run.first])
            return KeptEntries(oldest, received.get("receivedAt"))
    return KeptEntries(ring.head + 1, None)


def _gaps(
    channel: Channel, span: SearchSpan, through: int, kept: KeptEntries, overview: Overview | None
) -> list[MissingEntries]:
    """Those within what was looked at."""
    first, last = (through, span.last) if span.newest_first else (span.first, through)
    if overview is not None:
        found = [gap for each in overview.gaps if (gap := _not_in_ring(MissingEntries(*each), channel)) is not None]
    else:
        found = [MissingEntries(seq + 1, None, None, "restart") for seq in sorted(set(channel.ancestors.values()))]
        oldest = channel.ring.oldest
        for hole in channel.ring.holes:
            begins = max(hole.first, oldest)
            found.append(MissingEntries(begins, hole.last, hole.last - begins + 1, "removed"))
        evicted = min(oldest, kept.oldest) - 1
        if evicted > 0:
            found.append(MissingEntries(1, evicted, evicted, "overrun"))
        found.sort(key=lambda gap: gap.first)
    within = [gap for gap in found if gap.first <= last and (gap.last or gap.first) >= first]
    # Behind a cursor nothing is told of what lies before it. A page from the other side tells of the whole gap, as the
    # one at its other end will.
    return within if span.newest_first else [_behind(gap, first) for gap in within]


def _not_in_ring(gap: MissingEntries, channel: Channel) -> MissingEntries | None:
    """What history keeps no longer may be in the ring still."""
    last = channel.ring.oldest - 1
    if gap.reason != "pruned" or gap.last is None or gap.count is None or gap.last <= last:
        return gap
    length = last - gap.first + 1
    return MissingEntries(gap.first, last, min(gap.count, length), gap.reason) if length > 0 else None


def _behind(gap: MissingEntries, first: int) -> MissingEntries:
    """The part of a gap from a seq on. Where not all of its span is missing, nobody knows how many of them are."""
    if gap.last is None or gap.count is None or gap.first >= first:
        return gap
    return MissingEntries(first, gap.last, min(gap.count, gap.last - first + 1), gap.reason)


async def while_open(request: web.Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` answers; it is cancelled where nobody waits for that any more, and ConnectionResetError raised.
    Raises what it does.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait((task,), timeout=_CLOSED_SECONDS)
            if request.transport is None or request.transport.is_closing():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                raise ConnectionResetError
        return task.result()
    finally:
        task.cancel()
