"""Protocol: one way in which other products' clients send logs; a row of `table`.

Routes, the OpenAPI document, docs/protocols.md and tests are made of its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from ..entries.entry import Batch, IngestAnswer
from .batch_builder import BatchBuilder

BINARY_BYTES: Final = 4 * 1024 * 1024
"""The most bytes, opened, of a form whose decoding cannot be cut into slices."""

JSON: Final = "application/json"
TEXT: Final = "text/plain"

_NOTHING: Final[Mapping[str, str]] = {}


class Sent(NamedTuple):
    """What a request said besides its body.

    `kind` is the content type in lower case without parameters; `path` what stands in the placeholders of its address;
    the names of `headers` are in any case where the mapping says so.
    """

    kind: str = ""
    path: Mapping[str, str] = _NOTHING
    query: Mapping[str, str] = _NOTHING
    headers: Mapping[str, str] = _NOTHING


@dataclass(frozen=True, slots=True)
class Action:
    """What was asked for one record, where its answer has to say so."""

    operation: str
    index: str | None
    id: str | None


@dataclass(slots=True)
class Decoded:
    """What became of a body. `dropped` counts what was understood and is no entry; `actions` are for the answer: what
    was asked for each record, in order.
    """

    batch: Batch
    dropped: int = 0
    actions: Sequence[Action] = ()


class Outcome(NamedTuple):
    """What an answer is made of. There is no `decoded` of a body that was taken before: only its counts are known.

    `protocol` is what the body was found to be; None for the ordinary one.
    """

    answer: IngestAnswer
    sent: Sent
    protocol: Protocol | None = None
    decoded: Decoded | None = None


class Reply(NamedTuple):
    """An answer: status, body, its content type (none without a body) and further headers."""

    status: int
    body: bytes = b""
    kind: str = JSON
    headers: Mapping[str, str] = _NOTHING


Decode = Callable[[bytes, Sent, BatchBuilder], Decoded]
"""Reads a body whole, in its own form. Raises InvalidJson or InvalidBody where nothing of it can be read, TooLarge."""


@dataclass(frozen=True, slots=True)
class Call:
    """One address of a protocol: the OpenAPI document names it `name`."""

    method: str
    path: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol. `bodies` gives each content type's schema, `is_binary` tells which form cannot be sliced. `status`
    and `answer` are what is said to its clients where entries were taken, `answer_kinds` the content types that the
    answer may have beside JSON. With `by_body` its addresses take whatever the ordinary one takes, told by the body;
    with `for_pages` pages of the sites that --allow-origin names may send there.
    """

    name: str
    title: str
    clients: str
    form: str
    calls: Sequence[Call]
    decode: Decode
    reply: Callable[[Outcome], Reply]
    bodies: Mapping[str, Mapping[str, Any]]
    status: int
    answer: type | None = None
    answer_kinds: Sequence[str] = ()
    is_binary: Callable[[Sent], bool] = lambda sent: False
    by_body: bool = False
    for_pages: bool = False
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a client asks before it sends, or beside it: answered the same to whoever shows a right key."""

    call: Call
    summary: str
    reply: Reply
    answer: type | None = dict


def json_reply(status: int, value: object, headers: Mapping[str, str] = _NOTHING) -> Reply:
    """An answer in JSON."""
    return Reply(status, msgspec.json.encode(value), JSON, headers)
