"""One line of text as a record: what stands at its beginning is read, the rest is the message.

A record is what a producer of JSON would have sent (names of fields to values, for the lenient decoder to read), so
that limits, other spellings of levels and all else hold for text as they do for JSON. Nothing is guessed from words
within the text: a line that begins in none of the ways below is its own message, at level info.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import Raw

from ..core.timestamps import read_time
from . import syslog

Record = dict[str, Any]
"""Names of fields to values that `msgspec.json.encode` takes; `Raw` where a value is JSON as it was sent."""

_LEVELS: Final[dict[str, str | None]] = {
    # As it is written in a line, in any case: the level, or None where the decoder tells, which keeps the word too.
    **dict.fromkeys(("info", "information", "inf"), "info"),
    **dict.fromkeys(("warn", "warning", "wrn"), "warn"),
    **dict.fromkeys(("error", "err"), "error"),
    **dict.fromkeys(("debug", "dbg"), "debug"),
    **dict.fromkeys(("fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "notice")),
    **dict.fromkeys(("trace", "verbose", "silly")),
    **{"ftl": "fatal", "vrb": "verbose", "trc": "trace"},  # Serilog, zerolog
}
_CONSOLE: Final = {"dbug": "debug", "trce": "trace", "fail": "error"}
"""Only before a colon: .NET's console."""

_ANY = "|".join(sorted(_LEVELS, key=len, reverse=True))
_BARE = _ANY.upper()

_COLOURS = r"(?:\x1b\[[0-9;]{0,20}m){0,4}"
_DAY = r"\d{4}[-/]\d\d[-/]\d\d"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\b)?"
_TIME = rf"(?:{_DAY}[Tt ]{_CLOCK}{_ZONE}|{_CLOCK})"
_HEAD = re.compile(
    rf"{_COLOURS}(?:\[([^\[\]]{{8,48}})\]|({_TIME})(?=[\s\x1b|:,-])){_COLOURS}(?:[ \t]*[-|:,](?=\s))?\s*", re.ASCII
)
_BESIDE = re.compile(r"\[([\w.:#@/$-]{1,64})\]\s*(?=\S)")  # a thread or a process between the time and the level
_GAP = r"[ \t]*(?:[-|:][ \t]|:$)?[ \t]*"
_LEVEL = re.compile(
    rf"{_COLOURS}(?:"
    rf"\[{_COLOURS}(?i:({_ANY})){_COLOURS}[ \t]*\]:?"  # [LEVEL] message
    rf"|<(?i:({_ANY}))>"
    rf"|(?i:({_ANY}|{'|'.join(_CONSOLE)})){_COLOURS}:(?=\s|$)"  # LEVEL: message
    rf"|({_BARE}){_COLOURS}(?=[ \t]|$)"  # LEVEL message
    rf"){_COLOURS}{_GAP}",
    re.ASCII,
)
_PYTHON = re.compile(rf"({_BARE}):([\w.]{{1,128}}):(?=\S)", re.ASCII)  # logging.basicConfig's LEVEL:name:message
_NAMED = re.compile(rf"([\w.@/-]{{1,128}}) - ({_BARE}) - ", re.ASCII)  # time - name - LEVEL - message
_TIMED_LEVEL = re.compile(rf"\[({_TIME}) +({_BARE})\]\s*", re.ASCII)  # Serilog's [10:30:00 INF]

_NAME = r"[A-Za-z_@][A-Za-z0-9_.@/:\[\]-]{0,127}"
_PAIR = re.compile(rf'({_NAME})=(?:"((?:[^"\\]++|\\.)*+)"(?=\s|$)|([^\s"=]*+(?:=[^\s"=]*+)*+)(?=\s|$))\s*', re.DOTALL)
_WORDS = re.compile(rf'(?:(?!{_NAME}=)[^\s"=]++\s*)++')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})", re.ASCII)

_FIRST: Final = frozenset(
    ("level", "lvl", "severity", "loglevel", "log_level", "msg", "message", "ts", "time", "timestamp")
)
"""Names by one of which a line of one pair is known, and by which, standing first, one with unquoted text in it."""

_TEXTS: Final = frozenset(("msg", "message", "err", "error", "reason", "desc"))
_MESSAGES: Final = frozenset(("msg", "message", "event", "text", "body", "short_message"))
_WHERE: Final = frozenset(("method", "request_method", "http.method", "http.request.method"))


def read_line(line: str, arrived: str) -> Record:
    """The record of one line (without its line end): JSON, logfmt, syslog, or text that may begin with a level.

    `arrived` is RFC 3339 in UTC: syslog says no year. Raises nothing. A blank line gives an empty message.
    """
    line = line.strip(" \t\r\n\x1e\ufeff")
    if line.startswith("{") and (members := _members(line)) is not None:
        return members
    return read_text(line, arrived)


def read_text(line: str, arrived: str) -> Record:
    """The same, but JSON stays text."""
    if line.startswith("<") and (message := syslog.read(line, arrived)) is not None:
        return _with_inner(message)
    return _read_logfmt(line) or _read_levelled(line)


