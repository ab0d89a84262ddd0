"""The query language: the golden vectors that the page is held to as well, and what holds for any query."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from bench.queries import DEAREST, LONGEST
from spectrix_lite.query import member
from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.error import InvalidQuery
from spectrix_lite.query.filter import candidate, candidates
from spectrix_lite.query.http_route import route
from spectrix_lite.query.moments import resolved
from spectrix_lite.query.nodes import Pattern
from spectrix_lite.query.numbers import Exact, exact
from spectrix_lite.query.parser import EVERYTHING, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse_query
from spectrix_lite.query.regex import Expression, Refused, size

from ..fuzz.query_target import ENTRIES, NOW
from ..fuzz.turn_target import MOST_STEPS
from ..support.properties import repeatable
from ..support.steps import counted

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


@pytest.mark.parametrize("query", DEAREST, ids=lambda query: query[:30])
def test_the_longest_entry_takes_a_query_so_many_steps(query: str) -> None:
    """What that is in time, `python -m bench.queries` says."""
    parsed = parse_query(query)
    for text in LONGEST:
        entry = candidate(text)
        with counted() as steps:
            assert not parsed.matches(entry)
        assert (steps.count > 0) == ("/" in query)
        assert steps.count <= MOST_STEPS, "so many may hold up everybody else"


def test_a_member_is_looked_up_once_however_many_terms_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = b",".join(b'"key%d":{"a":[1,2,%d]}' % (number, number) for number in range(1500))
    run = b'{"level":"info","message":"m","metadata":{%b}}' % metadata
    opened: list[bytes] = []

    def opens(decode: Callable[[Raw | str], Any]) -> Callable[[Raw | str], Any]:
        def wrapper(text: Raw | str) -> Any:
            opened.append(text.encode() if isinstance(text, str) else bytes(text))
            return decode(text)

        return wrapper

    for decode in ("_members", "_elements"):
        monkeypatch.setattr(member, decode, opens(getattr(member, decode)))
    entry = candidate(run)
    for _ in range(3):
        assert not parse_query(
            " OR ".join(f"metadata.key{number}.a.{place}>9999" for number in range(13) for place in range(3))
        ).matches(entry)
    assert len(opened) == len(set(opened)) == 1 + 2 * 13  # the whole, and of each key its object and its list


def test_the_cheap_term_is_asked_first() -> None:
    assert parse_query("/x+y/ needle level:error") == parse_query("level:error needle /x+y/")
    assert parse_query("a OR b") != parse_query("b OR a"), "what costs alike stays as it is"
    entries = [candidate(text) for text in LONGEST]
    with counted() as guarded:
        assert not any(parse_query("/[ab]*a[ab]{30}z/ level:error").matches(entry) for entry in entries)
        assert all(parse_query("/[ab]*a[ab]{30}z/ OR level:info").matches(entry) for entry in entries)
    with counted() as bare:
        assert not any(parse_query("/[ab]*a[ab]{30}z/").matches(entry) for entry in entries)
    assert (guarded.searches, bare.searches > 0) == (0, True)


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


@pytest.mark.parametrize("digits", ["1{}", "0.{}", "1e{}", "{}e5"])
def test_a_number_of_any_length_is_compared_in_linear_time(digits: str) -> None:
    """Two million digits: where each was looked at once for each other, it would take an hour."""
    one, other = (exact(digits.format("1" * 2_000_000 + last)) for last in "23")
    assert one is not None
    assert other is not None
    assert one.holds("<", other) is not digits.startswith("1e")  # the two exponents are beyond all that is told apart
    assert not other.holds("<", one)


def test_a_number_is_read_once_however_many_terms_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(text: str) -> Exact | None:
        read.append(text)
        return exact(text)

    monkeypatch.setattr(member, "exact", noted)
    entry = candidate(b'{"level":"info","message":"m","metadata":{"n":"12","m":"13"}}')
    assert not parse_query(" OR ".join(["metadata.n<0", *["metadata.m<-1e9999"] * 40])).matches(entry)
    assert sorted(read) == ["12", "13"]


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
