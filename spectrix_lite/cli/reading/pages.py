"""Pages of entries, put together: the newest of all that match, or the first behind a cursor."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from msgspec import Raw

from ..terminal import Style
from .fence import fenced
from .lines import TextLines
from .options import Chosen
from .reader import CannotAsk, FoundService, ServerReader

_PAGE: Final = 1000
MOST_PAGES: Final = 1000
_PLAIN: Final = Style(io.StringIO())


class _Kept(msgspec.Struct):
    oldest: int


class Missing(msgspec.Struct):
    """A gap, as far as it is counted."""

    count: int | None
    reason: str = ""


class _Page(msgspec.Struct):
    epoch: str
    head: int
    through: int
    entries: list[Raw]
    kept: _Kept
    gaps: list[Missing]


_page: Final = msgspec.json.Decoder(_Page).decode
gap_of: Final = msgspec.json.Decoder(Missing).decode


@dataclass(slots=True)
class Found:
    """Entries, oldest first; `through` is the cursor to go on after; `lost` are those that are not held any more, but
    for what the operator took out, as in a summary; None where nobody can know. `columns` are those of the view, if it
    names some.
    """

    entries: list[Raw] = field(default_factory=list)
    through: str = ""
    lost: int | None = 0
    columns: tuple[str, ...] = ()

    def miss(self, gap: Missing) -> None:
        """Counts a gap."""
        if gap.reason != "removed":
            self.lost = None if self.lost is None or gap.count is None else self.lost + gap.count

    @property
    def lost_text(self) -> str:
        return "the numbering has started over, some may be lost" if self.lost is None else f"{self.lost:,} lost"


async def look(reader: ServerReader, service: FoundService, chosen: Chosen, limit: int) -> Found:
    """At most `limit`: without a cursor the newest, behind one the first. Raises CannotAsk."""
    view = await reader.view(chosen.view, service)
    parameters = chosen.parameters(view)
    found = Found(columns=() if view is None else view.columns)
    if "after" not in parameters:
        await _newest(reader, service, parameters, limit, found)
        return found
    try:
        await _behind(reader, service, parameters, limit, found)
    except CannotAsk as problem:
        if problem.code != "epoch_mismatch":
            raise
        found.lost = None
        await _behind(reader, service, {**parameters, "after": None}, limit, found)
    return found


async def _newest(
    reader: ServerReader, service: FoundService, parameters: dict[str, Any], limit: int, found: Found
) -> None:
    asked = {**parameters, "order": "desc"}
    entries: list[Raw] = []
    for _ in range(MOST_PAGES):
        page = _page(await reader.page(service, {**asked, "limit": str(limit - len(entries))}))
        found.through = found.through or f"{page.epoch}.{page.head}"
        entries += page.entries
        if len(entries) >= limit or page.through <= page.kept.oldest:
            found.entries = entries[::-1]
            return
        asked["before"] = f"{page.epoch}.{page.through}"
    raise CannotAsk("It takes too long to look through all that is kept; narrow it down.")


async def _behind(
    reader: ServerReader, service: FoundService, parameters: dict[str, Any], limit: int, found: Found
) -> None:
    asked = {name: value for name, value in parameters.items() if value is not None}
    for _ in range(MOST_PAGES):
        wanted = min(_PAGE, limit - len(found.entries))
        page = _page(await reader.page(service, {**asked, "limit": str(wanted)}))
        for gap in page.gaps:
            found.miss(gap)
        found.entries += page.entries
        found.through = asked["after"] = f"{page.epoch}.{page.through}"
        if page.through >= page.head or len(found.entries) >= limit:
            return
    raise CannotAsk("More comes than can be read; narrow it down.")


def newest_within(found: Found, characters: int) -> str:
    """The entries as Markdown, with their metadata, in a fence; of too many the newest, each cut to its share."""
    lines = TextLines(utc=True, metadata=True, now="1970-01-01T00:00:00.000Z", style=_PLAIN)
    texts = ["\n".join(lines.entries([entry])) for entry in found.entries]
    kept: list[str] = []
    left = characters
    for text in reversed(texts):
        share = max(200, left // 2) if len(texts) > 1 else left
        kept.append(text if len(text) <= share else f"{text[:share]}…")
        left -= len(kept[-1])
        if left <= 0:
            break
    count = f"{len(texts)} {'entry' if len(texts) == 1 else 'entries'}"
    shown = "" if len(kept) == len(texts) else f", the newest {len(kept)} shown"
    cursor = f" Cursor: `{found.through}`" if found.through else ""
    return f"{count}{shown}, {found.lost_text}.{cursor}\n\n{fenced(chr(10).join(reversed(kept)))}"
