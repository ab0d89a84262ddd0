"""Views: named queries with their columns and range, kept on the server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web
from msgspec import UNSET

from ..access import keys
from ..core.errors import InvalidName, LimitReached, NameTaken, ViewNotFound
from ..core.names import clean_name
from ..core.records import View
from ..core.timestamps import rfc3339
from ..query.error import InvalidQuery
from ..server.context import CONTEXT, Context
from ..server.guard import READ_TOKEN
from ..server.json_body import json_response, no_content, read_json
from .document.schemas import NewView, SavedView, ViewChange, ViewList
from .parameters import range_bounds
from .route import API, OF_SERVICE, READ, WRITE, route

_VIEWS = f"{API}/views"
_VIEW = f"{_VIEWS}/{{id}}"


@route("GET", _VIEWS, access="reader", answers={200: ViewList}, errors=READ)
async def list_views(request: web.Request) -> web.StreamResponse:
    """All views; of a read token's services, and those for every service, where one is shown."""
    token = request.get(READ_TOKEN)
    views = await request.app[CONTEXT].store.views.all()
    seen = [v for v in views if token is None or v.service_id is None or token.covers(v.service_id)]
    return json_response(ViewList(views=[_shown(view) for view in seen]))


@route(
    "POST",
    _VIEWS,
    access="operator",
    request=NewView,
    answers={201: SavedView},
    errors=(InvalidName, InvalidQuery, LimitReached, NameTaken, *OF_SERVICE, *WRITE),
)
async def create_view(request: web.Request) -> web.StreamResponse:
    """Save a view."""
    context = request.app[CONTEXT]
    body = await read_json(request, NewView)
    columns = None if body.columns is None else tuple(body.columns)
    view = View(
        keys.random_base62(12),
        body.service,
        clean_name(body.name),
        body.query,
        columns,
        body.range,
        context.clock.wall(),
    )
    await _check(view, context)
    await context.store.views.add(view)
    return json_response(_shown(view), 201)


@route(
    "PATCH",
    _VIEW,
    access="operator",
    request=ViewChange,
    answers={200: SavedView},
    errors=(ViewNotFound, InvalidName, InvalidQuery, NameTaken, *OF_SERVICE, *WRITE),
)
async def change_view(request: web.Request) -> web.StreamResponse:
    """Change a view; what is left out stays."""
    context = request.app[CONTEXT]
    body = await read_json(request, ViewChange)
    changes: dict[str, Any] = {}
    if body.name is not UNSET:
        changes["name"] = clean_name(body.name)
    if body.service is not UNSET:
        changes["service_id"] = body.service
    if body.query is not UNSET:
        changes["query"] = body.query
    if body.columns is not UNSET:
        changes["columns"] = None if body.columns is None else tuple(body.columns)
    if body.range is not UNSET:
        changes["range"] = body.range
    view = replace(await context.store.views.get(request.match_info["id"]), **changes)
    await _check(view, context)
    await context.store.views.change(view)
    await context.alerting.reload()
    return json_response(_shown(view))


@route("DELETE", _VIEW, access="operator", answers={204: None}, errors=(ViewNotFound, *WRITE))
async def delete_view(request: web.Request) -> web.StreamResponse:
    """Delete a view."""
    context = request.app[CONTEXT]
    await context.store.views.delete(request.match_info["id"])
    await context.alerting.reload()
    return no_content()


async def _check(view: View, context: Context) -> None:
    """Raises ServiceNotFound, InvalidQuery or InvalidBody."""
    if view.service_id is not None:
        context.authority.service(view.service_id)
    if view.range is not None:
        range_bounds(view.range, view.created_at)
    await context.hub.filtering.parse({"q": view.query})


def _shown(view: View) -> SavedView:
    return SavedView(
        id=view.id,
        name=view.name,
        service=view.service_id,
        query=view.query,
        columns=None if view.columns is None else list(view.columns),
        range=view.range,
        created_at=rfc3339(view.created_at),
    )
