"""A filter leaves out what it should and nothing else; what cannot be read is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.errors import InvalidFilter
from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.filter import EVERYTHING, MAX_SOURCES, Filter, candidates, parse_filter
from spectrix_lite.query.nodes import Text
from spectrix_lite.query.parser import MAX_LENGTH

from ..support.properties import repeatable


def entry(**fields: Any) -> Candidate:
    """As filters look at it."""
    return taken(json.dumps({"seq": 1, "level": "info", "message": "m", **fields}).encode())


def taken(encoded: bytes) -> Candidate:
    """From a run of one."""
    (candidate,) = candidates(encoded)
    return candidate


def matches(filter_: Any, **fields: Any) -> bool:
    return parse_filter(filter_).matches(entry(**fields))


@pytest.mark.parametrize("value", [None, {}, {"q": ""}, {"levels": None, "sources": None, "q": None}], ids=str)
def test_absent_means_all(value: Any) -> None:
    assert parse_filter(value) is EVERYTHING
    assert EVERYTHING.matches(entry())


def test_levels_are_or() -> None:
    for level in ("info", "warn", "error", "debug"):
        assert matches({"levels": ["warn", "error"]}, level=level) == (level in ("warn", "error"))
        assert not matches({"levels": []}, level=level)


def test_sources_are_or_and_exact() -> None:
    filter_ = {"sources": ["api", "worker"]}
    assert matches(filter_, source="api")
    assert matches(filter_, source="worker")
    assert not matches(filter_, source="API")
    assert not matches(filter_, source="api-2")
    assert not matches(filter_)


def test_an_entry_without_a_source_has_the_empty_one() -> None:
    assert matches({"sources": [""]})
    assert matches({"sources": [""]}, source="")
    assert not matches({"sources": [""]}, source="api")


def test_between_them_is_and() -> None:
    filter_ = {"levels": ["error"], "sources": ["api"], "q": "time"}
    whole = {"level": "error", "source": "api", "message": "Timeout"}
    assert matches(filter_, **whole)
    for other in ({"level": "warn"}, {"source": "web"}, {"message": "refused"}):
        assert not matches(filter_, **{**whole, **other})


@pytest.mark.parametrize(
    "fields",
    [
        {"message": "a Needle b"},
        {"endpoint": "/needle"},
        {"method": "NEEDLE"},
        {"source": "xneedlex"},
        {"metadata": {"a": {"b": ["needle"]}}},
        {"metadata": {"needle": 1}},
    ],
    ids=str,
)
def test_text_is_sought_everywhere_whatever_its_case(fields: dict[str, Any]) -> None:
    for text in ("needle", "NEEDLE", "eEdL"):
        assert matches({"q": text}, **fields)
    assert not matches({"q": "needles"}, **fields)


def test_text_is_not_sought_in_what_the_server_gives() -> None:
    assert not matches({"q": "4711"}, seq=4711, receivedAt="4711", timestamp="4711", level="info")


def test_text_is_found_behind_escapes() -> None:
    assert matches({"q": "ÉTÉ"}, message="été")
    assert matches({"q": "été"}, metadata={"saison": "ÉTÉ"})
    assert b"\\u" in entry(metadata={"a": "é"}).encoded, "the entry holds an escape"
    assert matches({"q": "😀"}, metadata={"a": "😀"})


def test_metadata_is_sought_as_its_json() -> None:
    assert matches({"q": r'"\"duration\":12"'}, metadata={"duration": 12}), "however it was written"
    assert matches({"q": r'"a\\\"b"'}, metadata={"quote": 'a"b'})


@pytest.mark.parametrize("number", ["12345678901234567890.123456789", "1e999", "1.500"])
def test_numbers_are_found_with_all_their_digits(number: str) -> None:
    raw = rb'{"level":"info","message":"m","metadata":{"n":%b,"x":"caf\u00e9 \/ au lait"}}' % number.encode()
    for text in (number, "café", '"/ au lait"'):
        assert parse_filter({"q": text}).matches(taken(raw))


def test_an_escaped_backslash_escapes_nothing_else() -> None:
    raw = rb'{"level":"info","message":"m","metadata":{"path":"C:\\u0041bc"}}'
    assert parse_filter({"q": "u0041bc"}).matches(taken(raw))
    assert not parse_filter({"q": "abc"}).matches(taken(raw))


def test_escapes_that_must_stay_do() -> None:
    raw = rb'{"level":"info","message":"m","metadata":{"a":"\u0000\u0022\ud83d\ude00"}}'
    assert parse_filter({"q": r'"\\u0000\\\"😀"'}).matches(taken(raw))


def test_a_run_is_taken_apart_in_order_and_each_entry_as_it_is() -> None:
    encoded = [b'{"level":"warn","message":"a","metadata":{"n":1.50}}', b'{"level":"info","message":"b"}']
    found = candidates(b",".join(encoded))
    assert [candidate.encoded for candidate in found] == encoded
    assert [candidate.message for candidate in found] == ["a", "b"]


@pytest.mark.parametrize(
    "value",
    [
        "error",
        7,
        [],
        {"levels": "error"},
        {"levels": ["fatal"]},
        {"levels": ["ERROR"]},
        {"levels": [1]},
        {"levels": {"error": True}},
        {"sources": "api"},
        {"sources": [None]},
        {"sources": [str(number) for number in range(MAX_SOURCES + 1)]},
        {"q": 1},
        {"q": ["a"]},
        {"q": "x" * (MAX_LENGTH + 1)},
        {"q": "sttaus:500"},
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_read_is_refused(value: Any) -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(value)
    assert caught.value.code in ("invalid_filter", "invalid_query")


def test_limits_are_inclusive() -> None:
    parse_filter({"sources": [str(number) for number in range(MAX_SOURCES)], "q": "x" * MAX_LENGTH})
    parse_filter({"sources": ["api"] * (MAX_SOURCES + 1)})


def test_equal_filters_are_equal() -> None:
    one = parse_filter({"levels": ["warn", "error"], "sources": ["a", "b"], "q": "X"})
    other = parse_filter({"levels": ["error", "warn", "warn"], "sources": ["b", "a"], "q": "x"})
    assert one == other
    assert hash(one) == hash(other)
    assert one != parse_filter({"levels": ["warn"], "sources": ["a", "b"], "q": "x"})


filters = st.builds(
    Filter,
    st.none() | st.frozensets(st.sampled_from(["info", "warn", "error", "debug"])),
    st.none() | st.frozensets(st.sampled_from(["a", "b", ""])),
    st.lists(st.sampled_from([Text("x"), Text("y"), Text("xy")]), max_size=2).map(tuple),
) | st.just(EVERYTHING)


@repeatable
@given(
    filters,
    filters,
    st.sampled_from(["info", "warn", "error", "debug"]),
    st.sampled_from(["a", "b", ""]),
    st.text("xyz", max_size=3),
)
def test_a_narrowed_filter_matches_what_both_match(
    own: Filter, wanted: Filter, level: str, source: str, message: str
) -> None:
    """A share's own filter holds, whatever its watcher asks for."""
    one = entry(level=level, source=source, message=message)
    assert own.narrowed(wanted).matches(one) == (own.matches(one) and wanted.matches(one))
