"""Replica: the bucket as this node knows it, kept the same by a watch. Pure: no socket, no clock.

What this node writes is taken in at once, and not a second time when the watch brings it. Only what others write counts
as a change, by nouns, for whoever asks whether there is anything new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeVar

from .documents import Document, Keys, noun

D = TypeVar("D", bound=Document)


class Held(NamedTuple):
    """What lies under a key: its revision, the document, None where it was deleted, and who wrote it."""

    revision: int
    document: Document | None
    written_by: str


NOTHING: Final = Held(0, None, "")


class Replica:
    """By key. `is_own` tells of a write's name whether this node made it, and knows."""

    def __init__(self, is_own: Callable[[str], bool]) -> None:
        self._is_own = is_own
        self._held: dict[str, Held] = {}
        self._service_of: dict[str, str] = {}
        self._changes: Counter[str] = Counter()
        self.head = 0
        """The engine's number of the last message that is taken in."""

    def held(self, key: str) -> Held:
        """What lies there."""
        return self._held.get(key, NOTHING)

    def get(self, key: str, kind: type[D]) -> D | None:
        """The document of that key; None where there is none."""
        found = self.held(key).document
        return found if isinstance(found, kind) else None

    def all(self, wanted: str, kind: type[D]) -> Iterator[tuple[str, D]]:
        """(what follows the noun in the key, document) of all of one noun."""
        for key, held in self._held.items():
            if isinstance(held.document, kind) and noun(key) == wanted:
                yield key.partition(".")[2], held.document

    def keys_of(self, wanted: str) -> list[str]:
        """The keys of one noun, of those also that were deleted."""
        return [key for key in self._held if noun(key) == wanted]

    def service_of(self, stream_key_id: str) -> str | None:
        """Whose stream key it is."""
        return self._service_of.get(stream_key_id)

    def changes(self, nouns: frozenset[str]) -> int:
        """How many changes of others were taken in, of these nouns."""
        return sum(self._changes[each] for each in nouns)

    def apply(self, key: str, held: Held) -> bool:
        """Takes in what was written, unless it is known already, or older; whether it is news from somebody else."""
        if held.revision <= self.held(key).revision:
            return False
        return self._put(key, held)

    def forget(self, key: str, revision: int) -> None:
        """The engine knows nothing of a key, which this node holds at `revision`."""
        held = self.held(key)
        if held.revision == revision and key in self._held:
            if held.document is not None:
                self._put(key, Held(revision, None, ""))
            del self._held[key]

    def reload(self, found: dict[str, Held], head: int) -> None:
        """The bucket was read anew, as it was at `head`: what is not in it is gone, unless it was written since."""
        for key, held in found.items():
            self.apply(key, held)
        for key in [key for key, held in self._held.items() if key not in found and held.revision <= head]:
            if self._held[key].document is not None:
                self._put(key, Held(head, None, ""))
            del self._held[key]
        self.head = max(self.head, head)

    def begin_anew(self) -> None:
        """The bucket was made anew: numbers begin again, and what is known is worth nothing."""
        for key, held in list(self._held.items()):
            if held.document is not None:
                self._put(key, Held(0, None, ""))
        self._held.clear()
        self.head = 0

    def _put(self, key: str, held: Held) -> bool:
        self._held[key] = held
        if isinstance(held.document, Keys):
            service_id = key.partition(".")[2]
            self._service_of.update(dict.fromkeys(held.document.keys, service_id))
        if self._is_own(held.written_by):
            return False
        self._changes[noun(key)] += 1
        return True
