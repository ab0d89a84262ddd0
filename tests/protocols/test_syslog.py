"""Syslog out of a stream of bytes, in whatever pieces it comes, and Heroku's drains."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.protocols.streamed.syslog import DRAIN, LONGEST, SyslogFrames

from ..support.properties import repeatable
from .reading import decoded, shown

MODERN = b"<11>1 2026-11-29T17:03:07.000Z vm shop 41 - - it failed"
OLD = b"<13>Nov 29 17:03:07 vm shop: hello"


def framed(data: bytes, size: int = 1 << 20) -> list[bytes]:
    frames = SyslogFrames()
    found = [each for at in range(0, len(data), size) for each in frames.feed(data[at : at + size])]
    return found + frames.end()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "data",
    [
        MODERN + b"\n" + OLD + b"\n",
        MODERN + b"\n" + OLD,
        b"\n\n" + MODERN + b"\r\n\n" + OLD,
        MODERN + b"\0" + OLD + b"\0",
        b"%d %b%d %b" % (len(MODERN), MODERN, len(OLD), OLD),
        b"%d %b%b\n" % (len(MODERN), MODERN, OLD),
        b"%b\n%d %b\n" % (MODERN, len(OLD), OLD),
    ],
    ids=["lines", "no end", "blanks", "NUL", "counted", "counted, then a line", "a line, then counted"],
)
def test_messages_are_cut_however_they_are_framed(data: bytes, size: int) -> None:
    assert [message.strip() for message in framed(data, size)] == [MODERN, OLD]


def test_a_counted_message_may_hold_line_ends_and_no_count_is_one_of_a_text() -> None:
    assert framed(b"10 <1>a\nb\nc\nd<2>x\n") == [b"<1>a\nb\nc\nd", b"<2>x"]
    assert framed(b"2026 was a year\n42 is no count\n") == [b"2026 was a year", b"42 is no count"]


@pytest.mark.parametrize("size", [1000, LONGEST, 1 << 20])
def test_what_is_too_long_is_cut_and_costs_nothing_beside_it(size: int) -> None:
    long = b"<1>" + b"x" * (3 * LONGEST)
    for data in (long + b"\n" + OLD + b"\n", b"%d %b%b\n" % (len(long), long, OLD)):
        assert framed(data, size) == [long[:LONGEST], OLD]


def test_a_stream_of_ends_takes_linear_time() -> None:
    assert framed(b"\n" * 1_000_000, 16_384) == []
    assert len(framed(b"a\n" * 200_000)) == 200_000


@repeatable
@given(st.lists(st.binary(max_size=30), max_size=8).map(b"".join), st.integers(1, 40))
def test_the_pieces_do_not_matter(data: bytes, size: int) -> None:
    assert framed(data, size) == framed(data)


def test_a_drain_is_read_with_what_its_texts_say() -> None:
    router = b'at=info method=GET path="/u/1" host=x status=503 service=5ms'
    messages = (
        b"<40>1 2026-11-29T06:45:29+00:00 host app web.3 - State changed from starting to up",
        b"<158>1 2026-11-29T06:45:26+00:00 host heroku router - " + router,
        b'<190>1 2026-11-29T06:45:26+00:00 host app web.1 - {"level":"error","msg":"boom","user":7}',
        b"<190>1 2026-11-29T06:45:26+00:00 host app web.1 - - a dash",
    )
    body = b"".join(b"%d %b" % (len(each), each) for each in messages)
    first, second, third, fourth = shown(decoded(DRAIN, body))
    assert (first["message"], first["source"]) == ("State changed from starting to up", "app")
    assert first["timestamp"] == "2026-11-29T06:45:29.000Z"
    assert (second["method"], second["endpoint"], second["statusCode"]) == ("GET", "/u/1", 503)
    assert second["metadata"]["procId"] == "router"
    assert (third["level"], third["message"], third["metadata"]["user"]) == ("error", "boom", 7)
    assert fourth["message"] == "- a dash"


def test_noise_is_read_without_an_error() -> None:
    noise = random.Random(1).randbytes(20_000)
    decoded(DRAIN, noise)
