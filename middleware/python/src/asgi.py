"""ASGI: FastAPI, Starlette, Django's asynchronous side, and whatever else speaks it."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, MutableMapping, Optional

from .client import AT_EXIT, Client
from .frameworks import listen_to_frameworks
from .requests import Exchange, exchanges_of, is_known

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class AsgiMiddleware:
    """Wraps an ASGI application. WebSockets have their request ids and errors, but no entry of their own."""

    def __init__(self, app: AsgiApp, client: Client) -> None:
        self._app = app
        self._client = client

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        exchange = _asgi_exchange(self._client, scope) if scope["type"] in ("http", "websocket") else None
        if exchange is None:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            await self._http(exchange, scope, receive, send)
            return
        with exchange.current():
            try:
                await self._app(scope, receive, send)
            except Exception as error:
                exchange.failed(error)
                raise

    async def _lifespan(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Sends what waits before a server hears that the app has ended: one that was told to by a signal may
        raise that again and so end the process without `atexit`. For an app that knows of no lifespan this has one.
        """
        asked = False

        async def watched_receive() -> _Message:
            nonlocal asked
            asked = True
            return await receive()

        async def watched_send(message: _Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await self._flush()
            await send(message)

        try:
            await self._app(scope, watched_receive, watched_send)
        except Exception:  # without having asked what is wanted: how an app says that it knows of none
            if asked:
                raise
        while not asked:
            kind = (await receive())["type"]
            asked = kind == "lifespan.shutdown"
            await watched_send({"type": f"{kind}.complete"})

    async def _flush(self) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._client.flush, AT_EXIT)
        except Exception as problem:  # no threads any more, say
            self._client.lost(problem)

    async def _http(self, exchange: Exchange, scope: _Scope, receive: _Receive, send: _Send) -> None:
        answered = False

        async def watched_receive() -> _Message:
            message = await receive()
            if message["type"] == "http.disconnect" and not answered:
                exchange.aborted = True
            return message

        async def watched_send(message: _Message) -> None:
            nonlocal answered
            kind = message["type"]
            if kind == "http.response.start":
                exchange.began(message["status"], _header(message.get("headers", ()), b"content-type") or "")
            try:
                await send(message)
            except OSError:  # how a server says that nobody is there
                exchange.aborted = True
                raise
            if kind == "http.response.body" and not message.get("more_body", False):
                answered = True
                if (exchange.status or 0) < 500:  # otherwise the error behind it may come up yet, and goes first
                    exchange.route = _route(scope)
                    exchange.end()

        with exchange.current():
            try:
                await self._app(scope, watched_receive, watched_send)
            except asyncio.CancelledError:
                exchange.aborted = exchange.aborted or not answered
                raise
            except Exception as error:
                if not exchange.aborted:  # otherwise it is how a framework hears of that
                    exchange.failed(error)
                raise
            finally:
                if not answered and exchange.status is None:
                    exchange.aborted = True
                exchange.route = _route(scope)
                exchange.end()


def _asgi_exchange(client: Client, scope: _Scope) -> Optional[Exchange]:
    """What will be told of the request; None where the client knows it already, or it is beyond understanding."""
    try:
        known = exchanges_of(scope)
        if is_known(client, known):
            return None
        listen_to_frameworks()
        headers = scope.get("headers", ())
        query = scope.get("query_string") or b""
        path = scope.get("path", "")
        return Exchange(
            client,
            known,
            method=scope.get("method", "GET"),
            target=f"{path}?{query.decode('latin-1')}" if query else path,
            request_id=_header(headers, b"x-request-id"),
            traceparent=_header(headers, b"traceparent"),
            user_agent=_header(headers, b"user-agent"),
            address=(scope.get("client") or (None,))[0],
        )
    except Exception as problem:
        client.lost(problem)
        return None


def _header(headers: Any, name: bytes) -> Optional[str]:
    for key, value in headers:
        if key.lower() == name:
            return bytes(value).decode("latin-1")
    return None


def _route(scope: _Scope) -> Optional[str]:
    """Starlette and what is made of it leave the route in the scope."""
    template = getattr(scope.get("route"), "path", None)
    if not isinstance(template, str):
        return None
    root = scope.get("root_path") or ""
    return root + template if isinstance(root, str) else template
