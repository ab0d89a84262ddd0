"""Loki push: streams of lines under labels. A line that is a JSON object is the record; labels fill what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from ..core.errors import InvalidBody
from ..core.timestamps import read_epoch, read_time
from ..entries.fields.names import LEVEL_WORDS
from ..entries.fields.values import Members
from ..entries.json_repair import valid_utf8
from . import json_tree
from .batch_builder import BatchBuilder
from .protocol import Call, Decoded, Outcome, Protocol, Reply, Sent

_DETECTED: Final = "detected_level"  # Loki's own label for what it found in the text


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


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """`{"streams": [{"stream": labels, "values": [[time, line], …]}, …]}`.

    Raises InvalidJson, InvalidBody, TooLarge.
    """
    body = valid_utf8(body)
    if len(body) <= json_tree.WHOLE:
        try:
            push = _decode_push(body)
        except (msgspec.MsgspecError, RecursionError):
            pass
        else:
            for stream in push.streams:
                labels = _labels(stream.stream)
                for value in stream.values:
                    take_line(builder, labels, value.time, value.line, value.metadata)
            return Decoded(builder.batch)
    _walk(body, builder)
    return Decoded(builder.batch)


def _walk(body: bytes, builder: BatchBuilder) -> None:
    fields = json_tree.root(body, builder)
    if "streams" not in fields:
        raise InvalidBody("There are no `streams` in the body.")
    for text in json_tree.elements(fields, "streams", builder):
        stream = builder.members(text)
        if isinstance(stream, str):
            builder.reject(None, stream, text)
            continue
        labels = builder.members(bytes(stream["stream"])) if "stream" in stream else {}
        known = _labels({} if isinstance(labels, str) else labels)
        for each in json_tree.elements(stream, "values", builder):
            try:
                value = _decode_value(each)
            except (msgspec.MsgspecError, RecursionError):
                builder.reject(None, "not_a_record", each)
            else:
                take_line(builder, known, value.time, value.line, value.metadata)


def _labels(labels: Members) -> Members:
    if _DETECTED in labels and labels.keys().isdisjoint(LEVEL_WORDS):
        return {("level" if name == _DETECTED else name): value for name, value in labels.items()}
    return labels


def take_line(
    builder: BatchBuilder, labels: Mapping[str, Raw], time: str | int, line: str, metadata: Mapping[str, Raw]
) -> None:
    """One line of a stream; `time` is in nanoseconds."""
    at = read_time(time) if isinstance(time, str) else read_epoch(time)
    around = dict(labels)
    for name, value in metadata.items():
        while name in around:
            name = f"_{name}"
        around[name] = value
    if (inner := builder.inner(line)) is not None:
        builder.record(inner, around, at)
        return
    if "message" in around:
        around["_message"] = around.pop("message")
    builder.record({"message": Raw(msgspec.json.encode(line)), **around}, at=at)


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
    form="JSON",
    calls=(Call("POST", "/loki/api/v1/push", "push_loki"),),
    decode=decode,
    reply=reply,
    bodies={
        "application/json": {
            "type": "object",
            "properties": {"streams": {"type": "array", "items": _STREAM}},
            "required": ["streams"],
        }
    },
    status=204,
    notes="A line that is a JSON object is read as the record, and time and labels fill what it lacks.",
)
