"""What a program writes for a terminal's eyes: colours, cursor movements, lines written over. Text in, text out."""

from __future__ import annotations

import re
from typing import Final

_SEQUENCE = (
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # a control sequence: colours, movements, erasing
    r"|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # a title, a link
    r"|[PX^_][^\x1b\n]*(?:\x1b\\)?"  # strings for the terminal itself
    r"|[ -/]*[0-~])"
)
_ANY: Final = re.compile(rf"{_SEQUENCE}|\x1b")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;:]*m")
_NO_COLOUR: Final = re.compile(rf"(?!\x1b\[[0-9;:]*m)(?:{_SEQUENCE})|\x1b(?!\[[0-9;:]*m)")
_RETURN: Final = re.compile(r"\x1b\[[01]?G|\x1b\[2K")
"""To the first column, or the line wiped out: what comes next is written over it."""
_RUBBED_OUT: Final = re.compile("[^\b]\b")


def with_returns(text: str) -> str:
    """`text` with a carriage return for each sequence that means one."""
    return _RETURN.sub("\r", text) if "\x1b[" in text else text


def last_state(line: str) -> str:
    """What is left to be seen of a line that was written over: what stands behind its last carriage return."""
    if "\r" in line:
        line = line.rstrip("\r").rpartition("\r")[2]
    if "\b" in line:
        line = _without_backspaces(line)
    return line


def _without_backspaces(line: str) -> str:
    for _ in range(64):
        shorter = _RUBBED_OUT.sub("", line)
        if shorter == line:
            break
        line = shorter
    return line.replace("\b", "")


def without_colours(line: str) -> tuple[str, str | None]:
    """`line` without any sequence, and with its colours alone; None for the second where there are none."""
    if "\x1b" not in line:
        return line, None
    return _ANY.sub("", line), colours_alone(line)


def colours_alone(line: str) -> str | None:
    """`line` without all sequences but colours; None where it has none."""
    if _COLOUR.search(line) is None:
        return None
    return _NO_COLOUR.sub("", line) if _NO_COLOUR.search(line) else line


def without_sequences(block: str) -> str:
    """Many lines at once, without any sequence."""
    return _ANY.sub("", block) if "\x1b" in block else block
