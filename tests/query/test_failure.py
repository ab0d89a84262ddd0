"""What failed, and its shape: this side and the page's are held to one golden file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.query import message_pattern as module
from spectrix_lite.query.failure import Failure, failure_of, has_failed
from spectrix_lite.query.filter import candidate
from spectrix_lite.query.message_pattern import LONGEST, alike, message_pattern

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent.parent / "golden" / "failures.json").read_text("utf-8"))


@pytest.mark.parametrize(("message", "expected"), GOLDEN["patterns"])
def test_what_differs_is_folded_as_in_the_page(message: str, expected: str) -> None:
    assert message_pattern(message) == expected


_PARTS = ("0x", "1X", "a", "f", "é", "٣", "7", "08", "/", ":", ".", "-", "@", " ", '"', "'", "=", "?", "\n", "deadbeef")


@given(st.lists(st.sampled_from(_PARTS), max_size=30).map("".join))
def test_messages_that_share_a_pattern_are_alike_only_where_they_do(message: str) -> None:
    folded = module._pattern.__wrapped__
    assert folded(alike(message)) == folded(message)


@pytest.mark.parametrize(("fields", "metadata", "expected"), GOLDEN["failures"])
def test_what_went_wrong_is_told_as_in_the_page(fields: Any, metadata: Any, expected: list[str]) -> None:
    told, name, words = expected
    entry = {"level": "error", **fields} | ({} if metadata is None else {"metadata": metadata})
    folded = words if told == "status" else message_pattern(words)
    assert failure_of(candidate(json.dumps(entry).encode())) == Failure(told, name, folded)


@pytest.mark.parametrize(
    ("level", "status", "failed"),
    [("error", 0, True), ("error", 200, True), ("info", 503, True), ("warn", 499, False), ("warn", 0, False)],
)
def test_a_failure_has_the_level_error_or_a_status_of_500_and_above(level: str, status: int, failed: bool) -> None:
    entry = {"level": level, "message": ""} | ({"statusCode": status} if status else {})
    assert has_failed(candidate(json.dumps(entry).encode())) is failed


@pytest.mark.parametrize("text", ["x", "1/", '"', "'", "::", "a1:", "=", " ", "-", "a1b2", "0x1.", "@/"])
def test_a_shape_is_bounded_whatever_comes(text: str) -> None:
    assert len(message_pattern(text * 100_000)) <= LONGEST + 1


def test_a_failure_reads_as_its_name_and_its_words() -> None:
    assert str(Failure("error", "TypeError", "boom")) == "TypeError: boom"
    assert str(Failure("message", "", "boom")) == "boom"
