"""A line of output, or the lines of a stack trace, as the record that is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from ...entries.text_line import read_line
from .stack_trace import Line

Record = dict[str, Any]

UNTOLD_LEVELS: Final = {"stdout": "info", "stderr": "warn"}
"""The level of a line that tells none, by the stream it was printed on."""

_OF_TEXT: Final = frozenset(("level", "message", "timestamp"))
_ONLY_STREAM: Final = {stream: {"stream": stream} for stream in UNTOLD_LEVELS}

_LEVELS: Final = frozenset(
    (
        *("level", "severity", "levelname", "level_name", "lvl", "loglevel", "log_level", "log.level", "level.name"),
        *("severitytext", "severity_text", "@l", "error_severity", "severitynumber", "severity_number", "levelno"),
        *("level_value", "priority", "syslog.severity", "log", "syslog"),
    )
)
_TIMES: Final = frozenset(
    (
        *("timestamp", "time", "@timestamp", "ts", "@t", "dt", "date", "datetime", "asctime", "_time", "t"),
        *("eventtime", "timeunixnano", "observedtimeunixnano", "__realtime_timestamp", "edgestarttimestamp"),
        "started_at",
    )
)
_SOURCES: Final = frozenset(
    (
        *("source", "service", "service.name", "service_name", "logger", "app", "application", "container_name"),
        *("program", "syslog_identifier"),
    )
)

_ERROR_NAME: Final = re.compile(r"(?i:error|panic|fatal error|fatal|alert):")
"""`Error: card declined`: the word that may be read as a level is the error's own name."""

_WARNING: Final = re.compile(r"\bWarning: ")


def plain(text: str, stream: str, at: str) -> Record:
    """A line of which nothing is known but that it came."""
    return {"level": UNTOLD_LEVELS[stream], "message": text, "timestamp": at, "metadata": {"stream": stream}}


def of_line(text: str, coloured: str | None, at: str, stream: str, source: str | None) -> Record:
    """One line: JSON, logfmt, syslog or a level at its beginning, else a message at the stream's own level."""
    record = read_line(text, at)
    if record.keys() <= _OF_TEXT:
        if stream == "stderr" and _tells_none(record, text):
            record["level"] = "warn"
        if "timestamp" not in record:
            record["timestamp"] = at
        if source is not None:
            record["source"] = source
        record["metadata"] = _ONLY_STREAM[stream] if coloured is None else {"stream": stream, "ansi": coloured}
        return record
    names = {name.lower() for name in record}
    if _LEVELS.isdisjoint(names):
        record["level"] = UNTOLD_LEVELS[stream]
    if _TIMES.isdisjoint(names):
        record["timestamp"] = at
    if source is not None and _SOURCES.isdisjoint(names):
        record["source"] = source
    _mark(record, stream, coloured)
    return record


def of_trace(lines: Sequence[Line], stream: str, source: str | None) -> Record:
    """All lines of a trace as one message, at level error unless its first line is a log line, which says its own."""
    first = lines[0]
    record = read_line(first.text, first.at)
    head = record.get("message")
    is_log_line = isinstance(head, str) and not _tells_none(record, first.text) and first.text.rstrip().endswith(head)
    if is_log_line and not _ERROR_NAME.match(first.text):
        text = "\n".join([str(head), *(line.text for line in lines[1:])])
    else:
        text = "\n".join(line.text for line in lines)
        record = {"level": "warn" if _WARNING.search(first.text) else "error"}
    record["message"] = text
    record.setdefault("timestamp", first.at)
    if source is not None:
        record.setdefault("source", source)
    coloured = None
    if any(line.coloured is not None for line in lines):
        coloured = "\n".join(line.coloured if line.coloured is not None else line.text for line in lines)
    _mark(record, stream, coloured)
    return record


def _tells_none(record: Record, text: str) -> bool:
    return record.get("level") == "info" and record.get("message") == text.strip(" \t\r\n\x1e\ufeff")


def _mark(record: Record, stream: str, coloured: str | None) -> None:
    """Metadata says the stream and the colours; what the record has under these names is never overwritten."""
    metadata = _metadata(record.get("metadata"))
    marks = {"stream": stream} if coloured is None else {"stream": stream, "ansi": coloured}
    for name, value in marks.items():
        if name in metadata:
            metadata["_" + name] = metadata[name]
        metadata[name] = value
    record["metadata"] = metadata


def _metadata(value: object) -> Record:
    if value is None or (isinstance(value, Raw) and bytes(value) == b"null"):
        return {}
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, Raw):
        try:
            return dict(msgspec.json.decode(value, type=dict[str, Raw]))
        except msgspec.MsgspecError:
            return {"value": value}
    return {"value": value}
