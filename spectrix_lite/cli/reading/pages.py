"""Pages of entries, put together: the newest of all that match, or the first behind a cursor."""

from __future__ import annotations

import io
from collections import deque
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


class _Page(msgspec.Struct):
    epoch: str
    oldest: int
    head: int
    through: int
    entries: list[Raw]


_page: Final = msgspec.json.Decoder(_Page).decode


@dataclass(slots=True)
class Found:
    """Entries, oldest first; `through` is the cursor to go on after; `lost` are those that are not held any more, None
    where nobody can know.
    """

    entries: list[Raw] = field(default_factory=list)
    through: str = ""
    lost: int | None = 0

    @property
    def lost_text(self) -> str:
        return "the numbering has started over, some may be lost" if self.lost is None else f"{self.lost:,} lost"


async def look(reader: ServerReader, service: FoundService, chosen: Chosen, limit: int) -> Found:
    """At most `limit`: without a cursor the newest, behind one the first. Raises CannotAsk."""
    parameters = chosen.parameters(await reader.view_query(chosen.view, service))
    after = parameters.pop("after", None)
    found = Found()
    kept: deque[Raw] = deque(maxlen=limit)
    at = await _start(reader, service, parameters, after, limit, found)
    for _ in range(MOST_PAGES):
        wanted = min(_PAGE, limit - len(kept)) if after is not None else _PAGE
        page = _page(await reader.page(service, {**parameters, "after": at, "limit": str(wanted)}))
        seq = int(at.rpartition(".")[2])
        if found.lost is not None and after is not None:
            found.lost += max(0, page.oldest - 1 - seq)
        kept.extend(page.entries)
        at = f"{page.epoch}.{page.through}"
        if page.through >= page.head or (after is not None and len(kept) >= limit):
            found.entries, found.through = list(kept), at
            return found
    raise CannotAsk("More comes than can be read; narrow it down.")


async def _start(
    reader: ServerReader, service: FoundService, parameters: dict[str, Any], after: str | None, limit: int, found: Found
) -> str:
    """The cursor to begin behind."""
    probe = _page(await reader.page(service, {"limit": "1"}))
    if after is None:
        first = probe.oldest - 1 if parameters else max(probe.oldest - 1, probe.head - limit)
        return f"{probe.epoch}.{first}"
    if after.rpartition(".")[0] != probe.epoch:
        found.lost = None
        return f"{probe.epoch}.{probe.oldest - 1}"
    return after


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
