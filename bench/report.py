"""What a run leaves behind: results.md to read, results.svg to look at, results.json to compare the next one with."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from .cases import CASES
from .figures import Figure, number
from .plot import Bar, Group, svg
from .processes import ROOT, cores

FOLDER: Final = Path(__file__).parent
TABLE: Final = FOLDER / "results.md"
RATIOS: Final = FOLDER / "results.json"
PLOT: Final = FOLDER / "results.svg"
PROFILE: Final = FOLDER / "profile.md"
"""Where the time goes: written by hand from what `bench.profile` shows, and taken into results.md."""


def committed() -> Mapping[str, float]:
    """The ratios of the last commit; outside of a repository those in results.json; none where there are none yet."""
    name = f"HEAD:{RATIOS.relative_to(ROOT).as_posix()}"
    try:
        shown = subprocess.run(["git", "show", name], cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
        text = shown.stdout if shown.returncode == 0 else RATIOS.read_text("utf-8")
    except OSError:
        return {}
    ratios: dict[str, float] = json.loads(text)["ratios"]
    return ratios


def write(figures: Sequence[Figure], command: str, loads: tuple[float, float]) -> None:
    """Writes all three. `loads` are the machine's load averages before and after."""
    now = datetime.now(UTC)
    ratios = {figure.name: round(figure.value, 4) for figure in figures if figure.is_ratio and not figure.fault}
    facts = {"date": now.isoformat(timespec="seconds"), "machine": machine(), "command": command, "ratios": ratios}
    RATIOS.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    PLOT.write_text(drawing(figures), "utf-8")
    TABLE.write_text(text(figures, command, loads, now), "utf-8")


def machine() -> dict[str, str]:
    """What the figures depend on."""
    own = cores()
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    facts = {
        "processor": f"{found[1] if found else platform.machine()}, {os.cpu_count()} cores",
        "pinned": f"server and floor to core {own[0]}, load to core {own[1]}" if own else "nothing: one core",
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "Python": platform.python_version(),
    }
    for package in ("aiohttp", "msgspec", "uvloop"):
        try:
            facts[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            facts[package] = "not installed"
    return facts


def text(figures: Sequence[Figure], command: str, loads: tuple[float, float], now: datetime) -> str:
    """results.md."""
    missed = [figure for figure in figures if figure.verdict.startswith("missed")]
    wanted = [figure for figure in figures if figure.reach is not None]
    lines = [
        "# What the server does with a core",
        "",
        f"Measured on {now:%d %B %Y, %H:%M} UTC with `{command}`; `make bench` measures again and rewrites this page.",
        "",
        *(f"- {name}: {fact}" for name, fact in machine().items()),
        f"- load average: {loads[0]:.2f} before, {loads[1]:.2f} after; the measurement itself makes about 1.5",
        "",
        f"**{len(wanted) - len(missed)} of {len(wanted)} reached.**"
        + "".join(f" Missed: {figure.label} ({number(figure.value)} {figure.unit})." for figure in missed),
        "",
        "![Ratios as bars, what they should reach as ticks](results.svg)",
        "",
        "| what | measured | reach | | in absolute figures |",
        "| --- | ---: | ---: | --- | --- |",
    ]
    for figure in figures:
        reach = "" if figure.reach is None else str(figure.reach)
        measured = f"{number(figure.value)} {figure.unit}"
        lines.append(f"| {figure.label} | {measured} | {reach} | {figure.verdict} | {figure.background} |")
    lines += [
        "",
        "A ratio is the median of five turns, floor and server one after the other (the best of fifteen for the 1,000",
        "services). CPU is the process's own, kernel included, from its clock, until the last watcher has everything:",
        "it hardly moves when the machine is busy. Milliseconds and seconds do. The figures in × can be compared with",
        "another run's: `python -m bench.run --check` does, with the last commit's, and ends with 1 where one is",
        "worse by over 10 %.",
        "",
        "## How",
        "",
        "The floor is a protocol that knows of HTTP only Content-Length, decodes a batch with msgspec, encodes each",
        "entry again and keeps the newest 10,000: no library, keys, limits, statistics or watchers (`floor.py`).",
        "Batches are as the seed's middleware sends them, of 50 entries where nothing else is said, over four kept",
        "connections.",
        "",
        "| case | how |",
        "| --- | --- |",
        *(f"| `{case.name}` | {case.how} |" for case in CASES),
        "",
        PROFILE.read_text("utf-8").rstrip() if PROFILE.exists() else "",
    ]
    return "\n".join(lines).rstrip() + "\n"


def drawing(figures: Sequence[Figure]) -> str:
    """results.svg."""
    floors, bounds = [], []
    for figure in figures:
        good = not figure.verdict.startswith("missed")
        shown = (
            f"{number(figure.value)} {figure.unit}" if not figure.unit.startswith("×") else f"{number(figure.value)} ×"
        )
        if figure.better == "higher":
            reach = None if figure.reach is None else figure.reach.value
            floors.append(Bar(figure.label, figure.value, shown, reach, good))
        elif figure.reach is not None:
            part = min(figure.value / figure.reach.value, 2.0)  # how far beyond, the text says
            bounds.append(Bar(figure.label.replace("`", ""), part, shown, 1.0, good))
    return svg(
        "What the server does with a core, beside its floors",
        [
            Group(
                "Entries per CPU second, as a part of the floor's", "longer is better; the tick is the reach", floors
            ),
            Group("Of what is allowed", "shorter is better; the tick is all that is allowed", bounds),
        ],
    )
