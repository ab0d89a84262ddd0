"""Addresses of the protocols: a route for each of the table's, all of them served by two handlers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aiohttp import hdrs, web

from ...access.authority import KeyGrant
from ...core.errors import BadOrigin
from ...protocols import table
from ...protocols.protocol import Call, Hello, Protocol, Reply
from ...server.context import CONTEXT
from ...server.problems import SERVER_NAME, Handler
from .. import parameters
from ..route import Route
from .taking import ERRORS, HELLO_ERRORS, admitted, take


def response(reply: Reply) -> web.Response:
    """A protocol's answer as a response."""
    headers = {**reply.headers, hdrs.SERVER: SERVER_NAME}
    if reply.kind:
        headers[hdrs.CONTENT_TYPE] = reply.kind
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def _receiving(protocol: Protocol, call: Call) -> Handler:
    async def receive(request: web.Request) -> web.StreamResponse:
        return response(
            protocol.reply(await take(request, request.app[CONTEXT], None if protocol.by_body else protocol))
        )

    receive.__name__ = call.name
    receive.__doc__ = f"Send entries as {protocol.title} does."
    return receive


def _greeting(hello: Hello) -> Handler:
    async def answer(_: KeyGrant) -> web.StreamResponse:
        return response(hello.reply)

    async def greet(request: web.Request) -> web.StreamResponse:
        return await admitted(request, request.app[CONTEXT], answer)

    greet.__name__ = hello.call.name
    greet.__doc__ = hello.summary
    return greet


def _routes() -> Iterator[Route]:
    for protocol in table.PROTOCOLS:
        for call in protocol.calls:
            yield Route(
                method=call.method,
                path=call.path,
                handler=_receiving(protocol, call),
                access="hook" if protocol.for_pages else "producer",
                request={**parameters.ingest_bodies(), **protocol.bodies} if protocol.by_body else protocol.bodies,
                takes=parameters.INGEST,
                answers={protocol.status: protocol.answer},
                answer_kinds=protocol.answer_kinds,
                query=parameters.TOKEN,
                errors=(*ERRORS, BadOrigin),
            )
    for hello in table.ALL_HELLOS:
        yield Route(
            method=hello.call.method,
            path=hello.call.path,
            handler=_greeting(hello),
            access="producer",
            answers={hello.reply.status: hello.answer},
            errors=HELLO_ERRORS,
        )


ROUTES: Final = tuple(_routes())
