"""Records that have names any record may have, at the addresses of other products: Datadog, Axiom; and Alertmanager's
alerts."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Raw

from ..core.errors import InvalidBody
from ..entries.fields.values import Members, read_text
from . import json_tree
from .batch_builder import BatchBuilder
from .protocol import Call, Decoded, Outcome, Protocol, Reply, Sent, json_reply

_RECORDS: Final = {"type": "array", "items": {"type": "object"}}


def decode_datadog(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """Records whose message may be one itself, as text. Raises InvalidJson, TooLarge."""
    for text in json_tree.glued(body, builder):
        fields = builder.members(text)
        if isinstance(fields, str):
            builder.reject(None, fields, text)
            continue
        message = read_text(fields["message"]) if "message" in fields else None
        inner = builder.inner(message) if message else None
        if inner is None:
            builder.record(fields, text=text)
        else:
            del fields["message"]
            builder.record(inner, fields, text=text)
    return Decoded(builder.batch)


def decode_records(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """Records in an array, or one behind the other. Raises InvalidJson, TooLarge."""
    json_tree.records(body, builder)
    return Decoded(builder.batch)


def decode_alerts(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """`{"receiver", "status", "alerts": [{status, labels, annotations, startsAt}, …]}`: each alert is an entry.

    Raises InvalidJson, InvalidBody, TooLarge.
    """
    fields = json_tree.root(body, ("alerts", "receiver"), builder)
    if not json_tree.is_array(fields.get("alerts")):
        raise InvalidBody("There are no `alerts` in the body.")
    receiver = fields.get("receiver")
    for text in json_tree.elements(fields, "alerts", builder):
        alert = builder.members(text)
        if isinstance(alert, str):
            builder.reject(None, alert, text)
        else:
            _take_alert(alert, receiver, builder)
    return Decoded(builder.batch)


def _take_alert(alert: Members, receiver: Raw | None, builder: BatchBuilder) -> None:
    labels = json_tree.inner_object(alert.get("labels"))
    annotations = json_tree.inner_object(alert.get("annotations"))
    said = [annotations.get("summary"), annotations.get("description"), annotations.get("message")]
    message = next((each for each in (*said, labels.get("alertname")) if each and read_text(each)), None)
    is_over = "status" in alert and read_text(alert["status"]) == "resolved"
    time = alert.get("endsAt" if is_over else "startsAt")
    record: Members = {}
    if message is not None:
        record["message"] = message
    if time is not None:
        record["timestamp"] = time
    if is_over:
        record["level"] = Raw(b'"info"')
    elif "severity" in labels:
        record["level"] = labels["severity"]
    if (source := labels.get("service") or labels.get("job")) is not None:
        record["source"] = source
    about = dict(alert)
    if receiver is not None:
        about.setdefault("receiver", receiver)
    record["metadata"] = Raw(msgspec.json.encode(about))
    builder.record(record)


class DatadogAnswer(msgspec.Struct):
    """Nothing."""


def reply_datadog(outcome: Outcome) -> Reply:
    """202, as Datadog's intake answers."""
    return json_reply(202, DatadogAnswer())


class AxiomAnswer(msgspec.Struct, rename="camel"):
    """What a client of Axiom is told."""

    ingested: int
    failed: int
    failures: list[dict[str, str]]
    processed_bytes: int = 0
    blocks_created: int = 0
    wal_length: int = 0


def reply_axiom(outcome: Outcome) -> Reply:
    """The counts, and why what failed did."""
    answer = outcome.answer
    at = ""
    failures = [{"timestamp": at, "error": each.reason} for each in answer.errors]
    return json_reply(200, AxiomAnswer(answer.accepted, answer.rejected, failures))


def reply_counts(outcome: Outcome) -> Reply:
    """The ordinary answer."""
    return json_reply(200, outcome.answer)


DATADOG: Final = Protocol(
    name="datadog",
    title="Datadog logs",
    clients="datadog-api-client, Vector, Fluent Bit",
    form="JSON",
    calls=(Call("POST", "/api/v2/logs", "datadog"),),
    decode=decode_datadog,
    reply=reply_datadog,
    bodies={"application/json": _RECORDS},
    status=202,
    answer=DatadogAnswer,
    notes="A message that is a JSON object is read as the record. The key is sent in `DD-API-KEY`.",
)

AXIOM: Final = Protocol(
    name="axiom",
    title="Axiom",
    clients="@axiomhq/js, @axiomhq/pino, axiom-py",
    form="JSON, NDJSON",
    calls=(
        Call("POST", "/v1/datasets/{dataset}/ingest", "axiom"),
        Call("POST", "/v1/ingest/{dataset}", "axiom_edge"),
    ),
    decode=decode_records,
    reply=reply_axiom,
    bodies={"application/json": _RECORDS, "application/x-ndjson": {"type": "string"}},
    status=200,
    answer=AxiomAnswer,
)

ALERTMANAGER: Final = Protocol(
    name="alertmanager",
    title="Alertmanager webhook",
    clients="Prometheus' Alertmanager, Grafana's alerts",
    form="JSON",
    calls=(),
    decode=decode_alerts,
    reply=reply_counts,
    bodies={},
    status=200,
    notes="Each alert is an entry: its summary, its labels' severity while it fires, its start or its end.",
)

IS_ALERTS: Final = re.compile(rb'"alerts"[ \t\r\n]*+:[ \t\r\n]*+\[')
