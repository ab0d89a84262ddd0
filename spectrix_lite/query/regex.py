"""Regular expressions in queries: the part of the syntax that RE2 and a browser read alike, and run in linear time.

Refused is what RE2 has not (look-around, back references), what the two read differently, repetition within
repetition, which would take a browser for ever, and what grows too large once its counts are written out. The page
refuses alike (`web/js/query/language/regex.js`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import re2

MAX_LENGTH: Final = 200
MAX_COUNT: Final = 100
MAX_SIZE: Final = 200
"""Of one expression, and of all of a query together. Where no two places of a text leave RE2 in the same state, each
character costs it time for all that is still possible: a tenth of a millisecond a unit for the longest entry."""

_MAX_WAYS: Final = 4096
_PLAIN: Final = 3
_CLASS: Final = 6
_NEGATED: Final = 16
_CHOICE: Final = 4
"""Sizes by what each was measured to cost: an alternative or an optional part adds to the ways that a text can go on, a
class lets it. Without any of them RE2 has as many states as there are characters, and costs next to nothing.

A bounded repetition behind plain characters counts for less: `error` begins at every fifth character at most, so of
`error.{0,100}` a fifth of what it could be is under way at once.
"""

_CLASS_ESCAPES: Final = "dDwWsS"
_OTHER_ESCAPES: Final = "bBtnr"
_MAX_MEMORY: Final = 1 << 18
"""Bytes that RE2 may use for one expression, that it need not leave its fast way for want of them. The largest program
that is allowed takes 37 KiB; with 1 MiB the worst were no faster."""
_ANYWHERE: Final = re2._Anchor.UNANCHORED
_NOWHERE: Final = (-1, -1)


class Refused(Exception):
    """Why an expression is not taken: a sentence for people."""


class Expression:
    """An expression, ready to search with. Two with the same text are equal.

    `size` is what it counts for in a query's MAX_SIZE. Raises Refused. Where it `is_local`, what it matches it also
    matches with line ends and more text around.
    """

    __slots__ = ("_empty", "_match", "ignores_case", "is_local", "pattern", "size")

    def __init__(self, pattern: str, ignores_case: bool) -> None:
        self.pattern = pattern
        self.ignores_case = ignores_case
        self.size = size(pattern)
        self.is_local = "$" not in pattern and "^" not in pattern.replace("[^", "[")
        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        options.case_sensitive = not ignores_case
        options.max_mem = _MAX_MEMORY
        try:
            # `re2.compile` would keep the last 128, and `search` costs as much again as the search itself.
            self._match = re2._Regexp(pattern, options)._regexp.Match
        except (re2.error, UnicodeEncodeError):
            raise Refused("This regular expression cannot be read, or would grow too large.") from None
        self._empty = self._found(b"")

    def found_in(self, text: bytes) -> bool:
        """Whether it matches somewhere in a text of UTF-8."""
        return self._found(text) if text else self._empty

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"/{self.pattern}/{'i' if self.ignores_case else ''}"

    def _found(self, text: bytes) -> bool:
        return bool(self._match(_ANYWHERE, text, 0, len(text))[0] != _NOWHERE)

    def _key(self) -> tuple[str, bool]:
        return self.pattern, self.ignores_case


def size(pattern: str) -> int:
    """How much there is to an expression once its counts are written out. Raises Refused for what is not taken."""
    if len(pattern) > MAX_LENGTH:
        raise Refused(f"A regular expression has at most {MAX_LENGTH} characters.")
    reader = _Reader(pattern)
    whole = reader.alternatives()
    if not reader.is_done:
        raise Refused("There is a ) too many in this regular expression. Write \\) for the character itself.")
    return _PLAIN if reader.is_plain else whole.checked().size


class _Part(NamedTuple):
    """A part of an expression: whether it repeats without bound, how large it is, in how many ways it may be read."""

    repeats: bool = False
    size: int = 1
    ways: int = 1

    def checked(self) -> _Part:
        """Raises Refused where it is too large."""
        if self.size > MAX_SIZE or self.ways > _MAX_WAYS:
            raise Refused(
                "This regular expression is too large with its counts written out. Lower its counts, or use *."
            )
        return self


def _plain_character(atom: str) -> str:
    """The character that an atom stands for, in lower case; nothing for any other atom."""
    char = atom[-1]
    is_plain = (len(atom) == 1 and char not in ".^$") or (len(atom) == 2 and atom[0] == "\\" and not char.isalnum())
    return char.lower() if is_plain and char.isascii() else ""


def _period(text: str) -> int:
    """After how many characters a text can begin again at the earliest, at least 1."""
    return next((shift for shift in range(1, len(text)) if text.startswith(text[shift:])), max(1, len(text)))


class _Reader:
    """Reads an expression from left to right; `is_plain` while it has met characters and alternatives only."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0
        self.is_plain = True

    @property
    def is_done(self) -> bool:
        return self._at == len(self._pattern)

    def alternatives(self) -> _Part:
        found = self._sequence()
        while self._take("|"):
            other = self._sequence()
            size = found.size + other.size + _CHOICE
            found = _Part(found.repeats or other.repeats, size, found.ways + other.ways)
        return found

    def _sequence(self) -> _Part:
        found = _Part(size=0)
        literal = ""  # the plain characters that stand before the next part
        while not self.is_done and self._peek() not in "|)":
            start = self._at
            atom = self._atom()
            end = self._at
            part = self._quantified(atom, literal)
            found = _Part(found.repeats or part.repeats, found.size + part.size, found.ways * part.ways)
            char = _plain_character(self._pattern[start:end]) if self._at == end else ""
            literal = char and literal + char
        return found.checked()

    def _quantified(self, part: _Part, before: str) -> _Part:
        counts = self._quantifier()
        if counts is None:
            return part
        self.is_plain = False
        least, most = counts
        if most is None:
            if part.repeats:
                raise Refused("Repetition within repetition, as in (a+)+, is not possible here. Write it flat.")
            return _Part(True, part.size * (least or 1) + _CHOICE, part.ways).checked()
        size = (part.size * most + _CHOICE * (most - least)) // _period(before)
        return _Part(part.repeats, size, part.ways**most * (most - least + 1)).checked()

    def _atom(self) -> _Part:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            self.is_plain = False
            return _Part(size=_CLASS)
        if char == "\\":
            return self._escape(_CLASS_ESCAPES + _OTHER_ESCAPES)
        if char in "*+?":
            raise Refused(f"There is nothing for {char} to repeat. Write \\{char} for the character itself.")
        if char in "{}]":
            raise Refused(f"Write \\{char} for the character {char} itself.")
        return _Part()

    def _group(self) -> _Part:
        self.is_plain = False
        if self._take("?") and not self._take(":"):
            raise Refused("Groups are (…) and (?:…): no look-around, no names.")
        self._depth += 1
        if self._depth > 20:
            raise Refused("The groups of this regular expression are nested too deeply.")
        found = self.alternatives()
        self._depth -= 1
        if not self._take(")"):
            raise Refused("A group of this regular expression is not closed. Write \\( for the character itself.")
        return found

    def _class(self) -> _Part:
        self.is_plain = False
        size = _NEGATED if self._take("^") else _CLASS
        if self._peek() == "]":
            raise Refused("A class […] holds at least one character; write \\] for that one.")
        while not self._take("]"):
            if self.is_done:
                raise Refused("A class […] of this regular expression is not closed.")
            char = self._next()
            if char == "[":
                raise Refused("Write \\[ for the character [ within a class.")
            if char == "\\":
                size += self._escape(_CLASS_ESCAPES + "tnr").size
            elif not char.isascii():
                size += 1
        return _Part(size=size)

    def _escape(self, letters: str) -> _Part:
        char = self._next()
        if char == "" or (char.isalnum() and char not in letters) or not char.isascii():
            raise Refused(f"Behind \\ stands one of {', '.join(letters)}, or a sign that is meant as it is.")
        if char not in _CLASS_ESCAPES:
            return _Part()
        self.is_plain = False
        return _Part(size=_NEGATED if char.isupper() else _CLASS)

    def _quantifier(self) -> tuple[int, int | None] | None:
        """(least, most) of a repetition; most is None where it has no upper bound."""
        counts: tuple[int, int | None]
        if self._take("*"):
            counts = 0, None
        elif self._take("+"):
            counts = 1, None
        elif self._take("?"):
            counts = 0, 1
        elif self._take("{"):
            counts = self._counts()
        else:
            return None
        self._take("?")
        return counts

    def _counts(self) -> tuple[int, int | None]:
        least = self._number()
        most: int | None = least
        if self._take(","):
            most = None if self._peek() == "}" else self._number()
        if not self._take("}") or (most is not None and most < least):
            raise Refused("A count is {n}, {n,} or {n,m}. Write \\{ for the character itself.")
        return least, most

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
