"""What waits to be sent: in order, within bounds, what does not fit counted where it is missing."""

from __future__ import annotations

import json
from typing import Any

from spectrix_lite.cli.run.outbox import BATCH_BYTES, BATCH_RECORDS, Outbox


def record(number: int, size: int = 10) -> dict[str, Any]:
    return {"message": f"{number} " + "x" * size, "timestamp": "T"}


def drained(outbox: Outbox) -> list[list[dict[str, Any]]]:
    batches = []
    while (batch := outbox.take()) is not None:
        logs = json.loads(batch.body)["logs"]
        assert len(logs) == batch.entries
        batches.append(logs)
    return batches


def test_batches_are_bounded_and_in_order() -> None:
    outbox = Outbox()
    outbox.put([record(number) for number in range(5000)])
    assert len(outbox) == 5000
    batches = drained(outbox)
    assert outbox.is_empty
    assert max(map(len, batches)) <= BATCH_RECORDS
    assert [entry["message"] for batch in batches for entry in batch] == [record(n)["message"] for n in range(5000)]
    outbox.put([record(number, 100_000) for number in range(12)])
    assert all(len(json.dumps(batch)) < BATCH_BYTES + 100_000 * 200 for batch in drained(outbox))


def test_each_batch_has_a_key_of_its_own() -> None:
    outbox = Outbox()
    keys = set()
    for number in range(3):
        outbox.put([record(number)])
        batch = outbox.take()
        assert batch is not None
        keys.add(batch.key)
    assert len(keys) == 3


def test_what_does_not_fit_is_a_gap_where_it_is_missing() -> None:
    outbox = Outbox(most_bytes=1000)
    for number in range(50):
        outbox.put([record(number)])
    first = outbox.take()
    assert first is not None
    outbox.put([record(50)])
    outbox.put([record(51)])
    kept = json.loads(first.body)["logs"]
    gap, *rest = [entry for batch in drained(outbox) for entry in batch]
    assert gap["metadata"]["gap"] + len(kept) == 50
    assert gap["level"] == "warn"
    assert [entry["message"][:2] for entry in rest] == ["50", "51"]
    assert outbox.lost == gap["metadata"]["gap"]


def test_a_gap_at_the_end_is_told_too() -> None:
    outbox = Outbox()
    outbox.lose(1)
    assert [entry["metadata"] for batch in drained(outbox) for entry in batch] == [{"gap": 1}]
    assert outbox.is_empty