def _read_levelled(line: str) -> Record:
    """`LEVEL message` and its like; a time before it is its timestamp."""
    if timed := _TIMED_LEVEL.match(line):
        return _record(line, timed[2], timed.end(), timed[1], {})
    head = _HEAD.match(line)
    moment = None
    at = 0
    if head is not None:
        moment = head[1] or head[2]
        if head[1] and not _is_time(head[1]):
            head = moment = None
        else:
            at = head.end()
    if found := _PYTHON.match(line, at):
        return _record(line, found[1], found.end(), moment, {"source": found[2]})
    beside: Record = {}
    if head is not None:
        if named := _NAMED.match(line, at):
            return _record(line, named[2], named.end(), moment, {"source": named[1]})
        while not _LEVEL.match(line, at) and (token := _BESIDE.match(line, at)):
            name = "pid" if token[1].isdigit() else "thread"
            if name in beside:
                break
            beside[name] = token[1]
            at = token.end()
    if level := _LEVEL.match(line, at):
        return _record(line, next(filter(None, level.groups())), level.end(), moment, beside)
    return _timed(line, moment, line[at:])


def _timed(line: str, moment: str | None, rest: str) -> Record:
    """What begins with no level: logfmt behind a time, or else the whole line is the message."""
    stamp = None if moment is None else _stamp(moment)
    record = None if stamp is None else _read_logfmt(rest)
    if record is None:
        record = {"level": "info", "message": line}
    if stamp is not None and _SAME["timestamp"].isdisjoint(record):
        record["timestamp"] = stamp
    return record


def _record(line: str, word: str, end: int, moment: str | None, beside: Record) -> Record:
    level = _LEVELS.get(word.lower()) or _CONSOLE.get(word, word)
    record: Record = {"level": level, "message": line[end:].rstrip() or line.strip()}
    if moment is not None:
        stamp = _stamp(moment)
        # A time of day alone, or one of no calendar: kept, as the message no longer has it.
        record |= {"timestamp": stamp} if stamp else {"clock": moment}
    return record | beside


def _is_time(text: str) -> bool:
    return re.fullmatch(_TIME, text, re.ASCII) is not None or (":" in text and _stamp(text) is not None)


def _stamp(text: str) -> str | None:
    return read_time(text.replace("/", "-") if re.match(r"\d{4}/", text) else text)


def _members(text: str) -> Record | None:
    """The members of an object, as they were sent; None for what is none."""
    try:
        return msgspec.json.decode(text, type=dict[str, Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return None


def _with_inner(message: Record) -> Record:
    """A syslog message whose text is a JSON object is that record; what it lacks, the outer one fills."""
    text = message["message"]
    if not text.startswith("{") or (inner := _members(text)) is None:
        return message
    present = {name.lower() for name in inner}
    lacking = {
        name: value
        for name, value in message.items()
        if name != "message" and present.isdisjoint(_SAME.get(name, ())) and name not in inner
    }
    return {**inner, **lacking}


_SAME: Final = {
    # By which names a record may have what the outer one has too.
    "level": {"level", "severity", "levelname", "level_name", "lvl", "loglevel", "log_level", "log.level", "log", "@l"}
    | {"severitytext", "severity_text", "severitynumber", "severity_number", "levelno", "level_value", "status"},
    "timestamp": {"timestamp", "time", "@timestamp", "ts", "@t", "dt", "date", "datetime", "asctime", "_time", "t"},
    "source": {"source", "service", "service.name", "service_name", "logger", "app", "application"},
}


def _read_logfmt(line: str) -> dict[str, Any] | None:
    """The pairs of a line, as they are named; None for what is no logfmt.

    Whole numbers and `true` and `false` are such, other values are text. A name that stands twice has a `_` before it
    the second time. Without a message, and where method and path make none, the line is its own.
    """
    first = _PAIR.match(line)
    if first is None:
        return None
    known = first[1].lower() in _FIRST
    fields: dict[str, Any] = {}
    at = pairs = 0
    name = ""
    while at < len(line):
        pair = _PAIR.match(line, at)
        if pair is not None:
            pairs += 1
            name = pair[1]
            while name in fields:
                if len(name) > 256:
                    return None
                name = "_" + name
            fields[name] = _unquoted(pair[2]) if pair[2] is not None else _value(pair[3])
            at = pair.end()
            continue
        words = _WORDS.match(line, at)
        if words is None or not known or name not in _TEXTS:
            return None
        fields[name] = f"{fields[name]} {words[0].rstrip()}".lstrip()
        at = words.end()
    if pairs < 2 and not known:
        return None
    if fields.keys().isdisjoint(_MESSAGES) and fields.keys().isdisjoint(_WHERE):
        fields["message"] = line
    return fields


def _unquoted(quoted: str) -> str:
    return _ESCAPE.sub(lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), quoted)


def _value(text: str) -> str | int | bool:
    if _INTEGER.fullmatch(text) and text != "-0":
        return int(text)
    return text == "true" if text in ("true", "false") else text
