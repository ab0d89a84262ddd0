"""Tokenizer of the query language: the parts of a query, each with its place. `docs/query.md` tells the language.

The page takes queries apart alike (`web/js/query/language/tokenizer.js`); `tests/golden/queries.json` holds both to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

import msgspec

from .error import InvalidQuery

_BLANKS: Final = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What a browser takes for a blank: Python would leave out U+FEFF, and take some control characters besides."""

_BLANK: Final = re.compile(f"[{_BLANKS}]")
_SPACE: Final = re.compile(f"[{_BLANKS}]*")
_WORD: Final = re.compile(f'[^{_BLANKS}()"]+')
_REGEX: Final = re.compile(rf"/((?:[^/\\\n]|\\.)+)/(i?)(?=[{_BLANKS}()]|$)")
_PHRASE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PART: Final = r'(?:[A-Za-z0-9_$@-]+|"(?:[^"\\]|\\.)*")'
_FIELD: Final = re.compile(rf"([A-Za-z][A-Za-z0-9_]*(?:\.{_PART})*)(!=|>=|<=|:|=|>|<)", re.ASCII)
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII)
_DASH: Final = re.compile(f"-(?=[^{_BLANKS})])")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


class Kind(Enum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    NOT = "NOT"
    AND = "AND"
    OR = "OR"
    WORD = "word"
    PHRASE = "phrase"
    REGEX = "regex"
    FIELD = "field"
    END = "end"


class Token(msgspec.Struct, frozen=True):
    """`text` is what stands there, without quotes and escapes; of a FIELD its name, and `op` what follows it.

    `start` and `end` are offsets in the query. `ignores_case` belongs to a REGEX.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    op: str = ""
    ignores_case: bool = False


_KEYWORDS: Final = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}


def tokens(query: str) -> Iterator[Token]:
    """The tokens of a query, END the last. Raises InvalidQuery for a quote that is not closed."""
    at = 0
    expects_value = False  # after `field:` whatever stands there is its value, `-` and keywords too
    while True:
        if not expects_value:
            at = _end(_SPACE, query, at)
        if at >= len(query):
            break
        token = _token(query, at, expects_value)
        expects_value = token.kind is Kind.FIELD
        yield token
        at = token.end
    yield Token(Kind.END, at, at)


def parts(name: str) -> list[str]:
    """The parts of a field's name between its dots: `metadata."a.b".0` is metadata, a.b and 0."""
    return [_unescaped(part[1:-1]) if part.startswith('"') else part for part in re.findall(_PART, name)]


def _token(query: str, at: int, expects_value: bool) -> Token:
    char = query[at]
    if expects_value and (_BLANK.match(char) or char in "()"):
        return Token(Kind.END, at, at)  # no value: what stands here is read as if nothing had been expected
    if char in "()":
        return Token(Kind.OPEN if char == "(" else Kind.CLOSE, at, at + 1)
    if char == '"':
        phrase = _PHRASE.match(query, at)
        if phrase is None:
            raise InvalidQuery("quote_open", 'This quote is not closed. Add a " behind the phrase.', at, len(query))
        return Token(Kind.PHRASE, at, phrase.end(), _unescaped(phrase[1]))
    regex = _REGEX.match(query, at)
    if regex is not None:
        return Token(Kind.REGEX, at, regex.end(), regex[1], ignores_case=bool(regex[2]))
    if not expects_value:
        if _DASH.match(query, at):
            return Token(Kind.NOT, at, at + 1)
        field = _FIELD.match(query, at)
        if field is not None and _ADDRESS.match(query, at) is None:
            return Token(Kind.FIELD, at, field.end(), field[1], field[2])
    word = _WORD.match(query, at)
    assert word is not None, "whatever is none of the others is a word"
    kind = Kind.WORD if expects_value else _KEYWORDS.get(word[0], Kind.WORD)
    return Token(kind, at, word.end(), word[0])


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(r"\1", text)
