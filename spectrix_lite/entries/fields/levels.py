"""Levels: what a level's word or number means, by the scale of the name that it stands under."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from ..entry import Level
from .names import LEVEL_NUMBERS, FieldCandidate

LONGEST: Final = 40
"""Bytes of the longest JSON text that is read as a level."""


class Meaning(NamedTuple):
    """A level, and whether the original said more than it does."""

    level: Level
    lost: bool


LevelReader = Callable[[bytes], Meaning | None]
"""Reads the JSON text of a value, of at most `LONGEST` bytes; None where it is no level."""

_TRACE, _DEBUG, _INFO = Meaning("debug", True), Meaning("debug", False), Meaning("info", False)
_NOTICE, _WARN, _ERROR, _FATAL = (
    Meaning("info", True),
    Meaning("warn", False),
    Meaning("error", False),
    Meaning("error", True),
)

_WORDS: Final[dict[str, Meaning]] = {
    **dict.fromkeys(("info", "information", "informational", "inf"), _INFO),
    **dict.fromkeys(("notice", "success"), _NOTICE),
    **dict.fromkeys(("warn", "warning", "wrn"), _WARN),
    **dict.fromkeys(("error", "err", "eror"), _ERROR),
    **dict.fromkeys(
        ("fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic", "severe", "ftl"), _FATAL
    ),
    **dict.fromkeys(("debug", "dbg", "dbug"), _DEBUG),
    **dict.fromkeys(("trace", "verbose", "silly", "trc", "vrb"), _TRACE),
}
_BETWEEN = re.compile(r"(debug|info|warn|error)[+-]\d{1,3}")  # as slog writes a level between two that have a word
_WHOLE = re.compile(r"\d{1,6}(?=(?:\.0*)?\Z)", re.ASCII)

Scale = dict[int, Meaning]

_SYSLOG: Final[Scale] = dict(enumerate((_FATAL, _FATAL, _FATAL, _ERROR, _WARN, _NOTICE, _INFO, _DEBUG)))
_OTEL: Final[Scale] = {1: _TRACE, 5: _DEBUG, 9: _INFO, 13: _WARN, 17: _ERROR, 21: _FATAL}
_PYTHON: Final[Scale] = {10: _DEBUG, 20: _INFO, 30: _WARN, 40: _ERROR, 50: _FATAL}
_LOGBACK: Final[Scale] = {5000: _TRACE, 10000: _DEBUG, 20000: _INFO, 30000: _WARN, 40000: _ERROR}
_PINO: Final[Scale] = {10: _TRACE, 20: _DEBUG, 30: _INFO, 40: _WARN, 50: _ERROR, 60: _FATAL}
_MONOLOG: Final[Scale] = {100: _DEBUG, 200: _INFO, 300: _WARN, 400: _ERROR}
_GOOGLE: Final[Scale] = {
    **{100: _DEBUG, 200: _INFO, 300: _NOTICE, 400: _WARN, 500: _ERROR},
    **dict.fromkeys((600, 700, 800), _FATAL),
}


def _down(number: int, scale: Scale, last: int) -> Meaning | None:
    """The meaning of the number of a scale at or below; what lies between two of them is lost."""
    if number in scale:
        return scale[number]
    below = [each for each in scale if each < number]
    return Meaning(scale[below[-1]].level, True) if below and number <= last else None


def _level(number: int) -> Meaning | None:
    if 200 < number <= 250:
        return _NOTICE
    if 400 < number <= 600:
        return _FATAL
    return _SYSLOG.get(number) or _MONOLOG.get(number) or _down(number, _PINO, 60)


def _severity(number: int) -> Meaning | None:
    return _SYSLOG.get(number) or _GOOGLE.get(number) or _down(number, _PINO, 60)


_SCALES: Final[dict[str, Callable[[int], Meaning | None]]] = {
    "otel": lambda number: _down(number, _OTEL, 24),
    "python": lambda number: _down(number, _PYTHON, 50),
    "logback": lambda number: _down(number, _LOGBACK, 40000),
    "syslog": _SYSLOG.get,
    "level": _level,
    "severity": _severity,
}


def _reader(scale: str | None, *, words: bool) -> LevelReader:
    @lru_cache(maxsize=512)
    def read(raw: bytes) -> Meaning | None:
        text = msgspec.json.decode(raw, type=str) if raw[:1] == b'"' else raw.decode()
        text = text.strip().lower()
        if words and raw[:1] == b'"':
            if text in _WORDS:
                return _WORDS[text]
            if (between := _BETWEEN.fullmatch(text)) is not None:
                return Meaning(_WORDS[between[1]].level, True)
        if scale is not None and (number := _WHOLE.match(text)) is not None:
            return _SCALES[scale](int(number[0]))
        return None

    return read


read_word: Final = _reader(None, words=True)
"""By the word alone."""

NUMBER_READERS: Final[dict[str, LevelReader]] = {scale: _reader(scale, words=False) for scale in _SCALES}
"""By the number alone, also as text: `otel`, `python`, `logback`, `syslog`, or what `level` and `severity` hold."""

EITHER_READERS: Final[dict[str, LevelReader]] = {scale: _reader(scale, words=True) for scale in _SCALES}
"""By the word, else by the number: for a name that is alone with both."""


def level_readers(
    words: Sequence[FieldCandidate], numbers: Sequence[FieldCandidate]
) -> list[tuple[FieldCandidate, LevelReader]]:
    """What may be the level of a record, in order, each with its reader: words first, then numbers."""
    if len(numbers) == 1 and {each.key for each in words} == {numbers[0].key} and not numbers[0].path:
        # One value for all of them: it is a word, a number, or an object with a word in it.
        below = [(each, read_word) for each in words if each.path]
        return [(numbers[0], EITHER_READERS[LEVEL_NUMBERS[numbers[0].name]]), *below]
    return [(each, read_word) for each in words] + [
        (each, NUMBER_READERS[LEVEL_NUMBERS[each.name]]) for each in numbers
    ]
