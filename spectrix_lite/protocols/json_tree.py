"""JSON tree: a body that is one JSON value, taken apart level by level, so that what is broken costs only itself and no
call decodes more than a piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..core.errors import InvalidBody, InvalidJson
from ..entries.fields.values import Members, members_of
from ..entries.json_repair import readable, valid_utf8
from ..entries.json_values import PIECE, Take, values
from ..entries.long_texts import shortened
from .batch_builder import BatchBuilder

T = TypeVar("T")

MARGIN: Final = 64
"""How much deeper than metadata a body may be before what lies below becomes null: its own levels, several a value."""

WHOLE: Final = 512 * 1024
"""Bytes of a body that may be decoded in one call, where it is as it should be."""

PART: Final = 512 * 1024
"""The same of what is taken out of a larger one: an item, or what is said above it."""

MENDED: Final = 4 * 1024 * 1024
"""Bytes of a body that is mended: a pattern looks at all of it in one call."""

_LOOKED_AT: Final = 4096
_EMPTY: Final = re.compile(rb"\[[ \t\r\n]*+\]")


def root(body: bytes, names: tuple[str, ...], builder: BatchBuilder) -> Members:
    """The members `names` of the object that a body is. Raises InvalidJson, or InvalidBody for another value."""
    fields = picked(valid_utf8(body), names, builder)
    if fields == "invalid_json":
        raise InvalidJson
    if isinstance(fields, str):
        raise InvalidBody
    return fields


def picked(text: bytes, names: tuple[str, ...], builder: BatchBuilder) -> Members | str:
    """The members `names` of an object, as far as it has them; else the reason why there are none.

    Nothing is made of any other member: a stranger says how many there are. What is larger than `MENDED` is not mended.
    """
    text = shortened(text, 0, len(text))
    try:
        return _present(_picker(names)(text))
    except msgspec.ValidationError:
        return "not_an_object"
    except (msgspec.DecodeError, RecursionError):
        mended = readable(text, builder.limits.depth + MARGIN) if len(text) <= MENDED else None
    if mended is None:
        return "invalid_json"
    try:
        return _present(_picker(names)(mended))
    except msgspec.ValidationError:
        return "not_an_object"


@lru_cache(maxsize=32)
def _picker(names: tuple[str, ...]) -> Callable[[bytes], Any]:
    kind = msgspec.defstruct("Picked", [(name, Raw | UnsetType, UNSET) for name in names], gc=False)
    return msgspec.json.Decoder(kind).decode


def _present(found: Any) -> Members:
    return {name: value for name in found.__struct_fields__ if (value := getattr(found, name)) is not UNSET}


def elements(fields: Members, name: str, builder: BatchBuilder) -> Iterator[bytes]:
    """The elements of the array `name`, each as JSON text, broken ones too; none where it is no array."""
    array = fields.get(name)
    if array is None or not is_array(array):
        return
    if len(array) <= PIECE:
        try:
            parts = msgspec.json.decode(array, type=list[Raw])
        except (msgspec.MsgspecError, RecursionError):
            pass
        else:
            yield from map(bytes, parts)
            return
    if _EMPTY.match(array, 0, _LOOKED_AT) is None:
        with suppress(InvalidJson):  # nothing in it can be read, which is no matter of its neighbours
            yield from values(bytes(array), lambda _: False, builder.limits.entries, builder.limits.depth + MARGIN)


def objects(fields: Members, name: str, names: tuple[str, ...], builder: BatchBuilder) -> Iterator[Members]:
    """The members `names` of the elements of an array that are objects; any other is rejected."""
    for text in elements(fields, name, builder):
        members = picked(text, names, builder)
        if isinstance(members, str):
            builder.reject(None, members, text)
        else:
            yield members


def typed(fields: Members, name: str, decode: Callable[[Raw], T]) -> T | None:
    """A member as `decode` reads it; None where it is not there, is something else, or too large for one call."""
    if name not in fields or len(fields[name]) > PART:
        return None
    try:
        return decode(fields[name])
    except (msgspec.MsgspecError, RecursionError):
        return None


def mended(text: bytes, builder: BatchBuilder) -> bytes:
    """One element, repaired where that is what it takes; as it is where nothing helps."""
    return readable(text, builder.limits.depth + MARGIN) or text


def is_array(raw: Raw | None) -> bool:
    """Whether a member is there and an array."""
    return raw is not None and bytes(memoryview(raw)[:1]) == b"["


def names_stream(fields: Members) -> bool:
    """Whether `source` says on which of a container's streams a line came: it is `stream` from then on."""
    if bytes(fields.get("source", b"")) not in (b'"stdout"', b'"stderr"'):
        return False
    fields["stream"] = fields.pop("source")
    return True


def inner_object(raw: Raw | None) -> Members:
    """The members of a member that is an object; none of any other."""
    return {} if raw is None else members_of(raw)


def glued(body: bytes, builder: BatchBuilder, take: Take = lambda text: False) -> Iterator[bytes]:
    """JSON values one behind the other, with whatever between them, or in an array; each as JSON text.

    Raises InvalidJson where there is none, TooLarge.
    """
    return values(valid_utf8(body), take, builder.limits.entries, builder.limits.depth + MARGIN)


def records(body: bytes, builder: BatchBuilder) -> None:
    """Takes such values as records of any names. Raises InvalidJson, TooLarge."""
    for text in glued(body, builder, builder.take):
        builder.json(text)


def lines(body: bytes) -> Iterator[bytes]:
    """The lines that hold anything, without what is blank at their ends."""
    at = 0
    while at < len(body):
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        line = body[at:end].strip(b" \t\r")
        at = end + 1
        if line:
            yield line
