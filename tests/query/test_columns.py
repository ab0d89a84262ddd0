"""Columns are exact: held to the queries themselves over entries of every kind, many at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.entries.entry import LEVELS
from spectrix_lite.query.candidate import Candidate
from spectrix_lite.query.columns import Columns, bits
from spectrix_lite.query.filter import candidate
from spectrix_lite.query.parser import parse_query

QUERIES = [
    parse_query(text)
    for text in (
        *("", "level:error", "level>=warn", "-level:info", "status:5xx", "status>=400 timeout", "method:GET"),
        *("timeout", "TIMEOUT -refused", "time OR out", "-(a b)", "ÉTÉ", "i̇", '"a\\":1"', "a/b", '"b\\": 1"'),
        *("path:/api", "path=/api/orders", "message:out", "message=timeout", "source:pay", "source:/^p/", "source:*"),
        *(
            "/time ?out|refused/i",
            "/^time/",
            "/out$/",
            "/[^x]t/",
            "/a.b/ level:error",
            "-/o/",
            "/x*/",
            "route:/api/orders",
        ),
        *("duration>1s", "duration<=5ms", "duration!=3ms", "duration=3ms", "-duration>1s", "duration>1s OR out"),
        *("metadata.a=1", "metadata.a>0.5", "metadata.a:x", "metadata.a.b:*", "metadata.a:/x/", "-metadata.a=1"),
        *("metadata.duration:*", "trace:abc", "request:*", "metadata.http.route:orders", 'metadata.a="x/y"'),
    )
]

texts = st.sampled_from(
    (
        "",
        "timeout",
        "Time out refused",
        "été ÉTÉ",
        "İ",
        "a b",
        "out\ntime",
        "a/b",
        "/api",
        "/API/orders",
        "x",
        "pay",
        "Σ out",
    )
)
_MEMBERS: list[Any] = [
    1,
    1.0,
    1e0,
    "1",
    "x",
    "x/y",
    "a\u00e9",
    None,
    True,
    {"b": "x"},
    {"b": [1, 2]},
    ["x"],
    'a":1',
    "İ",
]
members = st.sampled_from(_MEMBERS)
durations = st.sampled_from((3, 3.0, 0, 5000, -1, "3ms", "2s", "soon", 1e300, None))
metadata = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "a": members,
        "duration": durations,
        "duration_ms": durations,
        "bytes_read": st.just(1),
        "request": st.just("r"),
        "event": st.fixed_dictionaries({"duration": st.just(3_000_000)}),
        "route": st.just("/api/orders"),
        "traceId": st.just("abc"),
        "timeout": members,
    },
)
entries = st.tuples(
    st.sampled_from(LEVELS),
    st.fixed_dictionaries(
        {"message": texts},
        optional={
            "endpoint": texts,
            "source": st.sampled_from(("pay", "web", "Pay")),
            "method": st.sampled_from(("GET", "post")),
            "statusCode": st.sampled_from((200, 404, 503)),
        },
    ),
    metadata,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def encoded(level: str, fields: Any, metadata: Any, blanks: bool, escapes: bool, slashes: bool) -> bytes:
    """With blanks between its parts, and with escapes that nobody needs, as somebody's encoder may write it."""
    text = json.dumps({"level": level, **fields}, ensure_ascii=False)
    if metadata is not None:
        inner = json.dumps(metadata, ensure_ascii=escapes, separators=None if blanks else (",", ":"))
        inner = inner.replace("/", "\\/") if slashes else inner
        text = f'{text[:-1]},"metadata":{inner}}}'
    return text.encode()


@given(st.lists(entries, min_size=1, max_size=6))
def test_a_verdict_is_as_the_queries_themselves(given: list[tuple[Any, ...]]) -> None:
    texts = [encoded(*each) for each in given]
    columns = Columns([candidate(text) for text in texts])
    everyone = (1 << len(texts)) - 1
    for query in QUERIES:
        sure, left = columns.verdict(query, everyone)
        assert not sure & left
        for bit, text in enumerate(texts):
            matches = query.matches(candidate(text))
            assert matches or not sure >> bit & 1, (query, text)
            assert (sure | left) >> bit & 1 or not matches, (query, text)
            if left >> bit & 1:
                assert query.matches(columns.entries[bit]) == matches, "what one term has made of it serves the next"


def test_only_those_that_are_wanted_are_told() -> None:
    columns = Columns([Candidate(level="error", message=f"timeout {n}") for n in range(8)])
    for query in QUERIES:
        sure, left = columns.verdict(query, 0b10100000)
        assert (sure | left) & ~0b10100000 == 0
    assert list(bits(0b10100001)) == [0, 5, 7]


@pytest.mark.parametrize(
    "query", ["timeout", "path:/api", "/time ?out/", "level:error -refused", "duration>1s", "metadata.a=1"]
)
def test_what_people_write_is_told_without_asking_one_by_one(query: str) -> None:
    entries = [
        candidate(b'{"level":"error","message":"no answer","endpoint":"/x","metadata":{"duration":%d,"b":1}}' % n)
        for n in range(50)
    ]
    assert Columns(entries).verdict(parse_query(query), (1 << 50) - 1).open == 0
