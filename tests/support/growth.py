"""How the work for a text grows with its length, where C does it and nothing can be counted.

The one place of the tests that looks at a clock to judge by it: at processor time of this thread, as a ratio.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

Text = TypeVar("Text", str, bytes)

FACTOR = 64
_MOST = 8 * FACTOR
"""As far from what linear work would grow by, 64, as from what quadratic would, 4,096."""

_ROUNDS = 5


def check_linear(work: Callable[[Text], object], make: Callable[[int], Text], size: int) -> None:
    """Raises AssertionError where a text of `size` takes more than eight times as long for its length as one of a
    `FACTOR`th of it: of each the quickest of some rounds, by turns.
    """
    small, large = make(size // FACTOR), make(size)
    few = many = math.inf
    for _ in range(_ROUNDS):
        few = min(few, *(_seconds(work, small) for _ in range(5)))
        many = min(many, _seconds(work, large))
        if many < _MOST * few:
            return
    raise AssertionError(f"{FACTOR} times as much takes {many / few:.0f} times as long")


def _seconds(work: Callable[[Text], object], text: Text) -> float:
    began = time.thread_time()
    work(text)
    return time.thread_time() - began
