"""Refused requests of clients that want to send, whoever they are, by address and reason: what doctor tells of."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from ...core.clock import Clock
from ...core.errors import SpectrixError

MOST_KNOWN: Final = 200
MOST_UNKNOWN: Final = 32
"""Of addresses that are none of ours: whoever looks for holes asks for thousands."""

PROBE: Final = "spectrix-lite-doctor"
"""The user agent of requests that are made to be refused."""

_SHOWN: Final = 100
_ANY: Final = "/{path}"
_KEY: Final = re.compile(r"spx_v\d_\w*")
_KIND: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
_SENDING: Final = frozenset({hdrs.METH_POST, hdrs.METH_PUT, hdrs.METH_PATCH})


@dataclass(slots=True)
class Refusal:
    """So many requests were answered alike; of the last: when it came (ms since 1970 UTC), who sent it, why it was
    refused, and its content type. `path` is a route's pattern, or the beginning of an address that is none of ours.
    """

    method: str
    path: str
    status: int
    code: str
    detail: str = ""
    kind: str = ""
    peer: str = ""
    requests: int = 0
    at: int = 0


_Held = OrderedDict[tuple[str, str, str], Refusal]
"""By method, path and code."""


class Refusals:
    """In memory, in bounded space. One for the process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: _Held = OrderedDict()
        self._unknown: _Held = OrderedDict()

    def note(self, request: web.Request, error: SpectrixError) -> None:
        """One more. Nothing that a client says is kept of it but its address, without query and keys, and its type."""
        pattern = _pattern(request)
        if _is_nobodys(request, pattern):
            return
        method = request.method if request.method in hdrs.METH_ALL else "?"
        if pattern == _ANY:
            refusal = _taken(self._unknown, MOST_UNKNOWN, method, _shown(request.path), error)
        else:
            refusal = _taken(self._known, MOST_KNOWN, method, pattern, error)
        refusal.requests += 1
        refusal.at, refusal.detail = self._clock.wall(), error.detail
        refusal.kind, refusal.peer = _kind(request), request.remote or ""

    def newest(self) -> list[Refusal]:
        """All that are remembered, the last first."""
        both = [*reversed(self._unknown.values()), *reversed(self._known.values())]
        return sorted(both, key=lambda each: -each.at)


def _taken(held: _Held, most: int, method: str, path: str, error: SpectrixError) -> Refusal:
    """The one that is told of such requests, as the last of those that are held, `most` of them."""
    name = (method, path, error.code)
    refusal = held.pop(name, None) or Refusal(method, path, error.status, error.code)
    held[name] = refusal
    if len(held) > most:
        held.popitem(last=False)
    return refusal


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return _ANY if resource is None else resource.canonical


def _is_nobodys(request: web.Request, pattern: str) -> bool:
    """Whether it is no client's that wants to send: somebody looks at a page that is not there, or doctor asks."""
    return (pattern == _ANY and request.method not in _SENDING) or request.headers.get(hdrs.USER_AGENT) == PROBE


def _kind(request: web.Request) -> str:
    kind = _KIND.match(request.headers.get(hdrs.CONTENT_TYPE, ""))
    return "" if kind is None else kind[0].lower()


def _shown(path: str) -> str:
    text = _KEY.sub("(key)", path)[:_SHOWN]
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
