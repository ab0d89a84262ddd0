"""The usual way of an entry: decoded in one call, checked against the limits, encoded once, kept in runs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from spectrix_lite.core.timestamps import is_canonical, read_time, rfc3339
from spectrix_lite.entries.entry import (
    RUN_BYTES,
    Entry,
    IngestAnswer,
    Limits,
    Rejection,
    encode,
    encoded_runs,
    split_run,
)
from spectrix_lite.entries.fast import FastDecoder

from ..support.properties import as_json, repeatable

ARRIVED = "2026-05-14T10:30:00.000Z"
SENT = "2026-05-14T10:29:58.120Z"
USUAL = Limits()
SMALL = Limits(message=8, endpoint=8, source=4, method=4, metadata=64, depth=3, entries=3)


def batch(*entries: Any, limits: Limits = USUAL) -> list[dict[str, Any]] | None:
    """What the fast way makes of a batch, as a watcher reads it; None where it leaves it to the slow way."""
    found = FastDecoder(limits).batch(as_json({"logs": entries}), ARRIVED)
    return None if found is None else [json.loads(encode(entry)) for entry in found]


def alone(entry: Any, limits: Limits = USUAL) -> dict[str, Any] | None:
    found = FastDecoder(limits).entry(as_json(entry), ARRIVED)
    return None if found is None else dict(json.loads(encode(found)))


def test_an_entry_as_the_contract_has_it_goes_through_as_it_is() -> None:
    entry = {
        "timestamp": SENT,
        "level": "error",
        "message": "POST /pay failed",
        "source": "payments",
        "endpoint": "/pay",
        "method": "POST",
        "statusCode": 502,
        "metadata": {"duration": 31, "tags": ["a", {"b": None}]},
    }
    assert batch(entry) == [entry]
    assert alone(entry) == entry


def test_optional_fields_stay_away() -> None:
    entry = {"level": "debug", "message": "m"}
    assert batch(entry) == [{**entry, "timestamp": ARRIVED}]


def test_an_empty_batch_is_usual() -> None:
    """case 5"""
    assert batch() == []


def test_metadata_keeps_every_digit_and_every_blank() -> None:
    metadata = b'{ "a": 12345678901234567890.12345678901234567890, "b": 1e400, "c": -0.0 }'
    found = FastDecoder(Limits()).batch(b'{"logs":[{"level":"info","message":"m","metadata":%b}]}' % metadata, ARRIVED)
    assert found is not None
    assert metadata in encode(found[0])


@pytest.mark.parametrize(
    "entry",
    [
        {"message": "m"},
        {"level": "WARN", "message": "m"},
        {"level": 30, "message": "m"},
        {"level": "info"},
        {"level": "info", "message": ""},
        {"level": "info", "message": 1},
        {"level": "info", "message": None},
        {"level": "info", "message": "m", "msg": "n"},
        {"level": "info", "message": "m", "extra": 1},
        {"level": "info", "message": "m", "timestamp": 1778754598120},
        {"level": "info", "message": "m", "source": 1},
        {"level": "info", "message": "m", "statusCode": "200"},
        {"level": "info", "message": "m", "statusCode": 99},
        {"level": "info", "message": "m", "statusCode": 600},
        {"level": "info", "message": "m", "metadata": None},
        {"level": "info", "message": "m", "metadata": [1]},
        {"level": "info", "message": "m", "metadata": "{}"},
        {"level": "info", "message": "m", "metadata": {"a": float("nan")}},
        {"level": "info", "message": "m", "metadata": {"a": "\ud83d"}},
        {"level": "info", "message": "\ud83d"},
        "text",
        1,
        None,
    ],
    ids=str,
)
def test_what_needs_a_closer_look_is_left_alone(entry: Any) -> None:
    assert batch({"level": "info", "message": "m"}, entry) is None
    assert alone(entry) is None


@pytest.mark.parametrize("name", ["seq", "receivedAt", "truncated"])
@pytest.mark.parametrize("value", [None, 1, "text", [], {}, ["message"]], ids=str)
def test_a_producer_cannot_set_what_only_the_server_gives(name: str, value: Any) -> None:
    assert batch({"level": "info", "message": "m", name: value}) is None


@pytest.mark.parametrize("body", [b"", b"[7]", b"{}", b'{"logs":{}}', b'{"logs":null}', b"{", b'"logs"', b"[" * 5000])
def test_other_bodies_are_left_alone(body: bytes) -> None:
    assert FastDecoder(Limits()).batch(body, ARRIVED) is None


@pytest.mark.parametrize(
    ("field", "size"), [("message", 8), ("endpoint", 8), ("source", 4), ("method", 4)], ids=lambda value: str(value)
)
@pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "escaped"])
def test_text_fits_up_to_its_limit_in_bytes(field: str, size: int, escaped: bool) -> None:
    def fits(text: str) -> bool:
        entry = {"level": "info", "message": "m", field: text}
        body = json.dumps({"logs": [entry]}, ensure_ascii=escaped).encode()
        fast = FastDecoder(SMALL)
        whole = fast.batch(body, ARRIVED)
        assert (whole is None) == (fast.entry(json.dumps(entry, ensure_ascii=escaped).encode(), ARRIVED) is None)
        return whole is not None

    assert fits("x" * size)
    assert not fits("x" * (size + 1))
    assert fits("é" * (size // 2))
    assert not fits("é" * (size // 2) + "x")
    assert fits("😀" * (size // 4))
    assert not fits("😀" * (size // 4) + "x")


def test_escapes_of_one_character_count_as_one() -> None:
    assert batch({"level": "info", "message": '"\\\n\t"\r\0x'}, limits=SMALL) is not None
    assert batch({"level": "info", "message": '"\\\n\t"\r\0xy'}, limits=SMALL) is None


def test_metadata_fits_up_to_its_limit() -> None:
    fits = {"level": "info", "message": "m", "metadata": {"a": "x" * (64 - 8)}}
    assert len(as_json(fits["metadata"])) == 64
    assert batch(fits, limits=SMALL) is not None
    assert batch({**fits, "metadata": {"a": "x" * (64 - 7)}}, limits=SMALL) is None


@pytest.mark.parametrize("padding", ["", "x" * 100], ids=["small body", "large body"])
def test_metadata_fits_up_to_its_depth(padding: str) -> None:
    limits = Limits(metadata=200, depth=3)
    neighbour = {"level": "info", "message": "n" + padding}
    fitting: list[Any] = [{"a": {"b": {"c": 1}}}, {"a": [[1]]}, {"a": {"b": []}}]
    for metadata in fitting:
        assert batch(neighbour, {"level": "info", "message": "m", "metadata": metadata}, limits=limits) is not None
    too_deep: list[Any] = [{"a": {"b": {"c": {}}}}, {"a": [[[1]]]}, {"a": [{"b": [1]}]}]
    for deeper in too_deep:
        assert batch(neighbour, {"level": "info", "message": "m", "metadata": deeper}, limits=limits) is None


def test_no_more_entries_than_a_request_may_have() -> None:
    entry = {"level": "info", "message": "m"}
    assert len(batch(*[entry] * 3, limits=SMALL) or []) == 3
    assert batch(*[entry] * 4, limits=SMALL) is None


def test_each_timestamp_is_read_for_itself() -> None:
    """case 16"""
    stamps = [SENT, SENT, "2026-05-14 10:29:58.12Z", None, SENT, "9999-12-31T23:59:59Z"]
    entries: list[dict[str, Any]] = [{"level": "info", "message": "m", "timestamp": stamp} for stamp in stamps]
    del entries[3]["timestamp"]
    found = batch(*entries)
    assert found is not None
    late = "9999-12-31T23:59:59.000Z"
    assert [entry["timestamp"] for entry in found] == [SENT, SENT, SENT, ARRIVED, SENT, late]
    assert batch(*entries, {"level": "info", "message": "m", "timestamp": "garbage"}) is None


# Time


def test_rfc3339_is_utc_with_milliseconds() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1_778_754_600_007) == "2026-05-14T10:30:00.007Z"
    assert rfc3339(-1) == "1969-12-31T23:59:59.999Z"
    assert rfc3339(-62_135_596_800_000) == "0001-01-01T00:00:00.000Z"
    assert rfc3339(253_402_300_799_999) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("milliseconds", [253_402_300_800_000, -62_135_596_800_001, 10**30, -(10**30)])
def test_rfc3339_knows_no_other_years(milliseconds: int) -> None:
    with pytest.raises(OverflowError):
        rfc3339(milliseconds)


@repeatable
@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_time_written_is_a_time_read(milliseconds: int) -> None:
    written = rfc3339(milliseconds)
    assert is_canonical(written)
    assert read_time(written) == written
    seconds = datetime.fromisoformat(written).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert round(seconds.total_seconds() * 1000) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "2026-W20-4T10:30:00.000Z",
        "2026-05-14T10:30:00,000Z",
        "2026-05-14t10:30:00.000z",
        "2026-05-14 10:30:00.000Z",
        "2026-02-30T10:30:00.000Z",
        "2026-05-14T25:30:00.000Z",
        "2026-05-14T10:30:00.0000",
        "2026-05-14T10:30:00.00Z",
        "0000-01-01T00:00:00.000Z",
        "٢٠٢٦-05-14T10:30:00.000Z",
        "",
    ],
)
def test_only_one_spelling_is_canonical(text: str) -> None:
    assert not is_canonical(text)


@repeatable
@given(
    st.from_regex(r"[0-9W:+T.-]{19}\.[0-9:]{3}Z", fullmatch=True)
    | st.text("0123456789-:TWZ.", min_size=24, max_size=24)
)
def test_what_is_canonical_has_the_one_form(text: str) -> None:
    if is_canonical(text):
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", text)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-05-14T10:29:58.120+00:00", SENT),
        ("2026-05-14T10:29:58.120-00:00", SENT),
        ("2026-05-14T10:29:58.120", SENT),
        ("2026-05-14T10:29:58,120Z", SENT),
        ("2026-05-14T12:29:58.120+0200", SENT),
        ("  2026-05-14T10:29:58.120Z ", SENT),
        ("2026-05-14T10:29:58.1209999999999999999Z", SENT),
        ("2025-12-31T23:30:00-01:00", "2026-01-01T00:30:00.000Z"),
        (1778754598.12, SENT),
        (1e11 - 1, "5138-11-16T09:46:39.000Z"),
        (1e11, "1973-03-03T09:46:40.000Z"),
    ],
)
def test_times_that_are_read(value: str | float, time: str) -> None:
    assert read_time(value) == time


@pytest.mark.parametrize(
    "value",
    [
        *("", "now", "2026-05-14", "10:30:00", "2026-13-01T00:00:00Z", "2026-05-14T24:30:00Z"),
        *("2026-05-14T10:30:00+25:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
        *(0.0, -1e11, -1e18, 10**40, float("inf"), float("nan")),
    ],
    ids=str,
)
def test_what_is_no_time(value: str | float) -> None:
    assert read_time(value) is None


# Runs


def kept(message: str, seq: int) -> Entry:
    return Entry(seq=seq, received_at=ARRIVED, timestamp=ARRIVED, message=message)


def test_small_entries_make_one_run() -> None:
    entries = [kept(f"m{seq}", seq) for seq in range(1, 51)]
    [(encoded, count)] = encoded_runs(entries)
    assert count == 50
    assert encoded == b",".join(encode(entry) for entry in entries)
    assert split_run(encoded) == [encode(entry) for entry in entries]


def test_a_run_stays_small_and_nothing_is_lost_between_runs() -> None:
    entries = [kept("x" * (16_384 if seq % 7 == 0 else seq), seq) for seq in range(1, 201)]
    runs = list(encoded_runs(entries))
    assert len(runs) > 1
    assert max(len(encoded) for encoded, _ in runs) <= 2 * RUN_BYTES
    assert sum(count for _, count in runs) == 200
    assert [entry for encoded, _ in runs for entry in split_run(encoded)] == [encode(entry) for entry in entries]
    assert [len(split_run(encoded)) for encoded, _ in runs] == [count for _, count in runs]


def test_an_entry_larger_than_a_run_has_its_own() -> None:
    entries = [kept("a", 1), kept("x" * 3 * RUN_BYTES, 2), kept("b", 3)]
    assert [entry for encoded, _ in encoded_runs(entries) for entry in split_run(encoded)] == list(map(encode, entries))


def test_an_entry_splits_off_as_it_was_encoded() -> None:
    """Not decoded and encoded again: blanks and digits of metadata stay."""
    run = b'{"seq":1,"metadata":{ "a" : 1.000 }},{"seq":2,"message":"]},{["}'
    assert split_run(run) == [b'{"seq":1,"metadata":{ "a" : 1.000 }}', b'{"seq":2,"message":"]},{["}']


# The answer


def test_the_answer_says_duplicate_only_where_it_is() -> None:
    answer = IngestAnswer(2, 1, [Rejection(1, "message", "missing_message"), Rejection(2, None, "not_an_object")])
    assert json.loads(encode(answer)) == {
        "accepted": 2,
        "rejected": 1,
        "errors": [
            {"index": 1, "field": "message", "reason": "missing_message"},
            {"index": 2, "field": None, "reason": "not_an_object"},
        ],
    }
    assert json.loads(encode(IngestAnswer(0, 0, [], duplicate=True)))["duplicate"] is True


def test_an_entry_has_the_names_of_the_contract() -> None:
    entry = Entry(seq=1, received_at=ARRIVED, timestamp=SENT, message="m", status_code=200, truncated=["message"])
    assert list(json.loads(encode(entry))) == [
        *("seq", "receivedAt", "timestamp", "level", "message", "statusCode", "truncated")
    ]
    assert entry.source is UNSET
