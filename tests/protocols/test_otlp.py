"""OTLP: the same telemetry in JSON and in protobuf gives the same entries, whatever of it is missing or broken."""

from __future__ import annotations

import base64
import copy
import json
import subprocess
import sys
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spectrix_lite.core.errors import InvalidBody, InvalidJson, TooLarge
from spectrix_lite.entries.entry import IngestAnswer, Limits, Rejection, encode
from spectrix_lite.protocols import json_tree, wire
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.otlp import protobuf_form
from spectrix_lite.protocols.otlp.rows import OTLP_LOGS, OTLP_METRICS, OTLP_TRACES, PROTOBUF
from spectrix_lite.protocols.protocol import Decoded, Outcome, Protocol, Sent

from .golden import ARRIVED

TIME = 1795971275077000000
AT = "2026-11-29T16:54:35.077Z"
IN_JSON, IN_PROTOBUF = Sent("application/json"), Sent(PROTOBUF)
Json = dict[str, Any]


def kv(**values: Json) -> list[Json]:
    return [{"key": name.replace("__", "."), "value": value} for name, value in values.items()]


def text(value: str) -> Json:
    return {"stringValue": value}


SHOP = kv(service__name=text("shop"), host__name=text("web-1"))


def logs(*records: Json, resource: list[Json] = SHOP) -> Json:
    scope = {"scope": {"name": "shop.users"}, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": {"attributes": resource}, "scopeLogs": [scope]}]}


def spans(*items: Json) -> Json:
    scope = {"scope": {}, "spans": list(items)}
    return {"resourceSpans": [{"resource": {"attributes": SHOP}, "scopeSpans": [scope]}]}


def protobuf(body: Json) -> bytes:
    """The same body: protobuf's own JSON has ids in base64, OTLP's in hexadecimal."""
    body = copy.deepcopy(body)
    kind = ExportLogsServiceRequest if "resourceLogs" in body else ExportTraceServiceRequest
    for resource in next(iter(body.values())):
        for scope in resource.get("scopeLogs") or resource["scopeSpans"]:
            for item in scope.get("logRecords") or scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in item:
                        item[name] = base64.b64encode(bytes.fromhex(item[name])).decode()
    return bytes(ParseDict(body, kind()).SerializeToString())


def read(body: bytes, sent: Sent, protocol: Protocol = OTLP_LOGS, limits: Limits | None = None) -> Decoded:
    return protocol.decode(body, sent, BatchBuilder(RecordReader(limits or Limits()), ARRIVED))


def both(body: Json, limits: Limits | None = None) -> list[Json]:
    """The entries, which are the same in either form."""
    protocol = OTLP_LOGS if "resourceLogs" in body else OTLP_TRACES
    in_json = read(json.dumps(body).encode(), IN_JSON, protocol, limits)
    in_protobuf = read(protobuf(body), IN_PROTOBUF, protocol, limits)
    assert not in_json.batch.rejected
    assert in_json.dropped == in_protobuf.dropped
    entries = [json.loads(encode(entry)) for entry in in_json.batch.entries]
    assert [json.loads(encode(entry)) for entry in in_protobuf.batch.entries] == entries
    return entries


def test_a_log_record_is_an_entry() -> None:
    (entry,) = both(
        logs(
            {
                **{"timeUnixNano": str(TIME), "severityNumber": 17, "severityText": "ERROR", "body": text("boom")},
                "attributes": kv(userId={"intValue": "7"}, ok={"boolValue": True}, share={"doubleValue": 0.5}),
                **{"traceId": "0102" * 8, "spanId": "0304" * 4},
            }
        )
    )
    assert entry == {
        **{"timestamp": AT, "level": "error", "message": "boom", "source": "shop"},
        "metadata": {
            **{"userId": 7, "ok": True, "share": 0.5, "traceId": "0102" * 8, "spanId": "0304" * 4},
            **{"scope": "shop.users", "resource": {"host.name": "web-1"}},
        },
        "readFrom": {
            **{"timestamp": "timeUnixNano", "level": "severityText", "message": "body", "source": "service.name"}
        },
    }


@pytest.mark.parametrize(
    ("number", "word", "level", "extra"),
    [
        *((1, "", "debug", {"originalLevel": 1}), (8, "", "debug", {"originalLevel": 8}), (9, "", "info", {})),
        *((12, "", "info", {"originalLevel": 12}), (13, "WARN", "warn", {}), (17, "", "error", {})),
        *((21, "fatal", "error", {"originalLevel": "fatal"}), (0, "Warning", "warn", {}), (0, "", "info", {})),
        *((9, "INFO2", "info", {"originalLevel": "INFO2"}), (0, "odd", "info", {"originalLevel": "odd"})),
        (17, "info", "info", {"severityNumber": 17}),
    ],
)
def test_severity(number: int, word: str, level: str, extra: Json) -> None:
    (entry,) = both(logs({"severityNumber": number, "severityText": word, "body": text("x")}, resource=[]))
    metadata = entry.get("metadata", {})
    assert (entry["level"], {name: metadata[name] for name in metadata if name != "scope"}) == (level, extra)


def test_times() -> None:
    first, second, third = both(
        logs(
            {"observedTimeUnixNano": str(TIME), "body": text("x")},
            {"body": text("x")},
            {"timeUnixNano": "7", "observedTimeUnixNano": str(TIME), "body": text("x")},
        )
    )
    assert [each["timestamp"] for each in (first, second, third)] == [AT, ARRIVED, AT]
    assert first["readFrom"]["timestamp"] == "observedTimeUnixNano"
    assert "timestamp" not in second["readFrom"]


def test_bodies_and_values_of_every_kind() -> None:
    nested = {"kvlistValue": {"values": kv(a={"arrayValue": {"values": [text("b"), {"intValue": "1"}, {}]}})}}
    first, second, third, fourth = both(
        logs(
            {"body": nested, "attributes": kv(bytes={"bytesValue": "AQI="}, none={}, deep=nested)},
            {"body": {"intValue": "7"}},
            {"body": text(""), "attributes": kv(a=text("b"))},
            {"eventName": "user.login"},
        )
    )
    assert first["message"] == '{"a":["b",1,null]}'
    assert first["metadata"]["deep"] == {"a": ["b", 1, None]}
    assert (first["metadata"]["bytes"], first["metadata"]["none"]) == ("AQI=", None)
    assert second["message"] == "7"
    assert json.loads(third["message"])["metadata"]["a"] == "b"
    assert fourth["message"] == "user.login"


def test_attributes_of_a_request_are_its_fields() -> None:
    (entry,) = both(
        logs(
            {
                "attributes": kv(
                    http__request__method=text("GET"),
                    http__response__status_code={"intValue": "503"},
                    url__path=text("/a/1"),
                    http__route=text("/a/{id}"),
                )
            }
        )
    )
    assert (entry["method"], entry["statusCode"], entry["endpoint"], entry["message"]) == (
        "GET",
        503,
        "/a/1",
        "GET /a/1",
    )
    assert entry["metadata"]["http.route"] == "/a/{id}"


def test_no_attribute_overwrites_what_the_protocol_says() -> None:
    names = {name: text("theirs") for name in ("traceId", "scope", "resource", "originalLevel", "level", "message")}
    (entry,) = both(logs({"body": text("ours"), "severityNumber": 21, "traceId": "01" * 16, "attributes": kv(**names)}))
    metadata = entry["metadata"]
    assert (entry["message"], entry["level"]) == ("ours", "error")
    assert (metadata["traceId"], metadata["scope"]) == ("01" * 16, "shop.users")
    assert (metadata["_traceId"], metadata["_scope"], metadata["_resource"]) == ("theirs", "theirs", "theirs")
    assert (metadata["level"], metadata["message"], metadata["originalLevel"]) == ("theirs", "theirs", "theirs")
    assert metadata["_originalLevel"] == 21


def test_what_is_too_long_is_cut_and_marked() -> None:
    limits = Limits(message=10, metadata=60, source=8, depth=3)
    big = kv(
        a=text("x" * 50), b=text("y"), c={"kvlistValue": {"values": kv(d={"kvlistValue": {"values": kv(e=text(""))}})}}
    )
    (entry,) = both(
        logs({"body": text("ü" * 20), "attributes": big}, resource=kv(service__name=text("much too long"))), limits
    )
    assert (entry["message"], "source" in entry) == ("ü" * 5, False)
    assert sorted(entry["truncated"]) == ["message", "metadata"]
    assert "a" not in entry["metadata"]
    assert entry["readFrom"]["message"] == "body"


SERVER: Json = {
    **{"name": "GET /users/{id}", "kind": 2, "traceId": "01" * 16, "spanId": "02" * 8, "parentSpanId": "03" * 8},
    **{"startTimeUnixNano": str(TIME - 12_345_678), "endTimeUnixNano": str(TIME)},
    "attributes": kv(
        http__request__method=text("GET"),
        http__response__status_code={"intValue": "200"},
        url__path=text("/users/7"),
        http__route=text("/users/{id}"),
    ),
}


def test_a_span_of_a_request_is_an_entry() -> None:
    (entry,) = both(spans(SERVER, {"name": "SELECT", "kind": 3}, {"name": "inner"}))
    assert entry == {
        **{"timestamp": AT, "level": "info", "message": "GET /users/7", "source": "shop"},
        **{"endpoint": "/users/7", "method": "GET", "statusCode": 200},
        "metadata": {
            **{"http.route": "/users/{id}", "span": "GET /users/{id}", "duration": 12.346},
            **{"traceId": "01" * 16, "spanId": "02" * 8, "parentSpanId": "03" * 8, "resource": {"host.name": "web-1"}},
        },
    }
    assert read(protobuf(spans(SERVER, {"name": "inner"})), IN_PROTOBUF, OTLP_TRACES).dropped == 1


def test_older_names_whole_urls_and_what_failed() -> None:
    exception = {
        "name": "exception",
        "attributes": kv(
            exception__type=text("ValueError"), exception__message=text("no"), exception__stacktrace=text("at x")
        ),
    }
    old = kv(http__method=text("POST"), http__status_code={"intValue": "404"}, http__url=text("http://u:p@h/a?b=1"))
    first, second, third = both(
        spans(
            SERVER | {"attributes": old},
            SERVER | {"events": [{"name": "other"}, exception]},
            {"name": "orders process", "kind": 5, "status": {"code": 2, "message": "late"}},
        )
    )
    assert (first["level"], first["endpoint"], first["statusCode"]) == ("warn", "/a", 404)
    assert first["metadata"]["http.url"] == "http://h/a?b=1"
    assert second["level"] == "error"
    assert second["metadata"]["error"] == {"name": "ValueError", "message": "no", "stack": "at x"}
    assert (third["message"], third["level"], third["timestamp"]) == ("orders process", "error", ARRIVED)
    assert third["metadata"] == {"statusText": "late", "resource": {"host.name": "web-1"}}


def test_a_broken_record_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"body": text("good")}
    body = logs(good, {"body": 7}, good)
    body["resourceLogs"] += [7, {"scopeLogs": [{"logRecords": [good, "no"], "scope": 3}], "resource": "odd"}]
    batch = read(json.dumps(body).encode(), IN_JSON).batch
    assert [entry.message for entry in batch.entries] == ["good"] * 3
    assert [(each.index, each.reason) for each in batch.rejected] == [
        *((1, "not_a_record"), (3, "not_an_object"), (5, "not_a_record"))
    ]
    monkeypatch.setattr(json_tree, "WHOLE", 0)
    assert [encode(entry) for entry in read(json.dumps(logs(good)).encode(), IN_JSON).batch.entries] == [
        encode(batch.entries[0])
    ]
    record = wire.encoded(2, b"\x2a\x06\x0a\x04good")
    scope = wire.encoded(2, record + wire.encoded(2, b"\x2a\x7f") + record)
    batch = read(wire.encoded(1, scope) + wire.encoded(9, b"unknown"), IN_PROTOBUF).batch
    assert [entry.message for entry in batch.entries] == ["good", "good"]
    assert [(each.index, each.reason) for each in batch.rejected] == [(1, "not_a_record")]


