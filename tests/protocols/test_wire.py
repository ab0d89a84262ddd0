"""The framing of protobuf: what is well-formed, and every way in which lengths and numbers lie."""

from __future__ import annotations

import pytest

from spectrix_lite.core.errors import InvalidBody
from spectrix_lite.protocols import wire


def fields(data: bytes) -> list[tuple[int, bytes]]:
    return [(number, data[start:end]) for number, start, end in wire.fields(data, 0, len(data))]


def test_fields_with_a_length_are_found_and_others_passed_over() -> None:
    data = b"\x08\x96\x01" + b"\x12\x03abc" + b"\x19" + b"\0" * 8 + b"\x25" + b"\0" * 4 + b"\x0a\x00" + b"\x82\x01\x01x"
    assert fields(data) == [(2, b"abc"), (1, b""), (16, b"x")]
    assert fields(wire.encoded(3, b"x" * 300) + wire.encoded(4, 1 << 40)) == [(3, b"x" * 300)]


@pytest.mark.parametrize(
    "data",
    [
        *(b"\x0a\x05abc", b"\x0a", b"\x80", b"\x08", b"\x08\x80", b"\x09\0\0", b"\x0d\0"),
        *(b"\x0b", b"\x0c", b"\x0e", b"\x0f"),  # groups, and kinds that there are none of
        b"\x08" + b"\xff" * 10 + b"\x01",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    ],
)
def test_what_is_cut_short_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidBody):
        fields(data)
