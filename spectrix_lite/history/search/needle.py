"""Needle: what must be in a block, or in the bytes of an entry, for a query to hold there.

It only ever rules out: what is left is asked by the query itself, so that the answer is the matcher's own. So whatever
is not sure to be told apart passes: that escapes stand for other characters, that letters fold in other ways.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ...entries.entry import LEVELS
from ...query.candidate import Candidate
from ...query.filter import Filter
from ...query.nodes import And, Field, FieldPattern, Level, Node, Number, Or, Pattern, Status, Text
from ...query.numbers import canonical, exact
from ...query.regex import Expression
from ..blocks.description import MOST_VALUE, WORD, Dictionary
from .literal import required_words

_FOLDED: Final = ("\u212a".encode(), "\u0130".encode())
"""The only two characters beyond ASCII whose lower case has ASCII in it."""

_MOST_NEEDLES: Final = 8
_TEXTS: Final = frozenset(("message", "path", "source", "method", "request", "trace"))
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. @:")


class Words:
    """A dictionary as it is asked: its lines in lower case are made once, and only where a query needs them."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.of = dictionary
        self._lower: str | None = None

    def hold(self, text: str) -> bool:
        """Whether all words of a text, in lower case, may be somewhere."""
        for word in WORD.findall(text):
            if word not in self.of.words:
                if self._lower is None:
                    self._lower = self.of.pairs.lower()
                if word not in self._lower:
                    return False
        return True

    def hold_member(self, name: str) -> bool:
        """Whether some metadata may have a scalar member of this name."""
        return self._has_line(f"{name}=", is_whole=False) or self._has_line(f"{name}\t")

    def hold_pair(self, name: str, value: str) -> bool:
        """Whether a member may be exactly this."""
        return self._has_line(f"{name}={value}") or self._has_line(f"{name}\t")

    def _has_line(self, line: str, *, is_whole: bool = True) -> bool:
        """Whether there is this line, or one that begins so. They are in order: some of them tell where it would be."""
        pairs = self.of.pairs
        low, high = 1, len(pairs)
        while low < high:
            start = pairs.rfind("\n", 0, (low + high) // 2) + 1
            end = pairs.find("\n", start)
            if pairs[start:end] < line:
                low = end + 1
            else:
                high = start
        return pairs.startswith(f"{line}\n" if is_whole else line, low)


def may_hold(filter_: Filter, words: Words) -> bool:
    """Whether a block with this dictionary can have an entry that the filter lets pass."""
    levels = words.of.levels
    if filter_.levels is not None and not filter_.levels & set(levels):
        return False
    if filter_.sources is not None and not any(words.hold(source.lower()) for source in filter_.sources):
        return False
    return all(_may(node, words) for node in filter_.queries)


def _may(node: Node, words: Words) -> bool:
    match node:
        case And(parts):
            return all(_may(part, words) for part in parts)
        case Or(parts):
            return any(_may(part, words) for part in parts)
        case Text(text):
            return words.hold(text)
        case Pattern(expression):
            return _may_match(expression, words)
        case Level():
            return any(node.matches(Candidate(level, "")) for level in words.of.levels)
        case Status(least, most):
            return any(least <= status <= most for status in words.of.statuses)
        case Field():
            return _may_field(node, words)
        case Number(path=(name,)):
            return not name.isprintable() or words.hold_member(name)
        case FieldPattern(path=(), name="message" | "path" | "source" | "method", expression=expression):
            return _may_match(expression, words)
        case Number(path=path) | FieldPattern(path=path):
            return all(words.hold(name.lower()) for name in path if not name.isdecimal())
        case _:
            return True


def _may_match(expression: Expression, words: Words) -> bool:
    choices = required_words(expression)
    return not choices or any(all(words.hold(word) for word in choice) for choice in choices)


def _may_field(node: Field, words: Words) -> bool:
    # Of a number nothing is sure: it may be written in another way.
    is_sure = node.how != "there" and not (node.how == "exact" and exact(node.text) is not None)
    if not node.path:
        return node.name not in _TEXTS or not is_sure or words.hold(node.text.lower())
    if len(node.path) == 1 and node.path[0].isprintable():
        return _may_member(node, node.path[0], words)
    named = all(words.hold(name.lower()) for name in node.path if not name.isdecimal())
    return named and (not is_sure or words.hold(node.text.lower()))


def _may_member(node: Field, name: str, words: Words) -> bool:
    """Of a scalar member there is a line; a list or an object is text."""
    if node.how != "exact":
        return words.hold(name.lower()) and (node.how == "there" or words.hold(node.text.lower()))
    if not node.text.isprintable() or len(node.text) > MOST_VALUE or node.text[:1] in ("{", "["):
        return True
    return words.hold_pair(name, canonical(node.text) or node.text)


class Needles(NamedTuple):
    """What the filter lets pass has one of `texts` in its bytes, where `is_lower` in those in lower case."""

    rank: int
    is_lower: bool
    texts: list[bytes]


def needles(filter_: Filter, words: Words | None) -> Needles | None:
    """The rarest that are sure; None where none is. `words` are those of the block that is looked through, if it has
    a dictionary.
    """
    found = [Needles(4, False, [_level(level) for level in filter_.levels])] if filter_.levels is not None else []
    for node in filter_.queries:
        for part in node.parts if isinstance(node, And) else (node,):
            each = _needles(part, words)
            if each is not None:
                found.append(each)
    return min(found, key=lambda each: (each.rank, len(each.texts)), default=None)


def is_plain(content: bytes) -> bool:
    """Whether no character stands for another one: what `needles` says is sure in such bytes alone."""
    return b"\\u" not in content and (content.isascii() or not any(each in content for each in _FOLDED))


def _level(level: str) -> bytes:
    return b'"level":"%b"' % level.encode()


def _needles(node: Node, words: Words | None) -> Needles | None:
    match node:
        case Text(text):
            return _text(text)
        case Pattern(expression):
            return _choices(expression)
        case FieldPattern(path=(), name="message" | "path" | "source" | "method", expression=expression):
            return _choices(expression)
        case Field(path=(), name="message" | "path" | "source" | "method", text=text, how=how) if how != "there":
            return None if how == "exact" and exact(text) is not None else _text(text)
        case Level():
            levels = [level for level in LEVELS if node.matches(Candidate(level, ""))]
            return Needles(3, False, [_level(level) for level in levels])
        case Status(least, most) if words is not None:
            known = [status for status in words.of.statuses if least <= status <= most]
            texts = [b'"statusCode":%d' % status for status in known]
            return Needles(2, False, texts) if len(texts) <= _MOST_NEEDLES else None
        case Field(path=(name,), how="exact", text=text) if words is not None and words.of.is_compact:
            value = canonical(text) or text
            if f"\n{name}\t" in words.of.pairs or not (_PLAIN.issuperset(name) and _PLAIN.issuperset(value)):
                return None
            key = name.encode(), value.encode()
            return Needles(0, False, [b'"%b":"%b"' % key, b'"%b":%b' % key])
        case _:
            return None


def _text(text: str) -> Needles | None:
    words = WORD.findall(text.lower())
    return Needles(1, True, [max(words, key=len).encode()]) if words else None


def _choices(expression: Expression) -> Needles | None:
    choices = required_words(expression)
    if not choices or not all(choices):
        return None
    return Needles(1, True, [max(choice, key=len).encode() for choice in choices])