def test_a_body_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidJson):
        read(b"{", IN_JSON)
    for body in (b"[]", b'{"logs": []}'):
        with pytest.raises(InvalidBody):
            read(body, IN_JSON)
    for body in (b"\x0a\x7f", b"{}", wire.encoded(1, wire.encoded(1, b"\x0a\x7f") + wire.encoded(2, b""))):
        with pytest.raises(InvalidBody):
            read(body, IN_PROTOBUF)
    assert read(b"", IN_PROTOBUF).batch.entries == []
    assert read(b"{}", IN_JSON).batch.entries == []


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    many = wire.encoded(1, wire.encoded(2, wire.encoded(2, b"") * 100_000))
    with pytest.raises(TooLarge):
        read(many, IN_PROTOBUF, limits=Limits(entries=99))
    deep = b""
    for _ in range(5000):
        deep = wire.encoded(5, wire.encoded(1, deep))
    batch = read(wire.encoded(1, wire.encoded(2, wire.encoded(2, wire.encoded(5, deep)))), IN_PROTOBUF).batch
    assert [each.reason for each in batch.rejected] == ["not_a_record"]
    monkeypatch.setattr(protobuf_form, "LARGEST_RECORD", 10)
    batch = read(wire.encoded(1, wire.encoded(2, wire.encoded(2, b"\x2a\x0a\x0a\x08too long"))), IN_PROTOBUF).batch
    assert len(batch.rejected) == 1
    body = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":' + b'{"arrayValue":{"values":[' * 2000
    assert len(read(body + b"]}}" * 2000 + b"}]}]}]}", IN_JSON).batch.entries) == 1


