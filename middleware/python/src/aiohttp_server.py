"""aiohttp's server."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, Optional

from .client import Client
from .requests import Exchange, is_known

_KEYS: dict[str, Any] = {}  # the one under which all clients know a request


class AiohttpMiddleware:
    """For `web.Application(middlewares=[...])`."""

    __middleware_version__ = 1  # how aiohttp knows a middleware that takes (request, handler)

    def __init__(self, client: Client) -> None:
        from aiohttp import web  # only who uses this has it

        self._client = client
        named = getattr(web, "RequestKey", None)  # newer versions want keys of this kind in a request
        self._key: Any = _KEYS.setdefault("key", named("spectrix", list) if named else "spectrix.exchanges")

    async def __call__(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        exchange = self._exchange(request)
        if exchange is None:
            return await handler(request)
        with exchange.current():
            try:
                response = await handler(request)
            except asyncio.CancelledError:
                exchange.aborted = True
                exchange.end()
                raise
            except Exception as error:
                if _is_answer(error):
                    _began(exchange, error)
                elif request.transport is None:  # the error is that nobody is there
                    exchange.aborted = True
                    exchange.stream = "text/event-stream" in request.headers.get("Accept", "")
                else:
                    exchange.failed(error)
                self._end_with(request, exchange)
                raise
        _began(exchange, response)
        self._end_with(request, exchange)
        return response

    def _exchange(self, request: Any) -> Optional[Exchange]:
        """What will be told of the request; None where the client knows it already, or it is beyond understanding."""
        try:
            if self._key not in request:
                request[self._key] = []
            known: list[Exchange] = request[self._key]
            if is_known(self._client, known):
                return None
            exchange = Exchange(
                self._client,
                known,
                method=request.method,
                target=request.path_qs,
                request_id=request.headers.get("X-Request-Id"),
                traceparent=request.headers.get("traceparent"),
                user_agent=request.headers.get("User-Agent"),
                address=request.remote,
            )
            resource = getattr(getattr(request.match_info, "route", None), "resource", None)
            exchange.route = getattr(resource, "canonical", None)
            return exchange
        except Exception as problem:
            self._client.lost(problem)
            return None

    def _end_with(self, request: Any, exchange: Exchange) -> None:
        """The answer is written when the task that handles this request is over; then the entry goes out."""

        def over(_task: object = None) -> None:
            exchange.aborted = exchange.aborted or request.transport is None
            exchange.end()

        task = asyncio.current_task()
        if task is None or task is request.task:  # that one is the whole connection's
            over()
        else:
            task.add_done_callback(over)


def _is_answer(error: BaseException) -> bool:
    """Whether it is aiohttp's way to answer by raising, like HTTPNotFound."""
    return hasattr(error, "status") and hasattr(error, "prepare")


def _began(exchange: Exchange, response: Any) -> None:
    exchange.began(response.status, response.headers.get("Content-Type", ""))
