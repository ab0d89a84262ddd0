"""Guard of the routes: host, origin and sign-in, and the headers that keep an answer inside our own pages."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from aiohttp import hdrs, web

from ..access.authority import SignIn
from ..access.keys import READ_PREFIX
from ..access.presented_key import shows_key
from ..core.errors import BadOrigin, Forbidden, Misdirected, Unauthorized
from ..core.proxies import ForwardedClient, resolve_client
from ..core.records import ReadToken
from .connection.http_handler import mark_authenticated
from .context import CONTEXT
from .origin import Origin, called_origin, check_page
from .problems import SERVER_NAME, Handler, translate_errors

Access = Literal["producer", "hook", "probe", "scraper", "open", "operator", "reader", "search", "stream", "page"]
"""Who may call a route.

`producer`  holders of a stream key; the handler checks it. Any host: producers call us by whatever name they have.
`hook`      the same, and pages of the sites that --allow-origin names.
`probe`     anybody, by any host: health.
`scraper`   clients with the token of --metrics-token, by any host; the handler checks it.
`open`      anybody at our own address; `request.get(SIGN_IN)` tells whether signed in.
`operator`  signed-in browsers: `request[SIGN_IN]`.
`reader`    signed-in browsers, and scripts with a read token for the service: `request.get(READ_TOKEN)`.
`search`    the same, but no other site's page, though it changes nothing: it costs.
`stream`    the WebSocket: the handler checks the session's token.
`page`      the dashboard's files.
"""
ACCESSES: Final[tuple[Access, ...]] = get_args(Access)

SIGN_IN: Final = web.RequestKey("sign_in", SignIn)
READ_TOKEN: Final = web.RequestKey("read_token", ReadToken)

SAFE_METHODS: Final = frozenset({"GET", "HEAD"})

_EVERYWHERE: Final = {
    "Server": SERVER_NAME,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
API_HEADERS: Final = {
    **_EVERYWHERE,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
PAGE_HEADERS: Final = {
    **_EVERYWHERE,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types lit-html",
        )
    ),
}


def guard_handler(handler: Handler, access: Access) -> Handler:
    """`handler` for those whom `access` lets in; everybody else, and every error, gets its problem."""
    match access:
        case "producer":
            # The hot path: nothing but the mapping of errors.
            return translate_errors(handler, noted=True)
        case "hook":
            return _cross_origin(translate_errors(_preflight(handler), noted=True))
        case "probe" | "scraper":
            return _with_headers(translate_errors(handler, noted=True), API_HEADERS)
        case "open":
            return _with_headers(translate_errors(_open(handler)), API_HEADERS)
        case "operator":
            return _with_headers(translate_errors(_operator(handler)), API_HEADERS)
        case "reader":
            return _with_headers(translate_errors(_reader(handler)), API_HEADERS)
        case "search":
            return _with_headers(translate_errors(_reader(handler, costs=True)), API_HEADERS)
        case "stream":
            return _with_headers(translate_errors(_stream(handler)), API_HEADERS)
        case "page":
            return _with_headers(translate_errors(_page(handler), noted=True), PAGE_HEADERS)


def request_origin(request: web.Request) -> Origin:
    """The origin by which the browser knows us. Raises Misdirected for a foreign host.

    Only what the client itself sent counts, unless a trusted proxy says what it was sent.
    """
    hosts = request.headers.getall(hdrs.HOST, ())
    if len(hosts) != 1:
        raise Misdirected
    config = request.app[CONTEXT].config
    if not config.trusted_proxy:
        return called_origin(hosts[0], config.public_url)
    client = client_of(request)
    return called_origin(client.host or hosts[0], config.public_url, client.scheme)


def client_of(request: web.Request) -> ForwardedClient:
    """The client that asks: the peer, or the one that a trusted proxy names. A peer without an address is "", and never
    trusted.
    """
    headers = request.headers
    return resolve_client(
        request.remote or "", lambda name: headers.getall(name, ()), request.app[CONTEXT].config.trusted_proxy
    )


def _check_page(request: web.Request, ours: Origin) -> None:
    origins = request.headers.getall(hdrs.ORIGIN, ())
    if len(origins) > 1:
        raise BadOrigin
    check_page(ours, origins[0] if origins else None, request.headers.get("Sec-Fetch-Site"))


async def _sign_in(request: web.Request, ours: Origin) -> None:
    """Puts the sign-in, if there is one, into `request[SIGN_IN]`.

    A cookie of the same name may have been planted by another server on this host, with a longer path: all are tried.
    """
    pairs = [
        pair.strip().partition("=")
        for header in request.headers.getall(hdrs.COOKIE, ())
        for pair in header.split(";", 64)[:64]
    ]
    cookies = [value.strip('"') for name, _, value in pairs if name == ours.cookie]
    if cookies and (sign_in := await request.app[CONTEXT].authority.operator.known(cookies)) is not None:
        request[SIGN_IN] = sign_in
        mark_authenticated(request)


def _carries_stream_key(request: web.Request) -> bool:
    return shows_key(lambda name: request.headers.getall(name, ()))


_KEYS_ONLY_WRITE = "A stream key only sends logs; sign in to read and to manage."
_TOKENS_ONLY_READ = "A read token reads entries, and nothing else; sign in to manage."
_NOT_FOR_IT = "This read token is not for this service."


def _page(handler: Handler) -> Handler:
    async def page(request: web.Request) -> web.StreamResponse:
        request_origin(request)
        return await handler(request)

    return page


def _open(handler: Handler) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        ours = request_origin(request)
        if request.method not in SAFE_METHODS:
            _check_page(request, ours)
        await _sign_in(request, ours)
        return await handler(request)

    return checked


def _operator(handler: Handler) -> Handler:
    async def signed_in(request: web.Request) -> web.StreamResponse:
        if SIGN_IN not in request:
            if _shown_token(request) is not None:
                raise Forbidden(_TOKENS_ONLY_READ)
            raise Forbidden(_KEYS_ONLY_WRITE) if _carries_stream_key(request) else Unauthorized()
        return await handler(request)

    return _open(signed_in)


def _shown_token(request: web.Request) -> str | None:
    """What is shown as a read token, whatever it is worth."""
    for value in request.headers.getall(hdrs.AUTHORIZATION, ()):
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer" and token.strip().startswith(READ_PREFIX):
            return token.strip()
    return None


def _reader(handler: Handler, *, costs: bool = False) -> Handler:
    """A token that is shown counts before a sign-in: what a script is not to see, it is not given by a cookie."""
    of_operator = _operator(handler)

    async def checked(request: web.Request) -> web.StreamResponse:
        ours = request_origin(request)
        if costs:
            _check_page(request, ours)
        if (shown := _shown_token(request)) is None:
            return await of_operator(request)
        token = request[READ_TOKEN] = await request.app[CONTEXT].authority.readers.read_token(shown)
        mark_authenticated(request)
        service_id = request.match_info.get("id")
        if service_id is not None and not token.covers(service_id):
            raise Forbidden(_NOT_FOR_IT)
        return await handler(request)

    return checked


def _stream(handler: Handler) -> Handler:
    async def upgrade(request: web.Request) -> web.StreamResponse:
        ours = request_origin(request)
        _check_page(request, ours)
        if _shown_token(request) is None and _carries_stream_key(request):
            raise Forbidden(_KEYS_ONLY_WRITE)
        return await handler(request)

    return upgrade


def _with_headers(handler: Handler, headers: Mapping[str, str]) -> Handler:
    @functools.wraps(handler)
    async def sealed(request: web.Request) -> web.StreamResponse:
        answer = await handler(request)
        if not answer.prepared:
            for name, value in headers.items():
                answer.headers.setdefault(name, value)
        return answer

    return sealed


# Other sites' pages: nothing is open to them but what takes a hook key, without cookies

_FOREIGN: Final = "This page belongs to a site that --allow-origin does not name; no hook key may be used from it."
_PREFLIGHT_HEADERS: Final = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "POST",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Encoding, Content-Type, Idempotency-Key, X-Sentry-Auth",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}


def check_hook_origin(request: web.Request) -> None:
    """Raises BadOrigin where sites are named and the page that asks, if it is one, belongs to none of them."""
    allowed = request.app[CONTEXT].config.allow_origin
    if allowed and any(origin not in allowed for origin in _origins(request)):
        raise BadOrigin(_FOREIGN)


def _preflight(handler: Handler) -> Handler:
    async def asked(request: web.Request) -> web.StreamResponse:
        """Says nothing of the key: a browser asks without it, and a client that guesses is to learn nothing."""
        if request.method != hdrs.METH_OPTIONS or not request.app[CONTEXT].config.allow_origin:
            return await handler(request)
        check_hook_origin(request)
        return web.Response(status=204, headers=_PREFLIGHT_HEADERS)

    return asked


def _cross_origin(handler: Handler) -> Handler:
    """`handler`, whose answers and errors may be read by a page of a site that is named."""

    async def answered(request: web.Request) -> web.StreamResponse:
        response = await handler(request)
        allowed, origins = request.app[CONTEXT].config.allow_origin, _origins(request)
        if allowed and origins and not response.prepared:
            response.headers[hdrs.VARY] = hdrs.ORIGIN
            if len(origins) == 1 and origins[0] in allowed:
                response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origins[0]
                response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = hdrs.RETRY_AFTER
        return response

    return answered


def _origins(request: web.Request) -> Sequence[str]:
    return request.headers.getall(hdrs.ORIGIN, ())
