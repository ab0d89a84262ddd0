"""Lines of text, or NDJSON, for entries and gaps. Whatever they hold, a line stays a line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Final, Protocol

import msgspec
from msgspec import UNSET, Raw

from ...entries.entry import Entry
from ...query.candidate import Candidate
from ...query.derived import duration_of
from ...query.error import InvalidQuery
from ...query.filter import candidate
from ...query.member import Member
from ...query.nodes import Field
from ...query.parser import parse_query
from ...stream.messages import Gap
from ..terminal import Style, pad, visible, visible_json, width

_COLOURS: Final = {"error": "red", "warn": "yellow", "info": "green", "debug": "blue"}
_LONGEST_SOURCE: Final = 20
_LONGEST_CELL: Final = 60
_LOST: Final = {
    "removed": "{} removed",
    "pruned": "{} no longer kept",
    "paused": "{} not recorded: the disk was full, or failed",
    "unreadable": "{} cannot be read: their block is damaged, or needs zstd",
}

_entry: Final = msgspec.json.Decoder(Entry).decode
_object: Final = msgspec.json.Decoder(dict[str, Raw]).decode


class PageGap(msgspec.Struct, rename={"first": "from", "last": "to"}, tag="gap"):
    """A gap of a page: of more reasons than the stream's, as it reaches into history."""

    first: int
    last: int | None
    count: int | None
    reason: str


class Lines(Protocol):
    """How `tail` prints: each method answers whole lines."""

    def entries(self, entries: Sequence[Raw]) -> list[str]: ...

    def gap(self, gap: Gap | PageGap) -> list[str]: ...


class JsonLines:
    """An object a line: entries as the server sent them, gaps as messages of the stream."""

    def entries(self, entries: Sequence[Raw]) -> list[str]:
        # Metadata may have come with line ends between its members; formatting changes blanks and nothing else.
        return [visible_json(msgspec.json.format(bytes(entry), indent=-1).decode()) for entry in entries]

    def gap(self, gap: Gap | PageGap) -> list[str]:
        return [msgspec.json.encode(gap).decode()]


class TextLines:
    """`10:30:00.112  error  api  POST /api/pay/charge  card declined  500  412 ms`, in colours on a terminal.

    A line between them tells each new day; the first too, unless it is that of `now`, an RFC 3339 time.
    """

    def __init__(self, *, utc: bool, metadata: bool, now: str, style: Style | None = None) -> None:
        self._zone = UTC if utc else None
        self._metadata = metadata
        self._style = style or Style(sys.stdout)
        self._source_width = 0
        self._day, _ = _display_time(now, self._zone)

    def entries(self, entries: Sequence[Raw]) -> list[str]:
        decoded = [_entry(raw) for raw in entries]
        widest = max((width(visible(_text(entry.source))) for entry in decoded), default=0)
        self._source_width = max(self._source_width, min(widest, _LONGEST_SOURCE))
        return [line for entry in decoded for line in self._lines(entry)]

    def gap(self, gap: Gap | PageGap) -> list[str]:
        return [self._style(f"---- {_gap_text(gap)} ----", "magenta")]

    def _lines(self, entry: Entry) -> list[str]:
        style = self._style
        lines = []
        day, clock = _display_time(str(entry.timestamp), self._zone)
        if self._day != day:
            lines.append(style.dim(f"---- {day} ----"))
            self._day = day
        metadata = _metadata(entry)
        cells = [
            style.dim(clock),
            style(f"{entry.level:<5}", _COLOURS[entry.level]),
        ]
        if self._source_width:
            cells.append(style(pad(visible(_text(entry.source)), self._source_width), "cyan"))
        cells += self._request(entry)
        if entry.truncated is not UNSET and entry.truncated:
            cells.append(style.dim(f"[cut: {visible(', '.join(entry.truncated))}]"))
        lines.append("  ".join(cells).rstrip())
        if self._metadata:
            lines += [style.dim(f"    {line}") for line in _members(metadata)]
        return lines

    def _request(self, entry: Entry) -> list[str]:
        """Method and endpoint, the message unless it repeats them, status and duration: what there is of them."""
        request = " ".join(part for part in (_text(entry.method), _text(entry.endpoint)) if part)
        cells = [visible(part) for part in (request, entry.message if entry.message != request else "") if part]
        if entry.status_code is not UNSET:
            colour = "red" if entry.status_code >= 500 else "yellow" if entry.status_code >= 400 else None
            cells.append(self._style(str(entry.status_code), colour))
        duration = _duration(entry)
        if duration:
            cells.append(self._style.dim(duration))
        return cells


