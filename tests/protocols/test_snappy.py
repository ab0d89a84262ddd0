"""One block of snappy: every kind of element, and every way in which a block lies."""

from __future__ import annotations

import pytest

from spectrix_lite.core.errors import InvalidBody, TooLarge
from spectrix_lite.protocols.loki.snappy import opened


def test_literals_and_copies() -> None:
    assert opened(b"\x00", 10) == b""
    assert opened(b"\x03\x08abc", 10) == b"abc"
    assert opened(b"\x0a" + b"\x08abc" + b"\x0d\x03", 10) == b"abcabcabca"  # a copy that reads what it writes
    assert opened(b"\x06\x04ab" + b"\x0e\x02\x00", 10) == b"ababab"
    assert opened(b"\x06\x04ab" + b"\x0f\x02\x00\x00\x00", 10) == b"ababab"
    long = bytes(range(256)) * 2
    assert opened(b"\x80\x04" + b"\xf4\xff\x01" + long, 1000) == long


@pytest.mark.parametrize(
    "block",
    [
        *(
            b"",
            b"\x03\x08ab",
            b"\x03\x08abcd",
            b"\x03",
            b"\x02\x08abc",
            b"\x06\x04ab\x0e\x03\x00",
            b"\x06\x04ab\x0e\x00\x00",
        ),
        *(b"\x06\x04ab\x0d", b"\x06\x04ab\x0e\x02", b"\x80\x04\xf4\xff", b"\xff" * 11),
    ],
)
def test_what_is_broken_is_refused(block: bytes) -> None:
    with pytest.raises(InvalidBody):
        opened(block, 1000)


def test_what_says_that_it_is_larger_is_not_opened() -> None:
    with pytest.raises(TooLarge):
        opened(b"\xff\xff\xff\xff\x0f", 4 * 1024 * 1024)
