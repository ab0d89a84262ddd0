"""The grammar of queries: `level:error (status>=500 OR duration>300) -path:/healthz`. `docs/query.md` tells it.

    or      = and { "OR" and }
    and     = unary { [ "AND" ] unary }
    unary   = ( "-" | "NOT" ) unary | primary
    primary = "(" or ")" | field op value | word | "phrase" | /regex/

The page reads queries alike (`web/js/query/language/parser.js`).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Final, cast

from .error import InvalidQuery
from .moments import day_and_time, is_clock, milliseconds
from .nodes import (
    COMPARE,
    RANKS,
    And,
    Duration,
    Field,
    FieldPattern,
    Level,
    Moment,
    Node,
    Not,
    Number,
    Op,
    Or,
    Pattern,
    Received,
    Status,
    Text,
    cheapest_first,
)
from .numbers import Exact, exact
from .regex import MAX_SIZE, Expression, Refused
from .tokenizer import Kind, Token, parts, tokens

MAX_LENGTH: Final = 1024
MAX_TERMS: Final = 64
MAX_DEPTH: Final = 32
EVERYTHING: Final = And(())
"""The query that leaves nothing out: the empty one."""

_ALIASES: Final = {"endpoint": "path", "statuscode": "status"}
_WHOLE: Final = ("source", "method", "route", "request", "trace")
_FIELDS: Final = ("level", "message", "path", "status", "duration", "since", "time", "metadata", *_WHOLE)
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|)", re.ASCII)


@lru_cache(maxsize=64)  # the dearest queries, asked of the worst texts, were measured at 0.1 MiB each
def parse_query(query: str) -> Node:
    """The tree of a query. Raises InvalidQuery, which says what is wrong and where."""
    if len(query) > MAX_LENGTH:
        raise InvalidQuery("too_long", f"A query has at most {MAX_LENGTH} characters.", MAX_LENGTH, len(query))
    return _Parser(query).query()


class _Parser:
    def __init__(self, query: str) -> None:
        self._tokens = tokens(query)
        self._token = next(self._tokens)
        self._terms = 0
        self._size = 0
        self._depth = 0

    def query(self) -> Node:
        if self._token.kind is Kind.END:
            return EVERYTHING
        node = self._or()
        if self._token.kind is Kind.CLOSE:
            raise self._wrong("group_close", "This ) closes nothing. Take it away, or put it in quotes.")
        return node

    def _or(self) -> Node:
        found = [self._and()]
        while self._token.kind is Kind.OR:
            self._advance()
            found.append(self._and())
        return found[0] if len(found) == 1 else Or(cheapest_first(found))

    def _and(self) -> Node:
        found = [self._unary()]
        while self._token.kind not in (Kind.OR, Kind.CLOSE, Kind.END):
            if self._token.kind is Kind.AND:
                self._advance()
            found.append(self._unary())
        return found[0] if len(found) == 1 else And(cheapest_first(found))

    def _unary(self) -> Node:
        if self._token.kind is not Kind.NOT:
            return self._primary()
        self._deeper()
        self._advance()
        node = Not(self._unary())
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        token = self._token
        if token.kind in (Kind.AND, Kind.OR, Kind.CLOSE, Kind.END):
            raise self._wrong("missing_operand", "Something to look for is missing here; a word in quotes is text.")
        if token.kind is Kind.OPEN:
            return self._group(token)
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._wrong("too_many_terms", f"A query has at most {MAX_TERMS} terms.")
        self._advance()
        if token.kind is Kind.FIELD:
            value = self._token
            term = _term(token, value)
            if isinstance(term, FieldPattern):
                self._count(term.expression, value)
            self._advance()
            return term
        if token.kind is Kind.REGEX:
            expression = _expression(token)
            self._count(expression, token)
            return Pattern(expression)
        return Text(token.text.lower())

    def _group(self, opening: Token) -> Node:
        self._deeper()
        self._advance()
        node = self._or()
        if self._token.kind is not Kind.CLOSE:
            message = "This ( is not closed. Add a ), or put it in quotes."
            raise InvalidQuery("group_open", message, opening.start, opening.end)
        self._advance()
        self._depth -= 1
        return node

    def _count(self, expression: Expression, token: Token) -> None:
        self._size += expression.size
        if self._size > MAX_SIZE:
            message = "The regular expressions of this query are too large together. Leave one out, or lower a count."
            raise InvalidQuery("bad_regex", message, token.start, token.end)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong("too_deep", f"A query is nested at most {MAX_DEPTH} deep.")

    def _advance(self) -> None:
        self._token = next(self._tokens)

    def _wrong(self, about: str, message: str) -> InvalidQuery:
        return InvalidQuery(about, message, self._token.start, self._token.end)


def _term(field: Token, value: Token) -> Node:
    name, *path = parts(field.text)
    name = _ALIASES.get(name.lower(), name.lower())
    if name not in _FIELDS or (name == "metadata") is (not path):
        message = "There is no such field. For the text itself, put it in quotes."
        if name == "metadata":
            message = "Name what you look for in the metadata: metadata.userId, say."
        raise InvalidQuery("unknown_field", message, field.start, field.end - len(field.op))
    if value.kind is Kind.END:
        message = f"Behind {field.op} stands what to compare with."
        raise InvalidQuery("missing_value", message, field.start, field.end)
    if value.kind is Kind.REGEX and field.op != ":":
        raise _impossible(field, "A regular expression stands behind : only.")
    if value.kind is Kind.WORD and value.text == "*" and field.op == ":":
        return _there(name, tuple(path))
    if name == "level":
        return _level(field, value)
    if name == "status":
        return _status(field, value)
    if name == "duration":
        return _duration(field, value)
    if name in ("since", "time"):
        return _since(field, value) if name == "since" else _time(field, value)
    where = tuple(path)
    if value.kind is Kind.REGEX:
        return FieldPattern(name, where, _expression(value))
    if field.op in COMPARE:
        if name != "metadata":
            raise _impossible(field, f"{field.op} compares numbers, and levels: status, duration, level, metadata.….")
        return Number(where, cast("Op", field.op), _number(value))
    if field.op == ":":
        return Field(name, where, "whole" if name in _WHOLE else "part", value.text.lower())
    equal = Field(name, where, "exact", value.text, exact(value.text))
    return equal if field.op == "=" else Not(equal)


def _there(name: str, path: tuple[str, ...]) -> Node:
    if name == "since" or name == "time":
        return EVERYTHING
    if name == "level":
        return EVERYTHING
    if name == "status":
        return Status(-math.inf, math.inf)
    if name == "duration":
        return Duration(">=", 0.0)
    return Field(name, path, "there")


def _level(field: Token, value: Token) -> Node:
    level = value.text.lower()
    if value.kind is Kind.REGEX or level not in RANKS:
        raise InvalidQuery("bad_level", "A level is error, warn, info or debug.", value.start, value.end)
    return Level(cast("Op", field.op), level)


def _status(field: Token, value: Token) -> Node:
    text = value.text.lower()
    if field.op == ":" and re.fullmatch(r"[1-5]xx", text, re.ASCII):
        return Status(int(text[0]) * 100, int(text[0]) * 100 + 99)
    if value.kind is Kind.REGEX or not re.fullmatch(r"\d{1,3}", text, re.ASCII):
        message = "A status is a number such as 404; behind : also a class such as 5xx."
        raise InvalidQuery("bad_status", message, value.start, value.end)
    status = int(text)
    match field.op:
        case ":" | "=":
            return Status(status, status)
        case "!=":
            return Not(Status(status, status))
        case ">":
            return Status(status + 1, math.inf)
        case ">=":
            return Status(status, math.inf)
        case "<":
            return Status(-math.inf, status - 1)
        case _:
            return Status(-math.inf, status)


def _since(field: Token, value: Token) -> Node:
    if field.op != ":":
        raise _impossible(field, "since stands before : only, as in since:5m.")
    span = None if value.kind is Kind.REGEX else milliseconds(value.text.lower())
    if span is None:
        raise InvalidQuery("bad_time", "Since when is a number with s, m, h, d or w: 5m.", value.start, value.end)
    return Moment(">=", span)


def _time(field: Token, value: Token) -> Node:
    if field.op not in COMPARE:
        raise _impossible(field, "A time is compared, with >, >=, < or <=.")
    op = cast("Op", field.op)
    if value.kind is not Kind.REGEX and is_clock(value.text):
        return Moment(op, clock=value.text)
    at = None if value.kind is Kind.REGEX else day_and_time(value.text)
    if at is None:
        message = 'A time is 14:05, 2026-11-28 or "2026-11-28 23:00"; without a zone it is UTC.'
        raise InvalidQuery("bad_time", message, value.start, value.end)
    return Received(op, at)


def _duration(field: Token, value: Token) -> Node:
    found = None if value.kind is Kind.REGEX else _DURATION.fullmatch(value.text)
    if found is None:
        message = "A duration is a number of milliseconds, or of seconds as in 1.5s."
        raise InvalidQuery("bad_number", message, value.start, value.end)
    milliseconds = float(found[1]) * (1000 if found[2] == "s" else 1)
    return Duration("=" if field.op == ":" else cast("Op", field.op), milliseconds)


def _number(value: Token) -> Exact:
    found = exact(value.text)
    if found is None:
        message = "This compares numbers. Write = to compare texts."
        raise InvalidQuery("bad_number", message, value.start, value.end)
    return found


def _expression(token: Token) -> Expression:
    try:
        return Expression(token.text, token.ignores_case)
    except Refused as refusal:
        raise InvalidQuery("bad_regex", str(refusal), token.start, token.end) from None


def _impossible(field: Token, message: str) -> InvalidQuery:
    return InvalidQuery("bad_operator", message, field.end - len(field.op), field.end)
