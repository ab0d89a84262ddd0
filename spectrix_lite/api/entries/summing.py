"""Summing: the entries of a summary's range, counted in history and in the ring, as if both were one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ...query.filter import Filter
from ...server.context import Context
from ...stream.channel import Channel
from ...stream.filtering import SEARCH_SECONDS
from ...stream.search import SearchSpan
from ...stream.summary import SummarySearch, Summed, SummedEntries
from .reach import kept_in_ring, question_of, uses_history

if TYPE_CHECKING:  # imported only where there is history
    from ...history.search.searches import HistorySearch

_AT_ONCE: Final = 1_000
"""Entries of history that are counted in one go."""


@dataclass(frozen=True, slots=True)
class SummaryRange:
    """What is asked for: entries after a seq, received from `since` on and before `until` (RFC 3339), that match; the
    filter also as a client sends it. `who` asks, a sign-in or a token.
    """

    after: int | None
    since: str | None
    until: str | None
    filter: Filter
    shape: Mapping[str, Any] | None
    who: str


@dataclass(slots=True)
class Totals:
    """What was counted, up to the seq `through`; `is_complete` where that is all. `lost` behind the cursor that was
    asked for; None where nobody can know.
    """

    summed: Summed
    through: int
    is_complete: bool
    lost: int | None


async def total(context: Context, service_id: str, asked: SummaryRange) -> Totals:
    """Counts what is asked for, a second or so in history and one in the ring. Raises SearchBusy, StorageFailed."""
    channel = context.hub.channel(service_id)
    after, lost = asked.after, 0
    summed = Summed(asked.filter, asked.since, asked.until)
    if uses_history(context) and _reaches_beyond(channel, asked):
        history = context.history
        assert history is not None
        async with history.searches.slot(asked.who) as search:
            older = await _in_history(context, channel, search, summed, asked)
        # Where the ring has moved on meanwhile, what lies between is history too: for who goes on.
        if not older.is_complete or older.lost is None or older.through < channel.ring.oldest - 1:
            older.is_complete = False
            return older
        after, lost = older.through, older.lost
    found = SummarySearch(channel.ring, summed, after)
    await context.hub.filtering.search(found)
    return Totals(summed, found.through, found.is_complete, lost + found.lost)


def _reaches_beyond(channel: Channel, asked: SummaryRange) -> bool:
    """Whether it begins before what the ring holds: behind a cursor, or at a time. All that there is means the ring."""
    if asked.after is not None:
        return asked.after + 1 < channel.ring.oldest
    oldest = kept_in_ring(channel).received_from
    return channel.ring.oldest > 1 and asked.since is not None and (oldest is None or asked.since < oldest)


async def _in_history(
    context: Context, channel: Channel, search: HistorySearch, summed: Summed, asked: SummaryRange
) -> Totals:
    until = context.clock.monotonic() + SEARCH_SECONDS
    first = 1 if asked.after is None else asked.after + 1
    totals = Totals(summed, first - 1, False, 0)
    last = channel.ring.oldest - 1
    while not totals.is_complete and (left := until - context.clock.monotonic()) > 0:
        span = SearchSpan(totals.through + 1, last, asked.since or "", asked.until or "~")
        question = question_of(context, channel, span, _AT_ONCE, asked.shape)
        question.seconds = left
        found, entries = await search.ask(question)
        await context.hub.filtering.scheduler.complete(SummedEntries(summed, entries))
        totals.through = found.through
        totals.is_complete = found.is_whole or found.through >= last
    if asked.after is not None:
        overview = await search.overview(channel.service_id)
        counts = [
            None if end is None or count is None else min(count, min(end, totals.through) - max(begin, first) + 1)
            for begin, end, count, reason in overview.gaps
            if reason != "removed" and begin <= totals.through and (end is None or end >= first)
        ]
        totals.lost = None if None in counts else sum(count for count in counts if count is not None)
    return totals
