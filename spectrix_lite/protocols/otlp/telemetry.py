"""Telemetry: what a log record or a span says, in whichever form it came, as an entry."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ...core.timestamps import read_epoch, rfc3339
from ...entries.entry import Entry, Level, Limits
from ...entries.fields.levels import LONGEST as LONGEST_LEVEL
from ...entries.fields.levels import NUMBER_READERS, read_word
from ...entries.fields.names import ENDPOINTS, METHODS, STATUSES
from ...entries.fields.values import is_path, split_url
from ..batch_builder import BatchBuilder

Attributes = dict[str, Any]
"""Names to values of JSON's kinds."""

SERVER: Final = 2
CONSUMER: Final = 5
"""The kinds of a span that is a request: one that came over the network, or out of a queue."""

_NANOSECONDS: Final = 10**17
_LATEST: Final = 1 << 64
_ERROR: Final = 2  # a span's status code

_encode: Final = msgspec.json.Encoder().encode
_OF_REQUESTS: Final = frozenset((*METHODS, *STATUSES, *ENDPOINTS))


class Group(NamedTuple):
    """What the records of one resource and scope have in common: `rest` is the end of the JSON of their metadata."""

    source: str | UnsetType
    rest: bytes


def group(resource: Attributes, scope: str, builder: BatchBuilder) -> Group:
    """Of a resource's attributes `service.name` is the source."""
    name = resource.pop("service.name", None)
    fits = isinstance(name, str) and name and len(name.encode()) <= builder.limits.source
    if name is not None and not fits:
        resource["service.name"] = name
    rest: Attributes = {}
    if scope:
        rest["scope"] = scope
    if resource:
        rest["resource"] = resource
    return Group(name if fits else UNSET, _encode(rest)[1:])


class Span(NamedTuple):
    """One span; times are nanoseconds since 1970, 0 for none, ids hexadecimal. `status` is its code, `exception` the
    attributes of the last one that was recorded.
    """

    name: str
    kind: int
    start: int
    end: int
    status: int
    status_text: str
    attributes: Attributes
    exception: Attributes | None
    trace_id: str
    span_id: str
    parent_id: str


@lru_cache(maxsize=256)
def _level(number: int, text: str) -> tuple[Level, Attributes, str]:
    """A severity's level, what of it moves into metadata, and from which of both the level is."""
    word = read_word(_encode(text)) if text and len(text) < LONGEST_LEVEL else None
    scaled = NUMBER_READERS["otel"](str(number).encode()) if 0 < number <= 24 else None
    if word is not None:
        rest: Attributes = {"originalLevel": text} if word.lost else {}
        if scaled is not None and scaled.level != word.level:
            rest["severityNumber"] = number
        return word.level, rest, "severityText"
    if scaled is not None:
        return scaled.level, {"originalLevel": text or number} if text or scaled.lost else {}, "severityNumber"
    original = text or number
    return "info", {"originalLevel": original} if original else {}, ""


@lru_cache(maxsize=64)
def _read_from(time: str, level: str, message: str, source: str) -> Raw | UnsetType:
    names = {"timestamp": time, "level": level, "message": message, "source": source}
    told = {field: name for field, name in names.items() if name}
    return Raw(_encode(told)) if told else UNSET


