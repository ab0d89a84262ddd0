"""Names that people give to services and stream keys."""

from __future__ import annotations

import unicodedata
from typing import Final

from .errors import InvalidName

MAX_LENGTH: Final = 100


def clean_name(text: str) -> str:
    """`text` without surrounding blanks, in composed form.

    Raises InvalidName where nothing is left, more than 100 characters are, or one of them is a control character
    (line ends, the direction overrides that make a name read as another, lone surrogates).
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= MAX_LENGTH or any(_is_control(character) for character in name):
        raise InvalidName
    return name


def name_key(name: str) -> str:
    """What two names that count as the same have in common: the case is folded."""
    return unicodedata.normalize("NFC", name.casefold())


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    # Cf holds the joiners that emoji and some scripts need, so of it only the bidi controls are refused.
    return category in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(character) in _BIDI_CONTROLS


_BIDI_CONTROLS: Final = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
