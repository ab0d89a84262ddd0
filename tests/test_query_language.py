"""The query language: the golden vectors that the page is held to as well, and what holds for any query."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.query import candidates
from spectrix_lite.query_error import InvalidQuery
from spectrix_lite.query_grammar import EVERYTHING, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse_query
from spectrix_lite.query_regex import Refused, check, compiled
from spectrix_lite.query_terms import Candidate
from spectrix_lite.route import route

from .properties import repeatable

GOLDEN = json.loads((Path(__file__).parent / "golden" / "queries.json").read_text("utf-8"))
ENTRIES = [candidates(json.dumps(entry, ensure_ascii=False).encode())[0] for entry in GOLDEN["entries"]]


@pytest.mark.parametrize("case", GOLDEN["matching"], ids=lambda case: case["q"])
def test_a_query_finds_what_it_should(case: dict[str, Any]) -> None:
    query = parse_query(case["q"])
    assert [index for index, entry in enumerate(ENTRIES) if query.matches(entry)] == case["matches"]


@pytest.mark.parametrize("case", GOLDEN["errors"], ids=lambda case: case["q"])
def test_what_cannot_be_read_is_told_with_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_query(case["q"])
    error = caught.value
    assert (error.start, error.end, error.about) == (case["from"], case["to"], case["about"])
    assert error.detail.endswith(".")


@pytest.mark.parametrize("case", GOLDEN["routes"], ids=lambda case: case["path"])
def test_a_path_is_folded(case: dict[str, str]) -> None:
    assert route(case["path"]) == case["route"]


def test_equal_queries_are_equal_and_share_their_work() -> None:
    one, other = parse_query('level:error  "Pay"'), parse_query("LEVEL:ERROR pay")
    assert one == other
    assert hash(one) == hash(other)
    assert one != parse_query("level:warn pay")
    assert parse_query(" ") == EVERYTHING


@pytest.mark.parametrize(
    ("query", "about"),
    [
        ("x" * (MAX_LENGTH + 1), "too_long"),
        (" ".join("x" for _ in range(MAX_TERMS + 1)), "too_many_terms"),
        ("(" * (MAX_DEPTH + 1) + "x", "too_deep"),
        ("NOT " * (MAX_DEPTH + 1) + "x", "too_deep"),
    ],
    ids=["length", "terms", "parentheses", "nots"],
)
def test_a_query_has_bounds(query: str, about: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_query(query)
    assert caught.value.about == about


def test_the_bounds_are_inclusive() -> None:
    parse_query("x" * MAX_LENGTH)
    parse_query(" ".join("x" for _ in range(MAX_TERMS)))
    parse_query("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a*)*b", "((a+)b?)+", "(a|b*)*", "(?:x{2,})+", "a{101}", "a{1,999}", "x" * 201]
)
def test_an_expression_that_could_run_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(Refused):
        check(pattern)


def test_an_expression_runs_in_linear_time() -> None:
    # Quadratic where an engine tries again at each character; RE2 reads the text once.
    assert compiled(".*.*.*.*=x", False).search("a" * 100_000) is None


words = st.sampled_from(
    [*'a:"\\/()-* xé[', "level", "=", ">=", "error", "status", "5xx", "metadata.a.b", "OR", "AND", "NOT", "{2}"]
)
queries = st.lists(words, max_size=12).map("".join) | st.text(max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@repeatable
@given(queries, st.dictionaries(st.sampled_from(["a", "duration", "b"]), values, max_size=3))
def test_any_text_is_a_query_or_refused_with_a_place(text: str, metadata: dict[str, Any]) -> None:
    try:
        query = parse_query(text)
    except InvalidQuery as error:
        assert 0 <= error.start <= error.end <= len(text)  # noqa: PT017  either of the two is fine
        return
    entry = {"level": "warn", "message": "m", "endpoint": "/a/1", "metadata": metadata}
    candidate: Candidate = candidates(json.dumps(entry).encode())[0]
    assert query.matches(candidate) in (True, False)


@repeatable
@given(queries, queries)
def test_not_and_or_mean_what_they_say(one: str, other: str) -> None:
    try:
        a, b = parse_query(one), parse_query(other)
        both, either, none = (parse_query(f"({one}) {op} ({other})") for op in ("AND", "OR", "AND NOT"))
    except InvalidQuery:
        return
    for entry in ENTRIES:
        assert both.matches(entry) == (a.matches(entry) and b.matches(entry))
        assert either.matches(entry) == (a.matches(entry) or b.matches(entry))
        assert none.matches(entry) == (a.matches(entry) and not b.matches(entry))
