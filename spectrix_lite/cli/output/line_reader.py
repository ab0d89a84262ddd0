"""Bytes as they come into lines of text: bounded, in UTF-8 across the borders of chunks, each as it is last seen."""

from __future__ import annotations

import re
from typing import Final

from .control_codes import last_state, with_returns

MOST_BYTES: Final = 64 * 1024
"""Of one line; the rest of a longer one is left out."""

_SCREEN_ON: Final = re.compile(rb"\x1b\[\?(?:1049|1047|47)h")
_SCREEN_OFF: Final = re.compile(rb"\x1b\[\?(?:1049|1047|47)l")
_SWITCH_BEGUN: Final = re.compile(rb"\x1b(?:\[(?:\?[0-9]{0,4})?)?\Z")
_REDRAWN: Final = (b"\r", b"\x1b[2K", b"\x1b[1G", b"\x1b[G", b"\x1b[0G")


class LineReader:
    """One stream's bytes. A line ends with `\\n` or `\\r\\n`; what is drawn on the alternate screen is no line."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_cut = False  # the line is longer than may be kept: what comes is passed over until it ends
        self._on_screen = False
        self._switch = b""  # the beginning of a sequence that may turn the screen on or off

    @property
    def is_waiting(self) -> bool:
        """Whether a line has begun that has not ended."""
        return bool(self._rest)

    @property
    def is_drawing(self) -> bool:
        """Whether that line has been written over, as a progress bar is: its last state is not known yet."""
        return any(code in self._rest for code in _REDRAWN)

    def feed(self, chunk: bytes) -> list[str]:
        """The lines that end in `chunk`, without their ends; colours are still in them."""
        if self._on_screen or self._switch or b"\x1b" in chunk:
            chunk = self._off_screen(self._switch + chunk)
        if self._is_cut:
            chunk = chunk[at:] if (at := chunk.find(b"\n")) >= 0 else b""
        if self._rest:
            chunk = self._rest + chunk
        end = chunk.rfind(b"\n")
        if end < 0:
            self._keep(chunk)
            return []
        self._is_cut = False
        self._keep(chunk[end + 1 :])
        return _lines(chunk[:end])

    def flush(self) -> list[str]:
        """The line that has begun, as far as it has come; nothing where there is none."""
        rest, self._rest = self._rest, b""
        return _lines(rest) if rest.rstrip(b"\r") else []

    def tear(self) -> None:
        """Forgets the line that has begun."""
        self._rest, self._is_cut = b"", False

    def _keep(self, rest: bytes) -> None:
        if b"\r" in rest:
            # Only what may still be seen is kept. A return at the very end may belong to a line end.
            at = rest.rfind(b"\r", 0, len(rest.rstrip(b"\r")))
            rest = rest[max(at, 0) :]
        if len(rest) > MOST_BYTES:
            rest, self._is_cut = rest[:MOST_BYTES], True
        self._rest = rest

    def _off_screen(self, data: bytes) -> bytes:
        """`data` without what is drawn on the alternate screen, which a full-screen program clears at its end."""
        kept = []
        begun = _SWITCH_BEGUN.search(data, max(0, len(data) - 8))
        self._switch = data[begun.start() :] if begun else b""
        data = data[: begun.start()] if begun else data
        while (switch := (_SCREEN_OFF if self._on_screen else _SCREEN_ON).search(data)) is not None:
            if not self._on_screen:
                kept.append(data[: switch.start()])
            data = data[switch.end() :]
            self._on_screen = not self._on_screen
        if not self._on_screen:
            kept.append(data)
        return b"".join(kept)


def _lines(block: bytes) -> list[str]:
    text = with_returns(block.decode("utf-8", "replace"))
    lines = text.split("\n")
    return [last_state(line) for line in lines] if "\r" in text or "\b" in text else lines
