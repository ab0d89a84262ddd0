"""Bytes made to fit: what is whole stays the same object, what is not is mended as the contract says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.entries.json_repair import cut, is_wide, prune, repaired, valid_utf8

from ..support.growth import check_linear
from ..support.properties import as_json, repeatable, texts, values

HALF_A_MEGABYTE = 500_000


@pytest.mark.parametrize("body", [b"", b"plain", "Grüße 😀 \ufffd".encode(), b"\x00\x7f"])
def test_valid_utf8_stays_the_same_object(body: bytes) -> None:
    assert valid_utf8(body) is body


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        (b"\xff", "\ufffd"),
        (b"a\xc3", "a\ufffd"),
        (b"\xc0\xaf", "\ufffd\ufffd"),  # an overlong slash
        (b"\xed\xa0\xbd", "\ufffd\ufffd\ufffd"),  # a surrogate, encoded
        (b"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"),  # beyond Unicode
        (b"\xef\xbb\xbf{}", "{}"),
        (b"\xef\xbb\xbf\xff", "\ufffd"),
    ],
)
def test_what_is_no_utf8_becomes_a_replacement(body: bytes, mended: str) -> None:
    """case 10"""
    assert valid_utf8(body).decode() == mended


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (rb'"\ud83d"', rb'"\ufffd"'),
        (rb'"\uDE00"', rb'"\ufffd"'),
        (rb'"\ud83d\ude00"', rb'"\ud83d\ude00"'),
        (rb'"\uD83D\uDE00"', rb'"\uD83D\uDE00"'),
        (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (rb'"\ude00\ud83d"', rb'"\ufffd\ufffd"'),
        (rb'"\ud83d\u0041"', rb'"\ufffd\u0041"'),
        (rb'"\\ud83d"', rb'"\\ud83d"'),
        (rb'"\\\ud83d"', rb'"\\\ufffd"'),
        (rb'"\ud83"', rb'"\ud83"'),
    ],
)
def test_lone_surrogates_become_replacements(text: bytes, mended: bytes) -> None:
    """case 9"""
    assert repaired(text, 32) == mended


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (b"[NaN,Infinity,-Infinity]", b"[null,null,null]"),
        (b'["NaN",NaN,"\\"NaN",NaN]', b'["NaN",null,"\\"NaN",null]'),
        (b'{"Infinity":Infinity}', b'{"Infinity":null}'),
        (b'["\\\\",NaN]', b'["\\\\",null]'),
        (b'["NaN', b'["NaN'),
        (b'["\\', b'["\\'),
    ],
)
def test_what_is_no_number_becomes_null(text: bytes, mended: bytes) -> None:
    """case 12"""
    assert repaired(text, 32) == mended


@pytest.mark.parametrize(
    ("text", "depth", "pruned"),
    [
        (b"[[1]]", 2, b"[[1]]"),
        (b"[[1]]", 1, b"[null]"),
        (b"[[1],2,{}]", 1, b"[null,2,null]"),
        (b"[[1]]", 0, b"null"),
        (b'{"a":{"b":{"c":[1,[2]]}},"d":[3]}', 2, b'{"a":{"b":null},"d":[3]}'),
        (b'{"a":"[[[[{{{{","b":[["]"]]}', 2, b'{"a":"[[[[{{{{","b":[null]}'),
        (b'["\\"[[[",[[1]]]', 2, b'["\\"[[[",[null]]'),
    ],
)
def test_what_lies_below_the_depth_becomes_null(text: bytes, depth: int, pruned: bytes) -> None:
    """case 11"""
    assert prune(text, depth) == pruned


def test_what_is_flat_enough_stays_the_same_object() -> None:
    text = b'{"a":[1,[2]]}'
    assert prune(text, 3) is text
    assert repaired(text, 3) is text


@pytest.mark.parametrize("text", [b"[" * 5000, b'{"a":' * 5000, b'["x",' + b"[" * 5000 + b"1"])
def test_what_is_never_closed_stays_open_but_shallow(text: bytes) -> None:
    """The decoder can then say what is wrong with it, instead of running out of stack."""
    pruned = prune(text, 40)
    assert text.startswith(pruned)
    assert pruned.count(b"[") + pruned.count(b"{") == 40


def depth_of(value: Any) -> int:
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth_of, inner), default=0)
    return 0


def pruned_model(value: Any, depth: int) -> Any:
    if isinstance(value, list | dict) and depth == 0:
        return None
    if isinstance(value, list):
        return [pruned_model(inner, depth - 1) for inner in value]
    if isinstance(value, dict):
        return {name: pruned_model(inner, depth - 1) for name, inner in value.items()}
    return value


@repeatable
@given(values, st.integers(0, 5))
def test_pruning_is_what_a_recursion_would_do(value: Any, depth: int) -> None:
    text = json.dumps(value)
    found = json.loads(prune(text.encode(), depth))
    assert json.dumps(found) == json.dumps(pruned_model(value, depth))
    assert depth_of(found) <= depth


@repeatable
@given(values)
def test_whatever_python_writes_is_json_once_repaired(value: Any) -> None:
    def strict(constant: str) -> Any:
        raise AssertionError(f"{constant} is no JSON")

    mended = json.loads(repaired(as_json(value), 200), parse_constant=strict)
    json.dumps(mended, ensure_ascii=False).encode()  # raises where a surrogate is left


# Cutting


@pytest.mark.parametrize(
    ("text", "size", "shorter"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("aé", 3, "aé"),
        ("aéé", 4, "aé"),
        ("😀😀", 7, "😀"),
        ("😀", 3, ""),
        ("é" * 10, 10, "é" * 5),
    ],
)
def test_cut_falls_between_characters(text: str, size: int, shorter: str) -> None:
    assert cut(text, size) == shorter


@repeatable
@given(texts.filter(lambda text: text.isprintable()), st.integers(0, 40))
def test_cut_keeps_as_many_characters_as_fit(text: str, size: int) -> None:
    shorter = cut(text, size)
    assert text.startswith(shorter)
    assert len(shorter.encode()) <= size
    if shorter != text:
        assert len(text[: len(shorter) + 1].encode()) > size
    else:
        assert shorter is text


# Attacks: a pattern that tried each quote of an unterminated string as a beginning would take minutes for these


@pytest.mark.parametrize("opening", [b"", b'{"logs":[{"message":"', b"["], ids=repr)
@pytest.mark.parametrize(
    "unit",
    [b'\\"', b'"', b"\\", b'"\\', b"-Infinit", b"[", b"]", b"{}", b'"[', b"NaN", b'\\ud83d"', b"\\ud83d\\u", b"\xff"],
    ids=repr,
)
def test_repairing_half_a_megabyte_of_malice_takes_linear_time(opening: bytes, unit: bytes) -> None:
    def repair(text: bytes) -> None:
        assert len(repaired(text, 40)) <= len(text) * 2

    check_linear(repair, lambda size: opening + unit * (size // len(unit)) + b" NaN \\ud", HALF_A_MEGABYTE)


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        (b"[1,2,3]", False),
        (b"[1,2,3,4]", True),
        (b'{"logs":[1,2,3,4]}', True),
        (b'{"a":1,"b":2,"c":3,"d":4}', True),
        (b'{"logs":[{"metadata":{"a":1,"b":2,"c":3,"d":4}}]}', True),
        (b"[[1,2],[1,2],[1,2]]", False),
        (b'["a,b,c,d,e","[,,,,,"]', False),
        (b"[[[[[[1,2,3,4]]]]]]", False),
    ],
)
def test_what_is_too_wide_to_decode(text: bytes, wide: bool) -> None:
    """More than three members in one of the upper levels; deeper ones are never taken apart."""
    assert is_wide(text, 3) is wide


ROW = b'{"a":[1,2],"b":"},{\\"","c":{"d":1}}'


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        (b"[%b]" % b",".join([ROW] * 100), False),
        (b"[%b]" % b",".join([ROW] * 101), True),
        (b'{"logs":[%b]}' % b",".join([ROW] * 101), True),
        (b'{"logs":[%b,{"metadata":[%b]}]}' % (b",".join([ROW] * 50), b",".join([b"1"] * 100)), False),
        (b'{"logs":[%b,{"metadata":[%b]}]}' % (b",".join([ROW] * 50), b",".join([b"1"] * 101)), True),
        (b'{"logs":[{"a":{"b":{"c":[%b]}}}]}' % b",".join([ROW] * 101), False),
        (b'{"logs":[%b,{"a":"%b' % (b",".join([ROW] * 50), b"," * 100), False),
    ],
)
def test_width_is_counted_past_whole_entries(text: bytes, wide: bool) -> None:
    assert is_wide(text, 100) is wide


@repeatable
@given(st.lists(values, max_size=12), st.integers(1, 12))
def test_width_is_what_a_recursion_would_count(value: list[Any], most: int) -> None:
    def widest(value: Any, depth: int) -> int:
        if not isinstance(value, list | dict) or depth == 0:
            return 0
        inner = value.values() if isinstance(value, dict) else value
        return max(len(value), *(widest(each, depth - 1) for each in inner), 0)

    assert is_wide(as_json(value), most) is (widest(value, 4) > most)


def test_a_large_body_is_mended_as_a_small_one() -> None:
    """Also where a character, or what is none, lies across what is decoded at a time."""
    unit = "é€😀".encode() + b"\xff\xe2\x82"
    for size in (2_000_000, 2_000_001, 2_000_005):
        body = (b"x" * (size % 7) + unit * (size // len(unit) + 1))[:size]
        assert valid_utf8(body) == body.decode("utf-8", "replace").encode()
        whole = body.decode("utf-8", "ignore").encode()
        assert valid_utf8(whole) is whole
