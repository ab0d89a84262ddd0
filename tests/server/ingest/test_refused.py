"""What is remembered of refused requests: how many in a row, and why the last."""

from __future__ import annotations

from spectrix_lite.server.ingest.refused import MOST_KEYS, RefusalStreak, RefusedRequests


def test_requests_in_a_row_are_counted_until_one_is_taken() -> None:
    refused = RefusedRequests()
    assert refused.of("k") is None
    refused.count("k", 1000, "invalid_json", "Not JSON.", "{")
    refused.count("k", 3000, "too_large", "Too large.")
    refused.count("other", 4000, "too_large", "Too large.")
    assert refused.of("k") == RefusalStreak(2, 1000, 3000, "too_large", "Too large.", "")
    refused.forget("k")
    refused.forget("never seen")
    assert refused.of("k") is None
    refused.count("k", 5000, "invalid_json", "Not JSON.")
    assert refused.of("k") == RefusalStreak(1, 5000, 5000, "invalid_json", "Not JSON.", "")


def test_of_many_keys_those_refused_last_are_remembered() -> None:
    refused = RefusedRequests()
    for number in range(MOST_KEYS + 1):
        refused.count("first", number, "x", "X.")
        refused.count(str(number), number, "x", "X.")
    assert refused.of("0") is None
    assert refused.of("1") is None
    assert refused.of("2") is not None
    assert refused.of("first") is not None
