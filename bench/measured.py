"""docs/measured.md: what was measured, how to measure it again, from files that the measuring programs write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from .figures import Figure, number
from .processes import ROOT
from .report import machine

PAGE: Final = ROOT / "docs" / "measured.md"
FOLDER: Final = PAGE.with_suffix("")


def write(name: str, command: str, figures: Sequence[Figure]) -> None:
    """Keeps the figures of one measurement, and writes the page again."""
    facts = {
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": {fact: value for fact, value in machine().items() if fact != "pinned"},
        "figures": [
            {
                "label": figure.label,
                "value": f"{number(figure.value)} {figure.unit}",
                "allowed": str(figure.reach or ""),
                "verdict": figure.verdict,
                "background": figure.background,
            }
            for figure in figures
        ],
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page(), "utf-8")


def page() -> str:
    """The whole page, from what is kept."""
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return "\n".join(
        [
            "# What was measured",
            "",
            "Bounds that hold, measured against the running server; what it does with a core stands in",
            "[bench/results.md](../bench/results.md). Written by the programs that measure; none of it by hand.",
            *(line for facts in kept for line in _section(facts)),
            "",
        ]
    )


def _section(facts: Mapping[str, Any]) -> Iterable[str]:
    yield from ("", f"## `{facts['command']}`", "")
    yield f"On {facts['date'][:10]}: " + ", ".join(f"{name} {value}" for name, value in facts["machine"].items()) + "."
    yield from ("", "| what | measured | allowed | | |", "| --- | --- | --- | --- | --- |")
    for figure in facts["figures"]:
        yield "| " + " | ".join(figure[name] for name in ("label", "value", "allowed", "verdict", "background")) + " |"
