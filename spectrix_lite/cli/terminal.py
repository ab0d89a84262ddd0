"""Terminal output: aligned, in few colours, and never a character that the terminal would obey."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import IO, Any, Final

import click

_NAMED: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\x1b": r"\e"}
# C0 and C1 controls (ANSI sequences begin with one), line separators, and what turns the direction of text or hides it.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """`text` on one line, with every control character written out: an escape character becomes `\\e`."""
    return _UNSAFE.sub(lambda match: _NAMED.get(match[0]) or _escape(ord(match[0])), text)


def visible_json(text: str) -> str:
    """The same for JSON text, where the escapes are JSON's own, so that it still means what it meant."""
    return _UNSAFE.sub(lambda match: _json_escape(ord(match[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(code: int) -> str:
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code - 0x10000 & 0x3FF):04x}"


class Style:
    """Paints only where the stream is a terminal that wants colours (https://no-color.org)."""

    def __init__(self, stream: IO[str]) -> None:
        self.colours = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def __call__(self, text: str, colour: str | None = None, **how: Any) -> str:
        return click.style(text, fg=colour, **how) if self.colours and text else text

    def dim(self, text: str) -> str:
        return self(text, dim=True)

    def bold(self, text: str) -> str:
        return self(text, bold=True)


def width(text: str) -> int:
    """Columns that `text` takes: none for combining marks, two for wide characters."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def pad(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> str:
    """Left-aligned columns, two blanks apart; a line each for `head` and every row. Makes the cells safe."""
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(width(row[column]) for row in [list(head), *cells]) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(pad(cell, columns) for cell, columns in zip(row, widths, strict=True)).rstrip()

    return "\n".join([style.dim(line(head)), *map(line, cells)])


def quiet_stdout() -> None:
    """Nobody reads standard output any more: what is still written there goes nowhere, and that is no error."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123  a device, not a path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def pointed_at(text: str, start: int, end: int) -> str:
    """A line of text, made safe, and below it a mark under the characters from `start` to `end`."""
    before, marked = visible(text[:start]), visible(text[start:end])
    mark = " " * width(before) + "^" * max(1, width(marked))
    return f"  {before}{marked}{visible(text[end:])}\n  {mark}"
