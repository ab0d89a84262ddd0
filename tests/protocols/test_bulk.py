"""Elasticsearch bulk: actions and documents, and an item of the answer for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrix_lite.core.errors import InvalidJson
from spectrix_lite.entries.entry import IngestAnswer, Limits
from spectrix_lite.protocols import bulk
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.protocol import Decoded, Outcome, Sent

from .golden import ARRIVED

IN_SHOP = Sent(path={"index": "shop"})


def read(body: bytes, sent: Sent = IN_SHOP) -> Decoded:
    return bulk.decode(body, sent, BatchBuilder(RecordReader(Limits()), ARRIVED))


def answer(decoded: Decoded | None, accepted: int, rejected: int = 0) -> dict[str, Any]:
    errors = decoded.batch.rejected if decoded else []
    reply = bulk.reply(Outcome(IngestAnswer(accepted, rejected, errors), IN_SHOP, bulk.BULK, decoded))
    assert (reply.status, reply.headers) == (200, {"X-Elastic-Product": "Elasticsearch"})
    body: dict[str, Any] = json.loads(reply.body)
    return body


def items(decoded: Decoded) -> list[tuple[str, Any, Any, int]]:
    """Of each item the action, index and id, and status."""
    told = answer(decoded, len(decoded.batch.entries), len(decoded.batch.rejected))
    return [
        (action, item["_index"], item["_id"], item["status"]) for each in told["items"] for action, item in each.items()
    ]


def test_each_document_is_an_entry_and_has_its_item() -> None:
    decoded = read(
        b'{"create":{"_index":"logs","_id":"a"},"attempts":0}\n{"message":"one","severity":"error"}\r\n'
        b'\n{"index":{}}\n{"message":"two"}\n{"update":{"_id":"c"}}\n{"doc":{"message":"three"}}'
    )
    assert [(entry.message, entry.level) for entry in decoded.batch.entries] == [
        *(("one", "error"), ("two", "info"), ("three", "info"))
    ]
    assert items(decoded) == [
        *(("create", "logs", "a", 201), ("index", "shop", "2", 201), ("update", "shop", "c", 200))
    ]


def test_what_cannot_be_read_costs_only_itself() -> None:
    decoded = read(
        b'{"index":{}}\n{"message":"one"}\n{"index":{}}\n[1]\n{"index":{}}\n{broken\n{"index":{}}\n{"message":"two"}\n'
    )
    assert [entry.message for entry in decoded.batch.entries] == ["one", "two"]
    assert [each.reason for each in decoded.batch.rejected] == ["not_an_object", "invalid_json"]
    assert [status for *_, status in items(decoded)] == [201, 400, 400, 201]
    told = answer(decoded, 2, 2)
    assert told["errors"] is True
    assert told["items"][1]["index"]["error"] == {"type": "document_parsing_exception", "reason": "not_an_object"}


def test_what_is_deleted_brings_nothing_and_is_answered() -> None:
    decoded = read(b'{"delete":{"_id":"a"}}\n{"index":{}}\n[]\n{"delete":{"_id":"b"}}\n')
    assert decoded.batch.entries == []
    assert [(action, status) for action, _, _, status in items(decoded)] == [
        *(("delete", 404), ("index", 400), ("delete", 404))
    ]


def test_documents_without_actions_are_indexed() -> None:
    decoded = read(b'{"message":"one"}\n{"message":"two"}\n', Sent())
    assert [entry.message for entry in decoded.batch.entries] == ["one", "two"]
    assert items(decoded) == [("index", "logs", "1", 201), ("index", "logs", "2", 201)]


def test_a_body_without_documents_is_refused() -> None:
    for body in (b"", b"\n\n", b'{"index":{}}\n'):
        with pytest.raises(InvalidJson):
            read(body)


def test_a_batch_that_was_taken_before_has_as_many_items() -> None:
    told = answer(None, 2)
    assert told["errors"] is False
    assert [item["index"]["status"] for item in told["items"]] == [201, 201]
