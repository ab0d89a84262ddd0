"""Splunk's collector: events glued to each other, as text and as objects, and raw lines."""

from __future__ import annotations

import pytest

from spectrix_lite.core.errors import InvalidJson, TooLarge
from spectrix_lite.entries.entry import Limits
from spectrix_lite.protocols.hec import HEC, HEC_RAW
from spectrix_lite.protocols.protocol import Sent

from .golden import ARRIVED
from .reading import decoded, reasons, shown


def test_events_as_text_and_as_objects() -> None:
    body = (
        b'{"time":1795971076.232,"host":"web-1","source":"shop","event":"plain","fields":{"region":"eu"}}'
        b'{"time":"1795971076.232","event":{"message":"object","level":"error","source":"own"},"source":"outer"}\n\n'
        b'{"event":{"message":{"msg":"splunk-logging","meta":1},"severity":"warn"}}'
        b'[{"event":"in an array"}]'
    )
    first, second, third, fourth = shown(decoded(HEC, body))
    assert first == {
        **{"timestamp": "2026-11-29T16:51:16.232Z", "level": "info", "message": "plain", "source": "shop"},
        "metadata": {"host": "web-1", "region": "eu"},
    }
    assert (second["message"], second["level"], second["source"]) == ("object", "error", "own")
    assert (second["timestamp"], second["metadata"]) == ("2026-11-29T16:51:16.232Z", {"source": "outer"})
    assert (third["message"], third["level"], third["metadata"]) == ("splunk-logging", "warn", {"meta": 1})
    assert (fourth["message"], fourth["timestamp"]) == ("in an array", ARRIVED)


def test_what_dockers_driver_sends_of_a_container() -> None:
    """Its three formats: a line as text, as JSON, and as the event itself."""
    around = '"time":"1795971076.232000","host":"web-1"'
    events = (
        '{"line":"{\\"level\\":50,\\"msg\\":\\"boom\\"}","source":"stderr","tag":"shop","attrs":{"a":"b"}}',
        '{"line":{"level":"warn","msg":"slow"},"source":"stdout","tag":"shop"}',
        '{"line":"plain","source":"stdout"}',
        '"shop plain"',
    )
    entries = shown(decoded(HEC, "".join(f'{{"event":{event},{around}}}' for event in events).encode()))
    assert [(each["level"], each["message"]) for each in entries] == [
        *(("error", "boom"), ("warn", "slow"), ("info", "plain"), ("info", "shop plain")),
    ]
    assert [each.get("source") for each in entries] == ["shop", "shop", None, None]
    assert entries[0]["metadata"] == {"attrs": {"a": "b"}, "stream": "stderr", "host": "web-1"}


def test_what_is_no_event_costs_only_itself() -> None:
    read = decoded(HEC, b'{"event":"one"}7{"event":null}{"event":"two"}{"metric":1}{"event":7,"time":"soon"}')
    assert [entry["message"] for entry in shown(read)] == ["one", "two", '{"metric":1}', "7"]
    assert reasons(read) == [(1, "not_an_object"), (2, "missing_message")]
    assert shown(read)[3]["metadata"] == {"time": "soon"}
    with pytest.raises(InvalidJson):
        decoded(HEC, b"no json")


def test_raw_lines_are_read_as_lines_of_text() -> None:
    sent = Sent(query={"source": "shop", "host": "web-1", "channel": "x"})
    first, second = shown(decoded(HEC_RAW, b'ERROR boom\r\n\n{"msg":"json","level":40}\n', sent))
    assert (first["message"], first["level"], first["source"]) == ("boom", "error", "shop")
    assert (second["message"], second["level"], second["metadata"]) == ("json", "warn", {"host": "web-1"})
    with pytest.raises(InvalidJson):
        decoded(HEC_RAW, b"\n \n")
    with pytest.raises(TooLarge):
        decoded(HEC_RAW, b"a\nb\n", limits=Limits(entries=1))
