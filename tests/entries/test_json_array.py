"""A large array taken apart in pieces: the same elements as one decode finds, or None; never others."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from spectrix_lite.entries.json_array import TRIES, elements

from ..support.properties import as_json, repeatable

ENTRY = b'{"message":"a } , { b","metadata":{"list":[{"a":1},{"b":"},{\\""}]}}'

# What looks like a seam within strings, inner arrays and inner objects.
values = st.recursive(
    st.none() | st.integers() | st.sampled_from(["},{", '"},{"', "}]", "],", "\\", "é€😀"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["logs", "},{"]), inner, max_size=3),
    max_leaves=12,
)


def by_one_decode(body: bytes) -> list[bytes] | None:
    """What `body` holds, read at once."""
    try:
        if body.lstrip()[:1] == b"{":
            body = bytes(msgspec.json.decode(body, type=dict[str, Raw])["logs"])
        return list(map(bytes, msgspec.json.decode(body, type=list[Raw])))
    except (msgspec.MsgspecError, KeyError):
        return None


@repeatable
@given(st.lists(values, max_size=30), st.booleans(), st.sampled_from([None, 1]), st.integers(1, 40))
def test_pieces_of_any_size_find_what_one_decode_finds(
    entries: list[Any], in_envelope: bool, indent: int | None, size: int
) -> None:
    body = json.dumps({"logs": entries} if in_envelope else entries, indent=indent, ensure_ascii=False).encode()
    assert elements(body, 1000, size) in (by_one_decode(body), None)


@repeatable
@given(st.lists(values, min_size=1, max_size=12), st.data())
def test_what_is_no_json_is_none(entries: list[Any], data: st.DataObject) -> None:
    """A byte more or a byte less somewhere: what pieces take for an array, one decode takes for the same."""
    body = as_json({"logs": entries})
    at = data.draw(st.integers(0, len(body) - 1))
    instead = data.draw(st.sampled_from([b"", b"]", b"}", b"{", b",", b'"', b"\\", b'],"logs":['])) + body[at + 1 :]
    broken = body[:at] + instead
    found = elements(broken, 1000, 8)
    assert found is None or found == by_one_decode(broken)


@pytest.mark.parametrize("body", [b"[%b]", b' { "logs" :\n[%b]\r\n}\n'])
@pytest.mark.parametrize("between", [b",", b", ", b"\n,\n"])
def test_entries_of_any_layout_are_found(body: bytes, between: bytes) -> None:
    assert elements(body % between.join([ENTRY] * 100), 1000, 200) == [ENTRY] * 100


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[",
        b"]",
        b'{"logs":[1]',
        b"[1]}",
        b"[1,]",
        b'{"logs":{"a":[1]}}',
        b'{"a":[1],"logs":[1]}',
        b'{"logs":[1],"logs":[2]}',
        b'{"logs":[%b],"logs":[%b]}' % (b",".join([ENTRY] * 9), b",".join([ENTRY] * 9)),
        b'{"logs":[1],"a":1}',
        b"[1]" + b" " * 100,
    ],
)
def test_an_unusual_body_is_left_to_others(body: bytes) -> None:
    assert elements(body, 1000, 16) is None


def test_a_body_without_seams_is_given_up_soon() -> None:
    assert elements(b"[%b]" % b",".join([b"1"] * 1000), 1000, 16) is None
    inner = b",".join([b'{"a":1}'] * (2 * TRIES))
    assert elements(b'[{"a":[%b]},{"a":[%b]}]' % (inner, inner), 1000, len(inner) // 4) is None


def test_a_few_false_seams_are_passed_over() -> None:
    entry = b'{"a":[%b]}' % b",".join([b'{"a":1}'] * (TRIES - 1))
    assert elements(b"[%b]" % b",".join([entry] * 20), 1000, 2 * len(entry)) == [entry] * 20


def test_more_than_may_come_is_none() -> None:
    body = b"[%b]" % b",".join([ENTRY] * 100)
    assert elements(body, 99, 2 * len(ENTRY)) is None
    assert elements(body, 100, 2 * len(ENTRY)) == [ENTRY] * 100
