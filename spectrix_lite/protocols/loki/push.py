"""Loki push: streams of lines under labels. A line that is a JSON object is the record; labels fill what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from ...core.errors import InvalidBody
from ...entries.json_repair import valid_utf8
from .. import json_tree
from ..batch_builder import BatchBuilder
from ..protocol import BINARY_BYTES, Call, Decoded, Outcome, Protocol, Reply, Sent
from . import protobuf_form, snappy
from .line import known_labels, take_line


class _Value(msgspec.Struct, array_like=True, gc=False):
    """`[time in ns, line, structured metadata]`, the last where there is any."""

    time: str | int
    line: str
    metadata: dict[str, Raw] = {}


class _Stream(msgspec.Struct, gc=False):
    stream: dict[str, Raw]
    values: list[_Value]


class _Push(msgspec.Struct, gc=False):
    streams: list[_Stream]


_decode_push: Final = msgspec.json.Decoder(_Push).decode
_decode_value: Final = msgspec.json.Decoder(_Value).decode


def is_protobuf(sent: Sent) -> bool:
    """Whether the content type says so; the block of snappy around it has no sign of its own."""
    return sent.kind in ("application/x-protobuf", "application/protobuf")


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """`{"streams": [{"stream": labels, "values": [[time, line], …]}, …]}`, or the same in protobuf, in snappy.

    Raises InvalidJson, InvalidBody, TooLarge.
    """
    if is_protobuf(sent):
        protobuf_form.read(snappy.opened(body, BINARY_BYTES), builder)
        return Decoded(builder.batch)
    body = valid_utf8(body)
    if len(body) <= json_tree.WHOLE:
        try:
            push = _decode_push(body)
        except (msgspec.MsgspecError, RecursionError):
            pass
        else:
            for stream in push.streams:
                labels = known_labels(stream.stream)
                for value in stream.values:
                    take_line(builder, labels, value.time, value.line, value.metadata)
            return Decoded(builder.batch)
    _walk(body, builder)
    return Decoded(builder.batch)


def _walk(body: bytes, builder: BatchBuilder) -> None:
    fields = json_tree.root(body, ("streams",), builder)
    if "streams" not in fields:
        raise InvalidBody("There are no `streams` in the body.")
    for stream in json_tree.objects(fields, "streams", ("stream", "values"), builder):
        labels = builder.members(bytes(stream["stream"])) if "stream" in stream else {}
        known = known_labels({} if isinstance(labels, str) else labels)
        for each in json_tree.elements(stream, "values", builder):
            try:
                value = _decode_value(each)
            except (msgspec.MsgspecError, RecursionError):
                builder.reject(None, "not_a_record", each)
            else:
                take_line(builder, known, value.time, value.line, value.metadata)


def reply(outcome: Outcome) -> Reply:
    """Clients take nothing but 204 for success."""
    return Reply(204, kind="")


_LINE: Final[Mapping[str, Any]] = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}]}
_STREAM: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"stream": {"type": "object"}, "values": {"type": "array", "items": _LINE}},
}

LOKI: Final = Protocol(
    name="loki",
    title="Loki push",
    clients="Promtail, Alloy, Docker's Loki driver, pino-loki, winston-loki, python-logging-loki",
    form="JSON, or protobuf in snappy",
    calls=(Call("POST", "/loki/api/v1/push", "push_loki"),),
    decode=decode,
    reply=reply,
    bodies={
        "application/json": {
            "type": "object",
            "properties": {"streams": {"type": "array", "items": _STREAM}},
            "required": ["streams"],
        },
        "application/x-protobuf": {"description": "A push request of Loki's, in one block of snappy."},
    },
    is_binary=is_protobuf,
    status=204,
    notes="A line that is a JSON object is read as the record, and time and labels fill what it lacks.",
)
