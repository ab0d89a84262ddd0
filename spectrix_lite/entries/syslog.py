"""One syslog message with its priority: RFC 5424, RFC 3164, and what is sent as such (no time, no host)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from ..core.timestamps import read_time

SEVERITIES: Final = ("emerg", "alert", "crit", "error", "warn", "notice", "info", "debug")
FACILITIES: Final = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", *(f"local{number}" for number in range(8))),
)

_PRIORITY = re.compile(r"<(0|[1-9]\d{0,2})>", re.ASCII)
_PART = r"(\S{1,255})"
_RFC5424 = re.compile(rf"[1-9]\d{{0,2}} {_PART} {_PART} {_PART} {_PART} {_PART}(?: (?=[\[-])| *$)", re.ASCII)
_RFC3164 = re.compile(
    r"(?:(?P<day>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d)"
    r"|(?P<time>\d{4}-\d\d-\d\dT\S{8,32})) (?:(?P<host>[^\s:\[]{1,255}) )?",
    re.ASCII,
)
_TAG = re.compile(r"([\w./@-]{1,64})(?:\[([\w./-]{1,64})\])?: ?", re.ASCII)
_ELEMENT = re.compile(r'\[([^\s=\]"]{1,64})((?: [^\s=\]"]{1,64}="(?:[^"\\\]]++|\\.)*+")*+)\]', re.DOTALL)
_PARAMETER = re.compile(r' ([^\s=\]"]{1,64})="((?:[^"\\\]]++|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\\]])')


def read(line: str, arrived: str) -> dict[str, Any] | None:
    """The message as a record: `message`, `level`, `timestamp`, `source` (app-name or tag), and for the metadata
    `host`, `procId`, `msgId`, `facility` and `structuredData`, each where it is there. None for what has no priority.

    RFC 3164 says no year: it is the last one, by `arrived` (RFC 3339, UTC), in which that day had come, give or take a
    day. Raises nothing.
    """
    priority = _PRIORITY.match(line)
    if priority is None or int(priority[1]) > 191:
        return None
    facility, severity = divmod(int(priority[1]), 8)
    record: dict[str, Any] = {"level": SEVERITIES[severity]}
    rest = line[priority.end() :]
    modern = _RFC5424.match(rest)
    record |= _modern(modern, rest) if modern else _traditional(rest, arrived)
    record["facility"] = FACILITIES[facility]
    record["message"] = record["message"].removeprefix("\ufeff").rstrip("\0\r\n")
    return record


def _modern(head: re.Match[str], text: str) -> dict[str, Any]:
    names = ("timestamp", "host", "source", "procId", "msgId")
    record: dict[str, Any] = {name: part for name, part in zip(names, head.groups(), strict=True) if part != "-"}
    if (stamp := record.get("timestamp")) and read_time(stamp) is None:
        record["originalTime"] = record.pop("timestamp")
    at = head.end()
    data: dict[str, dict[str, str]] = {}
    if text[at : at + 1] == "-":
        at += 1
    while element := _ELEMENT.match(text, at):
        parameters = {name: _ESCAPED.sub(r"\1", value) for name, value in _PARAMETER.findall(element[2])}
        data[element[1]] = {**data.get(element[1], {}), **parameters}
        at = element.end()
    if data:
        record["structuredData"] = data
    # rsyslog takes what stands behind a tag, blank and all, for the message.
    record["message"] = text[at:].removeprefix(" ").removeprefix(" ")
    return record


def _traditional(text: str, arrived: str) -> dict[str, Any]:
    record: dict[str, Any] = {}
    at = 0
    if head := _RFC3164.match(text):
        host = head["host"]
        at = head.end()
        moment = head["time"] or _dated(head["day"], arrived)
        if moment and read_time(moment):
            record["timestamp"] = moment
        else:
            record["originalTime"] = head["time"] or head["day"]
        if host:
            record["host"] = host
    if tag := _TAG.match(text, at):
        record["source"] = tag[1]
        if tag[2]:
            record["procId"] = tag[2]
        at = tag.end()
    record["message"] = text[at:]
    return record


def _dated(day: str, arrived: str) -> str | None:
    latest = datetime.fromisoformat(arrived) + timedelta(days=1)
    for year in (latest.year, latest.year - 1):
        try:
            moment = datetime.strptime(f"{year} {day} +0000", "%Y %b %d %H:%M:%S %z")
        except ValueError:  # 29 February, or no day at all
            continue
        if moment <= latest:
            return moment.isoformat()
    return None
