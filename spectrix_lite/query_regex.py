"""Regular expressions in queries: the part of the syntax that RE2 and a browser read alike, and run in linear time.

Refused is what RE2 has not (look-around, back references), what the two read differently, and repetition within
repetition, which would take a browser for ever. The page refuses alike (`web/js/query/regex.js`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import re2

MAX_LENGTH: Final = 200
MAX_COUNT: Final = 100
_CLASS_ESCAPES: Final = "dDwWsS"
_OTHER_ESCAPES: Final = "bBtnr"
_MAX_MEMORY: Final = 1 << 20
"""Bytes that RE2 may use for one expression."""


class Refused(Exception):
    """Why an expression is not taken: a sentence for people."""


@lru_cache(maxsize=256)
def compiled(pattern: str, ignores_case: bool) -> re2._Regexp[str]:
    """The expression, ready to search with. Raises Refused."""
    check(pattern)
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignores_case
    options.max_mem = _MAX_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise Refused("This regular expression cannot be read, or would grow too large.") from None


def check(pattern: str) -> None:
    """Raises Refused for what is not in the common part of the syntax."""
    if len(pattern) > MAX_LENGTH:
        raise Refused(f"A regular expression has at most {MAX_LENGTH} characters.")
    reader = _Reader(pattern)
    reader.alternatives()
    if not reader.is_done:
        raise Refused("There is a ) too many in this regular expression. Write \\) for the character itself.")


class _Reader:
    """Reads an expression from left to right; each method returns whether what it read repeats without bound."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    @property
    def is_done(self) -> bool:
        return self._at == len(self._pattern)

    def alternatives(self) -> bool:
        repeats = self._sequence()
        while self._take("|"):
            repeats |= self._sequence()
        return repeats

    def _sequence(self) -> bool:
        repeats = False
        while not self.is_done and self._peek() not in "|)":
            inner = self._atom()
            if self._quantifier():
                if inner:
                    raise Refused("Repetition within repetition, as in (a+)+, is not possible here. Write it flat.")
                inner = True
            repeats |= inner
        return repeats

    def _atom(self) -> bool:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            self._class()
        elif char == "\\":
            self._escape(_CLASS_ESCAPES + _OTHER_ESCAPES)
        elif char in "*+?":
            raise Refused(f"There is nothing for {char} to repeat. Write \\{char} for the character itself.")
        elif char in "{}]":
            raise Refused(f"Write \\{char} for the character {char} itself.")
        return False

    def _group(self) -> bool:
        if self._take("?") and not self._take(":"):
            raise Refused("Groups are (…) and (?:…): no look-around, no names.")
        self._depth += 1
        if self._depth > 20:
            raise Refused("The groups of this regular expression are nested too deeply.")
        repeats = self.alternatives()
        self._depth -= 1
        if not self._take(")"):
            raise Refused("A group of this regular expression is not closed. Write \\( for the character itself.")
        return repeats

    def _class(self) -> None:
        self._take("^")
        if self._peek() == "]":
            raise Refused("A class […] holds at least one character; write \\] for that one.")
        while not self._take("]"):
            if self.is_done:
                raise Refused("A class […] of this regular expression is not closed.")
            char = self._next()
            if char == "[":
                raise Refused("Write \\[ for the character [ within a class.")
            if char == "\\":
                self._escape(_CLASS_ESCAPES + "tnr")

    def _escape(self, letters: str) -> None:
        char = self._next()
        if char == "" or (char.isalnum() and char not in letters) or not char.isascii():
            raise Refused(f"Behind \\ stands one of {', '.join(letters)}, or a sign that is meant as it is.")

    def _quantifier(self) -> bool:
        """Whether there is one that has no upper bound."""
        if self._take("*") or self._take("+"):
            self._take("?")
            return True
        if self._take("?"):
            self._take("?")
            return False
        if not self._take("{"):
            return False
        least = self._number()
        most: int | None = least
        if self._take(","):
            most = None if self._peek() == "}" else self._number()
        if not self._take("}") or (most is not None and most < least):
            raise Refused("A count is {n}, {n,} or {n,m}. Write \\{ for the character itself.")
        self._take("?")
        return most is None

    def _number(self) -> int:
        digits = ""
        while self._peek().isdecimal() and self._peek().isascii():
            digits += self._next()
        if not digits or len(digits) > 3 or int(digits) > MAX_COUNT:
            raise Refused(f"A count is a number up to {MAX_COUNT}. Write \\{{ for the character {{ itself.")
        return int(digits)

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        char = self._peek()
        self._at += len(char)
        return char

    def _take(self, char: str) -> bool:
        if self._peek() != char:
            return False
        self._at += 1
        return True
