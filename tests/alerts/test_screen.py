"""The screen is exact: held to the queries themselves over entries and queries of every kind."""

from __future__ import annotations

import pytest
from msgspec import UNSET, UnsetType

from spectrix_lite.alerts.screen import Failing, Screen
from spectrix_lite.entries.entry import LEVELS, Entry, encode
from spectrix_lite.query.filter import candidate
from spectrix_lite.query.nodes import And, Node
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
def test_it_leaves_out_what_never_matches_and_is_sure_of_what_always_does(query: Node) -> None:
    screen = Screen([query])
    guard = screen.guard(1)
    for _ in range(2):  # the second time it has learned which values concern it
        through = {id(entry) for entry in guard.flagged(ENTRIES)}
        guard.learn(screen.keys(ENTRIES))
        for entry, (may, sure) in zip(ENTRIES, map(screen.masks, screen.keys(ENTRIES)), strict=True):
            matches = query.matches(candidate(encode(entry)))
            assert may or not matches
            assert matches or not sure
            assert id(entry) in through or not matches


def test_each_rule_is_a_bit() -> None:
    screen = Screen([parse_query("level:error"), parse_query("level>=warn boom"), And(())])
    levels = [Entry(level="error", message=""), Entry(level="warn", message=""), Entry(level="info", message="")]
    assert list(map(screen.masks, screen.keys(levels))) == [(0b111, 0b101), (0b110, 0b100), (0b100, 0b100)]


@pytest.mark.parametrize(
    ("query", "through"),
    [
        ("level:error timeout", ["error"]),
        ("status>=500 -timeout", ["error", "bad"]),
        ("source:cron OR level:error", ["error", "cron"]),
        ("level>=warn source:pay timeout", ["error"]),
        ("-level:debug source:cron timeout", ["cron"]),
        ("timeout", ["error", "bad", "cron", "fine"]),
    ],
)
def test_a_guard_lets_through_what_a_rule_may_concern_by_one_field(query: str, through: list[str]) -> None:
    entries = [
        Entry(level="error", message="error", status_code=500),
        Entry(level="info", message="bad", status_code=503),
        Entry(level="info", message="cron", source="cron"),
        Entry(level="info", message="fine", source="pay", status_code=200),
    ]
    screen = Screen([parse_query("level:error nobody"), parse_query(query)])
    guard = screen.guard(0b10)
    guard.learn(screen.keys(guard.flagged(entries)))
    assert [entry.message for entry in guard.flagged(entries)] == through


def test_it_remembers_so_many_values_and_no_more() -> None:
    screen = Screen([parse_query("source:s9999")])
    guard = screen.guard(1)
    for first in range(0, 10_000, 100):
        entries = [Entry(level="info", message="", source=f"s{n}") for n in range(first, first + 100)]
        guard.learn(screen.keys(guard.flagged(entries)))
    assert [may for may, _ in map(screen.masks, screen.keys(entries))] == [0] * 99 + [1]
    assert [entry.source for entry in guard.flagged(entries)] == ["s9999"]
