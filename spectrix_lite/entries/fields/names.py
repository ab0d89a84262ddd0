"""Field names: under which names of a record each field of an entry is looked for, in order.

The table is compiled once; of a record only its own names are looked up, never the table's one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

LEVEL_WORDS: Final = (
    *("level", "severity", "levelname", "level_name", "lvl", "loglevel", "log_level", "log.level"),
    *("severityText", "severity_text", "@l", "error_severity", "level.name", "status"),
)
LEVEL_NUMBERS: Final = {
    # name: the scale of its numbers
    **dict.fromkeys(("severityNumber", "severity_number"), "otel"),
    **{"levelno": "python", "level_value": "logback"},
    **dict.fromkeys(("PRIORITY", "syslog.severity"), "syslog"),
    **{"level": "level", "severity": "severity"},
}
MESSAGES: Final = (
    *("message", "msg", "body", "event", "log", "text", "short_message", "@m", "@mt"),
    *("RenderedMessage", "MessageTemplate", "MESSAGE", "fields.message", "error.message", "err.message"),
)
TIMESTAMPS: Final = (
    *("timestamp", "time", "@timestamp", "ts", "@t", "dt", "date", "datetime", "asctime", "_time", "t", "t.$date"),
    *("eventTime", "timeUnixNano", "observedTimeUnixNano", "__REALTIME_TIMESTAMP", "EdgeStartTimestamp", "started_at"),
    *("time_iso8601", "time_local"),  # nginx's
)
SOURCES: Final = (
    *("source", "service", "service.name", "service_name", "logger", "app", "application", "container_name"),
    *("PROGRAM", "SYSLOG_IDENTIFIER"),
)
ENDPOINTS: Final = (
    *("endpoint", "path", "url", "uri", "originalUrl", "req.url", "request.url", "request.uri", "url.path"),
    *("http.target", "ClientRequestURI", "request_uri"),
)
METHODS: Final = (
    *("method", "req.method", "request.method", "http.method", "http.request.method", "ClientRequestMethod"),
    "request_method",
)
STATUSES: Final = (
    *("statusCode", "status", "status_code", "res.statusCode", "response.status", "http.status_code"),
    *("http.response.status_code", "EdgeResponseStatus"),
)
METADATA: Final = ("metadata",)

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "level": LEVEL_WORDS,
    "level number": tuple(LEVEL_NUMBERS),
    "message": MESSAGES,
    "timestamp": TIMESTAMPS,
    "source": SOURCES,
    "endpoint": ENDPOINTS,
    "method": METHODS,
    "statusCode": STATUSES,
    "metadata": METADATA,
}
"""Each field's names in the order in which they are tried. But for the numbers, the first one is the field's own."""

CANONICAL: Final = frozenset(names[0] for field, names in FIELDS.items() if field != "level number")


def is_canonical(names: Iterable[str]) -> bool:
    """Whether a record of these names is in the canonical form: our own names alone, level and message among them."""
    found = frozenset(names)
    return found <= CANONICAL and "level" in found and "message" in found


_WRITTEN: Final = ("timestamp", "level", "message", "source", "endpoint", "method", "statusCode", "metadata")

_ONE_CASE: Final = frozenset(("PRIORITY", "MESSAGE", "PROGRAM", "SYSLOG_IDENTIFIER"))


def in_one_case(name: str) -> bool:
    """Whether a name counts in its own spelling only."""
    return name in _ONE_CASE or name.startswith(("__", "@"))


class FieldCandidate(NamedTuple):
    """A member of a record that may be a field: its key, where in its value to go on, and the table's name for it."""

    key: str
    path: tuple[str, ...]
    name: str


ReadFrom = dict[str, FieldCandidate]
"""What each field was read from, as far as that is known."""


def told(found: ReadFrom) -> dict[str, str]:
    """Of the fields that were not read from their own names, the names: dotted for what stands within an object."""
    return {
        field: ".".join((found[field].key, *found[field].path))
        for field in _WRITTEN
        if field in found and (found[field].key != field or found[field].path)
    }


class _Role(NamedTuple):
    field: int
    rank: int
    path: tuple[str, ...]
    name: str


FieldCandidates = dict[str, list[FieldCandidate]]
"""Of each field in `FIELDS`, in the order in which they are tried."""


def _splits(name: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    """`a.b.c` as (`a.b.c`), (`a.b`, `c`), (`a`, `b`, `c`): the key and the path below it, the dotted key first."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        yield ".".join(parts[:count]), tuple(parts[count:])


def _compiled() -> tuple[dict[str, list[_Role]], dict[str, list[_Role]]]:
    exact: dict[str, list[_Role]] = {}
    lower: dict[str, list[_Role]] = {}
    for field, names in enumerate(FIELDS.values()):
        for place, name in enumerate(names):
            for depth, (key, path) in enumerate(_splits(name)):
                exact.setdefault(key, []).append(_Role(field, place * 8 + depth, path, name))
                if not in_one_case(name):
                    lower.setdefault(key.lower(), []).append(_Role(field, place * 8 + 4 + depth, path, name))
    return exact, lower


_EXACT, _LOWER = _compiled()


def candidates(keys: Iterable[str]) -> FieldCandidates:
    """What of a record may be which field, in the table's order, a name's own spelling before any other case.

    A key that is itself one of a field's names is no other name's spelling.
    """
    found: list[list[tuple[int, FieldCandidate]]] = [[] for _ in FIELDS]
    for key in keys:
        exact = _EXACT.get(key, ())
        for field, rank, path, name in exact:
            found[field].append((rank, FieldCandidate(key, path, name)))
        for field, rank, path, name in _LOWER.get(key.lower(), ()):
            if not any(field == each.field and (path == each.path or not each.path) for each in exact):
                found[field].append((rank, FieldCandidate(key, path, name)))
    for each in found:
        each.sort(key=lambda one: one[0])
    return {field: [one for _, one in each] for field, each in zip(FIELDS, found, strict=True)}
