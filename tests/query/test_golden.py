"""The query language: the golden vectors that the page is held to as well, and what holds for any query."""

from __future__ import annotations

import json
import operator
import random
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.error import InvalidQuery
from spectrix_lite.query.filter import candidates
from spectrix_lite.query.http_route import route
from spectrix_lite.query.moments import resolved
from spectrix_lite.query.nodes import Pattern
from spectrix_lite.query.parser import EVERYTHING, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse_query
from spectrix_lite.query.regex import Expression, Refused, size

from ..fuzz.query_target import ENTRIES, NOW
from ..support.properties import repeatable

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "queries.json").read_text("utf-8"))

COMPARISONS = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}


@pytest.mark.parametrize("case", GOLDEN["matching"], ids=lambda case: case["q"])
def test_a_query_finds_what_it_should(case: dict[str, Any]) -> None:
    query = resolved(parse_query(case["q"]), NOW)
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
        size(pattern)


@pytest.mark.parametrize(
    "query",
    [
        "/(?:[^q]{0,31}){0,32}zq/",
        " OR ".join(["/[^q]{0,9}z/"] * 60),
        "/((((((a{9}){9}){9}){9}){9}){9})/",
        "/" + "(" * 20 + "a" + "{99})" * 20 + "/",
        "/" + "(?:" * 20 + "a?" + "){99}" * 20 + "/",
    ],
    ids=["counts within counts", "many", "six nested", "twenty nested", "ways"],
)
def test_what_would_hold_up_the_server_is_refused(query: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_query(query)
    assert caught.value.about == "bad_regex"


LONGEST = [  # 16 KiB of message, 32 KiB of metadata: whose places bring an engine into ever other states
    candidates(b'{"level":"info","message":"%b","metadata":{"a":"%b"}}' % (text[:16_300], text[:32_700]))[0]
    for text in (
        bytes(random.Random(7).choices(letters, k=32_700)) for letters in (b"a", b"ab", b"aaaaaaab", b"abcd/ x")
    )
]


@pytest.mark.parametrize(
    "query",
    [
        "/[ab]*a[ab]{30}z/",
        "/a.{32}z/",
        "/ab.{0,38}z/",
        "/ab.{0,18}ab.{0,18}z/",
        "/[ab]{0,9}a[ab]{0,9}az/",
        "/(?:[ab]{0,3}a){0,4}[ab]z/",
        r"/a\S{12}z/i",
        " OR ".join(f"/a[ab]{{14}}{letter}z/" for letter in "xy"),
        " OR ".join(f"/a{number}b/" for number in range(10, 74)),
        " OR ".join(f"{'a' * 6}{number:02d}" for number in range(64)),
        " OR ".join(f'"a\n{number:02d}"' for number in range(64)),
        " OR ".join(f"metadata.a:a{number:02d}" for number in range(52)),
    ],
    ids=lambda query: query[:30],
)
def test_the_longest_entry_takes_a_query_some_milliseconds(query: str) -> None:
    parsed = parse_query(query)
    for entry in LONGEST:
        began = time.thread_time()
        assert not parsed.matches(entry)
        assert time.thread_time() - began < 0.05, "so long it may hold up everybody else"


def test_a_member_is_looked_up_once_however_many_terms_ask() -> None:
    metadata = b",".join(b'"key%d":{"a":[1,2,3]}' % number for number in range(1500))
    run = b'{"level":"info","message":"m","metadata":{%b}}' % metadata

    def took(query: str) -> float:
        parsed, times = parse_query(query), []
        for _ in range(5):
            entry = candidates(run)[0]
            began = time.thread_time()
            assert not parsed.matches(entry)
            times.append(time.thread_time() - began)
        return min(times)

    one = took("metadata.key7.a.0>1")
    assert (
        took(" OR ".join(f"metadata.key{number}.a.{number % 3}>9" for number in range(40))) < 15 * one
    )  # each by itself: 40


def test_the_cheap_term_is_asked_first() -> None:
    assert parse_query("/x+y/ needle level:error") == parse_query("level:error needle /x+y/")
    assert parse_query("a OR b") != parse_query("b OR a"), "what costs alike stays as it is"
    guarded, bare = parse_query("/[ab]*a[ab]{30}z/ level:error"), parse_query("/[ab]*a[ab]{30}z/")
    began = time.thread_time()
    assert not any(guarded.matches(entry) for entry in LONGEST)
    middle = time.thread_time()
    assert not any(bare.matches(entry) for entry in LONGEST)
    assert (middle - began) * 10 < time.thread_time() - middle


@repeatable
@given(
    st.lists(
        st.sampled_from([*"ab^$.|?*", "\\b", "\\B", "[^a]", "\\[", "\\$", "\\\\", "()", "\n", "(?:a|^b)"]), max_size=6
    ),
    st.lists(st.text("ab [\n$\\", max_size=3), min_size=4, max_size=4),
)
def test_an_expression_matches_where_one_of_the_fields_does_for_itself(atoms: list[str], texts: list[str]) -> None:
    try:
        expression = Expression("".join(atoms), False)
    except Refused:
        return
    fields = dict(zip(("message", "endpoint", "method", "source"), texts, strict=True))
    entry = candidates(json.dumps({"level": "info", **fields}).encode())[0]
    assert Pattern(expression).matches(entry) == any(expression.found_in(text.encode()) for text in [*texts, ""])


def test_equal_expressions_are_equal_and_those_of_another_case_are_not() -> None:
    assert len({Expression("a+", False), Expression("a+", False), Expression("a+", True), Expression("b+", False)}) == 3


def test_an_expression_runs_in_linear_time() -> None:
    # Quadratic where an engine tries again at each character; RE2 reads the text once.
    assert not Expression(".*.*.*.*=x", False).found_in(b"a" * 100_000)


NANOSECONDS = 1763556497161513791
"""Beyond what a double tells apart: its neighbours fall on the same one."""


@pytest.mark.case(95)
def test_numbers_are_compared_by_every_digit() -> None:
    entry = candidates(b'{"level":"info","message":"big","metadata":{"sequence":%d}}' % NANOSECONDS)[0]
    for other in range(NANOSECONDS - 2, NANOSECONDS + 3):
        for op, holds in COMPARISONS.items():
            found = parse_query(f"metadata.sequence{op}{other}").matches(entry)
            assert found == holds(NANOSECONDS, other), f"{op}{other}"


numbers = st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][+-]?0?[0-9]{1,3})?", fullmatch=True)


