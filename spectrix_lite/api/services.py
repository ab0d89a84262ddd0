"""Services and their stream keys."""

from __future__ import annotations

from aiohttp import web

from ..core.errors import BadRequest, InvalidName, LimitReached, NameTaken
from ..core.records import Service, StreamKey
from ..core.timestamps import rfc3339
from ..server.context import CONTEXT, Context
from ..server.guard import READ_TOKEN
from ..server.ingest.refused import RefusalStreak
from ..server.json_body import json_response, no_content, read_json
from ..stream.stats import SECONDS
from . import parameters
from .document.schemas import (
    CreatedStreamKey,
    FirstEntryView,
    Name,
    NewStreamKey,
    RefusedView,
    ServiceList,
    ServiceView,
    StreamKeyChange,
    StreamKeyList,
    StreamKeyView,
)
from .route import KEY, KEYS, OF_KEY, OF_SERVICE, READ, SERVICE, SERVICES, WRITE, route


@route(
    "GET",
    SERVICES,
    access="reader",
    query=(parameters.HISTORY,),
    answers={200: ServiceList},
    errors=(BadRequest,),
)
async def list_services(request: web.Request) -> web.StreamResponse:
    """All services; those of a read token, where one is shown."""
    context, token = request.app[CONTEXT], request.get(READ_TOKEN)
    seconds = _history(request)
    seen = [s for s in context.authority.services() if token is None or token.covers(s.id)]
    return json_response(ServiceList(services=[_service(context, service, seconds) for service in seen]))


@route(
    "POST",
    SERVICES,
    access="operator",
    request=Name,
    answers={201: ServiceView},
    errors=(InvalidName, NameTaken, LimitReached, *WRITE),
)
async def create_service(request: web.Request) -> web.StreamResponse:
    """Create a service."""
    context = request.app[CONTEXT]
    body = await read_json(request, Name)
    return json_response(_service(context, await context.authority.create_service(body.name)), 201)


@route(
    "GET",
    SERVICE,
    access="reader",
    query=(parameters.HISTORY,),
    answers={200: ServiceView},
    errors=(BadRequest, *OF_SERVICE),
)
async def show_service(request: web.Request) -> web.StreamResponse:
    """One service."""
    context = request.app[CONTEXT]
    seconds = _history(request)
    return json_response(_service(context, context.authority.service(request.match_info["id"]), seconds))


@route(
    "PATCH",
    SERVICE,
    access="operator",
    request=Name,
    answers={200: ServiceView},
    errors=(InvalidName, NameTaken, *OF_SERVICE, *WRITE),
)
async def rename_service(request: web.Request) -> web.StreamResponse:
    """Rename a service."""
    context = request.app[CONTEXT]
    body = await read_json(request, Name)
    return json_response(_service(context, await context.authority.rename_service(request.match_info["id"], body.name)))


@route(
    "DELETE",
    SERVICE,
    access="operator",
    answers={204: None},
    errors=(*OF_SERVICE, *WRITE),
)
async def delete_service(request: web.Request) -> web.StreamResponse:
    """Delete a service, its stream keys and its sessions."""
    await request.app[CONTEXT].authority.delete_service(request.match_info["id"])
    return no_content()


@route(
    "GET",
    KEYS,
    access="operator",
    answers={200: StreamKeyList},
    errors=(*OF_SERVICE, *READ),
)
async def list_stream_keys(request: web.Request) -> web.StreamResponse:
    """The stream keys of a service."""
    context = request.app[CONTEXT]
    keys = await context.authority.stream_keys(request.match_info["id"])
    return json_response(StreamKeyList(stream_keys=[_stream_key(context, key) for key in keys]))


@route(
    "POST",
    KEYS,
    access="operator",
    request=NewStreamKey,
    answers={201: CreatedStreamKey},
    errors=(InvalidName, LimitReached, *OF_SERVICE, *WRITE),
)
async def create_stream_key(request: web.Request) -> web.StreamResponse:
    """Create a stream key; shown this once."""
    body = await read_json(request, NewStreamKey)
    context = request.app[CONTEXT]
    shown, key = await context.authority.create_stream_key(request.match_info["id"], body.name, body.kind)
    view = _stream_key(context, shown)
    return json_response(
        CreatedStreamKey(key=key, **{name: getattr(view, name) for name in view.__struct_fields__}), 201
    )


@route(
    "PATCH",
    KEY,
    access="operator",
    request=StreamKeyChange,
    answers={200: StreamKeyView},
    errors=(InvalidName, *OF_KEY, *WRITE),
)
async def change_stream_key(request: web.Request) -> web.StreamResponse:
    """Rename a stream key, or switch it off and on.

    Raises InvalidBody where the body asks for neither.
    """
    body = await read_json(request, StreamKeyChange)
    context = request.app[CONTEXT]
    key = await context.authority.change_stream_key(
        request.match_info["id"], request.match_info["keyId"], name=body.name, enabled=body.active
    )
    return json_response(_stream_key(context, key))


@route(
    "DELETE",
    KEY,
    access="operator",
    answers={204: None},
    errors=(*OF_KEY, *WRITE),
)
async def revoke_stream_key(request: web.Request) -> web.StreamResponse:
    """Revoke a stream key; it stays in the list."""
    await request.app[CONTEXT].authority.revoke_stream_key(request.match_info["id"], request.match_info["keyId"])
    return no_content()


def _history(request: web.Request) -> int:
    """How many seconds of history are asked for: `?history=60`, or none. Raises BadRequest."""
    text = request.query.get("history", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= SECONDS):
        raise BadRequest(f"history is a whole number of seconds from 0 to {SECONDS}.")
    return int(text)


def _service(context: Context, service: Service, seconds: int = 0) -> ServiceView:
    return ServiceView(
        id=service.id,
        name=service.name,
        created_at=rfc3339(service.created_at),
        stats=context.hub.stats(service.id, seconds),
    )


def _stream_key(context: Context, key: StreamKey) -> StreamKeyView:
    refused = context.refused.of(key.id)
    return StreamKeyView(
        id=key.id,
        name=key.name,
        kind=key.kind,
        active=key.active,
        preview=key.preview,
        created_at=rfc3339(key.created_at),
        last_used_at=None if key.last_used_at is None else rfc3339(key.last_used_at),
        revoked_at=None if key.revoked_at is None else rfc3339(key.revoked_at),
        first=FirstEntryView.of(context.first_entries.of(key.id)),
        refused=None if refused is None else _refused(refused),
        dropped=context.refused.dropped_of(key.id),
    )


def _refused(refused: RefusalStreak) -> RefusedView:
    return RefusedView(
        requests=refused.requests,
        since=rfc3339(refused.since),
        at=rfc3339(refused.at),
        code=refused.code,
        detail=refused.detail,
        sample=refused.sample,
    )
