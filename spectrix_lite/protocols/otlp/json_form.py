"""OTLP in JSON: typed where it is as it should be, taken apart level by level where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from ...core.errors import InvalidBody
from ...entries.json_repair import valid_utf8
from .. import json_tree
from ..batch_builder import BatchBuilder
from .telemetry import CONSUMER, SERVER, Attributes, Group, Span, group, is_request, take_log, take_span

_DEEPEST: Final = 64

_NUMBERS: Final = {"SPAN_KIND_SERVER": SERVER, "SPAN_KIND_CONSUMER": CONSUMER, "STATUS_CODE_ERROR": 2}
"""Protobuf's JSON may have an enumeration's names; those that count here."""


class _AnyValue(msgspec.Struct, rename="camel", gc=False):
    """One of these. Where a number of 64 bits is text, as protobuf has it in JSON, the decoder reads it as a number."""

    string_value: str | UnsetType = UNSET
    int_value: int | UnsetType = UNSET
    bool_value: bool | UnsetType = UNSET
    double_value: float | UnsetType = UNSET
    array_value: Any = UNSET
    kvlist_value: Any = UNSET
    bytes_value: str | UnsetType = UNSET


class _KeyValue(msgspec.Struct, gc=False):
    key: str = ""
    value: _AnyValue | None = None


class _Scope(msgspec.Struct, gc=False):
    name: str | None = ""


class _Resource(msgspec.Struct, gc=False):
    attributes: list[_KeyValue] | None = None


class _JsonRecord(msgspec.Struct, rename="camel", gc=False):
    time_unix_nano: int | None = 0
    observed_time_unix_nano: int | None = 0
    severity_number: int | str | None = 0
    severity_text: str | None = None
    body: _AnyValue | None = None
    attributes: list[_KeyValue] | None = None
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None


class _Event(msgspec.Struct, gc=False):
    name: str | None = None
    attributes: list[_KeyValue] | None = None


class _Status(msgspec.Struct, gc=False):
    code: int | str | None = 0
    message: str | None = None


class _JsonSpan(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    kind: int | str | None = 0
    start_time_unix_nano: int | None = 0
    end_time_unix_nano: int | None = 0
    status: _Status | None = None
    attributes: list[_KeyValue] | None = None
    events: list[_Event] | None = None
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None


class _ScopeLogs(msgspec.Struct, gc=False):
    scope: _Scope | None = None
    items: list[_JsonRecord] | None = msgspec.field(default=None, name="logRecords")


class _ScopeSpans(msgspec.Struct, gc=False):
    scope: _Scope | None = None
    items: list[_JsonSpan] | None = msgspec.field(default=None, name="spans")


class _ResourceLogs(msgspec.Struct, gc=False):
    resource: _Resource | None = None
    scopes: list[_ScopeLogs] | None = msgspec.field(default=None, name="scopeLogs")


class _ResourceSpans(msgspec.Struct, gc=False):
    resource: _Resource | None = None
    scopes: list[_ScopeSpans] | None = msgspec.field(default=None, name="scopeSpans")


class _Logs(msgspec.Struct, gc=False):
    resources: list[_ResourceLogs] = msgspec.field(name="resourceLogs")


class _Spans(msgspec.Struct, gc=False):
    resources: list[_ResourceSpans] = msgspec.field(name="resourceSpans")


_decode_resource: Final = msgspec.json.Decoder(_Resource, strict=False).decode
_decode_scope: Final = msgspec.json.Decoder(_Scope).decode


def _number(value: int | str | None) -> int:
    """Of an enumeration; 0 where there is none."""
    return _NUMBERS.get(value, 0) if isinstance(value, str) else value or 0


def _value(value: _AnyValue | None, depth: int = _DEEPEST) -> Any:
    """What it holds, as JSON's own kinds."""
    if value is None:
        return None
    for inner in (value.string_value, value.int_value, value.bool_value, value.double_value, value.bytes_value):
        if inner is not UNSET:
            return inner
    if value.array_value is not UNSET:
        return [_value(_convert(each), depth - 1) for each in _values(value.array_value)] if depth else None
    if value.kvlist_value is not UNSET and depth:
        pairs = [each for each in _values(value.kvlist_value) if isinstance(each, dict)]
        return {str(each.get("key", "")): _value(_convert(each.get("value")), depth - 1) for each in pairs}
    return None


def _values(inner: Any) -> list[Any]:
    values = inner.get("values") if isinstance(inner, dict) else None
    return values if isinstance(values, list) else []


