"""Taking a request's entries: authenticate, read, decompress, decode, hand to the hub; the same for every address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar, cast

from aiohttp import hdrs, web
from multidict import istr

from ...access.authority import KeyGrant
from ...access.presented_key import presented_key
from ...core.errors import (
    BadEncoding,
    BadOrigin,
    Draining,
    Forbidden,
    IdempotencyMismatch,
    InvalidKey,
    MissingKey,
    NoQuorum,
    SpectrixError,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    UnsupportedType,
)
from ...core.proxies import is_trusted
from ...core.timestamps import rfc3339
from ...entries import body_form, decompress
from ...entries.entry import IngestAnswer
from ...protocols import table
from ...protocols.protocol import BINARY_BYTES, Decoded, Outcome, Protocol, Sent
from ...server.connection.http_handler import HttpHandler, mark_authenticated
from ...server.context import Context
from ...server.guard import check_hook_origin, client_of
from ...server.ingest.body import HeldBytes, discard, open_body, read_body
from ...server.ingest.refused import SAMPLE
from ...stream.idempotency import IdempotencyCache, digest
from ..route import READ, WRITE

_IDEMPOTENCY_KEY: Final = istr("Idempotency-Key")
_FORM: Final = "application/x-www-form-urlencoded"
_NOTHING: Final[Mapping[str, str]] = {}
_Made = TypeVar("_Made")

ERRORS: Final = (
    BadEncoding,
    IdempotencyMismatch,
    MissingKey,
    InvalidKey,
    TooMany,
    Unavailable,
    Draining,
    NoQuorum,
    *WRITE,
)
"""What may be answered wherever entries are taken, beside what a body may be refused for."""

HELLO_ERRORS: Final = (MissingKey, InvalidKey, TooMany, Unavailable, Draining, BadOrigin, *READ)
"""What may be answered where only a key is asked for."""


async def admitted(request: web.Request, context: Context, work: Callable[[KeyGrant], Awaitable[_Made]]) -> _Made:
    """What `work` returns for who shows a right stream key, and is within its rate.

    Raises Unauthorized, BadOrigin, TooMany, Draining, Unavailable, and what `work` does; who is refused again, after a
    while.
    """
    with context.in_flight:
        try:
            if context.in_flight.draining:
                raise Draining
            grant = await _granted(request, context)
            mark_authenticated(request)
            try:
                if grant.kind == "hook":
                    check_hook_origin(request)
                context.admission.admit(grant)
                return await work(grant)
            except SpectrixError as refusal:
                # Their frames hold what has come of the body: out of the budget, and still in memory.
                refusal.__traceback__ = refusal.__context__ = None
                await discard(request, context.admission.max_body)
                raise
        except (Unauthorized, Forbidden, TooMany, Unavailable):
            if is_trusted(request.remote or "", context.config.trusted_proxy):
                await discard(request)  # a proxy that cannot pass on what it holds answers 502, whatever we say
            if not context.in_flight.draining:
                with cast(HttpHandler, request.protocol).reading_paused(request):
                    await context.admission.penalize(client_of(request).address)
            raise


async def take(request: web.Request, context: Context, protocol: Protocol | None = None) -> Outcome:
    """Takes the entries of a request that came by an address of `protocol`, or by one that leaves it to the body.

    Raises what `ERRORS` names, and what a body may be refused for.
    """

    async def work(grant: KeyGrant) -> Outcome:
        seen = _Seen()
        try:
            outcome = await _take(request, context, grant, protocol, seen)
            _count(context, grant.key_id, outcome.answer, seen)
        except SpectrixError as refusal:
            if not isinstance(refusal, Unavailable):
                _count(context, grant.key_id, refusal, seen)
            raise
        return outcome

    return await admitted(request, context, work)


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
    in_query = request.query.get("token") or request.query.get("sentry_key") if request.query_string else None
    key = presented_key(lambda name: request.headers.getall(name, ()), in_path or in_query)
    if in_path is not None and key != in_path:
        raise InvalidKey
    return context.authority.known_key(key) or await context.authority.verify_key(key)


async def _take(
    request: web.Request, context: Context, grant: KeyGrant, protocol: Protocol | None, seen: _Seen
) -> Outcome:
    sent = _sent(request)
    held = HeldBytes(context.admission.bodies)
    try:
        body = await _opened(
            request, context.admission.body_limit(grant.kind), protocol or table.of_kind(sent), sent, held
        )
        protocol = protocol or _told(body, sent)
        if protocol is None or not protocol.is_binary(sent):
            seen.body = body[: 4 * SAMPLE]
        arrived = rfc3339(context.clock.wall())
        async with context.admission.large_body_slot(len(body)):
            once = await _Once.of(request, context, grant, body) if _IDEMPOTENCY_KEY in request.headers else None
            if once is not None and (earlier := await once.earlier()) is not None:
                return Outcome(_again(earlier), sent, protocol)
            decoded = await _decoded(context, grant, protocol, body, sent, arrived)
            del body  # the entries take several times its memory
            if decoded.dropped:
                context.refused.count_dropped(grant.key_id, decoded.dropped)
            context.authority.note_use(grant.key_id)
            if once is None:
                answer = await context.hub.ingest(grant.service_id, decoded.batch, grant.key_id)
            else:
                answer, is_earlier = await once.do(
                    lambda: context.hub.ingest(grant.service_id, decoded.batch, grant.key_id, once.digests)
                )
                if is_earlier:
                    return Outcome(_again(answer), sent, protocol)
            channel = context.hub.channel(grant.service_id)
            context.first_entries.note(grant.key_id, channel, answer.accepted, context.clock.wall())
            return Outcome(answer, sent, protocol, decoded)
    finally:
        held.give_back()


class _Once(NamedTuple):
    """The batches that a key has sent under names, and what this one is asked for by."""

    batches: IdempotencyCache[IngestAnswer]
    name: bytes
    body: bytes

    @classmethod
    async def of(cls, request: web.Request, context: Context, grant: KeyGrant, body: bytes) -> _Once | None:
        """None for a batch whose name is empty."""
        name = request.headers[_IDEMPOTENCY_KEY].strip().encode("utf-8", "surrogateescape")
        if not name:
            return None
        batches = context.hub.batches(grant.service_id, grant.key_id)
        return cls(batches, digest(name), await context.admission.digest(body))

    @property
    def digests(self) -> tuple[bytes, bytes] | None:
        """Of name and body; None for a batch without a name."""
        return None if self.batches is None else (self.name, self.body)

    async def earlier(self) -> IngestAnswer | None:
        """The answer to a batch of this name that was taken before. Raises IdempotencyMismatch."""
        return await self.batches.earlier(self.name, self.body)

    async def do(self, append: Callable[[], Coroutine[Any, Any, IngestAnswer]]) -> tuple[IngestAnswer, bool]:
        """The answer, and whether it is an earlier one's."""
        answer, is_earlier = await self.batches.do(self.name, self.body, append)
        return answer, is_earlier or answer.duplicate  # as where another node was the first


