"""Everything under one name."""

from __future__ import annotations

import logging
from typing import Any

from .aiohttp_server import AiohttpMiddleware
from .asgi import AsgiApp, AsgiMiddleware
from .client import Client
from .loggers import LoguruSink, SpectrixHandler, StructlogProcessor
from .wsgi import WsgiApp, WsgiMiddleware

__all__ = ["Spectrix", "SpectrixHandler"]


class Spectrix(Client):
    """A client, and what connects it to an app: see `Client` for the settings."""

    def asgi(self, app: AsgiApp) -> AsgiMiddleware:
        """`app` with each of its requests logged. FastAPI and Starlette: `app.add_middleware(spectrix.asgi)`."""
        return AsgiMiddleware(app, self)

    def wsgi(self, app: WsgiApp) -> WsgiMiddleware:
        """`app` with each of its requests logged. Flask: `app.wsgi_app = spectrix.wsgi(app.wsgi_app)`."""
        return WsgiMiddleware(app, self)

    @property
    def aiohttp(self) -> Any:
        """A middleware: `web.Application(middlewares=[spectrix.aiohttp])`."""
        return AiohttpMiddleware(self)

    def handler(self, level: int = logging.NOTSET) -> SpectrixHandler:
        """A handler for `logging`: `logging.getLogger().addHandler(spectrix.handler())`."""
        return SpectrixHandler(self, level)

    @property
    def structlog(self) -> StructlogProcessor:
        """A structlog processor; it goes before the one that renders."""
        return StructlogProcessor(self)

    @property
    def loguru(self) -> LoguruSink:
        """A loguru sink: `logger.add(spectrix.loguru)`."""
        return LoguruSink(self)
