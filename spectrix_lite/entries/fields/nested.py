"""Nested: values below a record's keys, of whose objects only the members that may be a field are decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .names import FieldCandidate
from .values import Members, find_value

Opened = dict[str, Any]
"""The objects of one record that were opened already, by their key."""

Finder = Callable[[Members, Opened], Raw | None]
"""Finds one value below a key of a record; None where there is none."""

_OBJECT: Final = ord("{")


def finders(candidates: Iterable[FieldCandidate]) -> dict[FieldCandidate, Finder]:
    """For each candidate that lies below a key, what finds it: the same value that `find_value` does."""
    below = [each for each in candidates if each.path]
    names: dict[str, list[str]] = {}
    for each in below:
        if len(each.path) == 1 and each.path[0] not in names.setdefault(each.key, []):
            names[each.key].append(each.path[0])
    return {each: _finder(each, names[each.key]) if len(each.path) == 1 else _deep(each) for each in below}


def _finder(candidate: FieldCandidate, names: list[str]) -> Finder:
    key, path, _ = candidate
    decode = _decoder(tuple(names))
    member = attrgetter(f"m{names.index(path[0])}")

    def find(fields: Members, opened: Opened) -> Raw | None:
        inner = opened.get(key)
        if inner is None:
            raw = fields[key]
            if memoryview(raw)[0] != _OBJECT:
                return None
            inner = opened[key] = decode(raw)
        elif type(inner) is dict:
            return find_value(fields, candidate, opened)
        found: Raw | UnsetType = member(inner)
        if found is not UNSET:
            return found
        del opened[key]  # there may be a member in another case
        return find_value(fields, candidate, opened)

    return find


def _deep(candidate: FieldCandidate) -> Finder:
    return lambda fields, _: find_value(fields, candidate, {})


@lru_cache(maxsize=64)  # the names are the table's own, so there are few sets of them
def _decoder(names: tuple[str, ...]) -> Callable[[Raw], Any]:
    members = {f"m{place}": name for place, name in enumerate(names)}
    nested = msgspec.defstruct(
        "Nested", [(member, Raw | UnsetType, UNSET) for member in members], rename=members, gc=False
    )
    return msgspec.json.Decoder(nested).decode
