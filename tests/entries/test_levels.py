"""Levels: each scale at its steps, between them, and past its ends."""

from __future__ import annotations

import pytest

from spectrix_lite.entries.fields.levels import NUMBER_READERS, read_word

SCALES = {
    "otel": "1-4 debug, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 error",
    "python": "10-19 debug, 20-29 info, 30-39 warn, 40-49 error, 50-50 error",
    "logback": "5000-9999 debug, 10000-19999 debug, 20000-29999 info, 30000-39999 warn, 40000-40000 error",
    "syslog": "0-3 error, 4-4 warn, 5-6 info, 7-7 debug",
    "level": "0-3 error, 4-4 warn, 5-6 info, 7-7 debug, 10-29 debug, 30-39 info, 40-49 warn, 50-60 error, "
    "100-100 debug, 200-250 info, 300-300 warn, 400-600 error",
    "severity": "0-3 error, 4-4 warn, 5-6 info, 7-7 debug, 10-29 debug, 30-39 info, 40-49 warn, 50-60 error, "
    "100-100 debug, 200-200 info, 300-300 info, 400-400 warn, 500-500 error, 600-600 error, 700-700 error, "
    "800-800 error",
}
KEPT = {  # the numbers that say no more than the level
    "otel": {5, 9, 13, 17},
    "python": {10, 20, 30, 40},
    "logback": {10000, 20000, 30000, 40000},
    "syslog": {3, 4, 6, 7},
    "level": {3, 4, 6, 7, 20, 30, 40, 50, 100, 200, 300, 400},
    "severity": {3, 4, 6, 7, 20, 30, 40, 50, 100, 200, 400, 500},
}


@pytest.mark.parametrize("scale", SCALES)
def test_a_number_is_read_by_its_scale(scale: str) -> None:
    expected: dict[int, str] = {}
    for step in SCALES[scale].split(", "):
        span, level = step.split()
        first, last = map(int, span.split("-"))
        expected |= dict.fromkeys(range(first, last + 1), level)
    for number in (*range(1100), *range(4990, 41000, 5)):
        found = NUMBER_READERS[scale](b"%d" % number)
        assert (found and found.level) == expected.get(number), number
        assert NUMBER_READERS[scale](b'" %d "' % number) == found
        if found is not None:
            assert found.lost == (number not in KEPT[scale]), number


@pytest.mark.parametrize("raw", [b"-1", b"35.5", b"1e1", b"true", b"null", b'"ten"', b'""', b"{}", b"[10]", b'"1_0"'])
def test_what_is_no_number(raw: bytes) -> None:
    assert all(read(raw) is None for read in NUMBER_READERS.values())


@pytest.mark.parametrize(
    ("words", "level", "lost"),
    [
        ("info INFO Information informational", "info", False),
        ("warn warning WARNING", "warn", False),
        ("error err ERR", "error", False),
        ("debug Debug", "debug", False),
        ("fatal critical panic emergency alert FATAL Critical emerg crit dpanic", "error", True),
        ("trace verbose silly TRACE", "debug", True),
        ("notice success NOTICE INFO+2", "info", True),
    ],
)
def test_words_in_any_case(words: str, level: str, lost: bool) -> None:
    for word in words.split():
        assert read_word(b'"%b"' % word.encode()) == (level, lost)
        assert read_word(b'" %b "' % word.encode()) == (level, lost)


@pytest.mark.parametrize("raw", [b'"loud"', b'"30"', b"30", b"true", b'"infos"', b'"an error"', b'""'])
def test_what_is_no_word(raw: bytes) -> None:
    """Never guessed from words within a text."""
    assert read_word(raw) is None
