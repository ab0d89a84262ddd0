"""Bounds of history, as `--history` gives them: an age such as `7d`, a size such as `5GB`, or both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_MIB: Final = 1024 * 1024
_SIZES: Final = {"mb": _MIB, "mib": _MIB, "gb": _MIB << 10, "gib": _MIB << 10, "tb": _MIB << 20, "tib": _MIB << 20}
_SPANS: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LEAST: Final = 32 * _MIB
"""A smaller size would hold little more than what is not sealed yet."""


@dataclass(frozen=True, slots=True)
class HistoryBounds:
    """How long and how much is kept; None for without a bound."""

    seconds: int | None
    bytes: int | None


def read_bounds(value: str) -> HistoryBounds:
    """Raises ValueError for what is neither age nor size, or says one of them twice."""
    seconds = size = None
    for word in value.lower().split(","):
        if match := re.fullmatch(r"([1-9][0-9]{0,5}) ?([mhdw])", word.strip(), re.ASCII):
            if seconds is not None:
                raise ValueError("says twice how long")
            seconds = int(match[1]) * _SPANS[match[2]]
        elif match := re.fullmatch(r"([1-9][0-9]{0,11}) ?([mgt]i?b)", word.strip(), re.ASCII):
            if size is not None:
                raise ValueError("says twice how much")
            size = int(match[1]) * _SIZES[match[2]]
        else:
            raise ValueError("is not an age such as 7d, a size such as 5GB, or both as 7d,5GB")
    if size is not None and size < LEAST:
        raise ValueError("is a size of less than 32MiB")
    return HistoryBounds(seconds, size)
