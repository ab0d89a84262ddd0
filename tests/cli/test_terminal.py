"""Nothing that somebody else wrote moves a cursor, changes a colour or turns a line around."""

from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.cli.server_log import OncePerSecond, OneLine
from spectrix_lite.cli.terminal import Style, pad, table, visible, visible_json, width

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ü, 漢字, 👩‍🚀", "plain, ü, 漢字, 👩‍🚀"),
        ("\x1b[31mred\x1b[0m", r"\e[31mred\e[0m"),
        ("\x1b]0;title\x07", r"\e]0;title\x07"),
        ("two\r\nlines\tand a tab", r"two\r\nlines\tand a tab"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202edef", r"abc\u202edef"),
        ("\u2028\ufeff\u200b\U000e0041", r"\u2028\ufeff\u200b\U000e0041"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_could_play_tricks_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.one_of(st.characters(), st.sampled_from("\x00\x1b\x7f\x85\x9b" + BIDI))))
def test_no_control_character_gets_through(text: str) -> None:
    shown = visible(text)
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert not any(character in BIDI for character in shown)
    shown.encode()


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_json_stays_the_same_json(value: dict[str, str]) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert json.loads(visible_json(text)) == value
    assert visible(visible_json(text)) == visible_json(text)


def test_tables_are_aligned_by_columns_on_the_screen() -> None:
    shown = table(("NAME", "ID"), [("漢字", "1"), ("e\u0301clair", "2"), ("a\x1b", "3")], Style(io.StringIO()))
    assert shown.splitlines() == ["NAME    ID", "漢字    1", "e\u0301clair  2", r"a\e     3"]
    assert width(pad("漢字", 6)) == 6


def test_colours_only_on_a_terminal() -> None:
    style = Style(io.StringIO())
    assert style.bold("text") == "text"
    assert style("text", "red") == "text"


def record(message: str, *args: object, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord("spectrix_lite.test", level, __file__, 1, message, args, None)


def test_a_log_line_stays_a_line() -> None:
    forged = OneLine().format(record("answered %s", "x\n2026-01-01T00:00:00Z error forged\x1b[2J"))
    assert forged.count("\n") == 0
    assert r"x\n2026-01-01T00:00:00Z error forged\e[2J" in forged


def test_a_traceback_is_indented_so_that_none_of_its_lines_passes_for_one_of_ours() -> None:
    try:
        raise ValueError("one\ntwo\x1b[2J")
    except ValueError as error:
        failed = record("failed")
        failed.exc_info = (ValueError, error, error.__traceback__)
    first, *trace = OneLine().format(failed).splitlines()
    assert first.endswith("failed")
    assert all(line.startswith("    | ") for line in trace)
    assert "\x1b" not in "".join(trace)


def test_one_line_a_second_of_each_kind() -> None:
    """Flooding the log is a way to fill a disk."""
    now = [100.0]
    once = OncePerSecond(lambda: now[0])
    assert once.filter(record("out of descriptors"))
    assert not once.filter(record("out of descriptors"))
    assert once.filter(record("something else"))
    now[0] += 1.0
    assert once.filter(record("out of descriptors"))
    assert sum(once.filter(record(f"{number} differs")) for number in range(3000)) == 3000
    assert len(once._next) <= 1001
