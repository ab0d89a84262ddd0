"""Retention: which block goes next. Pure; times are RFC 3339 texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar


class Aged(Protocol):
    """The oldest block of a service, which received until `received_to`."""

    @property
    def service(self) -> str: ...

    @property
    def received_to(self) -> str: ...


AnyBlock = TypeVar("AnyBlock", bound=Aged)


def next_to_go(
    oldest: Iterable[AnyBlock], sizes: Mapping[str, int], too_old: str | None, is_over: bool
) -> AnyBlock | None:
    """A block that is older than `too_old` as a whole; else, where all are too large together, the oldest one of the
    service that has the most bytes; None where nothing has to go. `sizes` are bytes by service.
    """
    largest: AnyBlock | None = None
    for block in oldest:
        if too_old is not None and block.received_to < too_old:
            return block
        if largest is None or sizes[block.service] > sizes[largest.service]:
            largest = block
    return largest if is_over else None
