"""Read tokens: scripts' rights to read."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from ..core.errors import InvalidName, LimitReached
from ..core.records import ReadToken
from ..core.timestamps import rfc3339
from ..core.token_errors import ReadTokenNotFound
from ..server.context import CONTEXT
from ..server.json_body import json_response, no_content, read_json
from .document.schemas import CreatedReadToken, NewReadToken, ReadTokenList, ReadTokenView
from .route import API, OF_SERVICE, WRITE, route

_TOKENS: Final = f"{API}/read-tokens"


@route("GET", _TOKENS, access="operator", answers={200: ReadTokenList})
async def list_read_tokens(request: web.Request) -> web.StreamResponse:
    """All read tokens."""
    tokens = request.app[CONTEXT].authority.readers.tokens()
    return json_response(ReadTokenList(read_tokens=[_view(token) for token in tokens]))


@route(
    "POST",
    _TOKENS,
    access="operator",
    request=NewReadToken,
    answers={201: CreatedReadToken},
    errors=(InvalidName, LimitReached, *OF_SERVICE, *WRITE),
)
async def create_read_token(request: web.Request) -> web.StreamResponse:
    """Create a read token; shown this once."""
    body = await read_json(request, NewReadToken)
    shown, token = await request.app[CONTEXT].authority.readers.create(body.name, body.services, body.days)
    view = _view(shown)
    return json_response(
        CreatedReadToken(token=token, **{name: getattr(view, name) for name in view.__struct_fields__}), 201
    )


@route("DELETE", f"{_TOKENS}/{{id}}", access="operator", answers={204: None}, errors=(ReadTokenNotFound, *WRITE))
async def revoke_read_token(request: web.Request) -> web.StreamResponse:
    """Revoke a read token; its watchers are closed, and it stays in the list."""
    await request.app[CONTEXT].authority.readers.revoke(request.match_info["id"])
    return no_content()


def _view(token: ReadToken) -> ReadTokenView:
    return ReadTokenView(
        id=token.id,
        name=token.name,
        preview=token.preview,
        services=None if token.services is None else list(token.services),
        created_at=rfc3339(token.created_at),
        expires_at=rfc3339(token.expires_at),
        last_used_at=None if token.last_used_at is None else rfc3339(token.last_used_at),
        revoked_at=None if token.revoked_at is None else rfc3339(token.revoked_at),
    )
