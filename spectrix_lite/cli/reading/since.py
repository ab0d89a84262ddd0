"""Since: what `tail` prints before the stream goes on: all from a time on, of history and ring, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from ...stream.messages import Cursor
from .lines import Lines, PageGap
from .options import Chosen
from .reader import CannotAsk

_LIMIT: Final = "1000"


Pages = Callable[[dict[str, Any]], Awaitable[bytes]]
"""One service's entries by pages, as they came. Raises CannotAsk."""


class _Page(msgspec.Struct):
    epoch: str
    head: int
    through: int
    entries: list[Raw]
    gaps: list[PageGap]


class _Seq(msgspec.Struct):
    seq: int


_page: Final = msgspec.json.Decoder(_Page).decode
_seq: Final = msgspec.json.Decoder(_Seq).decode


async def show_since(pages: Pages, chosen: Chosen, lines: Lines, show: Callable[[Sequence[str]], None]) -> Cursor:
    """Shows what is chosen, with the gaps in between, up to the newest: the cursor to go on behind.

    A gap that ends where the time begins is told: it may reach beyond. Raises CannotAsk, UsageError.
    """
    cursor, before = await _beginning(pages, chosen)
    show([line for gap in before for line in lines.gap(gap)])
    told: set[tuple[int, str]] = set()
    asked = chosen.parameters() | {"limit": _LIMIT}
    while True:
        try:
            page = _page(await pages(asked | {"after": f"{cursor.epoch}.{cursor.seq}"}))
        except CannotAsk as problem:
            if problem.code == "epoch_mismatch":  # the stream tells what that costs
                return cursor
            raise
        gaps = [_behind(gap, cursor.seq) for gap in page.gaps if _name(gap) not in told]
        told |= {_name(gap) for gap in gaps}
        show(_in_order(page.entries, gaps, lines))
        cursor = Cursor(page.epoch, page.through)
        if page.through >= page.head:
            return cursor


def _name(gap: PageGap) -> tuple[int, str]:
    """The same for one that goes on over two pages."""
    return gap.last or gap.first, gap.reason


def _behind(gap: PageGap, seq: int) -> PageGap:
    """The part of a gap that nobody has passed yet: one of what is pruned grows meanwhile."""
    if gap.last is None or gap.count is None or gap.first > seq:
        return gap
    return PageGap(seq + 1, gap.last, min(gap.count, gap.last - seq), gap.reason)


async def _beginning(pages: Pages, chosen: Chosen) -> tuple[Cursor, list[PageGap]]:
    """(the place before the first entry of that time, whatever it is, the gaps that end there)."""
    asked = Chosen(since=chosen.since).parameters() | {"limit": "1"}
    while True:
        page = _page(await pages(asked))
        if page.entries or page.through >= page.head:
            before = _seq(page.entries[0]).seq - 1 if page.entries else page.head
            return Cursor(page.epoch, before), [gap for gap in page.gaps if gap.last == before]
        asked["after"] = f"{page.epoch}.{page.through}"


def _in_order(entries: list[Raw], gaps: list[PageGap], lines: Lines) -> list[str]:
    shown: list[str] = []
    at = 0
    for gap in gaps:
        end = at
        while end < len(entries) and _seq(entries[end]).seq < gap.first:
            end += 1
        shown += lines.entries(entries[at:end]) + lines.gap(gap)
        at = end
    return shown + lines.entries(entries[at:])
