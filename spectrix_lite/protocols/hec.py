"""Splunk's HTTP event collector: events glued to each other with what their senders say of them, or raw lines."""

from __future__ import annotations

from typing import Final

import msgspec

from ..core.errors import InvalidJson
from ..core.timestamps import read_time
from ..entries.fields.values import LONGEST_SCALAR, Members, read_text
from ..entries.json_repair import valid_utf8
from ..entries.text_line import read_line
from . import json_tree
from .batch_builder import BatchBuilder
from .protocol import Call, Decoded, Hello, Outcome, Protocol, Reply, Sent, json_reply

_OF_RAW: Final = ("host", "source", "sourcetype", "index")
_LONGEST_LINE: Final = 64 * 1024  # beyond a message's size


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """`{"time", "host", "source", "event": text or object, "fields"}`, one behind the other.

    Raises InvalidJson, TooLarge.
    """
    for text in json_tree.glued(body, builder):
        fields = builder.members(text)
        if isinstance(fields, str):
            builder.reject(None, fields, text)
        else:
            _take(fields, builder, text)
    return Decoded(builder.batch)


def _take(fields: Members, builder: BatchBuilder, text: bytes) -> None:
    time = fields.get("time")
    at = None
    if time is not None and len(time) <= LONGEST_SCALAR and (at := _time(bytes(time))) is not None:
        del fields["time"]
    event = fields.pop("event", None)
    if event is None:
        builder.record(fields, at=at, text=text)
        return
    around = {**fields, **json_tree.inner_object(fields.pop("fields", None))}
    around.pop("fields", None)
    inner = json_tree.inner_object(event)
    if not inner:
        builder.record({"message": event}, around, at, text)
        return
    if "line" in inner and json_tree.names_stream(inner):  # of Docker's driver, with the container's name as its tag
        line = inner.pop("line")
        if "tag" in inner:
            inner["container_name"] = inner.pop("tag")
        if read := json_tree.inner_object(line):
            inner, around = read, {**around, **inner}
        else:
            inner["log"] = line
    # splunk-logging puts what was logged into `message`, and the level beside it.
    if (logged := json_tree.inner_object(inner.get("message"))) and {"msg", "message"} & logged.keys():
        del inner["message"]
        inner, around = logged, {**around, **inner}
    builder.record(inner, around, at, text)


def _time(raw: bytes) -> str | None:
    """Seconds, as a number or as text."""
    text = read_text(raw) if raw[:1] == b'"' else raw.decode()
    return None if text is None else read_time(text)


def decode_raw(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """An entry a line; what the address says is said of each. Raises InvalidJson where there is no line, TooLarge."""
    around = {name: msgspec.Raw(msgspec.json.encode(sent.query[name])) for name in _OF_RAW if name in sent.query}
    most = builder.limits.message + _LONGEST_LINE
    for line in json_tree.lines(valid_utf8(body)):
        text = line[: 4 * most].decode("utf-8", "ignore")[:most]
        builder.json(msgspec.json.encode(read_line(text, builder.arrived)), dict(around))
    if not builder.batch.entries:
        raise InvalidJson("The body is empty.")
    return Decoded(builder.batch)


class HecAnswer(msgspec.Struct):
    """What a client of the collector is told."""

    text: str
    code: int


_SUCCESS: Final = HecAnswer("Success", 0)


def reply(outcome: Outcome) -> Reply:
    """Success, whatever could not be read: a client that is told otherwise sends all of it again."""
    return json_reply(200, _SUCCESS)


_EVENT: Final = {"type": "object", "properties": {"event": {}}, "required": ["event"]}

HEC: Final = Protocol(
    name="splunk-hec",
    title="Splunk HEC",
    clients="splunk-logging, winston-splunk-httplogger, splunk_handler, splunk-hec-handler, Docker, Fluent Bit, Vector",
    form="JSON, one object behind the other",
    calls=(
        Call("POST", "/services/collector", "hec"),
        Call("POST", "/services/collector/event", "hec_event"),
        Call("POST", "/services/collector/event/1.0", "hec_event_1"),
    ),
    decode=decode,
    reply=reply,
    bodies={"application/json": _EVENT},
    status=200,
    answer=HecAnswer,
    notes="What stands beside `event` fills what it lacks. The key is sent as `Authorization: Splunk KEY`.",
)

HEC_RAW: Final = Protocol(
    name="splunk-hec-raw",
    title="Splunk HEC, raw",
    clients="whatever sends lines to the collector",
    form="text, an entry a line",
    calls=(
        Call("POST", "/services/collector/raw", "hec_raw"),
        Call("POST", "/services/collector/raw/1.0", "hec_raw_1"),
    ),
    decode=decode_raw,
    reply=reply,
    bodies={"text/plain": {"type": "string"}},
    status=200,
    answer=HecAnswer,
    notes="`host`, `source`, `sourcetype` and `index` of the address are said of each line.",
)

HELLOS: Final = tuple(
    Hello(
        call=Call("GET", path, name),
        summary="Whether a client of Splunk's collector may send",
        reply=json_reply(200, HecAnswer("HEC is healthy", 17)),
        answer=HecAnswer,
    )
    for path, name in (
        ("/services/collector/health", "hec_health"),
        ("/services/collector/health/1.0", "hec_health_1"),
    )
)
