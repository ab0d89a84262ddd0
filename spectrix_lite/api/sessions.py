"""Sessions: temporary permissions to watch one service."""

from __future__ import annotations

import msgspec
from aiohttp import web
from msgspec import UNSET

from ..core.errors import InvalidBody, InvalidFilter, SessionNotFound, ViewNotFound
from ..core.timestamps import rfc3339
from ..query.error import InvalidQuery
from ..query.filter import parse_filter
from ..server.context import CONTEXT, Context
from ..server.guard import SIGN_IN
from ..server.json_body import json_response, no_content, read_json
from ..stream.messages import Shown
from .document.schemas import CreatedSession, NewSession, SessionList, SessionView
from .parameters import range_bounds
from .route import API, OF_SERVICE, SERVICE, WRITE, route


@route(
    "POST",
    f"{SERVICE}/sessions",
    access="operator",
    request=NewSession,
    answers={201: CreatedSession},
    errors=(InvalidFilter, InvalidQuery, ViewNotFound, *OF_SERVICE, *WRITE),
)
async def create_session(request: web.Request) -> web.StreamResponse:
    """Create a session; its token is shown this once."""
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    body = await _with_view(await read_json(request, NewSession), service_id, context)
    parse_filter(body.filter)
    session, token = await context.authority.create_session(
        service_id,
        kind=body.kind,
        ttl=body.ttl,
        filter=None if body.filter is None else msgspec.json.encode(body.filter).decode(),
        view=_shown(body, context.clock.wall()),
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


async def _with_view(body: NewSession, service_id: str, context: Context) -> NewSession:
    """What is asked for, with what its view says now: a view that is changed later shows nobody more.

    Raises ViewNotFound, also for another service's, and InvalidBody.
    """
    if body.view is None:
        return body
    if (body.filter, body.columns, body.range) != (None, None, None):
        raise InvalidBody("`view` stands for `filter`, `columns` and `range`: one or the other.")
    view = await context.store.views.get(body.view)
    if view.service_id not in (None, service_id):
        raise ViewNotFound
    columns = None if view.columns is None else list(view.columns)
    return NewSession(body.ttl, body.kind, {"q": view.query} if view.query else None, columns, view.range)


def _shown(body: NewSession, now: int) -> str | None:
    """The session's columns and times as JSON text; None where it has neither. Raises InvalidBody."""
    if body.columns is None and body.range is None:
        return None
    start, end = (None, None) if body.range is None else range_bounds(body.range, now)
    return msgspec.json.encode(Shown(body.columns, start, end)).decode()
