"""Seq: events in its own form with a template to be filled in, or in compact lines (CLEF)."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Raw

from ..entries.fields.template import fill_template
from ..entries.fields.values import Members, read_text
from ..entries.json_repair import valid_utf8
from . import json_tree
from .batch_builder import BatchBuilder
from .protocol import Call, Decoded, Outcome, Protocol, Reply, Sent, json_reply

_LEADING: Final = re.compile(rb'[ \t\r\n]{0,64}+\{[ \t\r\n]{0,64}+"Events"')


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """`{"Events": [{Timestamp, Level, MessageTemplate, Exception, Properties}, …]}`, or compact events, one behind the
    other. Raises InvalidJson, TooLarge.
    """
    body = valid_utf8(body)
    fields = json_tree.picked(body, ("Events",), builder) if _LEADING.match(body) else {}
    if isinstance(fields, str) or "Events" not in fields:
        return decode_compact(body, sent, builder)
    for text in json_tree.elements(fields, "Events", builder):
        event = builder.members(text)
        if isinstance(event, str):
            builder.reject(None, event, text)
        else:
            _take(event, builder, text)
    return Decoded(builder.batch)


def decode_compact(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """Compact events, whose names any record may have. Raises InvalidJson, TooLarge."""
    json_tree.records(body, builder)
    return Decoded(builder.batch)


def _take(event: Members, builder: BatchBuilder, text: bytes) -> None:
    properties = json_tree.inner_object(event.get("Properties"))
    if properties or bytes(event.get("Properties", b"")) == b"{}":
        del event["Properties"]
    template = read_text(event["MessageTemplate"]) if "MessageTemplate" in event else None
    if template and "RenderedMessage" not in event:
        filled = fill_template(template, properties, builder.limits.message)
        event["message" if filled != template else "MessageTemplate"] = Raw(msgspec.json.encode(filled))
    builder.record(event, properties, text=text)


class SeqAnswer(msgspec.Struct, rename="pascal"):
    """What a client is told: there is no level below which nothing is taken."""

    minimum_level_accepted: str | None = None


def reply(outcome: Outcome) -> Reply:
    """201, which is what its clients take for success."""
    return json_reply(201, SeqAnswer())


_EVENTS: Final = {
    "type": "object",
    "properties": {"Events": {"type": "array", "items": {"type": "object"}}},
    "required": ["Events"],
}

SEQ: Final = Protocol(
    name="seq",
    title="Seq",
    clients="Serilog, pino-seq, bunyan-seq, winston-seq, seqlog",
    form="JSON, or CLEF",
    calls=(Call("POST", "/api/events/raw", "seq_raw"),),
    decode=decode,
    reply=reply,
    bodies={"application/json": _EVENTS},
    status=201,
    answer=SeqAnswer,
    notes="Templates are filled in from the event's properties, which stand in `metadata`. The key is sent in "
    "`X-Seq-ApiKey`.",
)

CLEF: Final = Protocol(
    name="clef",
    title="Seq, compact",
    clients="Serilog, seqlog",
    form="CLEF: JSON, an event a line",
    calls=(Call("POST", "/ingest/clef", "seq_clef"),),
    decode=decode_compact,
    reply=reply,
    bodies={"application/vnd.serilog.clef": {"type": "string"}},
    status=201,
    answer=SeqAnswer,
)