def _convert(value: Any) -> _AnyValue | None:
    """One value within another; None where it is none."""
    try:
        return msgspec.convert(value, _AnyValue, strict=False)
    except (msgspec.ValidationError, RecursionError):
        return None


def _attributes(pairs: Iterable[_KeyValue] | None) -> Attributes:
    found: Attributes = {}
    for pair in pairs or ():
        value = pair.value
        # By far the most are texts or whole numbers.
        inner: Any = UNSET if value is None else value.string_value
        if inner is UNSET and value is not None:
            inner = value.int_value
        found[pair.key] = _value(value) if inner is UNSET else inner
    return found


def _group(resource: _Resource | None, scope: _Scope | None, builder: BatchBuilder) -> Group:
    attributes = _attributes(resource.attributes) if resource is not None else {}
    return group(attributes, (scope.name or "") if scope is not None else "", builder)


def _take_record(each: _JsonRecord, of: Group, builder: BatchBuilder) -> bool:
    number, body = each.severity_number, each.body
    text: Any = None if body is None else body.string_value
    take_log(
        of,
        builder,
        each.time_unix_nano or 0,
        each.observed_time_unix_nano or 0,
        number if type(number) is int else _number(number),
        each.severity_text or "",
        _value(body) if text is UNSET else text,
        _attributes(each.attributes),
        each.trace_id or "",
        each.span_id or "",
        each.event_name or "",
    )
    return True


def _take_span(each: _JsonSpan, of: Group, builder: BatchBuilder) -> bool:
    kind = _number(each.kind)
    if not is_request(kind):
        return False
    status = each.status or _Status()
    exceptions = [event for event in each.events or () if event.name == "exception"]
    span = Span(
        each.name or "",
        kind,
        each.start_time_unix_nano or 0,
        each.end_time_unix_nano or 0,
        _number(status.code),
        status.message or "",
        _attributes(each.attributes),
        _attributes(exceptions[-1].attributes) if exceptions else None,
        each.trace_id or "",
        each.span_id or "",
        each.parent_span_id or "",
    )
    take_span(span, of, builder)
    return True


class JsonSignal:
    """Logs or spans: how their levels are called, and what makes an entry of each of the lowest, if it is one."""

    def __init__(self, names: tuple[str, str, str], whole: Any, item: Any, take: Callable[[Any, Group, Any], bool]):
        self.names = names
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(whole, strict=False).decode
        self.decode_item: Callable[[bytes], Any] = msgspec.json.Decoder(item, strict=False).decode
        self.take = take


LOGS: Final = JsonSignal(("resourceLogs", "scopeLogs", "logRecords"), _Logs, _JsonRecord, _take_record)
SPANS: Final = JsonSignal(("resourceSpans", "scopeSpans", "spans"), _Spans, _JsonSpan, _take_span)


def read(body: bytes, signal: JsonSignal, builder: BatchBuilder) -> int:
    """Takes the entries of a body; how many of its items are none. Raises InvalidJson, InvalidBody, TooLarge."""
    body = valid_utf8(body)
    if len(body) > json_tree.WHOLE:
        return _walk(body, signal, builder)
    try:
        whole = signal.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return _walk(body, signal, builder)
    dropped = 0
    for resource in whole.resources:
        for scope in resource.scopes or ():
            of = _group(resource.resource, scope.scope, builder)
            for item in scope.items or ():
                dropped += not signal.take(item, of, builder)
    return dropped


def _walk(body: bytes, signal: JsonSignal, builder: BatchBuilder) -> int:
    resources, scopes, items = signal.names
    fields = json_tree.root(body, (resources,), builder)
    if resources not in fields:
        if body.strip() == b"{}":
            return 0
        raise InvalidBody(f"There are no `{resources}` in the body.")
    dropped = 0
    for resource in json_tree.objects(fields, resources, ("resource", scopes), builder):
        known = json_tree.typed(resource, "resource", _decode_resource)
        for scope in json_tree.objects(resource, scopes, ("scope", items), builder):
            of = _group(known, json_tree.typed(scope, "scope", _decode_scope), builder)
            for text in json_tree.elements(scope, items, builder):
                try:
                    if len(text) > json_tree.PART:
                        raise msgspec.ValidationError
                    item = signal.decode_item(json_tree.mended(text, builder))
                except (msgspec.MsgspecError, RecursionError):
                    builder.reject(None, "not_a_record", text)
                else:
                    dropped += not signal.take(item, of, builder)
    return dropped
