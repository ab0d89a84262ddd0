"""Request: method, status and path of records that have the same names; of their values only what may be one of them
is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import astuple

from ..entry import Entry, Limits
from .names import FieldCandidate
from .values import LONGEST_SCALAR, Members, Value, decode_value, find_value, is_path, read_status

PlacedCandidates = Sequence[tuple[FieldCandidate, int]]
"""What of a record may be a field, in order, each with its place among all that are tried of it."""

ReadBy = tuple[int | None, int | None, int | None]
"""The places of what method, status and endpoint were read from."""

_Try = tuple[int, FieldCandidate, int]  # where its value is among those of a record, itself, its place

_decode_value: Final = decode_value


class RequestReader:
    """Reads the request of records that have the same names, under one set of limits."""

    __slots__ = ("_endpoints", "_longest_endpoint", "_longest_method", "_methods", "_opened", "_plain", "_statuses")

    def __init__(
        self, methods: PlacedCandidates, statuses: PlacedCandidates, endpoints: PlacedCandidates, limits: Limits
    ) -> None:
        found = [each for each, _ in (*methods, *statuses, *endpoints)]
        plain = dict.fromkeys(each.key for each in found if not each.path)
        inner: dict[str, dict[str, None]] = {}
        for each in found:
            if len(each.path) == 1:
                inner.setdefault(each.key, {})[each.path[0]] = None
        self._plain = list(plain)
        self._opened = [(key, *_opener(tuple(names))) for key, names in inner.items()]
        # A value's place: first what is looked up by itself, then the keys' own, then what stands below them.
        places = {at: place for place, at in enumerate(((), *((key,) for key in plain), *_below(inner)))}
        self._methods, self._statuses, self._endpoints = (
            [(places.get((each.key, *each.path), 0), each, place) for each, place in tries]
            for tries in (methods, statuses, endpoints)
        )
        self._longest_method, self._longest_endpoint = limits.method, limits.endpoint

    def read(self, entry: Entry, fields: Members) -> ReadBy | None:  # flat: each call is time
        """Gives the entry its method, status and endpoint; None where the record needs a closer look.

        Raises msgspec.ValidationError for a number out of range, which needs one too.
        """
        values: list[Value | UnsetType] = [UNSET]
        for key in self._plain:
            values.append(_decode_value(fields[key]))
        for key, opener, kind, nothing in self._opened:
            inner = opener(fields[key])
            values += astuple(inner) if type(inner) is kind else nothing
        method_at = status_at = endpoint_at = None
        for at, candidate, place in self._methods:
            if (value := values[at]) is UNSET:
                value = _find(fields, candidate)
            if type(value) is str and value:
                if len(value) > self._longest_method or not (value.isascii() or _fits(value, self._longest_method)):
                    return None
                entry.method = value
                method_at = place
                break
        for at, candidate, place in self._statuses:
            if (value := values[at]) is UNSET:
                value = _find(fields, candidate)
            if (status := value if type(value) is int and 100 <= value <= 599 else _status(value)) is not None:
                entry.status_code = status
                status_at = place
                break
        is_request = method_at is not None or status_at is not None
        for at, candidate, place in self._endpoints:
            own = candidate[0] == "endpoint"
            if not own and not is_request:
                break
            if (value := values[at]) is UNSET:
                value = _find(fields, candidate)
            if type(value) is str and value:
                if not own and value[0] != "/":
                    if is_path(value):
                        return None
                    continue
                if len(value) > self._longest_endpoint or not (value.isascii() or _fits(value, self._longest_endpoint)):
                    return None
                entry.endpoint = value
                endpoint_at = place
                break
        return method_at, status_at, endpoint_at


def _below(inner: dict[str, dict[str, None]]) -> Iterable[tuple[str, ...]]:
    return ((key, name) for key, names in inner.items() for name in names)


def _find(fields: Members, candidate: FieldCandidate) -> Value:
    raw = find_value(fields, candidate, {})
    return None if raw is None else decode_value(raw)


def _status(value: Value | UnsetType) -> int | None:
    if type(value) is not str and type(value) is not float:
        return None
    text = msgspec.json.encode(value)
    return read_status(text) if len(text) <= LONGEST_SCALAR else None


def _fits(text: str, size: int) -> bool:
    return len(text.encode()) <= size


@lru_cache(maxsize=64)  # the names are the table's own, so there are few sets of them
def _opener(names: Sequence[str]) -> tuple[Callable[[Raw], Any], type[Any], tuple[UnsetType | None, ...]]:
    """What decodes an object to its members of these names, the type of that, and what stands for no object."""
    members = {f"m{place}": name for place, name in enumerate(names)}
    opened = msgspec.defstruct(
        "Opened", [(member, Value | UnsetType, UNSET) for member in members], rename=members, gc=False
    )
    decode = msgspec.json.Decoder(str | int | float | bool | list[Raw] | opened | None).decode
    return decode, opened, (None,) * len(names)
