"""JSON values one after the other: each of them is found, one that is broken costs itself, and time is linear."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.errors import InvalidJson, TooLarge
from spectrix_lite.entries.entry import Limits
from spectrix_lite.entries.json_repair import readable
from spectrix_lite.entries.json_values import PIECE, values
from spectrix_lite.entries.lenient import LenientDecoder

from ..support.growth import check_linear
from ..support.properties import as_json, repeatable

ARRIVED = "2026-05-14T10:30:00.000Z"
DEPTH = 40

# What looks like a seam within strings, inner arrays and inner objects.
texts = st.sampled_from(["},{", '"},{"', "}]", "],", "\\", "é€😀", "}\n{", "}{", "\x1e{", '{"a":', "a", ""])
inner = st.recursive(
    st.none() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
objects = st.dictionaries(texts.filter(lambda name: name != "logs"), inner, max_size=4)
separators = st.sampled_from(["\n", "\r\n", ",", " , ", "\n\n", "\n,", "\x1e", "\n\x1e", "", " ", "\t", "\ufeff"])
sizes = st.sampled_from([1, 8, 40, PIECE])


def found(body: bytes, size: int = PIECE, most: int = 1000) -> list[bytes]:
    return list(values(body, lambda text: False, most, DEPTH, size))


@repeatable
@given(st.lists(st.tuples(objects, separators), min_size=1, max_size=20), sizes, st.sampled_from([None, 1]))
def test_objects_with_anything_between_them_are_read_back(
    sent: list[tuple[dict[str, Any], str]], size: int, indent: int | None
) -> None:
    body = "".join(json.dumps(one, ensure_ascii=False, indent=indent) + between for one, between in sent)
    assert [json.loads(each) for each in found(body.encode(), size)] == [one for one, _ in sent]


@repeatable
@given(st.lists(inner, max_size=30), st.booleans(), st.sampled_from([None, 1]), sizes)
def test_elements_of_any_layout_are_read_back(sent: list[Any], in_shell: bool, indent: int | None, size: int) -> None:
    body = json.dumps({"logs": sent} if in_shell else sent, indent=indent, ensure_ascii=False).encode()
    assert [json.loads(each) for each in found(body, size)] == sent


@repeatable
@given(st.lists(st.tuples(st.lists(objects, max_size=4), st.booleans(), separators), min_size=1, max_size=6), sizes)
def test_arrays_and_envelopes_one_after_the_other_are_read_back(
    sent: list[tuple[list[dict[str, Any]], bool, str]], size: int
) -> None:
    body = "".join(
        json.dumps({"n": 1, "logs": some, "m": [2]} if in_shell else some, ensure_ascii=False) + between
        for some, in_shell, between in sent
    )
    assert [json.loads(each) for each in found(body.encode(), size)] == [one for some, _, _ in sent for one in some]


BROKEN = [
    b'{"a":}',
    b'{"a":undefined,"b":[{"c":1},{"d":2}]}',
    b'{"m":"5" disk"}',
    b'{"m":"he said "hi" to me"}',
    b"{'a':1}",
    b'{"a":1 "b":2}',
    b'{"a":01}',
    b"{nope}",
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(
    ("form", "between"),
    [
        (b"[%b]", b","),
        (b"[\n%b\n]", b",\n"),
        (b'{"logs":[%b]}', b", "),
        (b"%b", b"\n"),
        (b"%b\n", b"\r\n"),
        (b"%b", b","),
    ],
)
@pytest.mark.parametrize("size", [8, PIECE])
def test_a_broken_one_costs_itself(broken: bytes, form: bytes, between: bytes, size: int) -> None:
    good = [b'{"n":%d,"t":"} , {","l":[{"x":1},{"y":2}]}' % number for number in range(6)]
    sent = [*good[:2], broken, *good[2:4], broken, *good[4:]]
    read = found(form % between.join(sent), size)
    assert [each for each in read if readable(each, DEPTH) is not None] == good
    assert len(read) == len(sent)


@pytest.mark.parametrize("cut", [b'{"a', b'{"a":[{"x":1},{"y":2},{"z', b'{"a":"', b'"a', b"{", b'{"a":"b\\'])
@pytest.mark.parametrize("form", [b'[{"n":1},%b', b'{"logs":[{"n":1},%b', b'{"n":1}\n%b'])
def test_what_is_cut_short_costs_its_last(form: bytes, cut: bytes) -> None:
    read = found(form % cut)
    assert read[0] == b'{"n":1}'
    assert len(read) == 2
    assert readable(read[1], DEPTH) is None


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (rb'[{"a":"\xC3\xA9 \d \'"}]', {"a": "é \\d '"}),
        (b'{"a":"one\ntwo\t\x01"}', {"a": "one\ntwo\t\x01"}),
        (b'{"a":[1,2,],}', {"a": [1, 2]}),
        (b'{"a":NaN,"b":-Infinity}', {"a": None, "b": None}),
        (rb'{"a":"\ud800"}', {"a": "\ufffd"}),
        (rb'{"a":"\u12"}', {"a": "\\u12"}),
        (rb'{"a":"\xE9"}', {"a": "é"}),
        (b'{"a":' + b"[" * 2000 + b"]" * 2000 + b',"b":1}', None),
    ],
)
def test_what_can_be_mended_is(body: bytes, read: Any) -> None:
    [mended] = found(body)
    opened = json.loads(mended)
    assert opened == read or (read is None and opened["b"] == 1)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b'{"a":1,"b":{"x":1},{"c":2},{"d":3}', 3),  # a brace is missing
        (b'{"a":1}]}{"b":2}', 2),
        (b'{"logs":[{"a":1}],"logs":[{"b":1}]}', 2),
        (b'{"logs":[{"a":1}],"more":{"logs":[1]}}{"b":1}', 2),
        (b'{"x":{"y":[1]},"logs":[{"a":1}]}', 1),
        (b"[]", 0),
        (b'{"logs":[]}', 0),
        (b"[{},,,{}]", 2),
        (b'[{"a":1}\n{"b":2}]', 2),
        (b'{"a":1}\n17\nnull\n"x"\n', 4),
        (b'{"a":1,"logs":5}', 1),
    ],
)
def test_unusual_bodies(body: bytes, count: int) -> None:
    for size in (1, 8, PIECE):
        assert len(found(body, size)) == count


@pytest.mark.parametrize(
    "body", [b"[", b"[[[[", b"{", b'{"logs":[', b'{"logs":', b"{nope}", b'["', b'{"a":1', b'[{"a":']
)
def test_where_nothing_can_be_read_the_body_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        found(body)


def test_what_is_taken_is_not_given() -> None:
    taken: list[bytes] = []

    def take(text: bytes) -> bool:
        if b"bad" in text or not text.startswith(b'{"n'):
            return False
        taken.extend(json.dumps(one, separators=(",", ":")).encode() for one in json.loads(b"[%b]" % text))
        return True

    good = [b'{"n":%d}' % number for number in range(200)]
    given_ = list(values(b"\n".join([*good[:100], b'{"bad":"\x01"}', *good[100:]]), take, 1000, DEPTH, 64))
    assert json.loads(next(each for each in given_ if b"bad" in each)) == {"bad": "\x01"}
    assert sorted([*taken, *(each for each in given_ if b"bad" not in each)]) == sorted(good)


def test_arrays_without_end_are_too_many() -> None:
    with pytest.raises(TooLarge):
        found(b"[]" * 1001)


# Attacks: twice as much must not take four times as long

UNITS = [
    *(
        b"[",
        b"[]",
        b'"',
        b"{",
        b'{"a":',
        b"1 ",
        b",",
        b"}",
        b"]",
        b"\\",
        b'\\"',
        b"\n",
        b"\n[",
        b'\n{"',
        b"[\n",
        b"\x1e{",
    ),
    *(
        b'{"m":"5" d"},',
        b"},{",
        b'{"a":[\n',
        b'},{"',
        b'"},{"',
        b'{"logs":[',
        b'{"logs":[{"a":1}\n',
        b'"a":{},',
        b"[{}x]",
    ),
    *(b"a=b ", b'a="', b"<13>", b"[x", b"a ", b"\xef\xbb\xbf", b"\x1b[0m", b'a=1 a="', b"INFO "),
]
BEGINNINGS = [b"", b"[{", b'["', b'{"logs":[', b'{"a":"', b"x"]
DECODER = LenientDecoder(Limits(entries=100_000_000))


def read(body: bytes) -> None:
    """Reads a body, whatever becomes of it."""
    with suppress(InvalidJson, TooLarge):
        DECODER.read(body, ARRIVED)


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("unit", UNITS)
def test_time_is_linear(beginning: bytes, unit: bytes) -> None:
    check_linear(read, lambda size: beginning + unit * (size // len(unit)), 32_768)


def test_a_large_body_is_read_in_pieces() -> None:
    entry = as_json({"level": "info", "message": "x" * 100, "metadata": {"list": [{"a": 1}, {"b": "},{"}]}})
    sizes: list[int] = []

    def take(text: bytes) -> bool:
        sizes.append(len(text))
        return True

    for form, between in ((b"[%b]", b","), (b"%b", b"\n"), (b'{"logs":[%b]}', b", ")):
        assert list(values(form % between.join([entry] * 5000), take, 100_000, DEPTH)) == []
    assert max(sizes) < 2.1 * PIECE