class ColumnLines:
    """A view's columns, as the page has them, each as wide as what came so far; the last takes what there is."""

    def __init__(self, columns: Sequence[str], *, utc: bool, style: Style) -> None:
        self._columns = [(name, _path(name)) for name in columns]
        self._widths = [0] * len(columns)
        self._zone = UTC if utc else None
        self._style = style

    def entries(self, entries: Sequence[Raw]) -> list[str]:
        rows = [self._cells(bytes(entry)) for entry in entries]
        for place in range(len(self._columns)):
            widest = max((width(row[place]) for row in rows), default=0)
            self._widths[place] = max(self._widths[place], min(widest, _LONGEST_CELL))
        return ["  ".join(map(pad, row, self._widths)).rstrip() for row in rows]

    def gap(self, gap: Gap | PageGap) -> list[str]:
        return [self._style(f"---- {_gap_text(gap)} ----", "magenta")]

    def _cells(self, encoded: bytes) -> list[str]:
        entry, whole = _entry(encoded), candidate(encoded)
        return [visible(self._cell(name, path, entry, whole)) for name, path in self._columns]

    def _cell(self, name: str, path: tuple[str, ...], entry: Entry, whole: Candidate) -> str:
        if path:
            leaf = whole.member(path)
            return "" if leaf is None else leaf.text
        match name:
            case "time":
                return " ".join(_display_time(str(entry.timestamp), self._zone))
            case "message":
                return "  ".join(part for part in (whole.endpoint, whole.message) if part)
            case "level" | "method" | "source":
                return str(getattr(whole, name))
            case "status":
                return str(whole.status or "")
            case "duration":
                return _duration(entry)
            case "number":
                return str(whole.seq)
            case "route":
                return whole.field("route").text
            case "request" | "trace":
                leaf = whole.id(name)
                return "" if leaf is None else leaf.text
        return ""


def _path(column: str) -> tuple[str, ...]:
    """Of a column of metadata: the keys that lead there."""
    if not column.startswith("metadata."):
        return ()
    try:
        query = parse_query(f"{column}:*")
    except InvalidQuery:
        return ()
    return query.path if isinstance(query, Field) else ()


def _gap_text(gap: Gap | PageGap) -> str:
    if gap.reason == "restart":
        return "the server was restarted; what came in around then may be missing"
    if gap.reason == "reset":
        return "the place to go on from is unknown to the server; going on with its newest entries"
    count = 0 if gap.count is None else gap.count
    entries = f"{count:,} {'entry' if count == 1 else 'entries'}"
    return _LOST.get(gap.reason, "{} missed (too slow, or away too long)").format(entries)


def _text(value: object) -> str:
    return "" if value is UNSET else str(value)


def _display_time(stamp: str, zone: tzinfo | None) -> tuple[str, str]:
    """(day, time of day) of an RFC 3339 time, in `zone` or the machine's own.

    The first and the last hours that a date can have are not there in every zone: they are shown in UTC.
    """
    moment = datetime.fromisoformat(stamp)
    with suppress(OverflowError, ValueError, OSError):  # by platform
        moment = moment.astimezone(zone)
    day, _, clock = moment.isoformat(timespec="milliseconds").partition("T")
    return day, clock[:12]


def _metadata(entry: Entry) -> dict[str, Raw]:
    """Members as they were sent: a number may be beyond what any type holds."""
    return {} if entry.metadata is UNSET else _object(entry.metadata)


def _duration(entry: Entry) -> str:
    """In milliseconds below ten seconds, by whatever name metadata has for it; empty where there is none."""
    if entry.metadata is UNSET:
        return ""
    value = duration_of(Member(msgspec.json.format(bytes(entry.metadata), indent=-1).decode()).at)
    if value is None or value >= 1e12:
        return ""
    return f"{value / 1000:,.1f} s" if value >= 10_000 else f"{value:,.0f} ms"


def _members(metadata: dict[str, Raw]) -> list[str]:
    """`name: value` for each member; a text of several lines, such as a stack, keeps its lines."""
    lines = []
    for name, value in metadata.items():
        is_text = bytes(value).startswith(b'"')
        text = (
            msgspec.json.decode(value, type=str) if is_text else msgspec.json.format(bytes(value), indent=-1).decode()
        )
        first, *more = text.split("\n")
        lines.append(f"{visible(name)}: {visible(first)}")
        lines += [f"  {visible(line)}" for line in more]
    return lines