def _stamp(time: int) -> str | None:
    """Nanoseconds since 1970; whatever is too little to be a time in them, as any number."""
    return rfc3339(time // 1_000_000) if _NANOSECONDS <= time < _LATEST else read_epoch(time)


def take_log(  # flat, and without an object of its own for what it is given: each call is time
    of: Group,
    builder: BatchBuilder,
    time: int,
    observed: int,
    number: int,
    text: str,
    body: Any,
    metadata: Attributes,
    trace_id: str,
    span_id: str,
    event: str,
) -> None:
    """One log record as an entry; `number` and `text` are its severity, `metadata` its attributes, which are used up.

    Times are nanoseconds since 1970, 0 for none, ids hexadecimal.
    """
    time_name = "timeUnixNano"
    stamp = _stamp(time)
    if stamp is None:
        stamp = _stamp(observed)
        time_name = "observedTimeUnixNano" if stamp is not None else ""
    level, rest, level_name = _level(number, text)
    entry = Entry(timestamp=stamp or builder.arrived, level=level, message="", source=of.source)
    if not _OF_REQUESTS.isdisjoint(metadata):
        _take_request(entry, metadata)
    message_name = "body"
    if isinstance(body, str):
        entry.message = body
    elif body is not None:
        entry.message = _encode(body).decode()
    if not entry.message:
        entry.message, message_name = event or _request_line(entry), "eventName" if event else ""
    if event and message_name != "eventName":
        _put(metadata, "eventName", event)
    if rest:
        for name, value in rest.items():
            _put(metadata, name, value)
    if trace_id or span_id:
        _put_ids(metadata, trace_id, span_id)
    entry.read_from = _read_from(time_name, level_name, message_name, "service.name" if of.source is not UNSET else "")
    _finish(entry, metadata, of, builder)


def is_request(kind: int) -> bool:
    """Whether a span of this kind is an entry."""
    return kind in (SERVER, CONSUMER)


def take_span(span: Span, of: Group, builder: BatchBuilder) -> None:
    """A span of a request as an entry, at the time of its end."""
    metadata = span.attributes
    entry = Entry(timestamp=_stamp(span.end) or builder.arrived, message="", source=of.source)
    _take_request(entry, metadata)
    status = 0 if entry.status_code is UNSET else entry.status_code
    if span.status == _ERROR or status >= 500 or span.exception is not None:
        entry.level = "error"
    elif status >= 400:
        entry.level = "warn"
    line = _request_line(entry) if span.kind == SERVER and entry.method is not UNSET else ""
    entry.message = line or span.name
    if entry.message != span.name and span.name:
        _put(metadata, "span", span.name)
    if span.end >= span.start > 0:
        _put(metadata, "duration", round((span.end - span.start) / 1e6, 3))
    if span.exception is not None:
        _put(metadata, "error", _error(span.exception))
    if span.status_text:
        _put(metadata, "statusText", span.status_text)
    _put_ids(metadata, span.trace_id, span.span_id)
    if span.parent_id:
        _put(metadata, "parentSpanId", span.parent_id)
    _finish(entry, metadata, of, builder)


def _error(exception: Attributes) -> Attributes:
    names = {"exception.type": "name", "exception.message": "message", "exception.stacktrace": "stack"}
    return {names.get(name, name): value for name, value in exception.items()}


def _put(metadata: Attributes, name: str, value: Any) -> None:
    while name in metadata:
        name = f"_{name}"
    metadata[name] = value


def _put_ids(metadata: Attributes, trace_id: str, span_id: str) -> None:
    if trace_id:
        if "traceId" in metadata:
            _put(metadata, "_traceId", metadata.pop("traceId"))
        metadata["traceId"] = trace_id
    if span_id:
        if "spanId" in metadata:
            _put(metadata, "_spanId", metadata.pop("spanId"))
        metadata["spanId"] = span_id


def _request_line(entry: Entry) -> str:
    """As an access log would put it: "GET /api/users"."""
    return " ".join(each for each in (entry.method, entry.endpoint) if each is not UNSET)


def _take_request(entry: Entry, attributes: Attributes) -> None:
    """Method, status and path out of the attributes, by the names and rules of any record."""
    for name in METHODS:
        value = attributes.get(name)
        if isinstance(value, str) and value:
            entry.method = attributes.pop(name)
            break
    for name in STATUSES:
        value = attributes.get(name)
        if isinstance(value, str) and value.isdecimal() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
            entry.status_code = value
            del attributes[name]
            break
    if entry.method is UNSET and entry.status_code is UNSET:
        return
    for name in (*ENDPOINTS, "url.full", "http.url"):
        value = attributes.get(name)
        if isinstance(value, str) and is_path(value):
            if value[0] == "/":
                entry.endpoint = attributes.pop(name)
            else:
                entry.endpoint, attributes[name] = split_url(value)
            break


def _finish(entry: Entry, metadata: Attributes, of: Group, builder: BatchBuilder) -> None:
    """Adds the entry, its metadata within the limits."""
    limits = builder.limits
    if of.rest == b"}":
        encoded = _encode(metadata)
    else:
        for name in ("scope", "resource"):
            if name in metadata:
                _put(metadata, f"_{name}", metadata.pop(name))
        encoded = b"%b,%b" % (_encode(metadata)[:-1], of.rest) if metadata else b"{" + of.rest
    if encoded != b"{}":
        entry.metadata = Raw(encoded)
    if (
        not entry.message
        or len(encoded) > limits.metadata
        or encoded.count(b"{") + encoded.count(b"[") > limits.depth
        or not _fits(entry, limits)
    ):
        builder.shortened(entry)
    else:
        builder.add(entry)


def _fits(entry: Entry, limits: Limits) -> bool:
    text = entry.message
    if len(text) > limits.message or not (text.isascii() or len(text.encode()) <= limits.message):
        return False
    if entry.method is not UNSET and len(entry.method.encode()) > limits.method:
        return False
    return entry.endpoint is UNSET or len(entry.endpoint.encode()) <= limits.endpoint
