"""Groups: entries that concern the same rules, as far as the screen tells: rules are told of many at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .screen import Screen

_MEMORY: Final = 4096  # combinations of fields
_MOST: Final = 256  # groups


class EntryGroup:
    """Entries of which the same rules are told, as far as the screen tells: `counts` and `asks` are rules, as bits."""

    __slots__ = ("asks", "counts", "hits", "is_asked", "is_counted", "seqs")

    def __init__(self, counts: int, asks: int, active: int) -> None:
        self.counts = counts
        self.is_counted = counts != 0
        self.asks = asks
        self.is_asked = asks & active != 0
        self.seqs: list[int] = []
        self.hits: list[int] = []  # where those that are to be asked are among all of them


class EntryGroups(dict[Any, EntryGroup]):
    """The group of each combination of fields; `active` are the rules that ask at this moment."""

    def __init__(self, screen: Screen, counting: int, active: int) -> None:
        super().__init__()
        self._screen = screen
        self._counting = counting
        self._active = active
        self._by_rules: dict[tuple[int, int], EntryGroup] = {}

    def listen(self, active: int) -> None:
        """Other rules ask from now on."""
        self._active = active
        for group in self.all:
            group.is_asked = group.asks & active != 0

    @property
    def all(self) -> Iterable[EntryGroup]:
        """Each once."""
        return self._by_rules.values()

    def __missing__(self, key: Any) -> EntryGroup:
        if len(self) >= _MEMORY:
            self.clear()
        may, sure = self._screen.masks(key)
        rules = sure & self._counting, may & ~(sure & self._counting)
        found = self[key] = self._by_rules.setdefault(rules, EntryGroup(*rules, self._active))
        return found

    def trim(self) -> None:
        """Once nothing is in them: where there are too many, they are told anew."""
        if len(self._by_rules) > _MOST:
            self._by_rules.clear()
            self.clear()

    def forget(self) -> None:
        """Of all of them, what is in them."""
        for group in self.all:
            group.seqs, group.hits = [], []
