"""Writes docs/reference/ from the code: `make docs`. What stands between a pair of marks is written."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from spectrix_lite.api import routes  # noqa: F401  loads every module that adds to the error tree
from spectrix_lite.core.config import SETTINGS
from spectrix_lite.core.errors import SpectrixError

ROOT: Final = Path(__file__).parent.parent
REFERENCE: Final = ROOT / "docs" / "reference"
PACKAGE: Final = ROOT / "spectrix_lite"
ORDER: Final = (
    "core",
    "entries",
    "protocols",
    "query",
    "stream",
    "storage",
    "history",
    "access",
    "alerts",
    "cluster",
    "server",
    "api",
    "app",
    "cli",
)
"""The packages from top to bottom: `tests/repo/test_layers.py` holds every import to it."""


def settings() -> str:
    rows = [
        (f"`{each.flag} {each.metavar}`", f"`{each.variable}`", each.shown_default or "none", each.help)
        for each in SETTINGS
    ]
    return _table(("flag", "variable", "default", "what for"), rows)


def errors() -> str:
    found = sorted({(each.status, each.code, each.default_detail) for each in _tree(SpectrixError)})
    return _table(
        ("status", "code", "what is wrong and what to do"), [(str(s), f"`{c}`", text) for s, c, text in found]
    )


def packages() -> str:
    """The packages' own first sentences."""
    rows = [(f"[`{name}/`](modules.md#{name})", _docstring(PACKAGE / name / "__init__.py")) for name in _folders()]
    return _table(("package", "what it knows, and what it never imports"), rows)


def drawing() -> str:
    """Who imports whom, without the arrows that others imply, as Mermaid draws it."""
    wanted = {name: _imported(name) for name in ORDER}
    arrows = [
        f"    {name} --> {other}"
        for name in ORDER
        for other in ORDER
        if other in wanted[name] and not any(other in _reached(between, wanted) for between in wanted[name] - {other})
    ]
    return "\n".join(["```mermaid", "flowchart BT", *arrows, "```"])


def modules() -> str:
    """Each module with the first sentence of its docstring."""
    parts = []
    for name in _folders():
        files = sorted(path for path in (PACKAGE / name).rglob("*.py") if path.name != "__init__.py")
        rows = [(f"`{path.relative_to(PACKAGE / name).as_posix()}`", _sentence(_docstring(path))) for path in files]
        parts.append(f"## {name}\n\n" + _table(("module", "what it is"), rows))
    return "\n\n".join(parts)


WRITTEN: Final[dict[str, dict[str, Callable[[], str]]]] = {
    "settings.md": {"settings": settings},
    "errors.md": {"errors": errors},
    "architecture.md": {"packages": packages, "drawing": drawing},
    "modules.md": {"modules": modules},
}
"""Each page with what is written in it, by the name of its marks."""


def rewritten(page: str, text: str) -> str:
    """The text of `page` with what is made from the code. Raises SystemExit where the page lacks the marks."""
    for name, content in WRITTEN[page].items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->\n")
        if not (mark and end):
            raise SystemExit(f"{page} lacks the marks <!-- {name} --> and <!-- /{name} -->, each on its own line")
        text = f"{before}{mark}\n{content()}\n\n{end}{after}"
    return text


def _folders() -> list[str]:
    return [name for name in ORDER if (PACKAGE / name).is_dir()]


def _docstring(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _sentence(text: str) -> str:
    found = re.match(r"(.+?[.:?])(?: [A-Z`]|$)", text)
    return found[1].rstrip(":") if found else text


def _imported(name: str) -> set[str]:
    """The packages that `name` imports, for types too."""
    place = PACKAGE / name
    files = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    found: set[str] = set()
    for path in files:
        depth = len(path.relative_to(PACKAGE).parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == depth:
                found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return (found & set(ORDER)) - {name}


def _reached(name: str, wanted: dict[str, set[str]]) -> set[str]:
    """All that `name` imports, directly or by others."""
    return wanted[name].union(*(_reached(other, wanted) for other in wanted[name]))


def _tree(error: type[SpectrixError]) -> Iterator[type[SpectrixError]]:
    yield error
    for each in error.__subclasses__():
        yield from _tree(each)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Writes the pages; with `--check` only says which of them the code says otherwise, and fails."""
    stale = []
    for page in WRITTEN:
        path = REFERENCE / page
        before = path.read_text("utf-8")
        after = rewritten(page, before)
        if after == before:
            continue
        stale.append(page)
        if "--check" not in arguments:
            path.write_text(after, "utf-8")
    if stale and "--check" in arguments:
        print(f"docs/reference is not what the code says, run `make docs`: {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