def answered(sent: Sent, rejected: int = 0, protocol: Protocol = OTLP_LOGS) -> Any:
    errors = [Rejection(0, None, "not_a_record")] * rejected
    reply = protocol.reply(Outcome(IngestAnswer(1, rejected, errors), sent, protocol))
    assert reply.status == 200
    if sent is IN_JSON:
        return json.loads(reply.body)
    assert reply.kind == PROTOBUF
    return ExportLogsServiceResponse.FromString(reply.body).partial_success


def test_it_is_answered_in_the_form_in_which_it_came() -> None:
    assert answered(IN_JSON) == answered(IN_JSON, 0, OTLP_METRICS) == {"partialSuccess": {}}
    assert answered(IN_JSON, 2)["partialSuccess"]["rejectedLogRecords"] == 2
    assert answered(IN_JSON, 3, OTLP_TRACES)["partialSuccess"]["rejectedSpans"] == 3
    assert answered(IN_PROTOBUF) == ExportLogsServiceResponse().partial_success
    assert answered(IN_PROTOBUF, 300).rejected_log_records == 300
    assert "dashboard" in answered(IN_PROTOBUF, 300).error_message


def test_the_decoder_is_loaded_with_the_first_record_and_not_before() -> None:
    code = "import sys, spectrix_lite.app; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert not [name for name in ran.stdout.split() if name.startswith(("google.protobuf", "opentelemetry"))]


def test_metrics_are_dropped_unread() -> None:
    assert read(b"\xff", IN_PROTOBUF, OTLP_METRICS).batch.entries == []
