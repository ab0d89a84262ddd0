"""Sign-in and sign-out, by one-time link or by password; the result is a cookie."""

from __future__ import annotations

import logging

from aiohttp import web

from .. import __version__
from ..access.sign_ins import LIFETIME
from ..core.errors import InvalidPassword, LinkUnknown, LinkUsed, TooManyAttempts, WrongPassword
from ..core.proxies import FORWARDING, is_trusted
from ..server.connection.http_handler import mark_authenticated
from ..server.context import CONTEXT
from ..server.guard import SIGN_IN, client_of, request_origin
from ..server.json_body import Message, json_response, no_content, read_json
from . import parameters
from .document.schemas import LinkToken, LoginPassword, Me, NewPassword
from .route import API, WRITE, route

_log = logging.getLogger("spectrix_lite.sign_in")


class ConnectionView(Message):
    """How a connection is seen: the client's `address` and the `peer` at the other end of the socket, which differ
    where a trusted proxy stands between; `origin`, by which a browser knows us; `forwarded`, the headers of proxies.
    """

    address: str
    peer: str
    peer_trusted: bool
    origin: str
    forwarded: list[str]


@route(
    "POST",
    f"{API}/auth/token",
    access="open",
    request=LinkToken,
    answers={204: None},
    gives=(parameters.COOKIE,),
    errors=(LinkUnknown, LinkUsed, *WRITE),
)
async def claim_link(request: web.Request) -> web.StreamResponse:
    """Sign in by one-time link."""
    body = await read_json(request, LinkToken)
    return _sign_in_response(request, await request.app[CONTEXT].authority.operator.claim_link(body.token))


@route(
    "POST",
    f"{API}/auth/login",
    access="open",
    request=LoginPassword,
    answers={204: None},
    gives=(parameters.COOKIE,),
    errors=(WrongPassword, TooManyAttempts, *WRITE),
)
async def login(request: web.Request) -> web.StreamResponse:
    """Sign in by password."""
    body = await read_json(request, LoginPassword)
    # Only from a trusted proxy: X-Forwarded-For is whatever a client likes, and would give it a new bucket each time.
    address = client_of(request).address
    try:
        cookie = await request.app[CONTEXT].authority.operator.login(body.password, address)
    except (WrongPassword, TooManyAttempts) as refusal:
        _log.warning("sign-in refused for %s: %s", address or "a peer without an address", refusal.code)
        raise
    return _sign_in_response(request, cookie)


@route(
    "POST",
    f"{API}/auth/logout",
    access="operator",
    answers={204: None},
    gives=(parameters.COOKIE,),
    errors=WRITE,
)
async def logout(request: web.Request) -> web.StreamResponse:
    """Sign out; the operator's sessions end."""
    await request.app[CONTEXT].authority.operator.logout(request[SIGN_IN])
    response = no_content()
    _set_cookie(request, response, "", 0)
    return response


@route(
    "GET",
    f"{API}/auth/me",
    access="open",
    answers={200: Me},
)
async def show_me(request: web.Request) -> web.StreamResponse:
    """Who asks."""
    authority = request.app[CONTEXT].authority
    return json_response(
        Me(
            signed_in=SIGN_IN in request,
            password_set=authority.operator.password_set,
            version=__version__,
        )
    )


@route(
    "GET",
    f"{API}/auth/connection",
    access="operator",
    answers={200: ConnectionView},
)
async def show_connection(request: web.Request) -> web.StreamResponse:
    """How the server sees this connection, behind proxies too."""
    client, ours, config = client_of(request), request_origin(request), request.app[CONTEXT].config
    return json_response(
        ConnectionView(
            address=client.address,
            peer=request.remote or "",
            peer_trusted=is_trusted(request.remote or "", config.trusted_proxy),
            origin=ours.text,
            forwarded=[name for name in FORWARDING if name in request.headers],
        )
    )


@route(
    "PUT",
    f"{API}/auth/password",
    access="operator",
    request=NewPassword,
    answers={204: None},
    errors=(InvalidPassword, WrongPassword, TooManyAttempts, *WRITE),
)
async def set_password(request: web.Request) -> web.StreamResponse:
    """Set the password; all other sign-ins and the operator's sessions end."""
    body = await read_json(request, NewPassword)
    await request.app[CONTEXT].authority.operator.set_password(request[SIGN_IN], body.current, body.new)
    return no_content()


def _sign_in_response(request: web.Request, value: str) -> web.Response:
    mark_authenticated(request)
    response = no_content()
    _set_cookie(request, response, value, LIFETIME)
    return response


def _set_cookie(request: web.Request, response: web.Response, value: str, seconds: int) -> None:
    """Gives the browser the cookie, in place of whatever it had under that name; no `value` takes it away."""
    ours = request_origin(request)
    response.set_cookie(
        ours.cookie, value, max_age=seconds, path="/", httponly=True, samesite="Strict", secure=ours.is_secure
    )
