"""A query's tree written down again: the inverse of `parse_query`, for tests that go there and back."""

from __future__ import annotations

import math
from decimal import Decimal
from types import UnionType

from spectrix_lite.query.nodes import (
    And,
    Duration,
    Field,
    FieldPattern,
    Level,
    Moment,
    Node,
    Not,
    Number,
    Or,
    Pattern,
    Received,
    Status,
    Text,
)

_UNITS = ((604_800_000, "w"), (86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"))


def text_of(node: Node) -> str:
    """A query that reads as `node`, nested no deeper than any other."""
    match node:
        case And(parts=()):
            return ""
        case And(parts=parts):
            return " ".join(_within(part, And | Or) for part in parts)
        case Or(parts=parts):
            return " OR ".join(_within(part, Or) for part in parts)
        case Not(part=part):
            return f"NOT {_within(part, And | Or)}"
        case Text(text=text):
            return _quoted(text)
        case Pattern(expression=expression):
            return repr(expression)
        case Level(op=op, level=level):
            return f"level{op}{level}"
        case Status(least=least, most=most):
            return _status(least, most)
        case Duration(op=op, value=value):
            return f"duration{op}{_decimal(value)}"
        case Moment(clock="", span=span):
            size, unit = next(each for each in _UNITS if span % each[0] == 0)
            return f"since:{span // size}{unit}"
        case Moment(op=op, clock=clock):
            return f"time{op}{clock}"
        case Received(op=op, at=at):
            return f"time{op}{at}"
        case Number(path=path, op=op, number=number):
            return f"{_name('metadata', path)}{op}{number.text}"
        case FieldPattern(name=name, path=path, expression=expression):
            return f"{_name(name, path)}:{expression!r}"
        case Field(name=name, path=path, how="there"):
            return f"{_name(name, path)}:*"
        case Field(name=name, path=path, how="exact", text=text):
            return f"{_name(name, path)}={_quoted(text)}"
        case Field(name=name, path=path, text=text):
            return f"{_name(name, path)}:{_quoted(text)}"
    raise TypeError(node)


def _within(node: Node, kinds: type | UnionType) -> str:
    """`node` as a part of another, in parentheses if it is one of `kinds`."""
    if node == And(()):
        return "level:*"  # every entry, as a term
    return f"({text_of(node)})" if isinstance(node, kinds) else text_of(node)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _name(name: str, path: tuple[str, ...]) -> str:
    return ".".join((name, *map(_quoted, path)))


def _decimal(value: float) -> str:
    """Without an exponent: a duration has none."""
    return "9" * 400 if value == math.inf else format(Decimal(value), "f")


def _status(least: float, most: float) -> str:
    """At most three digits, and no sign."""
    if least == -math.inf and most == math.inf:
        return "status:*"
    if most == math.inf:
        return f"status>{least - 1:.0f}" if least else "status>=0"
    if least == -math.inf:
        return f"status<{most + 1:.0f}" if most < 999 else "status<=999"
    return f"status={least:.0f}" if least == most else f"status:{least // 100:.0f}xx"
