"""Every call of the API, collected from the handlers: `app` registers them, `openapi` describes them."""

from __future__ import annotations

from typing import Final

from . import alerts, auth, health, llms, metrics, read_tokens, services, sessions, stream, views
from .document import openapi
from .entries import export, forget, histogram, page, rejected, summary
from .ingest import intake, native, protocols
from .route import Route, routes_of

_PUBLIC: Final = (native, stream, auth)
_OPERATOR: Final = (
    services,
    page,
    summary,
    histogram,
    export,
    forget,
    rejected,
    sessions,
    read_tokens,
    views,
    alerts,
    intake,
)
_OTHER: Final = (openapi, llms, health, metrics)

ROUTES: Final[tuple[Route, ...]] = (
    tuple(route for module in (*_PUBLIC, *_OPERATOR, *_OTHER) for route in routes_of(module)) + protocols.ROUTES
)
