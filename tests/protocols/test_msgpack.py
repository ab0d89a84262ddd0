"""Msgpack: the entries are those of the same records in JSON, and nothing is decoded that is too much."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from spectrix_lite.core.errors import InvalidBody, TooLarge
from spectrix_lite.entries.entry import Limits, encode
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.protocols import msgpack
from spectrix_lite.protocols.msgpack import MSGPACK
from spectrix_lite.protocols.protocol import Sent

from .golden import ARRIVED
from .reading import decoded, reasons, shown

pack = msgspec.msgpack.encode
RECORDS: list[dict[str, Any]] = [
    {"dt": "2026-11-29T16:51:16.232Z", "level": "warn", "message": "plain", "userId": 7, "context": {"a": [1, None]}},
    {"dt": "2026-11-29T16:51:16.232Z", "level": "fatal", "message": "lost", "userId": 7, "context": None},
    {"dt": "2026-11-29T16:51:16.232Z", "level": "odd", "message": "no level", "userId": 7, "context": 1.5},
    {"dt": "soon", "level": "info", "message": "no time", "userId": 7, "context": True},
    {"dt": 1795971076232, "level": 30, "msg": "number", "app": "shop"},
    {"level": "info", "message": {"nested": True}},
    {"level": "info", "message": "", "a": 1},
    {"level": "info", "message": "request", "method": "GET", "url": "/a", "status": 200},
    {"level": "info", "message": "x" * 50, "service": {"name": "nested"}},
    {"level": "info", "message": "ü" * 12, "app": "much too long a name"},
    {
        "message": "canonical",
        "level": "info",
        "timestamp": "2026-11-29T16:51:16.232Z",
        "source": "shop",
        "metadata": {},
    },
    {"message": "original", "level": "fatal", "originalLevel": "theirs"},
    {"@mt": "user {userId}", "userId": 7},
    {"log": '{"msg":"inner"}', "level": "info"},
    {"message": "deep", "a": [[[[[[1]]]]]]},
    {"message": "wide", "a": "y" * 300, "b": 1},
    {"level": None, "message": "null", "source": None},
    {"severity": "error", "level": 30, "text": "two levels", "msg": "and two messages"},
]


SMALL = Limits(message=20, source=8, metadata=120, depth=4)


@pytest.mark.parametrize("limits", [Limits(), SMALL], ids=["usual", "small"])
def test_the_entries_are_those_of_the_same_records_in_json(limits: Limits) -> None:
    for records in (RECORDS, [*RECORDS, *RECORDS]):  # the second time the shapes are known
        in_json = LenientDecoder(limits).read(msgspec.json.encode({"logs": records}), ARRIVED)
        in_msgpack = decoded(MSGPACK, pack(records), limits=limits)
        assert not in_msgpack.batch.rejected
        assert shown(in_msgpack) == [json.loads(encode(entry)) for entry in in_json.entries]


def test_what_json_has_no_kind_for_becomes_text() -> None:
    moment = datetime(2026, 11, 29, 16, 51, 16, 232000, tzinfo=UTC)
    record = {
        "message": "x",
        "bytes": b"\x01\x02",
        "at": moment,
        "ext": msgspec.msgpack.Ext(5, b"\x01"),
        "nan": float("nan"),
    }
    (entry,) = shown(decoded(MSGPACK, pack([record])))
    assert entry["metadata"] == {"bytes": "AQI=", "at": "2026-11-29T16:51:16.232000Z", "ext": "AQ==", "nan": None}
    (entry,) = shown(decoded(MSGPACK, pack([{"message": "x", "timestamp": moment}])))
    assert entry["timestamp"] == "2026-11-29T16:51:16.232Z"


def test_one_map_is_a_record_and_an_empty_array_none() -> None:
    assert shown(decoded(MSGPACK, pack({"message": "alone"})))[0]["message"] == "alone"
    assert decoded(MSGPACK, b"\x90").batch.entries == []


def test_a_broken_record_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    body = pack([{"message": "one"}, 7, {"message": "two"}, {1: "number"}, {"message": "x" * 99}])
    assert reasons(decoded(MSGPACK, body)) == [(1, "not_a_record"), (3, "not_a_record")]
    monkeypatch.setattr(msgpack, "WHOLE", 0)
    monkeypatch.setattr(msgpack, "LARGEST_RECORD", 50)
    read = decoded(MSGPACK, body)
    assert [entry["message"] for entry in shown(read)] == ["one", "two"]
    assert reasons(read) == [(1, "not_a_record"), (3, "not_a_record"), (4, "not_a_record")]


@pytest.mark.parametrize("body", [b"", b"\x01", b"\xc1", b"\xdc\x00\x02\x80", b"\x92\x80", b"\xa3abc", b"\x91" * 5000])
def test_what_is_no_array_of_records_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidBody):
        decoded(MSGPACK, body)


def test_an_array_says_its_length_and_is_not_believed() -> None:
    for body in (b"\xdd\xff\xff\xff\xff", b"\xdc\xff\xff\x80", pack([{"message": "x"}] * 20)):
        with pytest.raises(TooLarge):
            decoded(MSGPACK, body, limits=Limits(entries=19))


def test_it_is_told_by_its_content_type() -> None:
    assert MSGPACK.is_binary(Sent("application/x-msgpack"))
    assert not MSGPACK.is_binary(Sent("application/json"))
