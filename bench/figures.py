"""What a case comes to: figures with what they should reach, and how they compare with those of another run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

TOLERANCE: Final = 0.10
"""By how much a ratio may be worse than the committed one before it counts as a regression."""


@dataclass(frozen=True)
class Reach:
    """What a figure should be: `least` 0.55, or `most` 3.0."""

    bound: Literal["least", "most"]
    value: float

    def met(self, value: float) -> bool:
        return value >= self.value if self.bound == "least" else value <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.bound == 'least' else '≤'} {number(self.value)}"


@dataclass(frozen=True)
class Figure:
    """`name` is stable. `is_ratio`: it was measured against something in the same run, so that runs can be compared."""

    name: str
    label: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    reach: Reach | None = None
    is_ratio: bool = True
    background: str = ""
    fault: str = ""  # what went wrong beside the value, such as entries lost: then it does not count

    @property
    def verdict(self) -> str:
        if self.fault:
            return "missed: " + self.fault
        if self.reach is None:
            return ""
        return "reached" if self.reach.met(self.value) else "missed"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all do not exceed; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def number(value: float) -> str:
    """Three figures that count, thousands apart: 0.163, 4.21, 512,000."""
    if not math.isfinite(value) or value == 0:
        return str(value)
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{round(value, digits):,.{digits}f}" if digits else f"{float(f'{value:.3g}'):,.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def regressions(figures: Iterable[Figure], committed: Mapping[str, float]) -> list[str]:
    """A line for each ratio that is worse than the committed one by more than `TOLERANCE`."""
    found = []
    for figure in figures:
        before = committed.get(figure.name)
        if before is None or not figure.is_ratio:
            continue
        worse = before / figure.value if figure.better == "higher" else figure.value / before
        if worse > (1 / (1 - TOLERANCE) if figure.better == "higher" else 1 + TOLERANCE):
            change = 100 * (figure.value / before - 1)
            found.append(f"{figure.label}: {number(before)} became {number(figure.value)} ({change:+.0f} %)")
    return found