@repeatable
@given(numbers | st.sampled_from(["0", "-0e9", "1e-400", "-1e-400", "1e400"]), numbers, st.integers(0, 25))
def test_any_two_numbers_are_compared_as_what_they_are(one: str, other: str, zeros: int) -> None:
    same = f"{one}{'0' * zeros}" if "." in one and "e" not in one.lower() else one
    for a, b in ((one, other), (other, one), (one, same)):
        entry = candidates(f'{{"level":"info","message":"m","metadata":{{"n":"{a}"}}}}'.encode())[0]
        for op, holds in COMPARISONS.items():
            assert parse_query(f"metadata.n{op}{b}").matches(entry) == holds(Decimal(a), Decimal(b)), f"{a}{op}{b}"


@pytest.mark.parametrize("digits", ["1" * 32_000, "0." + "1" * 32_000, "1e" + "9" * 32_000, "0" * 32_000])
def test_a_number_of_any_length_is_compared_in_linear_time(digits: str) -> None:
    entry = candidates(f'{{"level":"info","message":"m","metadata":{{"n":"{digits}2","m":"{digits}3"}}}}'.encode())[0]
    query = parse_query(" OR ".join(["metadata.n<0", *["metadata.m<-1e9999"] * 40]))
    began = time.thread_time()
    assert not query.matches(entry)
    assert time.thread_time() - began < 0.02


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
