"""The form of a body, told by its first bytes."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.errors import InvalidBody, InvalidJson, TooLarge, UnsupportedType
from spectrix_lite.entries.body_form import begins_as_value, form_of
from spectrix_lite.entries.entry import Limits
from spectrix_lite.entries.lenient import LenientDecoder

from ..support.properties import repeatable

ARRIVED = "2026-05-14T10:30:00.000Z"
DECODER = LenientDecoder(Limits())


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b'{"a":1}', b"[]", b"[ ]", b'[\n\t{"a":1}]', b'["a"]', b"[[1]]", b" \r\n\x1e{}", b"\xef\xbb\xbf{}"),
        *(b"\n" * 100_000 + b"{}", b"{\xff\xff\xff\xff"),
    ],
)
def test_what_begins_as_json_is_json(body: bytes) -> None:
    assert form_of(body) == "json"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"text", b"[INFO] text", b"[1,2]", b"[", b"[null]", b'"text"', b"17", b"<13>text", b"\x1b[1mtext"),
        *("Größe € 😀".encode(), b"x" * 4095 + "é".encode(), b"caf\xe9 " + b"x" * 20),
    ],
)
def test_other_text_is_lines(body: bytes) -> None:
    assert form_of(body) == "text"


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"text\0",
            b'{"a":"\0"}',
            b"x" * 100_000 + b"\0",
            b"\x89PNG\r\n\x1a\n",
            b"\x80\x81\x82text",
            b"\x93\xa4text\xc0",
        ),
        *(codecs.BOM_UTF16_LE + "text".encode("utf-16-le"), b"a\x01" * 20, "\x85text".encode() * 9),
    ],
)
def test_what_is_no_text_is_refused(body: bytes) -> None:
    with pytest.raises(UnsupportedType):
        form_of(body)


def test_up_to_a_twentieth_may_be_no_text() -> None:
    assert form_of(b"x" * 19 + b"\x01") == "text"
    with pytest.raises(UnsupportedType):
        form_of(b"x" * 18 + b"\x01")
    assert form_of(b"x" * 4096 + b"\x01" * 4096) == "text"  # only the first 4 KiB are looked at


def test_whoever_sends_utf16_is_told() -> None:
    with pytest.raises(UnsupportedType, match="UTF-8"):
        form_of(codecs.BOM_UTF16_LE + '{"a":1}'.encode("utf-16-le"))


def test_a_form_that_begins_as_a_value_is_none() -> None:
    assert begins_as_value(b' {"a":1}')
    assert begins_as_value(b"[INFO] text")
    assert not begins_as_value(b"a=1&b=2")
    assert not begins_as_value(b"")


def test_each_line_is_an_entry_and_blank_ones_are_none() -> None:
    batch = DECODER.read(
        b'\xef\xbb\xbfone\r\n\n  two\t\n{"message":"three"}\n\xef\xbb\xbf"four"\n\x1e\n{"five":\n', ARRIVED
    )
    assert [entry.message for entry in batch.entries] == ["one", "two", "three", "four", '{"five":']
    assert batch.rejected == []


def test_a_line_is_cut_as_a_message_is() -> None:
    batch = LenientDecoder(Limits(message=20)).read(b"ERROR " + b"x" * 500_000 + b"\nnext", ARRIVED)
    first, second = batch.entries
    assert (first.level, first.message, first.truncated) == ("error", "x" * 20, ["message"])
    assert second.message == "next"


def test_as_many_lines_as_a_request_may_have() -> None:
    decoder = LenientDecoder(Limits(entries=500))
    assert len(decoder.read(b"line\n" * 500, ARRIVED).entries) == 500
    assert len(decoder.read(b"ERROR x FATAL\n" * 500, ARRIVED).entries) == 500
    for line in (b"line\n", b"FATAL line\n"):
        with pytest.raises(TooLarge):
            decoder.read(line * 501, ARRIVED)


@pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf"])
def test_an_empty_body_holds_nothing(body: bytes) -> None:
    with pytest.raises(InvalidJson, match="empty"):
        DECODER.read(body, ARRIVED)


@pytest.mark.parametrize("body", [b"{}", b'{"logs":5}', b'{"logs":{}}', b' {"logs":"x","batch":1}\n'])
def test_one_object_without_entries_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidBody):
        DECODER.read(body, ARRIVED)


def test_logs_of_an_entry_are_its_own() -> None:
    [entry] = DECODER.read(b'{"logs":"text","message":"m"}', ARRIVED).entries
    assert entry.message == "m"


@repeatable
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))))
def test_whatever_comes_is_read_or_refused_by_name(body: bytes) -> None:
    try:
        batch = DECODER.read(body, ARRIVED)
    except (InvalidJson, InvalidBody, UnsupportedType):
        return
    usual = DECODER.read_usual(body, ARRIVED)
    assert usual is None or usual == batch
