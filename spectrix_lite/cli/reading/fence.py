"""Fences around what was logged, for Markdown: nothing within can end one, so that none of it passes for our words."""

from __future__ import annotations

import re
from typing import Final

_FENCES: Final = re.compile(r"`+")


def fenced(text: str, kind: str = "text") -> str:
    """`text` in a fence longer than any within it."""
    longest = max((len(found) for found in _FENCES.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"


def inline(text: str) -> str:
    """A few words of a log within a sentence: a code span on one line, longer than any within it."""
    flat = " ".join(text.split()) or " "
    longest = max((len(found) for found in _FENCES.findall(flat)), default=0)
    mark = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{mark}{pad}{flat}{pad}{mark}"
