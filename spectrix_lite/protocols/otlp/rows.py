"""OTLP's rows of the table: logs, traces and metrics, each answered in the form in which it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from .. import wire
from ..batch_builder import BatchBuilder
from ..protocol import Call, Decode, Decoded, Outcome, Protocol, Reply, Sent, json_reply
from . import json_form, protobuf_form

PROTOBUF: Final = "application/x-protobuf"
_KINDS: Final = (PROTOBUF, "application/protobuf")

_NOT_TAKEN: Final = "Some could not be read; the dashboard shows which."


class PartialSuccess(msgspec.Struct, rename="camel", omit_defaults=True):
    """How many were not taken; nothing where all were."""

    rejected_log_records: int = 0
    rejected_spans: int = 0
    error_message: str = ""


class OtlpAnswer(msgspec.Struct, rename="camel"):
    """What an exporter is told."""

    partial_success: PartialSuccess


def is_protobuf(sent: Sent) -> bool:
    return sent.kind in _KINDS


def _decoder(in_json: json_form.JsonSignal, in_protobuf: protobuf_form.ProtobufSignal) -> Decode:
    def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
        if is_protobuf(sent):
            dropped = protobuf_form.read(body, in_protobuf, builder)
        else:
            dropped = json_form.read(body, in_json, builder)
        return Decoded(builder.batch, dropped)

    return decode


def _drop(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """Metrics are no entries: none of them is looked at."""
    return Decoded(builder.batch)


def _reply(outcome: Outcome) -> Reply:
    return _partial(outcome, "rejected_log_records")


def _reply_to_spans(outcome: Outcome) -> Reply:
    return _partial(outcome, "rejected_spans")


def _partial(outcome: Outcome, name: str) -> Reply:
    """What was dropped is not rejected: an exporter would complain in its app's log, batch after batch."""
    rejected = outcome.answer.rejected
    if not is_protobuf(outcome.sent):
        partial = PartialSuccess(**{name: rejected}, error_message=_NOT_TAKEN) if rejected else PartialSuccess()
        return json_reply(200, OtlpAnswer(partial))
    body = b""
    if rejected:
        body = wire.encoded(1, wire.encoded(1, rejected) + wire.encoded(2, _NOT_TAKEN.encode()))
    return Reply(200, body, PROTOBUF)


_ATTRIBUTES: Final = {"type": "array", "items": {"type": "object"}}


def _bodies(resources: str, scopes: str, items: str) -> Mapping[str, Mapping[str, Any]]:
    item = {"type": "object", "properties": {"attributes": _ATTRIBUTES, "traceId": {"type": "string"}}}
    scope = {"type": "object", "properties": {items: {"type": "array", "items": item}}}
    resource = {"type": "object", "properties": {scopes: {"type": "array", "items": scope}}}
    whole = {"type": "object", "properties": {resources: {"type": "array", "items": resource}}, "required": [resources]}
    return {"application/json": whole, PROTOBUF: {"description": "The same message of opentelemetry-proto."}}


_FORM: Final = "JSON, protobuf"

OTLP_LOGS: Final = Protocol(
    name="otlp-logs",
    title="OTLP logs",
    clients="OpenTelemetry's SDKs and Collector, their bridges for winston, pino and Python's logging",
    form=_FORM,
    calls=(Call("POST", "/v1/logs", "otlp_logs"),),
    decode=_decoder(json_form.LOGS, protobuf_form.LOGS),
    reply=_reply,
    bodies=_bodies("resourceLogs", "scopeLogs", "logRecords"),
    status=200,
    answer=OtlpAnswer,
    answer_kinds=(PROTOBUF,),
    is_binary=is_protobuf,
    notes="`service.name` is the source, other attributes of the resource stand in `metadata.resource`; answered in "
    "the request's type, `partialSuccess` with what was not taken.",
)

OTLP_TRACES: Final = Protocol(
    name="otlp-traces",
    title="OTLP traces",
    clients="OpenTelemetry's SDKs and Collector",
    form=_FORM,
    calls=(Call("POST", "/v1/traces", "otlp_traces"),),
    decode=_decoder(json_form.SPANS, protobuf_form.SPANS),
    reply=_reply_to_spans,
    bodies=_bodies("resourceSpans", "scopeSpans", "spans"),
    status=200,
    answer=OtlpAnswer,
    answer_kinds=(PROTOBUF,),
    is_binary=is_protobuf,
    notes="A span of kind SERVER or CONSUMER is an entry: method, route, path, status, duration, trace id, exception. "
    "All others are counted and dropped.",
)

OTLP_METRICS: Final = Protocol(
    name="otlp-metrics",
    title="OTLP metrics",
    clients="OpenTelemetry's SDKs and Collector",
    form=_FORM,
    calls=(Call("POST", "/v1/metrics", "otlp_metrics"),),
    decode=_drop,
    reply=_reply,
    bodies={"application/json": {"type": "object"}, PROTOBUF: {"description": "Any."}},
    status=200,
    answer=OtlpAnswer,
    answer_kinds=(PROTOBUF,),
    is_binary=is_protobuf,
    notes="Answered, so that an app does not complain, and dropped.",
)
