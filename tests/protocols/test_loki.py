"""Loki push: labels, lines that are JSON, structured metadata; and what is broken in a body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrix_lite.core.errors import InvalidBody, InvalidJson, TooLarge
from spectrix_lite.entries.entry import Limits, encode
from spectrix_lite.protocols import json_tree
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.loki import push
from spectrix_lite.protocols.protocol import Decoded, Sent

from .golden import ARRIVED

NS = "1795971076232000000"
AT = "2026-11-29T16:51:16.232Z"


def read(body: bytes | Any, limits: Limits | None = None) -> Decoded:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return push.decode(body, Sent(), BatchBuilder(RecordReader(limits or Limits()), ARRIVED))


def entries(*values: list[Any], **labels: str) -> list[dict[str, Any]]:
    read_ = read({"streams": [{"stream": labels, "values": values}]})
    assert not read_.batch.rejected
    return [json.loads(encode(entry)) for entry in read_.batch.entries]


def test_a_line_of_text_stays_text_and_labels_are_its_fields() -> None:
    (entry,) = entries([NS, "ERROR a=b boom"], level="warning", app="shop", host="vm")
    assert entry == {
        **{"timestamp": AT, "level": "warn", "message": "ERROR a=b boom", "source": "shop"},
        **{"metadata": {"host": "vm"}, "readFrom": {"source": "app"}},
    }


def test_a_line_of_json_is_the_record_and_labels_fill_what_it_lacks() -> None:
    line = '{"msg":"paid","level":50,"time":"2026-11-29T16:00:00Z","userId":7}'
    (entry,) = entries([NS, line], level="info", app="shop")
    assert (entry["level"], entry["message"], entry["source"]) == ("error", "paid", "shop")
    assert entry["timestamp"] == "2026-11-29T16:00:00.000Z"
    assert entry["metadata"] == {"userId": 7, "level": "info"}
    (entry,) = entries([NS, '{"msg":"paid"}'], severity="error")
    assert (entry["level"], entry["timestamp"]) == ("error", AT)


@pytest.mark.parametrize(
    ("labels", "level"),
    [
        ({"severity": "error"}, "error"),
        ({"detected_level": "warn"}, "warn"),
        ({"level": "debug"}, "debug"),
        ({}, "info"),
    ],
)
def test_the_level_is_a_label(labels: dict[str, str], level: str) -> None:
    assert entries([NS, "x"], **labels)[0]["level"] == level


def test_structured_metadata_stands_beside_labels() -> None:
    (entry,) = entries([NS, "x", {"traceId": "abc", "host": "b"}], host="a", message="label")
    assert entry["metadata"] == {"host": "a", "traceId": "abc", "_host": "b", "_message": "label"}
    assert entry["message"] == "x"


def test_an_empty_line_and_an_unreadable_time() -> None:
    first, second = entries(["soon", ""], [NS, '{"a": 1'], app="shop")
    assert (first["message"], first["timestamp"]) == ("", ARRIVED)
    assert second["message"] == '{"a": 1'


def test_what_is_broken_costs_only_itself() -> None:
    good = {"stream": {"app": "shop"}, "values": [[NS, "one"], [NS], "no", [NS, "two"], 7]}
    batch = read({"streams": [good, 7, {"stream": 3, "values": [[NS, "three"]]}, {"values": "none"}]}).batch
    assert [entry.message for entry in batch.entries] == ["one", "two", "three"]
    assert [(each.index, each.reason) for each in batch.rejected] == [
        *((1, "not_a_record"), (2, "not_a_record"), (4, "not_a_record"), (5, "not_an_object"))
    ]
    assert batch.samples[0] == f'["{NS}"]'


def test_a_large_body_is_read_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {
        "streams": [
            {"stream": {"app": "shop"}, "values": [[NS, f"line {n}"], [NS, '{"msg":"json"}']]} for n in range(50)
        ]
    }
    small = [encode(entry) for entry in read(body).batch.entries]
    monkeypatch.setattr(json_tree, "WHOLE", 0)
    assert [encode(entry) for entry in read(body).batch.entries] == small


def test_nothing_readable_is_refused() -> None:
    with pytest.raises(InvalidJson):
        read(b"not json")
    for body in (b"[]", b'{"lines": []}'):
        with pytest.raises(InvalidBody):
            read(body)
    assert read(b'{"streams": []}').batch.entries == []
    with pytest.raises(TooLarge):
        read({"streams": [{"stream": {}, "values": [[NS, "x"]] * 3}]}, Limits(entries=2))


def test_text_that_is_no_utf_8_and_numbers_that_are_none() -> None:
    body = b'{"streams":[{"stream":{"app":"\xff"},"values":[["%b","{\\"msg\\":\\"a\\",\\"n\\":NaN}"]]}]}' % NS.encode()
    (entry,) = read(body).batch.entries
    assert (entry.message, entry.source) == ("a", "\ufffd")
