"""Datadog, Axiom and Alertmanager: records under names that any record may have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrix_lite.core.errors import InvalidBody, InvalidJson
from spectrix_lite.entries.entry import CanonicalEntry, IngestAnswer, Rejection
from spectrix_lite.protocols import table
from spectrix_lite.protocols.named import ALERTMANAGER, AXIOM, DATADOG
from spectrix_lite.protocols.protocol import Outcome, Sent

from .golden import ARRIVED
from .reading import decoded, reasons, shown


def test_a_message_of_datadogs_may_be_a_record() -> None:
    records = [
        {"message": '{"level":"error","msg":"inner","userId":7}', "ddsource": "node", "service": "shop"},
        {"message": "plain", "status": "warning", "ddtags": "env:dev"},
        7,
        {"message": '{"broken', "hostname": "h"},
    ]
    read = decoded(DATADOG, records)
    first, second, third = shown(read)
    assert (first["message"], first["level"], first["source"]) == ("inner", "error", "shop")
    assert first["metadata"] == {"userId": 7, "ddsource": "node"}
    assert (second["message"], second["level"], second["metadata"]) == ("plain", "warn", {"ddtags": "env:dev"})
    assert third["message"] == '{"broken'
    assert reasons(read) == [(2, "not_an_object")]
    with pytest.raises(InvalidJson):
        decoded(DATADOG, b"no")


def test_axioms_records_and_its_answer() -> None:
    read = decoded(
        AXIOM, b'{"_time":1795971436546,"level":"info","msg":"a"}\n7\n{"msg":"b"}\n{"level":"info","message":"c"}'
    )
    assert [entry["message"] for entry in shown(read)] == ["a", "b", "c"]
    assert not any(isinstance(entry, CanonicalEntry) for entry in read.batch.entries), "all are redacted"
    outcome = Outcome(IngestAnswer(3, 1, [Rejection(1, None, "not_an_object")]), Sent(), AXIOM, read)
    answer = json.loads(AXIOM.reply(outcome).body)
    assert (answer["ingested"], answer["failed"]) == (3, 1)
    assert answer["failures"] == [{"timestamp": "", "error": "not_an_object"}]


def alert(**changes: Any) -> dict[str, Any]:
    return {
        **{"status": "firing", "labels": {"alertname": "Errors", "severity": "warning", "job": "api"}},
        **{
            "annotations": {"summary": "too many"},
            "startsAt": "2026-11-29T17:00:00Z",
            "endsAt": "2026-11-29T18:00:00Z",
        },
        **changes,
    }


def test_each_alert_is_an_entry() -> None:
    alerts = [
        *(alert(), alert(status="resolved"), alert(annotations={}, labels={"alertname": "Bare"}), 7, {}),
        alert(annotations={"description": "told"}, labels={"severity": "page", "service": "shop"}, startsAt="soon"),
    ]
    read = decoded(ALERTMANAGER, {"receiver": "spx", "status": "firing", "alerts": alerts})
    first, over, bare, empty, page = shown(read)
    assert (first["message"], first["level"], first["source"]) == ("too many", "warn", "api")
    assert first["timestamp"] == "2026-11-29T17:00:00.000Z"
    assert first["metadata"] == {**alert(), "receiver": "spx"}
    assert (over["level"], over["timestamp"]) == ("info", "2026-11-29T18:00:00.000Z")
    assert (bare["message"], bare["level"], "source" in bare) == ("Bare", "info", False)
    assert empty["metadata"] == {"receiver": "spx"}
    assert (page["message"], page["level"], page["timestamp"], page["source"]) == ("told", "info", ARRIVED, "shop")
    assert reasons(read) == [(3, "not_an_object")]
    with pytest.raises(InvalidBody):
        decoded(ALERTMANAGER, {"receiver": "spx", "alerts": 7})


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b' {"resourceLogs": []}', "otlp-logs"),
        (b'\xef\xbb\xbf{"resourceSpans":[]}', "otlp-traces"),
        (b'{\n"streams" : [ ]}', "loki"),
        (b'{"Events":[]}', "seq"),
        (b'{"receiver":"a","alerts":[]}', "alertmanager"),
        (b'{"receiver":"a","message":"b"}', None),
        (b'{"receiver":[],"alerts":[]}', None),
        (b'{"streams":"video"}', None),
        (b'{"message":"x","streams":[]}', None),
        (b'[{"streams":[]}]', None),
        (b"streams", None),
    ],
)
def test_a_body_is_told_by_its_leading_member(body: bytes, name: str | None) -> None:
    told = table.told(body, Sent("application/json"))
    assert (told and told.name) == name


def test_a_body_is_told_by_its_content_type() -> None:
    for kind, name in {"application/x-protobuf": "otlp-logs", "application/msgpack": "msgpack"}.items():
        told = table.told(b"", Sent(kind))
        assert told is not None
        assert told.name == name
