"""Records of other loggers: each as the contract has it, and by both readers the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import shapes as bench
from spectrix_lite.entries.entry import Entry, Limits, encode
from spectrix_lite.entries.entry_reader import EntryReader
from spectrix_lite.entries.fields.names import FIELDS, FieldCandidate, candidates, in_one_case
from spectrix_lite.entries.fields.values import Members
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.entries.shapes import MOST_NAMES, MOST_SHAPES, ShapeReader

from ..support.properties import as_json, repeatable, values

ARRIVED = "2026-05-14T10:30:00.000Z"
AT = "2026-11-29T16:45:00.123Z"
VECTORS = json.loads((Path(__file__).parent.parent / "golden" / "shapes.json").read_text("utf-8"))
DEFAULTS = LenientDecoder(Limits())
SMALL = Limits(message=20, endpoint=16, source=8, method=8, metadata=64, depth=3, entries=50)


def members(record: Any) -> Members:
    return msgspec.json.decode(as_json(record), type=Members)


def slow(record: Any, limits: Limits | None = None) -> dict[str, Any]:
    entry = EntryReader(members(record), limits or Limits()).entry(ARRIVED)
    assert isinstance(entry, Entry)
    return dict(json.loads(encode(entry)))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_records_of_other_loggers(vector: dict[str, Any]) -> None:
    """cases g01, g02, g03, g04, g05"""
    line = as_json(vector["sent"])
    for body in (b'{"logs":[%b]}' % line, b"[%b]" % line, line + b"\n"):
        batch = DEFAULTS.read(body, ARRIVED)
        assert batch.rejected == []
        assert [json.loads(encode(entry)) for entry in batch.entries] == [vector["kept"]]
    assert slow(vector["sent"]) == vector["kept"]


@pytest.mark.parametrize("shape", bench.SHAPES)
@pytest.mark.parametrize("shuffled", [False, True])
def test_the_shapes_that_are_measured_are_read_by_the_fast_reader(shape: str, shuffled: bool) -> None:
    body = bench.body(shape, shuffled=shuffled)
    found = ShapeReader(Limits()).batch(body, ARRIVED, None)
    assert found is not None
    assert [json.loads(encode(entry)) for entry in found] == list(map(slow, json.loads(body)["logs"]))


# Every name of the contract's table

VALUES: dict[str, tuple[Any, str, Any]] = {
    # field: a value, the entry's field, what becomes of it
    "level": ("ERROR", "level", "error"),
    "level number": (7, "level", "debug"),
    "message": ("said", "message", "said"),
    "timestamp": (1795970700123, "timestamp", AT),
    "source": ("shop", "source", "shop"),
    "endpoint": ("/x", "endpoint", "/x"),
    "method": ("GET", "method", "GET"),
    "statusCode": ("404", "statusCode", 404),
    "metadata": ({"a": 1}, "metadata", {"a": 1}),
}
NUMBERS = {"severityNumber": 5, "severity_number": 5, "levelno": 10, "level_value": 10000}
NAMES = [(field, name) for field, names in FIELDS.items() for name in names]


def nested(name: str, value: Any) -> dict[str, Any]:
    first, _, rest = name.partition(".")
    return {first: nested(rest, value) if rest else value}


@pytest.mark.parametrize(("field", "name"), NAMES, ids=lambda value: str(value))
def test_every_name_of_every_field(field: str, name: str) -> None:
    value, kept_as, kept = VALUES[field]
    value = NUMBERS.get(name, value)
    beside = {"statusCode": 200} if field == "endpoint" else {}
    if field == "message" and name == "body":
        assert slow({name: {"stringValue": value}})[kept_as] == kept
    assert slow({name: value, **beside})[kept_as] == kept
    swapped = name.swapcase()
    if swapped != name:
        other = slow({swapped: value, **beside})
        if in_one_case(name) and swapped.lower() not in (
            each.lower() for each in FIELDS[field] if not in_one_case(each)
        ):
            assert other.get(kept_as) != kept
        else:
            assert other[kept_as] == kept
    if "." in name:
        whole = nested(name, value)
        found = slow({**whole, **beside})
        assert found[kept_as] == kept
        assert found["metadata"] == whole  # it stays
        assert slow({**nested(swapped, value), **beside})[kept_as] == kept
        first, _, last = name.rpartition(".")
        assert slow({first: {last: value}, **beside})[kept_as] == kept


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "level number"])
def test_the_first_name_in_order_is_taken_and_the_others_stay(field: str) -> None:
    value, kept_as, kept = VALUES[field]
    names = [name for name in FIELDS[field] if "." not in name]
    for place in range(len(names) - 1):
        record = {name: value if name == names[place] else "other" for name in reversed(names[place:])}
        if field == "statusCode":
            record = {name: 404 if name == names[place] else 500 for name in record}
        found = slow({**record, **({"method": "GET"} if field == "endpoint" else {})})
        assert found[kept_as] == kept
        if field != "level":
            assert names[place] not in found.get("metadata", {})
        assert set(names[place + 1 :]) <= {*found.get("metadata", {}), "source", "level", "status"}


# Both readers alike

_ALL = sorted({key for _, name in NAMES for key in (name, name.split(".")[0])})
_KEYS = st.sampled_from(_ALL).flatmap(lambda key: st.sampled_from([key, key, key.upper(), key.capitalize()]))
_LEAVES = st.one_of(
    st.sampled_from(["ERROR", "info", "fatal", "", "GET", "/x?y=1", "https://a:b@c/d?e", "404", "text\n", AT, "30"]),
    st.sampled_from([30, 3, 200, 404, 1795970700123, 1795970700.5, 17, 20000, 0, None, True]),
    st.sampled_from(['{"level":"error","msg":"in"}', "{broken", "User {Id}", "x" * 30, "é" * 12]),
    values,
)
_INNER = st.dictionaries(
    st.sampled_from(["level", "name", "message", "method", "url", "uri", "path", "statusCode", "status", "$date"])
    | st.sampled_from(["request", "response", "target", "status_code", "Method", "severity", "stringValue"]),
    _LEAVES | st.dictionaries(st.sampled_from(["method", "status_code", "Method"]), _LEAVES, max_size=2),
    max_size=3,
)
records = st.dictionaries(
    _KEYS | st.sampled_from(["pid", "Id", "originalLevel", "_source", "value"]), _LEAVES | _INNER, max_size=7
)


@pytest.mark.parametrize("limits", [Limits(), SMALL], ids=["defaults", "small"])
@repeatable
@given(st.lists(records, min_size=1, max_size=4))
def test_what_the_fast_reader_reads_the_slow_one_reads_alike(limits: Limits, logs: list[dict[str, Any]]) -> None:
    reader = ShapeReader(limits)
    for _ in range(2):  # a shape that is new, and one that is known
        for record in logs:
            raw = msgspec.json.decode(as_json(record).replace(b"NaN", b"1").replace(b"Infinity", b"2"), type=Members)
            fast = reader.entry(raw, ARRIVED)
            if fast is not None:
                assert json.loads(encode(fast)) == json.loads(encode(EntryReader(raw, limits).entry(ARRIVED)))


@repeatable
@given(st.lists(_KEYS, unique=True, min_size=1, max_size=10), st.booleans())
def test_nothing_that_was_sent_is_lost(keys: list[str], deep: bool) -> None:
    sent = {key: f"sent-{place}-" for place, key in enumerate(keys)}
    kept = json.dumps(slow({key: {"x": [value]} if deep else value for key, value in sent.items()}))
    assert all(value in kept for value in sent.values())


def naive(keys: list[str], field: str) -> list[FieldCandidate]:
    """The names tried one by one, as the contract tells it."""
    found: list[FieldCandidate] = []
    for name in FIELDS[field]:
        parts = name.split(".")
        splits = [(".".join(parts[:count]), tuple(parts[count:])) for count in range(len(parts), 0, -1)]
        for wanted, path in splits:
            found += [FieldCandidate(key, path, name) for key in keys if key == wanted]
        own = set(FIELDS[field]) | {wanted for wanted, path in splits if path}
        for wanted, path in splits:
            same = [key for key in keys if key not in own and key.lower() == wanted.lower()]
            found += [FieldCandidate(key, path, name) for key in same if not in_one_case(name)]
    return found


@repeatable
@given(st.lists(_KEYS, unique=True, max_size=12))
def test_the_compiled_table_finds_what_the_names_one_by_one_find(keys: list[str]) -> None:
    found = candidates(keys)
    for field in FIELDS:
        assert found[field] == naive(keys, field), field


# Bounds


def test_shapes_are_forgotten_and_learned_again() -> None:
    reader = ShapeReader(Limits())
    for number in range(5 * MOST_SHAPES):
        assert reader.entry(members({f"key{number}": 1, "msg": "m"}), ARRIVED) is not None
    assert len(reader._young) + len(reader._old) <= 2 * MOST_SHAPES
    assert reader.entry(members({"key1": 1, "msg": "m"}), ARRIVED) is not None


def test_wide_shapes_are_not_remembered() -> None:
    reader = ShapeReader(Limits())
    assert reader.entry(members({"msg": "m", **{f"k{number}": 1 for number in range(MOST_NAMES)}}), ARRIVED) is None
    assert reader.entry(members({"msg": "m", "k" * 4000: 1}), ARRIVED) is None
    assert not reader._young


@pytest.mark.parametrize(
    "record",
    [
        {"@mt": "{a}" * 100_000, "a": "x" * 30_000},
        {"@mt": "{" * 300_000, "a": 1},
        {"log": json.dumps({"a": "\\" * 300_000}), "b": 1},
        {"log": "{" * 300_000},
        {"method": "GET", "url": "https://" + "@" * 300_000},
        {"req": {"a" * 10 + str(number): 1 for number in range(50_000)}, "res": {}, "msg": "m"},
        {**{f"Level{number}": "x" for number in range(50_000)}, "msg": "m"},
        {"msg": "m", "time": "1" * 300_000, "level": "e" * 300_000, "status": "4" * 300_000},
    ],
    ids=["holes", "braces", "log", "deep log", "user info", "wide object", "wide record", "long scalars"],
)
def test_nothing_costs_more_than_its_length(record: dict[str, Any]) -> None:
    """At this length anything else would take minutes."""
    batch = DEFAULTS.read(as_json([record]), ARRIVED)
    assert len(batch.entries) == 1
    assert len(batch.entries[0].message) <= 16_384
