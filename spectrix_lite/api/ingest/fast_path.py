"""Fast path of ingest: usual requests at once; what needs more is left to the handlers, untouched."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...access.authority import KeyGrant
from ...core.errors import InvalidKey, NoQuorum, ServiceNotFound, SpectrixError, TooMany
from ...core.timestamps import rfc3339
from ...entries.entry import Batch, IngestAnswer, encode
from ...server import fast_response
from ...server.context import Context
from ...server.fast_request import FastRequest
from ...stream.channel import Channel
from ...stream.log import Arriving


class LaterAnswer:
    """What a batch is answered, made of what `arriving` brings, whether or not anybody waits for it any more."""

    __slots__ = ("_answer", "_listener", "_made")

    def __init__(self, arriving: Arriving, answer: Callable[[Arriving], bytes]) -> None:
        self._answer = answer
        self._listener: Callable[[LaterAnswer], object] | None = None
        self._made = b""
        arriving.add_done_callback(self._arrived)

    def add_done_callback(self, listener: Callable[[LaterAnswer], object]) -> None:
        """See `Later`. Once, in the turn of the loop in which this was made."""
        self._listener = listener

    def result(self) -> bytes:
        """See `Later`."""
        return self._made

    def _arrived(self, arriving: Arriving) -> None:
        self._made = self._answer(arriving)
        if self._listener is not None:
            self._listener(self)


class IngestFastPath:
    """Answers what `server.connection` hands it. One for the process."""

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

    def try_ingest(self, request: FastRequest, body: bytes, *, begun: bool) -> bytes | LaterAnswer | None:
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
                return self._later(grant, batch, len(body)) if context.hub.is_remote(grant.service_id) else None
            context.admission.admit(grant)
            context.hub.ingest_now(grant.service_id, batch.entries)
            count = len(batch.entries)
            context.first_entries.note(grant.key_id, context.hub.channel(grant.service_id), count, now)
        except (TooMany, ServiceNotFound):
            return None
        context.authority.note_use(grant.key_id)
        context.refused.forget(grant.key_id)
        context.answered[200] += 1
        return fast_response.response_bytes(encode(IngestAnswer(count, 0, [])), now // 1000)

    def _later(self, grant: KeyGrant, batch: Batch, size: int) -> bytes | LaterAnswer | None:
        """The answer, once the log has the batch: until then its bytes count as in flight."""
        context = self._context
        channel = context.hub.channel(grant.service_id)
        if not context.admission.bodies.take(size):
            return None
        try:
            context.admission.admit(grant)
        except TooMany:
            context.admission.bodies.give(size)
            return None
        try:
            arriving = context.hub.ingest_later(grant.service_id, batch.entries)
        except NoQuorum as refusal:
            context.admission.bodies.give(size)
            context.answered[refusal.status] += 1
            return fast_response.problem_bytes(refusal, context.clock.wall() // 1000)
        context.in_flight.enter()
        return LaterAnswer(arriving, partial(self._taken, grant, channel, len(batch.entries), size))

    def _taken(self, grant: KeyGrant, channel: Channel, count: int, size: int, arrived: Arriving) -> bytes:
        context = self._context
        context.admission.bodies.give(size)
        context.in_flight.leave()
        now = context.clock.wall()
        try:
            arrived.result()
        except SpectrixError as refusal:
            context.answered[refusal.status] += 1
            return fast_response.problem_bytes(refusal, now // 1000)
        context.authority.note_use(grant.key_id)
        context.first_entries.note(grant.key_id, channel, count, now)
        context.refused.forget(grant.key_id)
        context.answered[200] += 1
        return fast_response.response_bytes(encode(IngestAnswer(count, 0, [])), now // 1000)

    def _grant(self, request: FastRequest) -> KeyGrant | None:
        """Of a live key: for a hook key there is more to check."""
        try:
            grant = self._context.authority.known_key(request.key)
        except InvalidKey:
            return None
        return grant if grant is not None and grant.kind == "live" else None
