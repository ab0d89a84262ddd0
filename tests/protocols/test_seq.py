"""Seq: templates filled in from properties, and compact events."""

from __future__ import annotations

import pytest

from spectrix_lite.core.errors import InvalidJson
from spectrix_lite.protocols.seq import CLEF, SEQ

from .reading import decoded, reasons, shown


def test_an_event_is_an_entry() -> None:
    event = {
        **{"Timestamp": "2026-11-29T17:11:07.353Z", "Level": "Fatal", "MessageTemplate": "user {UserId} of {Shop}"},
        **{"Exception": "at x", "Properties": {"UserId": 7, "Shop": "a", "Level": "theirs", "Application": "shop"}},
    }
    (entry,) = shown(decoded(SEQ, {"Events": [event]}))
    assert entry == {
        **{"timestamp": "2026-11-29T17:11:07.353Z", "level": "error", "message": "user 7 of a", "source": "shop"},
        "metadata": {
            **{"originalLevel": "Fatal", "MessageTemplate": "user {UserId} of {Shop}", "Exception": "at x"},
            **{"UserId": 7, "Shop": "a", "Level": "theirs"},
        },
        "readFrom": {"timestamp": "Timestamp", "level": "Level", "source": "Application"},
    }


def test_what_is_missing_or_broken() -> None:
    read = decoded(SEQ, {"Events": [{"MessageTemplate": "bare", "Properties": {}}, 7, {"RenderedMessage": "told"}, {}]})
    assert [(entry["message"], entry.get("metadata")) for entry in shown(read)] == [("bare", None), ("told", None)]
    assert reasons(read) == [(1, "not_an_object"), (3, "missing_message")]
    (entry,) = shown(decoded(SEQ, {"Events": [{"MessageTemplate": 7, "Properties": "text", "Level": "INFO"}]}))
    assert entry["metadata"] == {"MessageTemplate": 7, "Properties": "text"}
    assert decoded(SEQ, {"Events": []}).batch.entries == []


def test_compact_events_come_by_either_address() -> None:
    body = b'{"@t":"2026-11-29T17:11:07.353Z","@mt":"user {id}","id":7}\r\n{"@m":"told","@l":"Warning"}'
    for protocol in (SEQ, CLEF):
        first, second = shown(decoded(protocol, body))
        assert (first["message"], first["metadata"]["id"]) == ("user 7", 7)
        assert (second["message"], second["level"]) == ("told", "warn")
        with pytest.raises(InvalidJson):
            decoded(protocol, b"no json")
