"""Fitting: as many notices as a message has room for. None is cut through: what encloses a text stays closed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from .message import NoticeItem, entry_lines, headline

MOST_SHOWN: Final = 10
"""Notices in one text."""

_ROOM_FOR_MORE: Final = 32  # for "and 100 more"

Form = Callable[[str, str, str], str]
"""A notice as text, of its headline, its entries as lines, which may be empty, and its link."""


def utf16_units(text: str) -> int:
    """What most chats count: their limits are in characters of JavaScript."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf8_bytes(text: str) -> int:
    """What others count."""
    return len(text.encode())


def fitted(items: Sequence[NoticeItem], form: Form, most: int, size: Callable[[str], int], joint: str = "\n") -> str:
    """At most `most` long, as `size` counts.

    The headlines and links come first; what they leave of the room is for the entries of the first notices. How many
    notices are left out is said.
    """
    spare = most - _ROOM_FOR_MORE
    shortest: list[int] = []
    for item in items[:MOST_SHOWN]:
        needed = size(form(headline(item), "", item.link) + joint)
        if needed > spare:
            break
        spare -= needed
        shortest.append(needed)
    if not shortest:
        return cut(headline(items[0]), most, size)
    texts = []
    for item, needed in zip(items, shortest, strict=False):
        text = _longest(item, form, needed + spare, size, joint)
        spare -= size(text + joint) - needed
        texts.append(text)
    if len(texts) < len(items):
        texts.append(f"and {len(items) - len(texts):,} more")
    return joint.join(texts)


def _longest(item: NoticeItem, form: Form, most: int, size: Callable[[str], int], joint: str) -> str:
    head, lines = headline(item), entry_lines(item)
    while lines and size(form(head, "\n".join(lines), item.link) + joint) > most:
        lines.pop()
    return form(head, "\n".join(lines), item.link)


def cut(text: str, most: int, size: Callable[[str], int]) -> str:
    """The text, or its beginning, at most `most` long."""
    if size(text) <= most:
        return text
    while size(text) > most - size("…"):
        text = text[:-1]
    return text + "…"
