"""`POST /api/v1/ingest/logs`: authenticate, read, decompress, decode, hand to the hub, answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from aiohttp import hdrs, web
from multidict import istr

from ..access.authority import KeyGrant
from ..access.presented_key import presented_key
from ..core.errors import (
    BadEncoding,
    BadOrigin,
    Draining,
    Forbidden,
    IdempotencyMismatch,
    InvalidKey,
    MissingKey,
    ServiceNotFound,
    SpectrixError,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    UnsupportedType,
)
from ..core.proxies import is_trusted
from ..core.timestamps import rfc3339
from ..entries import body_form, decompress
from ..entries.entry import IngestAnswer, encode
from ..server import fast_response
from ..server.connection import Connection, vouch
from ..server.context import CONTEXT, Context
from ..server.fast_request import FastRequest
from ..server.guard import check_hook_origin, client_of
from ..server.ingest.body import HeldBytes, discard, open_body, read_body
from ..server.ingest.refused import SAMPLE
from ..stream.idempotency import digest
from . import parameters
from .route import API, HOOK, WRITE, route

_IDEMPOTENCY_KEY: Final = istr("Idempotency-Key")

_ERRORS: Final = (
    BadEncoding,
    IdempotencyMismatch,
    MissingKey,
    InvalidKey,
    TooMany,
    Unavailable,
    Draining,
    *WRITE,
)


@route(
    "POST",
    f"{API}/ingest/logs",
    access="producer",
    request=parameters.ingest_bodies(),
    takes=parameters.INGEST,
    answers={200: IngestAnswer},
    query=parameters.TOKEN,
    errors=(*_ERRORS, BadOrigin),
)
async def ingest(request: web.Request) -> web.StreamResponse:
    """Send entries.

    200 once the accepted entries are in the ring buffer; any other answer means that nothing was taken.
    """
    return await _ingest(request)


@route(
    "POST",
    HOOK,
    access="hook",
    request=parameters.ingest_bodies(),
    takes=parameters.INGEST,
    answers={200: IngestAnswer},
    errors=(*_ERRORS, BadOrigin),
)
async def ingest_by_hook(request: web.Request) -> web.StreamResponse:
    """Send entries by a hook key in the address.

    For webhooks and whatever else can be given an address and no header.
    """
    return await _ingest(request)


async def _ingest(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    with context.in_flight:
        try:
            if context.in_flight.draining:
                raise Draining
            grant = await _granted(request, context)
            vouch(request)
            seen = _Seen()
            try:
                if grant.kind == "hook":
                    check_hook_origin(request)
                context.admission.admit(grant)
                answer = await _take(request, context, grant, seen)
                _count(context, grant.key_id, answer, seen)
            except SpectrixError as refusal:
                if not isinstance(refusal, Unavailable):
                    _count(context, grant.key_id, refusal, seen)
                # Their frames hold what has come of the body: out of the budget, and still in memory.
                refusal.__traceback__ = refusal.__context__ = None
                await discard(request, context.admission.max_body)
                raise
        except (Unauthorized, Forbidden, TooMany, Unavailable):
            if is_trusted(request.remote or "", context.config.trusted_proxy):
                await discard(request)  # a proxy that cannot pass on what it holds answers 502, whatever we say
            if not context.in_flight.draining:
                with cast(Connection, request.protocol).reading_paused(request):
                    await context.admission.penalize(client_of(request).address)
            raise
    return fast_response.ok_response(request, encode(answer), context.clock.wall() // 1000)


@dataclass(slots=True)
class _Seen:
    """The beginning of a body that was read, for who wants to know what was wrong with it."""

    body: bytes = b""


def _count(context: Context, key_id: str, outcome: IngestAnswer | SpectrixError, seen: _Seen) -> None:
    """Remembers what came of a request: those of which nothing is taken are told where the key is shown."""
    if isinstance(outcome, SpectrixError):
        code, detail = outcome.code, outcome.detail
    elif outcome.rejected and not outcome.accepted:
        code, detail = outcome.errors[0].reason, "None of its entries could be read."
    else:
        context.refused.forget(key_id)
        return
    context.refused.count(key_id, context.clock.wall(), code, detail, context.admission.sample(seen.body))


async def _granted(request: web.Request, context: Context) -> KeyGrant:
    in_path = request.match_info.get("hookKey")
    in_query = request.query.get("token") if request.query_string else None
    key = presented_key(lambda name: request.headers.getall(name, ()), in_path or in_query)
    if in_path is not None and key != in_path:
        raise InvalidKey
    return context.authority.known_key(key) or await context.authority.verify_key(key)


class IngestFastPath:
    """Fast path of ingest: usual requests at once; what needs more is left to `ingest`, untouched."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reserve(self, request: FastRequest) -> bool:
        context = self._context
        if (
            request.end - request.start > context.admission.max_body
            or context.in_flight.draining
            or self._grant(request) is None
        ):
            return False
        if not context.admission.bodies.take(request.end):
            return False
        context.in_flight.enter()
        return True

    def release(self, request: FastRequest) -> None:
        self._context.admission.bodies.give(request.end)
        self._context.in_flight.leave()

    def try_ingest(self, request: FastRequest, body: bytes, *, begun: bool) -> bytes | None:
        context = self._context
        grant = self._grant(request)
        if grant is None or (context.in_flight.draining and not begun) or not context.admission.fits(len(body)):
            return None
        now = context.clock.wall()
        batch = context.admission.read_usual(body, rfc3339(now))
        if batch is None:
            return None
        try:
            if not context.hub.is_free(grant.service_id, len(batch.entries)):
                return None
            context.admission.admit(grant)
            context.hub.ingest_now(grant.service_id, batch.entries)
        except (TooMany, ServiceNotFound):
            return None
        context.authority.note_use(grant.key_id)
        context.refused.forget(grant.key_id)
        context.answered[200] += 1
        return fast_response.response_bytes(encode(IngestAnswer(len(batch.entries), 0, [])), now // 1000)

    def _grant(self, request: FastRequest) -> KeyGrant | None:
        """Of a live key: for a hook key there is more to check."""
        try:
            grant = self._context.authority.known_key(request.key)
        except InvalidKey:
            return None
        return grant if grant is not None and grant.kind == "live" else None


async def _take(request: web.Request, context: Context, grant: KeyGrant, seen: _Seen) -> IngestAnswer:
    form, encodings = _form(request)
    limit = context.admission.body_limit(grant.kind)
    if (request.content_length or 0) > limit:
        raise TooLarge(f"A body has at most {limit} bytes; send smaller batches.")
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.transport is not None:
        # Only now: a client without a key is not asked for a body.
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    held = HeldBytes(context.admission.bodies)
    try:
        body = await read_body(request, limit, held)
        if encoding := decompress.encoding_of(body, encodings):
            body = await open_body(body, encoding, limit, held)
            if decompress.encoding_of(body, ()):
                raise UnsupportedType("The body is compressed twice.")
        if form and not body_form.begins_as_value(body):
            raise UnsupportedType("Forms are not read; send JSON or text.")
        seen.body = body[: 4 * SAMPLE]
        arrived = rfc3339(context.clock.wall())
        async with context.admission.large_body_slot(len(body)):
            name = request.headers.get(_IDEMPOTENCY_KEY, "").strip().encode("utf-8", "surrogateescape")
            once = context.hub.batches(grant.service_id, grant.key_id) if name else None
            asked = digest(name), await context.admission.digest(body) if name else b""
            if once is not None and (earlier := await once.earlier(*asked)) is not None:
                return _again(earlier)
            batch = await context.admission.read(body, arrived, grant.kind)
            del body
            context.authority.note_use(grant.key_id)
            if once is None:
                return await context.hub.ingest(grant.service_id, batch, grant.key_id)
            answer, is_earlier = await once.do(
                *asked, lambda: context.hub.ingest(grant.service_id, batch, grant.key_id)
            )
            return _again(answer) if is_earlier else answer
    finally:
        held.give_back()


def _again(first: IngestAnswer) -> IngestAnswer:
    """The answer to a batch that was taken before."""
    return IngestAnswer(first.accepted, first.rejected, first.errors, duplicate=True)


def _form(request: web.Request) -> tuple[bool, tuple[str, ...]]:
    """(whether the body is said to be a form, the encodings named for it). Raises UnsupportedType.

    The content type tells no more: the first bytes do. Types of binary forms would branch off here.
    """
    kind = request.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise UnsupportedType("Multipart bodies are not read; send JSON or text.")
    encodings = decompress.named_encodings(",".join(request.headers.getall(hdrs.CONTENT_ENCODING, ())))
    return kind == "application/x-www-form-urlencoded", encodings
