"""How much of their counts and times the long tests take: all of them by themselves, a tenth with `FACTOR=0.1`."""

from __future__ import annotations

import os
from typing import Final

FACTOR: Final = float(os.environ.get("FACTOR", "1"))

SLOWER: Final = float(os.environ.get("SLOWER", "3"))
"""How many times as slow as one of its own a machine may be: what is promised in seconds is asserted times this."""


def scaled(whole: int, least: int, step: int = 1) -> int:
    """`whole` by the factor, in steps of `step`, and `least` at the least: fewer would show nothing."""
    return max(least, round(whole * FACTOR / step) * step)
