"""How much of their counts and times the long tests take: all of them by themselves, a tenth with `FACTOR=0.1`."""

from __future__ import annotations

import os
from typing import Final

FACTOR: Final = float(os.environ.get("FACTOR", "1"))


def scaled(whole: int, least: int, step: int = 1) -> int:
    """`whole` by the factor, in steps of `step`, and `least` at the least: fewer would show nothing."""
    return max(least, round(whole * FACTOR / step) * step)
