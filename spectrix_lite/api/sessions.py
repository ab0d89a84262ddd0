"""Sessions: temporary permissions to watch one service."""

from __future__ import annotations

import msgspec
from aiohttp import web

from ..core.timestamps import rfc3339
from ..query.filter import parse_filter
from ..server.context import CONTEXT
from ..server.guard import SIGN_IN
from ..server.json_body import answer, nothing, read
from .schemas import CreatedSession, NewSession, SessionList, SessionView


async def create_session(request: web.Request) -> web.StreamResponse:
    body = await read(request, NewSession)
    parse_filter(body.filter)
    session, token = await request.app[CONTEXT].authority.create_session(
        request.match_info["id"],
        kind=body.kind,
        ttl=body.ttl,
        filter=None if body.filter is None else msgspec.json.encode(body.filter).decode(),
        sign_in=request[SIGN_IN],
    )
    return answer(
        CreatedSession(id=session.id, token=token, kind=session.kind, expires_at=rfc3339(session.expires_at)), 201
    )


async def list_sessions(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    return answer(
        SessionList(
            sessions=[
                SessionView(
                    id=session.id,
                    kind=session.kind,
                    created_at=rfc3339(session.created_at),
                    expires_at=rfc3339(session.expires_at),
                    watchers=context.hub.watchers(session.id),
                )
                for session in context.authority.sessions(request.match_info["id"])
            ]
        )
    )


async def end_session(request: web.Request) -> web.StreamResponse:
    await request.app[CONTEXT].authority.end_session(request.match_info["id"])
    return nothing()
