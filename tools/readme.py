"""Writes the README's tables again from the code: `make docs`. What is between a pair of marks is its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from spectrix_lite.core.config import SETTINGS
from spectrix_lite.core.errors import SpectrixError
from spectrix_lite.query.error import InvalidQuery

README = Path(__file__).parent.parent / "README.md"


def settings() -> str:
    rows = [
        (f"`{each.flag} {each.metavar}`", f"`{each.variable}`", each.shown_default or "none", each.help)
        for each in SETTINGS
    ]
    return _table(("flag", "variable", "default", "what for"), rows)


def errors() -> str:
    all_errors: set[type[SpectrixError]] = {*_tree(SpectrixError), InvalidQuery}
    found = sorted({(each.status, each.code, each.default_detail) for each in all_errors})
    return _table(
        ("status", "code", "what is wrong and what to do"), [(str(s), f"`{c}`", text) for s, c, text in found]
    )


def rewritten(text: str) -> str:
    """The README with its tables as the code has them now."""
    for name, table in (("settings", settings()), ("errors", errors())):
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->\n")
        if not (mark and end):
            raise SystemExit(f"README.md lacks the marks <!-- {name} --> and <!-- /{name} -->, each on its own line")
        text = f"{before}{mark}{table}\n{end}{after}"
    return text


def _tree(error: type[SpectrixError]) -> Iterator[type[SpectrixError]]:
    yield error
    for each in error.__subclasses__():
        yield from _tree(each)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text("utf-8")), "utf-8")
