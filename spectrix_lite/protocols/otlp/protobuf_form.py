"""OTLP in protobuf: framed by hand down to each record, the record itself by the official decoder.

So a broken one costs only itself, and no call decodes much. The decoder is loaded with the first of them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final

from ...core.errors import InvalidBody
from .. import wire
from ..batch_builder import BatchBuilder
from .telemetry import Attributes, Group, Span, group, is_request, take_log, take_span

LARGEST_RECORD: Final = 256 * 1024
"""Bytes of one record that are decoded in one call: what is larger is rejected, as no entry could hold it."""

_DEEPEST: Final = 64


@cache
def _messages() -> dict[str, Any]:
    """The message classes. Costs a tenth of a second when it is first called, so never on the loop."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as Record
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtobufSpan

    return {
        "scope": InstrumentationScope.FromString,
        "resource": Resource.FromString,
        "log": Record.FromString,
        "span": ProtobufSpan.FromString,
        "error": DecodeError,
    }


def _value(value: Any, depth: int = _DEEPEST) -> Any:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value
    if kind == "array_value":
        return [_value(each, depth - 1) for each in value.array_value.values] if depth else None
    if kind == "kvlist_value":
        return {each.key: _value(each.value, depth - 1) for each in value.kvlist_value.values} if depth else None
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    return None if kind is None else getattr(value, kind)


def _attributes(pairs: Iterable[Any]) -> Attributes:
    found: Attributes = {}
    for pair in pairs:
        value = pair.value
        # By far the most are texts, and to ask which kind it is costs as much again.
        found[pair.key] = value.string_value or _value(value)
    return found


def _take_log(message: Any, of: Group, builder: BatchBuilder) -> bool:
    body = message.body
    take_log(
        of,
        builder,
        message.time_unix_nano,
        message.observed_time_unix_nano,
        message.severity_number,
        message.severity_text,
        body.string_value or _value(body),
        _attributes(message.attributes),
        message.trace_id.hex(),
        message.span_id.hex(),
        message.event_name,
    )
    return True


def _take_span(message: Any, of: Group, builder: BatchBuilder) -> bool:
    if not is_request(message.kind):
        return False
    exceptions = [event for event in message.events if event.name == "exception"]
    span = Span(
        message.name,
        message.kind,
        message.start_time_unix_nano,
        message.end_time_unix_nano,
        message.status.code,
        message.status.message,
        _attributes(message.attributes),
        _attributes(exceptions[-1].attributes) if exceptions else None,
        message.trace_id.hex(),
        message.span_id.hex(),
        message.parent_span_id.hex(),
    )
    take_span(span, of, builder)
    return True


class ProtobufSignal:
    """Logs or spans: which message the lowest are, and what makes an entry of each, if it is one."""

    def __init__(self, name: str, take: Callable[[Any, Group, BatchBuilder], bool]) -> None:
        self.name = name
        self.take = take


LOGS: Final = ProtobufSignal("log", _take_log)
SPANS: Final = ProtobufSignal("span", _take_span)

# The numbers of the fields are the same for logs and for spans.
_RESOURCES, _RESOURCE, _SCOPES, _SCOPE, _ITEMS = 1, 1, 2, 1, 2


def read(body: bytes, signal: ProtobufSignal, builder: BatchBuilder) -> int:
    """Takes the entries of a body; how many of its items are none. Raises InvalidBody where its framing is broken,
    TooLarge.
    """
    messages = _messages()
    decode, error, take = messages[signal.name], messages["error"], signal.take
    dropped = 0
    for of, start, end in _items(body, messages, builder):
        item = body[start:end]
        try:
            if end - start > LARGEST_RECORD:
                raise error
            message = decode(item)
        except error:
            builder.reject(None, "not_a_record", b"")
        else:
            dropped += not take(message, of, builder)
    return dropped


def _items(body: bytes, messages: dict[str, Any], builder: BatchBuilder) -> Iterator[tuple[Group, int, int]]:
    """Each item with its group, and where it lies; nothing is put by, as there may be millions of them."""
    for start, end in _each(body, 0, len(body), _RESOURCES):
        resource = _first(body, start, end, _RESOURCE)
        for first, last in _each(body, start, end, _SCOPES):
            of = _group(resource, _first(body, first, last, _SCOPE), messages, builder)
            for a, b in _each(body, first, last, _ITEMS):
                yield of, a, b


def _each(body: bytes, start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    return ((a, b) for number, a, b in wire.fields(body, start, end) if number == wanted)


def _first(body: bytes, start: int, end: int, wanted: int) -> bytes:
    """The field `wanted`, which may as well stand behind all others; empty where it is not there."""
    return next((body[a:b] for a, b in _each(body, start, end, wanted)), b"")


def _group(resource: bytes, scope: bytes, messages: dict[str, Any], builder: BatchBuilder) -> Group:
    try:
        if len(resource) + len(scope) > LARGEST_RECORD:
            raise InvalidBody
        attributes = _attributes(messages["resource"](resource).attributes)
        return group(attributes, messages["scope"](scope).name, builder)
    except messages["error"]:
        raise InvalidBody from None
