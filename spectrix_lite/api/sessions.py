"""Sessions: temporary permissions to watch one service."""

from __future__ import annotations

import msgspec
from aiohttp import web
from msgspec import UNSET

from ..core.errors import InvalidFilter, SessionNotFound
from ..core.timestamps import rfc3339
from ..query.error import InvalidQuery
from ..query.filter import parse_filter
from ..server.context import CONTEXT
from ..server.guard import SIGN_IN
from ..server.json_body import json_response, no_content, read_json
from .document.schemas import CreatedSession, NewSession, SessionList, SessionView
from .route import API, OF_SERVICE, SERVICE, WRITE, route


@route(
    "POST",
    f"{SERVICE}/sessions",
    access="operator",
    request=NewSession,
    answers={201: CreatedSession},
    errors=(InvalidFilter, InvalidQuery, *OF_SERVICE, *WRITE),
)
async def create_session(request: web.Request) -> web.StreamResponse:
    """Create a session; its token is shown this once."""
    body = await read_json(request, NewSession)
    parse_filter(body.filter)
    context = request.app[CONTEXT]
    session, token = await context.authority.create_session(
        request.match_info["id"],
        kind=body.kind,
        ttl=body.ttl,
        filter=None if body.filter is None else msgspec.json.encode(body.filter).decode(),
        sign_in=request[SIGN_IN],
    )
    return json_response(
        CreatedSession(
            id=session.id,
            token=token,
            kind=session.kind,
            expires_at=rfc3339(session.expires_at),
            watch_idle=context.config.watch_idle * 60 if session.kind == "operator" else UNSET,
        ),
        201,
    )


@route(
    "GET",
    f"{SERVICE}/sessions",
    access="operator",
    answers={200: SessionList},
    errors=OF_SERVICE,
)
async def list_sessions(request: web.Request) -> web.StreamResponse:
    """The live sessions of a service."""
    context = request.app[CONTEXT]
    return json_response(
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


@route(
    "DELETE",
    f"{API}/sessions/{{id}}",
    access="operator",
    answers={204: None},
    errors=(SessionNotFound, *WRITE),
)
async def end_session(request: web.Request) -> web.StreamResponse:
    """End a session; its watchers are closed."""
    await request.app[CONTEXT].authority.end_session(request.match_info["id"])
    return no_content()
