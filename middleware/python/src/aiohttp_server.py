"""aiohttp's server."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable

from .client import Client
from .requests import Exchange, first_seen


class AiohttpMiddleware:
    """For `web.Application(middlewares=[...])`."""

    __middleware_version__ = 1  # how aiohttp knows a middleware that takes (request, handler)

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        if not first_seen(self._client, request):
            return await handler(request)
        exchange = Exchange(
            self._client,
            method=request.method,
            target=request.path_qs,
            request_id=request.headers.get("X-Request-Id"),
            traceparent=request.headers.get("traceparent"),
            user_agent=request.headers.get("User-Agent"),
            address=request.remote,
        )
        resource = getattr(getattr(request.match_info, "route", None), "resource", None)
        exchange.route = getattr(resource, "canonical", None)
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
                else:
                    exchange.failed(error)
                self._end_with(request, exchange)
                raise
        _began(exchange, response)
        self._end_with(request, exchange)
        return response

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
