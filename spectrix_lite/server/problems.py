"""Problems: every error as `application/problem+json` (RFC 9457), the one place where the error tree meets HTTP."""

from __future__ import annotations

import functools
import logging
import math
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import hdrs, web
from msgspec import UNSET

from ..core.clock import Clock
from ..core.errors import (
    BadRequest,
    Forbidden,
    InvalidKey,
    InvalidMetricsToken,
    MethodNotAllowed,
    MissingKey,
    NotFound,
    SpectrixError,
    TooLarge,
    Unauthorized,
    UnsupportedType,
    UpgradeRequired,
)
from ..core.token_errors import InvalidToken
from ..query.error import InvalidQuery
from .ingest.refusals import Refusals
from .json_body import Problem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTENT_TYPE: Final = "application/problem+json"
SERVER_NAME: Final = "spectrix-lite"
"""Said in every answer: aiohttp would name itself and its version."""

TYPE_PREFIX: Final = "urn:spectrix:problem:"

# What aiohttp itself may raise, by status. Whatever else it refuses is a bad request.
_BY_STATUS: Final[dict[int, type[SpectrixError]]] = {
    e.status: e
    for e in (Unauthorized, Forbidden, NotFound, MethodNotAllowed, TooLarge, UnsupportedType, UpgradeRequired)
}

_log = logging.getLogger("spectrix_lite.http")


def raised_at(error: BaseException) -> str:
    """The places in the code that `error` came through, innermost first, eight at most."""
    return " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)[-8:])
    )


class ErrorLog:
    """Logs unexpected exceptions: at most one line a second for each class of exception.

    A line names the class and the places in the code, not the message: that may repeat what a client sent.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[type[BaseException], float] = {}
        self._silent: dict[type[BaseException], int] = {}

    def report(self, error: BaseException, request: web.Request) -> None:
        """Logs `error`, or counts it where its class was logged less than a second ago."""
        kind, now = type(error), self._clock.monotonic()
        if now < self._next.get(kind, -math.inf):
            self._silent[kind] = self._silent.get(kind, 0) + 1
            return
        self._next[kind] = now + 1.0
        silent = self._silent.pop(kind, 0)
        resource = request.match_info.route.resource
        _log.error(
            "%s in %s %s: %s%s",
            kind.__name__,
            request.method if request.method in hdrs.METH_ALL else "?",
            "?" if resource is None else resource.canonical,
            raised_at(error),
            f" ({silent} more like it before)" if silent else "",
        )
        _log.debug("the same with its message", exc_info=error)


ERROR_LOG: Final = web.AppKey("error_log", ErrorLog)

REFUSALS: Final = web.AppKey("refusals", Refusals)

ANSWERED: Final[web.AppKey[Counter[int]]] = web.AppKey("answered", Counter)
"""How many requests were answered with each status."""


def problem_type(code: str) -> str:
    """The URI that stands for a code in a problem's `type`."""
    return TYPE_PREFIX + code


def problem_response(error: SpectrixError) -> web.Response:
    """The response that tells a client about `error`, with `Retry-After` in whole seconds where it has one."""
    body = msgspec.json.encode(
        Problem(
            type=problem_type(error.code),
            title=error.title,
            status=error.status,
            detail=error.detail,
            code=error.code,
            start=error.start if isinstance(error, InvalidQuery) else UNSET,
            end=error.end if isinstance(error, InvalidQuery) else UNSET,
        )
    )
    headers = {hdrs.CONTENT_TYPE: CONTENT_TYPE, hdrs.SERVER: SERVER_NAME}
    answer = web.Response(body=body, status=error.status, headers=headers)
    if error.retry_after is not None:
        answer.headers[hdrs.RETRY_AFTER] = str(max(1, math.ceil(error.retry_after)))
    if isinstance(error, MissingKey | InvalidKey | InvalidMetricsToken | InvalidToken):
        answer.headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="spectrix"'
    if isinstance(error, UpgradeRequired):
        answer.headers.update({hdrs.UPGRADE: "websocket", hdrs.CONNECTION: "Upgrade"})
    return answer


def _known_error(refusal: web.HTTPException) -> SpectrixError:
    return _BY_STATUS.get(refusal.status, BadRequest)()


def http_problem(refusal: web.HTTPException) -> web.Response:
    """What aiohttp refuses as a problem, with its `Allow` where it has one."""
    answer = problem_response(_known_error(refusal))
    if hdrs.ALLOW in refusal.headers:
        answer.headers[hdrs.ALLOW] = refusal.headers[hdrs.ALLOW]
    return answer


def _check_unanswered(request: web.Request, error: Exception) -> None:
    """Breaks the connection off where a part of an answer is on its way, as after a WebSocket's handshake.

    Raises ConnectionResetError then: no other answer may follow.
    """
    if request.writer.output_size > 0:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError from error


def translate_errors(handler: Handler, *, noted: bool = False) -> Handler:
    """`handler`, but what it raises becomes a problem response; `noted` says whether somebody may want to know of it.

    Wraps each handler once, when routes are registered: a request pays one await for it.
    """

    @functools.wraps(handler)
    async def answered(request: web.Request) -> web.StreamResponse:
        answer: web.StreamResponse
        try:
            answer = await handler(request)
        except SpectrixError as error:
            _check_unanswered(request, error)
            answer = problem_response(error)
            if noted:
                request.app[REFUSALS].note(request, error)
        except web.HTTPException as refusal:
            if refusal.status < 400:
                raise
            answer = http_problem(refusal)
            if noted:
                request.app[REFUSALS].note(request, _known_error(refusal))
        except (ConnectionError, web.RequestPayloadError) as error:
            # The client went away, or what it sent breaks the protocol: its own affair, and nothing for our log.
            _check_unanswered(request, error)
            answer = problem_response(BadRequest("The request's body breaks off or is not framed as its headers say."))
            answer.force_close()
        except Exception as error:
            request.app[ERROR_LOG].report(error, request)
            _check_unanswered(request, error)
            answer = problem_response(SpectrixError())
        request.app[ANSWERED][answer.status] += 1
        return answer

    return answered
