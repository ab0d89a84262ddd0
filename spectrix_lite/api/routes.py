"""Every call of the API, collected from the handlers: `app` registers them, `openapi` describes them."""

from __future__ import annotations

from typing import Final

from . import auth, health, metrics, services, sessions, stream, views
from .document import openapi
from .entries import page, rejected
from .ingest import native, protocols
from .route import Route, routes_of

ROUTES: Final[tuple[Route, ...]] = (
    tuple(
        route
        for module in (native, stream, auth, services, page, rejected, sessions, views, openapi, health, metrics)
        for route in routes_of(module)
    )
    + protocols.ROUTES
)
