"""Bytes into lines: borders of chunks, carriage returns, bounds, full-screen programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.cli.output.control_codes import last_state, with_returns, without_colours
from spectrix_lite.cli.output.line_reader import MOST_BYTES, LineReader


def read(*chunks: bytes) -> list[str]:
    reader = LineReader()
    return [line for chunk in chunks for line in reader.feed(chunk)] + reader.flush()


def test_lines_and_the_line_that_has_not_ended() -> None:
    reader = LineReader()
    assert reader.feed(b"one\ntwo\r\n\nthr") == ["one", "two", ""]
    assert reader.is_waiting
    assert reader.feed(b"ee\n") == ["three"]
    assert not reader.is_waiting
    assert reader.flush() == []


@given(st.lists(st.sampled_from(["a", "ä€😀", "\r", "\n", "\r\n", "\x1b[31mx\x1b[0m", "\b", "tab\t"])), st.data())
def test_where_chunks_end_makes_no_difference(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*chunks) == read(text)


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("10%\r20%\r100%", "100%"),
        ("100%\r", "100%"),
        ("\rspinning", "spinning"),
        ("a\x1b[2K\x1b[1Gb", "b"),
        ("a\x1b[Gb", "b"),
        ("|\b/\b-\bdone", "done"),
        ("plain", "plain"),
    ],
)
def test_the_last_state_of_a_line_is_the_line(line: str, state: str) -> None:
    assert last_state(with_returns(line)) == state
    assert read(line.encode() + b"\n") == [state]


def test_a_progress_bar_keeps_only_its_last_state() -> None:
    reader = LineReader()
    for percent in range(20_000):
        assert reader.feed(f"\r{percent:>90}%".encode()) == []
    assert reader.is_drawing
    assert len(reader._rest) < 400
    assert reader.feed(b"\n") == [f"{19_999:>90}%"]


def test_a_line_beyond_the_bound_is_cut_and_the_next_is_whole() -> None:
    chunks = [b"x" * 1000] * 200 + [b"end\nnext\n"]
    first, second = read(*chunks)
    assert (len(first), second) == (MOST_BYTES, "next")


def test_what_is_drawn_on_the_alternate_screen_is_no_line() -> None:
    data = b"before\n\x1b[?1049h\x1b[2Jmenu\nrow\n\x1b[?1049lafter\n"
    assert read(data) == ["before", "after"]
    assert read(*(data[at : at + 1] for at in range(len(data)))) == ["before", "after"]


def test_invalid_utf_8_costs_itself() -> None:
    assert read(b"a\xffb\n\xe2\x82\n") == ["a\ufffdb", "\ufffd"]


@pytest.mark.parametrize(
    ("line", "text", "coloured"),
    [
        ("plain", "plain", None),
        ("\x1b[1;31mred\x1b[0m end", "red end", "\x1b[1;31mred\x1b[0m end"),
        ("\x1b[38;2;1;2;3mx\x1b[m", "x", "\x1b[38;2;1;2;3mx\x1b[m"),
        ("\x1b]0;title\x07text", "text", None),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link", None),
        ("\x1b[?25l\x1b[32mok\x1b[39m\x1b[K", "ok", "\x1b[32mok\x1b[39m"),
        ("a\x1b(Bb\x1b=c\x1b", "abc", None),
    ],
)
def test_colours_go_out_of_the_text(line: str, text: str, coloured: str | None) -> None:
    assert without_colours(line) == (text, coloured)
