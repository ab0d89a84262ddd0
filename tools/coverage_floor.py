"""Holds the measured coverage to its floor, which only rises: `make coverage`.

Reads what `coverage json` wrote. Below the floor it fails; a point or more above it, it fails as well and says what to
set, so that what was won is not lost again unseen.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
SLACK: Final = 1.0
"""Percentage points: chance decides about that much, which of several branches a run takes."""


def verdict(measured: float, floor: float) -> str | None:
    """What is wrong with `measured` percent where `floor` is asked for; None where nothing is."""
    if measured < floor:
        return f"coverage is {measured:.1f} %, below the floor of {floor:.1f} %: test what you added"
    if measured >= floor + SLACK:
        return f"coverage is {measured:.1f} %: raise the floor in pyproject.toml, [tool.spectrix] coverage_floor"
    return None


def main(report: Path) -> int:
    """The exit status for the report that `coverage json` wrote. Prints what is wrong."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    floor = float(settings["tool"]["spectrix"]["coverage_floor"])
    measured = float(json.loads(report.read_text("utf-8"))["totals"]["percent_covered"])
    wrong = verdict(measured, floor)
    print(wrong or f"coverage is {measured:.1f} %, the floor {floor:.1f} %")
    return int(wrong is not None)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