def _told(body: bytes, sent: Sent) -> Protocol | None:
    """The protocol that a body belongs to by itself. Raises UnsupportedType for a form."""
    if sent.kind == _FORM and not body_form.begins_as_value(body):
        raise UnsupportedType("Forms are not read; send JSON or text.")
    return table.told(body, sent)


async def _decoded(
    context: Context, grant: KeyGrant, protocol: Protocol | None, body: bytes, sent: Sent, arrived: str
) -> Decoded:
    if protocol is None:
        return Decoded(await context.admission.read(body, arrived, grant.kind))
    return await context.admission.decode(protocol, body, sent, arrived, grant.kind)


async def _opened(request: web.Request, limit: int, protocol: Protocol | None, sent: Sent, held: HeldBytes) -> bytes:
    """The body, decompressed, of at most `limit` bytes. Raises as `read_body` and `open_body`, UnsupportedType."""
    if sent.kind.startswith("multipart/"):
        raise UnsupportedType("Multipart bodies are not read; send JSON or text.")
    encodings = decompress.named_encodings(",".join(request.headers.getall(hdrs.CONTENT_ENCODING, ())))
    if protocol is not None and protocol.is_binary(sent):
        limit = min(limit, BINARY_BYTES)
    if (request.content_length or 0) > limit:
        raise TooLarge(f"A body has at most {limit} bytes; send smaller batches.")
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.transport is not None:
        # Only now: a client without a key is not asked for a body.
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await read_body(request, limit, held)
    if encoding := decompress.encoding_of(body, encodings):
        body = await open_body(body, encoding, limit, held)
        if decompress.encoding_of(body, ()):
            raise UnsupportedType("The body is compressed twice.")
    return body


def _again(first: IngestAnswer) -> IngestAnswer:
    """The answer to a batch that was taken before."""
    return IngestAnswer(first.accepted, first.rejected, first.errors, duplicate=True)


def _sent(request: web.Request) -> Sent:
    kind = request.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()
    return Sent(kind, request.match_info, request.query if request.query_string else _NOTHING, request.headers)
