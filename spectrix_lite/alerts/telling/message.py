"""Message: all that is due to one destination, as values and as text. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ...core.alert_records import Alert, Notice, When
from ...core.timestamps import rfc3339

MOST_TEXT: Final = 300
"""Characters of an entry's message in a notice."""

_MOST_LINE: Final = 400  # characters of an entry in a line
# Controls, and what turns the direction of a text or hides some of it.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """A notice with what it tells: `entries` are encoded, as far as they are still kept; `link` leads to the first."""

    alert: Alert
    notice: Notice
    service: str
    entries: tuple[bytes, ...]
    link: str
    test: bool = False


class ShownEntry(msgspec.Struct, rename="camel", omit_defaults=True):
    """An entry in a notice; its message is cut."""

    received_at: str
    level: str
    message: str
    source: str = ""
    endpoint: str = ""
    method: str = ""
    status_code: int = 0


_shown = msgspec.json.Decoder(ShownEntry).decode


def shown_entry(encoded: bytes) -> ShownEntry:
    """An encoded entry as a notice shows it."""
    entry = _shown(encoded)
    if len(entry.message) > MOST_TEXT:
        entry.message = entry.message[:MOST_TEXT] + "…"
    return entry


def headline(item: NoticeItem) -> str:
    """What has happened, in a line."""
    alert, notice = item.alert, item.notice
    missed = f" ({notice.missed:,} entries were not looked at: this rule is behind)" if notice.missed else ""
    test = "[test] " if item.test else ""
    return f"{test}{alert.name}: {_event(alert.when, notice, item.service)}{missed}"


def _event(when: When, notice: Notice, service: str) -> str:
    if notice.kind == "resolved":
        more = f", {_times(notice.count)} more" if notice.count else ""
        return f"it is over in {service}{more}"
    if when.kind == "none":
        return f"nothing from {service} for {spoken(when.within)}"
    if when.kind == "firstSeen":
        kinds = "an error of a new kind" if notice.count == 1 else f"errors of {notice.count:,} new kinds"
        return f"{kinds} in {service}"
    age = max(1, round((notice.at - notice.since) / 1000)) if notice.since is not None else 0
    return f"{_times(notice.count)} in {service}" + (f" within {spoken(age)}" if age else "")


def _times(count: int) -> str:
    return "1 match" if count == 1 else f"{count:,} matches"


def spoken(seconds: int) -> str:
    """`90` is `90 s`, `300` is `5 min`, `5400` is `90 min`, `86400` is `24 h`."""
    if seconds < 120:
        return f"{seconds} s"
    return f"{round(seconds / 60)} min" if seconds < 7200 else f"{round(seconds / 3600)} h"


def spoken_when(when: When) -> str:
    """What a rule waits for, in a few words."""
    if when.kind == "none":
        return f"none for {spoken(when.within)}"
    if when.kind == "firstSeen":
        return "an error of a new kind"
    return f"{when.count:,} or more in {spoken(when.within)}"


def entry_line(entry: ShownEntry) -> str:
    """An entry in a line, without line ends and whatever else would not be seen."""
    parts = [
        entry.received_at[11:19],
        entry.level,
        entry.source and f"[{entry.source}]",
        entry.method,
        entry.endpoint,
        str(entry.status_code or ""),
    ]
    message = " ".join(entry.message.split())
    request = f"{entry.method} {entry.endpoint}".strip()
    line = " ".join([*filter(None, parts), "" if message == request else message]).rstrip()
    return _UNSEEN.sub("\ufffd", line if len(line) <= _MOST_LINE else line[:_MOST_LINE] + "…")


def as_values(items: Sequence[NoticeItem]) -> list[dict[str, Any]]:
    """The notices as JSON objects."""
    return [
        {
            "alert": {"id": item.alert.id, "name": item.alert.name, "query": item.alert.query}
            | {"when": when_value(item.alert.when)},
            "service": {"id": item.notice.service_id, "name": item.service},
            "kind": item.notice.kind,
            "test": item.test,
            "text": headline(item),
            "at": rfc3339(item.notice.at),
            "since": None if item.notice.since is None else rfc3339(item.notice.since),
            "count": item.notice.count,
            "missed": item.notice.missed,
            "entries": [msgspec.to_builtins(shown_entry(entry)) for entry in item.entries],
            "link": item.link,
        }
        for item in items
    ]


def entry_lines(item: NoticeItem) -> list[str]:
    """The entries of a notice, a line each."""
    return [entry_line(shown_entry(entry)) for entry in item.entries]


def when_value(when: When) -> dict[str, Any]:
    """`when` as the API has it."""
    if when.kind == "none":
        return {"none": when.within}
    return {"firstSeen": True} if when.kind == "firstSeen" else {"count": when.count, "within": when.within}
