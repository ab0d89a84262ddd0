"""The screen is exact: held to the queries themselves over entries and queries of every kind."""

from __future__ import annotations

import pytest
from msgspec import UNSET, UnsetType

from spectrix_lite.alerts.screen import Failing, Screen
from spectrix_lite.entries.entry import LEVELS, Entry, encode
from spectrix_lite.query.filter import candidate
from spectrix_lite.query.nodes import And
from spectrix_lite.query.parser import parse_query

QUERIES = (
    *(
        "",
        "level:error",
        "level>=warn",
        "-level:info",
        "status:5xx",
        "status>=400 level:error",
        "status:404 OR level:warn",
    ),
    *("source:pay", "source:/^p/", "method=GET", "-source:pay level:error", "source:*", "-method:post"),
    *("timeout", "level:error timeout", "level:error OR timeout", "-(level:error timeout)", "-timeout"),
    *("duration>1s", "status:503 metadata.user=42", "path:/x", "route:/x OR status:500", "trace:abc"),
)
_SOURCES: list[str | UnsetType] = [UNSET, "pay", "web"]
_METHODS: list[str | UnsetType] = [UNSET, "GET", "POST"]
_STATUSES: list[int | UnsetType] = [UNSET, 200, 404, 503]
ENTRIES = [
    Entry(seq=1, level=level, message=message, source=source, method=method, status_code=status)
    for level in LEVELS
    for message in ("timeout", "fine")
    for source in _SOURCES
    for method in _METHODS
    for status in _STATUSES
]


@pytest.mark.parametrize("query", [*map(parse_query, QUERIES), Failing()], ids=lambda query: repr(query)[:40])
def test_it_leaves_out_what_never_matches_and_is_sure_of_what_always_does(query: object) -> None:
    screen = Screen([query])  # type: ignore[list-item]
    found = {id(entry): (may, sure) for entry, may, sure in screen.flagged(ENTRIES)}
    for entry in ENTRIES:
        matches = query.matches(candidate(encode(entry)))  # type: ignore[attr-defined]
        may, sure = found.get(id(entry), (0, 0))
        assert may or not matches
        assert matches or not sure


def test_each_rule_is_a_bit_and_what_concerns_none_is_not_there() -> None:
    screen = Screen([parse_query("level:error"), parse_query("level>=warn boom"), And(())])
    entries = [entry for entry in ENTRIES if entry.level in ("error", "warn")][:1] + ENTRIES[:1]
    assert [(may, sure) for _, may, sure in screen.flagged(entries)] in (
        [(0b110, 0b100)] * 2,
        [(0b110, 0b100), (0b100, 0b100)],
    )
    assert Screen([parse_query("level:error")]).flagged([e for e in ENTRIES if e.level != "error"]) == []


def test_it_remembers_so_many_combinations_and_no_more() -> None:
    screen = Screen([parse_query("source:s9999")])
    entries = [Entry(seq=n, level="info", message="", source=f"s{n}") for n in range(10_000)]
    assert [entry.seq for entry, _, _ in screen.flagged(entries)] == [9999]
