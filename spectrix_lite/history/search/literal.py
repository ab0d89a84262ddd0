"""Literal: the words that a text must have, whatever its case, for a regular expression to match in it."""

from __future__ import annotations

import re
from typing import Final

from ...query.regex import Expression
from ..blocks.description import WORD

_PART: Final = re.compile(
    r"""
    (?P<atom> \\. | \[ (?: \\. | [^\]\\] )* \] | \( | \) | \| | . )
    (?P<count> (?: [*?] | \{0[,}][0-9]*\}? | \+ | \{[0-9]+ (?:,[0-9]*)? \} ) \?? )?
    """,
    re.VERBOSE | re.DOTALL,
)
_FOLDED: Final = re.compile("[sk]")
"""Whose other spellings beyond ASCII an expression that ignores case finds as well."""

MOST_CHOICES: Final = 8


def required_words(expression: Expression) -> list[list[str]]:
    """Of each choice the words, in lower case, parts of words as well, of which every text that it matches has all.
    Nothing where there are too many choices; an empty choice has none.
    """
    choices: list[list[str]] = [[]]
    literal, depth = "", 0

    def ended() -> None:
        nonlocal literal
        pieces = _FOLDED.split(literal.lower()) if expression.ignores_case else [literal.lower()]
        choices[-1] += [word for piece in pieces for word in WORD.findall(piece)]
        literal = ""

    for part in _PART.finditer(expression.pattern):
        atom, count = part["atom"], part["count"] or ""
        depth += (atom == "(") - (atom == ")")
        if depth or atom == ")":
            ended()
        elif atom == "|":
            ended()
            choices.append([])
        else:
            char = _character(atom)
            if char and count[:1] not in ("*", "?") and not count.startswith("{0"):
                literal += char
                if count:
                    ended()
            else:
                ended()
    ended()
    return choices if len(choices) <= MOST_CHOICES else []


def _character(atom: str) -> str:
    """The character that is meant as it is; nothing where another one may stand for it."""
    if len(atom) == 1:
        return "" if atom in ".^$" else atom
    return atom[1] if len(atom) == 2 and atom[0] == "\\" and not atom[1].isalnum() else ""
