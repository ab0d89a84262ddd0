"""Lineage: epochs that go on where others ended, and what a cursor of an ancestor means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Fork(NamedTuple):
    """`epoch` goes on behind the seq `through` of `parent`, since `at` (RFC 3339): what came after it may be lost."""

    epoch: str
    parent: str
    through: int
    at: str


def newest(epoch: str, forks: Sequence[Fork]) -> str:
    """The epoch that `epoch` goes on in now: itself, where nothing was lost since."""
    by_parent = {fork.parent: fork.epoch for fork in forks}
    while epoch in by_parent:
        epoch = by_parent.pop(epoch)
    return epoch


def ancestors(epoch: str, forks: Sequence[Fork]) -> dict[str, int]:
    """Up to which seq each ancestor's numbers are those of `epoch`: a number is kept from the first to the last."""
    by_epoch = {fork.epoch: fork for fork in forks}
    found: dict[str, int] = {}
    through: int | None = None
    while (fork := by_epoch.get(epoch)) is not None and fork.parent not in found:
        through = fork.through if through is None else min(through, fork.through)
        epoch = fork.parent
        found[epoch] = through
    return found
