"""Fast path of ingest: usual requests at once; what needs more is left to the handlers, untouched."""

from __future__ import annotations

from ...access.authority import KeyGrant
from ...core.errors import InvalidKey, ServiceNotFound, TooMany
from ...core.timestamps import rfc3339
from ...entries.entry import IngestAnswer, encode
from ...server import fast_response
from ...server.context import Context
from ...server.fast_request import FastRequest


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
