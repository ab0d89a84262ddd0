"""Lines of `docker compose`: `web-1  | listening` is what the container web-1 says."""

from __future__ import annotations

import re
from typing import Final

_PREFIX: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)( +)\| ?")
_NUMBERED: Final = re.compile(r".+[-_][0-9]+")
_ATTACHING: Final = "Attaching to "
_MOST_NAMES: Final = 500


class ComposePrefixes:
    """Knows a prefix from a text with a bar in it: by the number that it ends in, or the names that were told first."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._columns: set[int] = set()

    def split(self, text: str) -> tuple[str | None, int]:
        """The container, and where its own text begins; None and 0 where `text` has no prefix."""
        prefix = _PREFIX.match(text)
        if prefix is None:
            if text.startswith(_ATTACHING):
                self._names.update(name.strip() for name in text[len(_ATTACHING) :].split(",")[:_MOST_NAMES])
            return None, 0
        name = prefix[1]
        column = len(name) + len(prefix[2])
        if name not in self._names:
            # Names are padded to the same width, so that one without a number is known by where its bar stands.
            if _NUMBERED.fullmatch(name) is None and column not in self._columns:
                return None, 0
            if len(self._names) >= _MOST_NAMES:
                return None, 0
            self._names.add(name)
        self._columns.add(column)
        return name, prefix.end()
