"""Routes: what a call takes and answers and whom it lets in, declared at the handler that serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc
from types import ModuleType
from typing import Final

from ..core.errors import (
    BadOrigin,
    BadRequest,
    BodyStalled,
    Forbidden,
    InvalidBody,
    InvalidJson,
    Misdirected,
    ServiceNotFound,
    SpectrixError,
    StorageBusy,
    StorageFailed,
    StorageFull,
    StreamKeyNotFound,
    TooLarge,
    Unauthorized,
    UnsupportedType,
)
from ..core.token_errors import InvalidToken
from ..server.guard import SAFE_METHODS, Access
from ..server.problems import Handler
from .parameters import Header, Query, Schema

ErrorType = type[SpectrixError]

API: Final = "/api/v1"
SERVICES: Final = f"{API}/services"
SERVICE: Final = f"{SERVICES}/{{id}}"
KEYS: Final = f"{SERVICE}/stream-keys"
KEY: Final = f"{KEYS}/{{keyId}}"
HOOK: Final = "/in/{hookKey}"

READ: Final = (StorageBusy, StorageFailed)
"""Errors of what reads the database."""

WRITE: Final = (*READ, StorageFull)
OF_SERVICE: Final = (ServiceNotFound,)
OF_KEY: Final = (ServiceNotFound, StreamKeyNotFound)

_ROUTES: Final = "__routes__"  # the attribute of a handler that holds what was declared at it


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call: enough to register it, to guard it and to document it.

    `request` is the body's Struct, or the schema of each content type; `answers` gives for each status the answer's
    type, None where it has no body; `answer_kinds` are content types that it may have beside JSON. `takes` are headers
    of the request, `gives` those of the answer. `errors` are those of its own: what every call of its access may answer
    is added in the document.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    request: type | Mapping[str, Schema] | None = None
    query: Sequence[Query] = ()
    takes: Sequence[Header] = ()
    answers: Mapping[int, type | None]
    answer_kinds: Sequence[str] = ()
    gives: Sequence[Header] = ()
    errors: Sequence[ErrorType] = ()

    @property
    def name(self) -> str:
        """The handler's name; unique among all routes."""
        return getattr(self.handler, "__name__", "")

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring, without its full stop."""
        return (getdoc(self.handler) or "").partition("\n")[0].removesuffix(".")

    @property
    def description(self) -> str:
        """The rest of it; "" where there is none."""
        return (getdoc(self.handler) or "").partition("\n")[2].strip()

    @property
    def all_errors(self) -> list[ErrorType]:
        """Its own errors and those of its access and body, by status and code."""
        errors = {*self.errors, SpectrixError}
        if self.access in ("open", "operator", "reader", "search", "stream"):
            errors.add(Misdirected)
        if self.access in ("search", "stream") or (
            self.access in ("open", "operator", "reader") and self.method not in SAFE_METHODS
        ):
            errors.add(BadOrigin)
        if self.access in ("operator", "reader", "search"):
            errors |= {Unauthorized, Forbidden}
        if self.access in ("reader", "search"):
            errors |= {InvalidToken, *READ}
        if self.access == "stream":
            errors.add(Forbidden)
        if self.request is not None:
            errors |= {BadRequest, InvalidJson, InvalidBody, TooLarge, UnsupportedType, BodyStalled}
        return sorted(errors, key=lambda error: (error.status, error.code))


def route(
    method: str,
    path: str,
    *,
    access: Access,
    answers: Mapping[int, type | None],
    request: type | Mapping[str, Schema] | None = None,
    query: Sequence[Query] = (),
    takes: Sequence[Header] = (),
    answer_kinds: Sequence[str] = (),
    gives: Sequence[Header] = (),
    errors: Sequence[ErrorType] = (),
) -> Callable[[Handler], Handler]:
    """Declares that the decorated handler serves `method` at `path`; the fields are those of `Route`.

    The first line of its docstring is the call's summary. A handler may be declared several times.
    """

    def declare(handler: Handler) -> Handler:
        declared = Route(
            method=method,
            path=path,
            handler=handler,
            access=access,
            request=request,
            query=query,
            takes=takes,
            answers=answers,
            answer_kinds=answer_kinds,
            gives=gives,
            errors=errors,
        )
        setattr(handler, _ROUTES, (declared, *getattr(handler, _ROUTES, ())))
        return handler

    return declare


def routes_of(module: ModuleType) -> Iterator[Route]:
    """The routes declared at the handlers of `module`, in their order."""
    for value in vars(module).values():
        if getattr(value, "__module__", None) == module.__name__:
            yield from getattr(value, _ROUTES, ())
