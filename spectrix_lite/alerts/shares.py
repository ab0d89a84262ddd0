"""Shares of a core: what each rule may use to look at entries. Pure.

The more arrives, the less all rules together may use, for ingest comes first. Who needs little gets it, so that it
keeps up; what is left is shared by those that would need more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SHARE_OF_ALL: Final = 0.04
"""Of one core, what all rules may use in the long run while little arrives."""

_FULL_RATE: Final = 500
"""Entries a second of all services. The more arrive, the less rules may use."""

_LEAST_OF_ALL: Final = 0.0005
_MOST_OF_ONE: Final = 0.01
_LEAST: Final = 0.1  # of what there is, for all alike
_SPARE: Final = 1.5
"""So much more than it used may one use next."""


def share_of_all(rate: float) -> float:
    """Of a core, what rules may use while `rate` entries a second arrive."""
    return max(_LEAST_OF_ALL, SHARE_OF_ALL * min(1.0, _FULL_RATE / max(1.0, rate)))


def shares(needs: Sequence[float], of_all: float) -> list[float]:
    """Of a core, what each may use of `of_all`, where it needs so much; none gets nothing, or it could not begin."""
    least = _LEAST * of_all / max(1, len(needs))
    given = [0.0] * len(needs)
    left, others = of_all * (1 - _LEAST), len(needs)
    for index in sorted(range(len(needs)), key=needs.__getitem__):
        fair = left / others
        # Half of what it needs helps nobody: such a rule is behind all the same.
        given[index] = _SPARE * needs[index] if needs[index] <= left else fair
        left -= min(needs[index], given[index])
        others -= 1
    spare = least + left / max(1, len(needs))
    return [min(_MOST_OF_ONE, each + spare) for each in given]
