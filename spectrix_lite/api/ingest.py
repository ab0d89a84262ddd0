"""`POST /api/v1/ingest/logs`: authenticate, read, decompress, decode, hand to the hub, answer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from io import BytesIO
from typing import Final, cast

from aiohttp import hdrs, web
from multidict import istr

from ..access.authority import KeyGrant
from ..access.presented_key import presented_key
from ..core.errors import (
    BadEncoding,
    BadOrigin,
    BodyStalled,
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
from ..core.rate_limit import ByteBudget
from ..core.timestamps import rfc3339
from ..entries import body_form, decompress
from ..entries.entry import IngestAnswer, encode
from ..server import fast_response
from ..server.connection import Connection, vouch
from ..server.context import CONTEXT, Context
from ..server.fast_request import FastRequest
from ..server.guard import check_hook_origin, client_of
from ..stream.idempotency import digest
from . import parameters
from .route import API, HOOK, WRITE, route

STALL_SECONDS: Final = 30.0
DISCARD_SECONDS: Final = 5.0
_UNMEASURED: Final = 8 * 1024 * 1024
"""What a compressed body may open to before it is asked how large it will be in all: a bomb costs no more memory."""

_SLICES_A_TURN: Final = 8  # of a body that is opened: some milliseconds
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
            try:
                if grant.kind == "hook":
                    check_hook_origin(request)
                context.admission.admit(grant)
                answer = await _take(request, context, grant)
            except SpectrixError as refusal:
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
        context.answered[200] += 1
        return fast_response.response_bytes(encode(IngestAnswer(len(batch.entries), 0, [])), now // 1000)

    def _grant(self, request: FastRequest) -> KeyGrant | None:
        """Of a live key: for a hook key there is more to check."""
        try:
            grant = self._context.authority.known_key(request.key)
        except InvalidKey:
            return None
        return grant if grant is not None and grant.kind == "live" else None


async def _take(request: web.Request, context: Context, grant: KeyGrant) -> IngestAnswer:
    form, encodings = _form(request)
    limit = context.admission.body_limit(grant.kind)
    if (request.content_length or 0) > limit:
        raise TooLarge(f"A body has at most {limit} bytes; send smaller batches.")
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.transport is not None:
        # Only now: a client without a key is not asked for a body.
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    held = _Held(context.admission.bodies)
    try:
        body = await _body(request, limit, held)
        if encoding := decompress.encoding_of(body, encodings):
            body = await _opened(body, encoding, limit, held)
            if decompress.encoding_of(body, ()):
                raise UnsupportedType("The body is compressed twice.")
        if form and not body_form.begins_as_value(body):
            raise UnsupportedType("Forms are not read; send JSON or text.")
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


class _Held:
    """What one request holds of the budget for bodies."""

    __slots__ = ("_amount", "_budget")

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._amount = 0

    def take(self, amount: int) -> None:
        if not self._budget.take(amount):
            raise Unavailable("Too many large bodies are in flight; try again.", retry_after=1.0)
        self._amount += amount

    def give(self, amount: int) -> None:
        self._budget.give(amount)
        self._amount -= amount

    def give_back(self) -> None:
        self.give(self._amount)


async def _body(request: web.Request, limit: int, held: _Held) -> bytes:
    content = request.content
    if content.is_eof():  # as a rule all of it came with the headers
        body = content.read_nowait(-1)
        if len(body) > limit:
            raise TooLarge(f"A body has at most {limit} bytes; send smaller batches.")
        held.take(len(body))
        return body
    sink = BytesIO()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(STALL_SECONDS) as stall:
            while part := await content.readany():
                if sink.tell() + len(part) > limit:
                    raise TooLarge(f"A body has at most {limit} bytes; send smaller batches.")
                held.take(len(part))
                sink.write(part)
                stall.reschedule(loop.time() + STALL_SECONDS)
    except TimeoutError:
        raise BodyStalled from None
    return sink.getvalue()  # its own bytes: to join a large body would hold up the loop


async def discard(request: web.Request, patience: int = 0) -> None:
    """Reads what is left of a body that is refused: on data that nobody has read, a connection is reset, and the client
    never sees why. Only for who has a key, or comes by a trusted proxy; who waits for `100 Continue` has sent nothing.

    Takes `DISCARD_SECONDS`, and longer while more keeps coming of the first `patience` bytes.
    """
    if hdrs.EXPECT in request.headers:
        return
    loop = asyncio.get_running_loop()
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS) as stall:
            while part := await request.content.readany():
                patience -= len(part)
                if patience > 0:
                    stall.reschedule(loop.time() + DISCARD_SECONDS)


async def _opened(body: bytes, encoding: str, limit: int, held: _Held) -> bytes:
    """The body decompressed. A large one is opened a first time to see that it has an end, and none of it kept."""
    try:
        return await _kept(body, encoding, min(_UNMEASURED, limit), held)
    except TooLarge:
        if limit <= _UNMEASURED:
            raise
    for number, _ in enumerate(decompress.opened(body, encoding, limit)):
        if number % _SLICES_A_TURN == 0:
            await asyncio.sleep(0)
    return await _kept(body, encoding, limit, held)


async def _kept(body: bytes, encoding: str, limit: int, held: _Held) -> bytes:
    sink = BytesIO()
    try:
        for number, part in enumerate(decompress.opened(body, encoding, limit)):
            held.take(len(part))
            sink.write(part)
            if number % _SLICES_A_TURN == 0:
                await asyncio.sleep(0)
    except TooLarge:
        held.give(sink.tell())
        raise
    return sink.getvalue()
