"""Question: what a search is asked, and what it answers, as they go between the server and its child."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

FOREVER: Final = "~"
"""Behind every time."""


class Question(msgspec.Struct, omit_defaults=True):
    """Entries of one service with a seq from `first` to `last`, received from `start` to before `end`, RFC 3339.

    `filter` is as a client sends it, `now` the milliseconds since 1970 that its `since` counts from. At most `limit`
    are found, in at most `seconds`. `count` asks for how many there are of each level in every `step` seconds instead.
    """

    service: str
    epoch: str
    first: int
    last: int
    start: str = ""
    end: str = FOREVER
    newest_first: bool = True
    limit: int = 1_000
    filter: Any = None
    now: int = 0
    seconds: float = 1.0
    step: int = 0


class Findings(msgspec.Struct, rename="camel"):
    """What the answer begins with. All was looked at up to the seq `through`, in the order that was asked for; it
    `is_whole` where that is all there is. The entries follow, `sizes` bytes each.

    `unreadable` are [first, last, how many] of blocks that were passed over, as they cannot be opened.
    `counts` are [start of a step in seconds since 1970, info, warn, error, debug], the newest first.
    """

    through: int
    is_whole: bool
    sizes: list[int] = []
    counts: list[tuple[int, int, int, int, int]] = []
    unreadable: list[tuple[int, int, int]] = []
    trouble: str | UnsetType = UNSET


class Overview(msgspec.Struct):
    """What is kept of a service on disk, and what is not of that: [first, last, count or null, reason]."""

    oldest: int | None
    received_from: str | None
    gaps: list[tuple[int, int | None, int | None, Literal["pruned", "paused", "removed", "restart"]]]
