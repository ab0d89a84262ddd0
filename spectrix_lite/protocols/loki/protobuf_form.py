"""Loki's push request in protobuf: a handful of fields, read by their numbers."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Raw

from ...core.errors import InvalidBody
from ...entries.fields.values import Members
from .. import wire
from ..batch_builder import BatchBuilder
from .line import known_labels, take_line

_LABEL: Final = re.compile(r'\s*([\w.:-]{1,1024})\s*=\s*("(?:[^"\\]++|\\.)*+")\s*,?', re.DOTALL)
_STREAMS, _LABELS, _ENTRIES = 1, 1, 2
_TIME, _LINE, _METADATA = 1, 2, 3
_SECONDS, _NANOSECONDS = 1, 2


def read(body: bytes, builder: BatchBuilder) -> None:
    """Takes the entries of a push request. Raises InvalidBody where it is none, TooLarge."""
    for number, start, end in wire.fields(body, 0, len(body)):
        if number != _STREAMS:
            continue
        labels = next((body[a:b] for number, a, b in wire.fields(body, start, end) if number == _LABELS), b"")
        known = known_labels(_labels(labels))
        for number, first, last in wire.fields(body, start, end):
            if number == _ENTRIES:
                _take(body, first, last, known, builder)


def _take(body: bytes, start: int, end: int, labels: Members, builder: BatchBuilder) -> None:
    time = 0
    line = ""
    metadata: Members = {}
    try:
        for number, first, last in wire.fields(body, start, end):
            if number == _TIME:
                time = _time(body, first, last)
            elif number == _LINE:
                line = body[first:last].decode("utf-8", "replace")
            elif number == _METADATA:
                pair = {n: body[a:b].decode("utf-8", "replace") for n, a, b in wire.fields(body, first, last)}
                metadata[pair.get(1, "")] = Raw(msgspec.json.encode(pair.get(2, "")))
    except InvalidBody:
        builder.reject(None, "not_a_record", b"")
        return
    take_line(builder, labels, time, line, metadata)


def _time(body: bytes, start: int, end: int) -> int:
    numbers = wire.numbers(body, start, end)
    return numbers.get(_SECONDS, 0) * 1_000_000_000 + numbers.get(_NANOSECONDS, 0)


def _labels(text: bytes) -> Members:
    """Of `{app="shop", level="info"}`, whose texts are quoted much as JSON's are."""
    labels: Members = {}
    for name, value in _LABEL.findall(text.decode("utf-8", "replace").strip().removeprefix("{")):
        try:
            labels[name] = Raw(msgspec.json.encode(msgspec.json.decode(value, type=str)))
        except msgspec.MsgspecError:
            labels[name] = Raw(msgspec.json.encode(value[1:-1]))
    return labels
