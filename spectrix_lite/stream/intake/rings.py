"""Rings of all services together, and how they are kept within one bound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...core.config import KIB, MIB
from ..ring import RingBuffer

_STEP: Final = 64 * KIB


class RingsBound:
    """Counts the bytes of all rings; `bytes` is kept by who changes one of them."""

    __slots__ = ("_bound", "bytes")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self.bytes = 0

    @property
    def is_exceeded(self) -> bool:
        """Whether something has to go."""
        return self.bytes > self._bound

    def make_room(self, rings: Iterable[RingBuffer]) -> None:
        """The largest ring loses its oldest first, until all fit again, with a little to spare for what comes next."""
        wanted = self.bytes - self._bound + min(MIB, self._bound // 64)
        rings = list(rings)
        while wanted > 0:
            sizes = sorted(rings, key=lambda ring: ring.bytes)
            largest, next_bytes = sizes[-1], sizes[-2].bytes if len(sizes) > 1 else 0
            # At least a step below the next one, or two rings of one size would take turns entry by entry.
            freed = largest.shrink(min(wanted, largest.bytes - next_bytes + _STEP))
            if not freed:
                return
            self.bytes -= freed
            wanted -= freed
