"""The root address: the page for a browser, a greeting for a client of Elasticsearch that shows a stream key."""

from __future__ import annotations

from aiohttp import hdrs, web

from ...access.authority import KeyGrant
from ...access.presented_key import AUTHORIZATION, presented_key
from ...core.errors import SpectrixError
from ...protocols.bulk import GREETING
from ...server.context import CONTEXT
from ...server.guard import SAFE_METHODS
from ...server.problems import Handler
from .protocols import response


def greeting_or(page: Handler) -> Handler:
    """`page`, but for a client that asks by `GET` or `HEAD` and whose `Authorization` is a right key."""

    async def root(request: web.Request) -> web.StreamResponse:
        shown = request.method in SAFE_METHODS and hdrs.AUTHORIZATION in request.headers
        answer = response(GREETING) if shown and await _grant(request) is not None else await page(request)
        if not answer.prepared:  # two things lie here: nothing on the way may keep one for the other
            varies = answer.headers.get(hdrs.VARY)
            answer.headers[hdrs.VARY] = f"{varies}, {hdrs.AUTHORIZATION}" if varies else hdrs.AUTHORIZATION
            answer.headers[hdrs.CACHE_CONTROL] = "no-store"
        return answer

    return root


async def _grant(request: web.Request) -> KeyGrant | None:
    authority = request.app[CONTEXT].authority
    try:
        key = presented_key(lambda name: request.headers.getall(name, ()) if name == AUTHORIZATION else ())
        return authority.known_key(key) or await authority.verify_key(key)
    except SpectrixError:
        return None
