"""Messages between the server and the children of history: a JSON object a line."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Task(msgspec.Struct, omit_defaults=True):
    """What the sealing child is asked to do."""

    do: Literal["seal", "delete", "prune", "forget"]
    service: str = ""
    path: str = ""
    id: int = 0
    before: str = ""
    filter: Any = None


class Done(msgspec.Struct, tag="done"):
    """The segments at these paths are blocks now; or something else is done."""

    sealed: list[str]


class Forgot(msgspec.Struct, tag="forgot"):
    """What was taken out: how many, and of each block the first seq, the last one, and how many. `unreadable` is how
    many blocks may hold something still, as they cannot be opened.
    """

    id: int
    removed: int
    gaps: list[tuple[int, int, int]]
    unreadable: int = 0


class Holdings(msgspec.Struct, tag="holdings"):
    """Bytes of the file that are in use; of each service the oldest seq in blocks, and when it came."""

    bytes: int
    oldest: dict[str, tuple[int, str] | None]


class Trouble(msgspec.Struct, tag="trouble"):
    """What goes wrong now; it is tried again."""

    text: str


Answer = Done | Forgot | Holdings | Trouble
