"""Any body the contract accepts, line by line of its table of fields; what can be saved is never refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from spectrix_lite.core.errors import InvalidBody, InvalidJson, SpectrixError, TooLarge, UnsupportedType
from spectrix_lite.core.timestamps import is_canonical
from spectrix_lite.entries.entry import Batch, Limits, encode
from spectrix_lite.entries.fast import FastDecoder
from spectrix_lite.entries.lenient import LARGE, SHOWN_REJECTIONS, LenientDecoder

from ..support.properties import as_json, entries, repeatable, usual_entries

ARRIVED = "2026-05-14T10:30:00.000Z"
GOLDEN = Path(__file__).parent.parent / "golden"
VECTORS = json.loads((GOLDEN / "entries.json").read_text("utf-8"))
BODIES = json.loads((GOLDEN / "bodies.json").read_text("utf-8"))
DEFAULTS = LenientDecoder(Limits())
SMALL = Limits(message=20, endpoint=16, source=8, method=8, metadata=64, depth=3, entries=50)


def shown(batch: Batch) -> list[dict[str, Any]]:
    """The entries as a watcher reads them."""
    return [json.loads(encode(entry)) for entry in batch.entries]


def saved(entry: Any, limits: Limits | None = None) -> dict[str, Any]:
    """What becomes of one entry that must be taken."""
    decoder = DEFAULTS if limits is None else LenientDecoder(limits)
    batch = decoder.read(as_json({"logs": [entry]}), ARRIVED)
    assert batch.rejected == []
    return shown(batch)[0]


def saved_text(entry: bytes) -> bytes:
    """The same for what Python would not write or read as it is."""
    batch = DEFAULTS.read(b'{"logs":[%b]}' % entry, ARRIVED)
    assert batch.rejected == []
    return encode(batch.entries[0])


# The golden vectors, by each way in


def by_body(entry: bytes) -> Batch:
    return DEFAULTS.read(b'{"logs":[%b]}' % entry, ARRIVED)


def by_array(entry: bytes) -> Batch:
    return behind_another(b'[{"message":"before"},%b]' % entry)


def by_line(entry: bytes) -> Batch:
    return behind_another(b'{"message":"before"}\n%b\n' % entry)


def behind_another(body: bytes) -> Batch:
    """What follows the first entry of a body."""
    batch = DEFAULTS.read(body, ARRIVED)
    return Batch(batch.entries[1:], batch.rejected, batch.samples)


def by_usual_way(entry: bytes) -> Batch:
    body = b'{"logs":[%b]}' % entry
    return DEFAULTS.read_usual(body, ARRIVED) or DEFAULTS.read(body, ARRIVED)


@pytest.mark.parametrize("way", [by_body, by_array, by_line, by_usual_way])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_entries_are_kept_as_the_contract_says(vector: dict[str, Any], way: Any) -> None:
    """cases 8, 9, 11, 15, 16"""
    if way is by_line and vector["sent"] == []:
        return  # an array on a line of its own stands for its elements
    batch = way(as_json(vector["sent"]))
    if "kept" in vector:
        assert batch.rejected == []
        assert shown(batch) == [vector["kept"]]
    else:
        assert batch.entries == []
        assert [(rejection.field, rejection.reason) for rejection in batch.rejected] == [
            (vector["rejected"]["field"], vector["rejected"]["reason"])
        ]


@pytest.mark.parametrize("vector", BODIES, ids=lambda vector: vector["name"])
def test_bodies_are_taken_or_refused_as_a_whole(vector: dict[str, Any]) -> None:
    """cases 3, 4, 5, 7, 11, 12"""
    body = vector["body"].encode()
    if "refused" in vector:
        with pytest.raises((InvalidJson, InvalidBody)) as caught:
            DEFAULTS.read(body, ARRIVED)
        assert caught.value.code == vector["refused"]
        assert caught.value.status == 400
    else:
        batch = DEFAULTS.read(body, ARRIVED)
        assert len(batch.entries) == vector["accepted"]
        assert len(batch.rejected) == vector["rejected"]


@pytest.mark.parametrize("body", [b"{secret-9431", b'{"logs":"secret-9431"}', b"secret-9431\0"])
def test_a_refusal_does_not_repeat_what_was_sent(body: bytes) -> None:
    with pytest.raises(SpectrixError) as caught:
        DEFAULTS.read(body, ARRIVED)
    assert "9431" not in caught.value.detail


# What JSON of Python's cannot say


@pytest.mark.parametrize("number", ["12345678901234567890", "0.1000", "1e400", "-0", "1E+5", "3." + "14" * 50])
def test_numbers_keep_all_their_digits(number: str) -> None:
    text = number.encode()
    assert b'"metadata":{"n":%b}' % text in saved_text(b'{"level":"info","message":"m","metadata":{"n":%b}}' % text)
    assert b'"metadata":{"n":%b}' % text in saved_text(b'{"message":"m","metadata":{"n":%b}}' % text)
    assert b'"metadata":{"n":%b}' % text in saved_text(b'{"message":"m","n":%b}' % text)
    assert b'"message":"%b"' % text in saved_text(b'{"message":%b}' % text)
    assert b'"source":"1.500"' in saved_text(b'{"message":"m","source":1.500}')
    assert b'"originalLevel":%b' % text in saved_text(b'{"message":"m","level":%b}' % text)


@pytest.mark.parametrize("name", ["timestamp", "statusCode", "source"])
def test_a_number_beyond_all_reading_is_no_reason_to_refuse(name: str) -> None:
    digits = b"9" * 5000
    assert saved_text(b'{"message":"m","%b":%b}' % (name.encode(), digits))
    assert saved_text(b'{"message":"m","%b":1e%b}' % (name.encode(), digits))


def test_proto_is_a_key_as_any_other() -> None:
    """case 13"""
    assert saved_text(b'{"message":"m","metadata":{"__proto__":{"x":1}}}').endswith(
        b'"metadata":{"__proto__":{"x":1}}}'
    )
    assert saved_text(b'{"message":"m","__proto__":{"x":1}}').endswith(b'"metadata":{"__proto__":{"x":1}}}')


def test_nan_and_infinity_become_null() -> None:
    """case 12"""
    entry = saved({"message": "NaN", "metadata": {"a": float("nan"), "b": [float("inf"), "Infinity", -float("inf")]}})
    assert entry["message"] == "NaN"
    assert entry["metadata"] == {"a": None, "b": [None, "Infinity", None]}


def test_nan_in_a_field_is_a_field_that_is_missing() -> None:
    entry = saved({"message": "m", "statusCode": float("nan"), "timestamp": float("inf"), "level": float("nan")})
    assert entry == {"timestamp": ARRIVED, "level": "info", "message": "m"}


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xed\xa0\xbd", b"\xf0\x9f"])
def test_invalid_utf8_becomes_a_replacement_and_costs_no_neighbour(bad: bytes) -> None:
    """case 10"""
    body = b'{"logs":[{"level":"info","message":"before"},{"level":"info","message":"a%bz","metadata":{"b":"%b"}}]}'
    batch = DEFAULTS.read(body % (bad, bad), ARRIVED)
    before, mended = shown(batch)
    assert before["message"] == "before"
    assert mended["message"].strip("\ufffd") == "a" + "\ufffd" * (len(mended["message"]) - 2) + "z"
    assert set(mended["metadata"]["b"]) == {"\ufffd"}


def test_fields_named_twice_count_once() -> None:
    assert json.loads(saved_text(b'{"level":"warn","message":"a","message":"b","x":1,"x":2}'))["message"] == "b"


def test_escaped_names_are_names() -> None:
    assert b'"level":"warn"' in saved_text(rb'{"l\u0065vel":"warn","message":"m"}')


# Limits: at and one past


@pytest.mark.parametrize(
    ("field", "size"), [("message", 16_384), ("endpoint", 2_048), ("source", 128), ("method", 16)], ids=str
)
def test_text_is_cut_at_its_limit_and_marked(field: str, size: int) -> None:
    """case 14"""
    whole = saved({"message": "m", "level": "WARN", field: "x" * size})
    assert whole[field] == "x" * size
    assert "truncated" not in whole
    for longer in ("x" * (size + 1), "x" * 1_000_000):
        entry = saved({"message": "m", "level": "info", field: longer})
        assert entry[field] == "x" * size
        assert entry["truncated"] == [field]
    entry = saved({"message": "m", field: "x" * (size - 1) + "é"})
    assert entry[field] == "x" * (size - 1)
    assert entry["truncated"] == [field]


def test_every_cut_is_marked() -> None:
    long = dict.fromkeys(("message", "source", "endpoint", "method"), "x" * 100)
    entry = saved({**long, "metadata": {"a": "x" * 100}}, SMALL)
    assert sorted(entry["truncated"]) == ["endpoint", "message", "metadata", "method", "source"]
    assert entry["metadata"] == {}


def test_a_message_built_from_a_long_endpoint_is_whole() -> None:
    """case 15"""
    entry = saved({"level": "info", "message": "", "method": "GET", "endpoint": "/" + "x" * 2999})
    assert entry["message"] == "GET /" + "x" * 2047
    assert entry["truncated"] == ["endpoint"]


def test_a_message_that_is_json_is_cut_as_text() -> None:
    entry = saved({"message": {"a": "x" * 50}}, SMALL)
    assert entry["message"] == '{"a":"' + "x" * 14
    assert entry["truncated"] == ["message"]


def test_a_message_that_is_too_deep_is_pruned_and_marked() -> None:
    entry = saved({"message": [[[[1]]], 2]}, SMALL)
    assert entry["message"] == "[[[null]],2]"
    assert entry["truncated"] == ["message"]
    deep = b'{"message":' + b"[" * 1000 + b"]" * 1000 + b"}"
    assert json.loads(saved_text(deep))["truncated"] == ["message"]


def test_metadata_is_whole_at_its_limit_and_loses_a_member_past_it() -> None:
    def metadata(size: int, level: str) -> dict[str, Any]:
        padding = size - len('{"small":1,"large":""}')
        return saved({"level": level, "message": "m", "metadata": {"small": 1, "large": "x" * padding}})

    for level in ("info", "WARN"):
        whole = metadata(32_768, level)
        assert len(json.dumps(whole["metadata"], separators=(",", ":"))) == 32_768
        assert "truncated" not in whole
        cut = metadata(32_769, level)
        assert cut["metadata"] == {"small": 1}
        assert cut["truncated"] == ["metadata"]


def test_metadata_loses_its_largest_members_first_and_no_more_than_needed() -> None:
    members = {"a": "x" * 30, "b": 1, "c": "x" * 20, "d": "x" * 25, "e": [1, 2]}
    entry = saved({"message": "m", "metadata": members}, SMALL)
    assert entry["metadata"] == {"b": 1, "c": "x" * 20, "e": [1, 2]}
    assert entry["truncated"] == ["metadata"]


def test_fields_that_moved_into_metadata_count_and_go_like_members() -> None:
    entry = saved({"message": "m", "a": "x" * 60, "metadata": {"b": 1}, "level": "fatal"}, SMALL)
    assert entry["metadata"] == {"b": 1, "originalLevel": "fatal"}
    assert entry["truncated"] == ["metadata"]


def test_a_long_name_counts_too() -> None:
    assert saved({"message": "m", "n" * 100: 1, "b": 2}, SMALL)["metadata"] == {"b": 2}


def test_metadata_is_whole_at_its_depth_and_pruned_past_it() -> None:
    """case 11"""

    def nested(depth: int, inner: Any) -> Any:
        for _ in range(depth):
            inner = {"a": inner}
        return inner

    for level in ("info", "WARN"):
        whole = saved({"level": level, "message": "m", "metadata": nested(32, 1)})
        assert whole["metadata"] == nested(32, 1)
        assert "truncated" not in whole
        for depth in (33, 34, 60, 1000):
            text = b'{"level":"%b","message":"m","metadata":%b1%b}' % (level.encode(), b'{"a":' * depth, b"}" * depth)
            pruned = json.loads(saved_text(text))
            assert pruned["metadata"] == nested(32, None)
            assert pruned["truncated"] == ["metadata"]


@pytest.mark.parametrize("form", ['{"logs":[%s,%s]}', "[%s,%s]", "%s\n%s"])
def test_a_thousand_levels_cost_no_neighbour(form: str) -> None:
    """case 11"""
    deep = '{"level":"info","message":"deep","metadata":{"flat":1,"deep":' + "[" * 1000 + "]" * 1000 + "}}"
    neighbour = '{"level":"info","message":"m","metadata":{"a":[1,{"b":"]"}]}}'
    batch = DEFAULTS.read((form % (deep, neighbour)).encode(), ARRIVED)
    pruned, whole = shown(batch)
    assert pruned["metadata"]["flat"] == 1
    assert pruned["truncated"] == ["metadata"]
    assert whole["metadata"] == {"a": [1, {"b": "]"}]}
    assert "truncated" not in whole


def test_other_fields_are_pruned_as_members_of_metadata() -> None:
    entry = saved({"message": "m", "ctx": {"a": {"b": {}}}}, SMALL)
    assert entry["metadata"] == {"ctx": {"a": {"b": None}}}
    assert entry["truncated"] == ["metadata"]


def test_as_many_entries_as_a_request_may_have_and_not_one_more() -> None:
    decoder = LenientDecoder(SMALL)
    for form, between in ((b'{"logs":[%b]}', b","), (b"[%b]", b","), (b"%b", b"\n"), (b"%b", b"")):
        body = form % between.join([b'{"msg":"m"}'] * 50)
        assert len(decoder.read(body, ARRIVED).entries) == 50
        with pytest.raises(TooLarge, match="50 entries") as caught:
            decoder.read(form % between.join([b'{"msg":"m"}'] * 51), ARRIVED)
        assert caught.value.status == 413


def test_blank_lines_are_no_entries() -> None:
    assert len(LenientDecoder(SMALL).read(b"\n \n".join([b'{"msg":"m"}'] * 50), ARRIVED).entries) == 50


# Batches


def test_ten_thousand_entries_in_order() -> None:
    """case 6"""
    body = as_json({"logs": [{"level": "info", "message": f"m{number}"} for number in range(10_000)]})
    assert len(body) < LARGE
    for batch in (DEFAULTS.read_usual(body, ARRIVED), DEFAULTS.read(body, ARRIVED)):
        assert batch is not None
        assert [entry.message for entry in batch.entries] == [f"m{number}" for number in range(10_000)]


def test_one_bad_of_fifty_costs_no_neighbour_and_its_index_is_told() -> None:
    """case 7"""
    logs: list[Any] = [{"level": "info", "message": f"m{number}"} for number in range(50)]
    logs[31] = {"level": None}
    batch = DEFAULTS.read(as_json({"logs": logs}), ARRIVED)
    assert [entry.message for entry in batch.entries] == [f"m{number}" for number in range(50) if number != 31]
    [rejection] = batch.rejected
    assert (rejection.index, rejection.field, rejection.reason) == (31, "message", "missing_message")
    assert batch.samples == ['{"level":null}']


def test_a_bad_line_is_told_by_its_place() -> None:
    batch = DEFAULTS.read(b'{"msg":"a"}\n\n{"msg":\n{"msg":"b"}\n5', ARRIVED)
    assert [entry.message for entry in batch.entries] == ["a", "b"]
    assert [(one.index, one.reason) for one in batch.rejected] == [(1, "invalid_json"), (3, "not_an_object")]
    assert batch.samples == ['{"msg":\n', "5"]


def test_samples_are_short_and_few() -> None:
    bad = {"level": None, "é" * 1000: None}
    batch = DEFAULTS.read(json.dumps({"logs": [bad] * 150}, ensure_ascii=False).encode(), ARRIVED)
    assert len(batch.rejected) == 150
    assert len(batch.samples) == SHOWN_REJECTIONS
    assert all(100 < len(sample.encode()) <= 200 for sample in batch.samples)
    assert batch.samples[0].startswith('{"level": null, "é')


def test_the_usual_way_leaves_large_bodies_to_the_thread() -> None:
    body = as_json({"logs": [{"level": "info", "message": "x" * 1000}] * 600})
    assert len(body) > LARGE
    assert DEFAULTS.read_usual(body, ARRIVED) is None
    assert len(DEFAULTS.read(body, ARRIVED).entries) == 600


WIDE = b'{"message":"m","metadata":{%b}}' % b",".join([b'"":1'] * 300_000)


@pytest.mark.parametrize("after", [b"", b',"more":1'])  # in pieces, and at once
def test_a_large_body_is_read_as_a_small_one(after: bytes) -> None:
    entry = as_json({"level": "info", "message": "x" * 1000})
    body = b'{"logs":[%b]%b}' % (b",".join([entry] * 1500 + [b"7"] + [entry] * 1500), after)
    assert len(body) > 2 * LARGE
    batch = DEFAULTS.read(body, ARRIVED)
    assert len(batch.entries) == 3000
    assert [(one.index, one.reason) for one in batch.rejected] == [(1500, "not_an_object")]
    with pytest.raises(TooLarge, match="as many members"):
        DEFAULTS.read(body.replace(b",7,", b",%b," % WIDE), ARRIVED)
    with pytest.raises(TooLarge, match="at most 3000 entries"):
        LenientDecoder(Limits(entries=3000)).read(body, ARRIVED)
    assert [one.index for one in DEFAULTS.read(body.replace(b",7,", b",7 7,"), ARRIVED).rejected] == [1500, 1501]


def test_the_usual_way_mends_utf8() -> None:
    """case 10"""
    batch = DEFAULTS.read_usual(b'{"logs":[{"level":"info","message":"a\xffb"}]}', ARRIVED)
    assert batch is not None
    assert batch.entries[0].message == "a\ufffdb"


# Properties


def check_kept(batch: Batch, limits: Limits) -> None:
    for entry in batch.entries:
        text = encode(entry).decode()  # valid UTF-8

        def strict(constant: str) -> Any:
            raise AssertionError(f"{constant} is no JSON")

        kept = json.loads(text, parse_constant=strict)
        json.dumps(kept, ensure_ascii=False).encode()  # raises where a surrogate is left
        assert isinstance(kept["message"], str)
        assert kept["level"] in ("info", "warn", "error", "debug")
        assert is_canonical(kept["timestamp"])
        for field in ("message", "source", "endpoint", "method"):
            assert isinstance(kept.get(field, ""), str)
            assert len(kept.get(field, "").encode()) <= getattr(limits, field)
        assert 100 <= kept.get("statusCode", 100) <= 599
        metadata = kept.get("metadata", {})
        assert isinstance(metadata, dict)
        assert entry.metadata is UNSET or len(entry.metadata) <= limits.metadata
        assert depth_of(metadata) <= limits.depth
        assert set(kept.get("truncated", ())) <= {"message", "source", "endpoint", "method", "metadata"}
        assert len(kept.get("truncated", ())) == len(set(kept.get("truncated", ())))
        assert not {"seq", "receivedAt"} & kept.keys()


def depth_of(value: Any) -> int:
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth_of, inner), default=0)
    return 0


@pytest.mark.parametrize("limits", [Limits(), SMALL], ids=["defaults", "small"])
@repeatable
@given(logs=st.lists(entries, max_size=6))
def test_whatever_json_comes_is_answered_and_what_is_kept_fits(limits: Limits, logs: list[Any]) -> None:
    decoder = LenientDecoder(limits)
    batch = decoder.read(as_json({"logs": logs}), ARRIVED)
    assert len(batch.entries) + len(batch.rejected) == len(logs)
    check_kept(batch, limits)
    taken = [number for number in range(len(logs)) if number not in {one.index for one in batch.rejected}]
    assert len(taken) == len(batch.entries)
    first = {"message": "first"}
    for form, between in ((b"[%b]", b","), (b"%b", b"\n"), (b'{"more":{},"logs":[%b],"last":[]}', b" ,\n")):
        inside = form != b"%b"
        # On a line of its own an array stands for its elements.
        sent = [each for each in logs if inside or not isinstance(each, list)]
        again = decoder.read(form % between.join(map(as_json, [first, *sent])), ARRIVED)
        assert [one["message"] for one in shown(again)[:1]] == ["first"]
        if sent == logs:
            assert shown(again)[1:] == shown(batch)
            assert [(one.index - 1, one.field, one.reason) for one in again.rejected] == [
                (one.index, one.field, one.reason) for one in batch.rejected
            ]


@repeatable
@given(
    st.one_of(
        entries.map(as_json),
        st.binary(max_size=60),
        st.text(st.sampled_from('[]{}",:\\1eNaIntu d8'), max_size=60).map(str.encode),
        st.builds(lambda text, at: text[: len(text) * at // 10], entries.map(as_json), st.integers(0, 10)),
    ),
)
def test_whatever_comes_raises_nothing_else(body: bytes) -> None:
    for shell in (b"%b", b'{"logs":%b}', b'{"logs":[%b]}', b"[%b]"):
        try:
            batch = DEFAULTS.read(shell % body, ARRIVED)
        except (InvalidJson, InvalidBody, TooLarge, UnsupportedType):
            continue
        check_kept(batch, Limits())


@repeatable
@given(usual_entries)
def test_both_ways_agree_on_what_both_take(entry: dict[str, Any]) -> None:
    """The slow way is forced by one more field, which then is all that differs."""
    fast = FastDecoder(Limits()).entry(as_json(entry), ARRIVED)
    if fast is None:
        return
    whole = FastDecoder(Limits()).batch(as_json({"logs": [entry]}), ARRIVED)
    assert whole is not None
    assert encode(whole[0]) == encode(fast)
    slow = saved({**entry, "\0forces": 1})
    assert slow["metadata"].pop("\0forces") == 1
    if not slow["metadata"] and "metadata" not in entry:
        del slow["metadata"]
    assert json.dumps(slow) == json.dumps(json.loads(encode(fast)))


@repeatable
@given(st.lists(usual_entries, max_size=4))
def test_a_batch_of_the_usual_kind_is_the_same_by_both_ways(logs: list[dict[str, Any]]) -> None:
    body = as_json({"logs": logs})
    usual = DEFAULTS.read_usual(body, ARRIVED)
    if usual is not None:
        assert shown(usual) == shown(DEFAULTS.read(body, ARRIVED))


# Attacks


@pytest.mark.parametrize(
    "body",
    [
        b'{"logs":[{"message":"' + b'\\"' * 300_000 + b" NaN",
        b'{"logs":[' + b'"' * 600_000 + b" NaN",
        b"[" * 600_000,
        b'{"a":' * 300_000,
        b'[{"message":"m","a":' + b"[" * 600_000,
        b'{"logs":["' + b"\\" * 600_000 + b"NaN \\ud",
    ],
    ids=["quotes in a string", "quotes", "arrays", "objects", "an entry", "backslashes"],
)
def test_large_bodies_that_never_end_are_refused(body: bytes) -> None:
    with pytest.raises((InvalidJson, TooLarge)):
        DEFAULTS.read(body, ARRIVED)


def test_a_line_that_never_closes_costs_no_neighbour() -> None:
    batch = DEFAULTS.read(b'{"msg":"a"}\n{"a":' + b"[" * 600_000 + b'\n{"msg":"b"}', ARRIVED)
    assert [entry.message for entry in batch.entries] == ["a", "b"]
    assert [(one.index, one.reason) for one in batch.rejected] == [(1, "invalid_json")]


def test_names_made_to_collide_end() -> None:
    """Each of them is taken with every number of underscores: looking one further at a time would be quadratic."""
    taken = {"_" * number + "a": 0 for number in range(1500)}
    limits = Limits(metadata=8_000_000)
    entry = saved({"message": "m", "metadata": taken, **dict.fromkeys(taken, 1)}, limits)
    assert len(entry["metadata"]) == 3000
    assert list(entry["metadata"].values()).count(0) == 1500
