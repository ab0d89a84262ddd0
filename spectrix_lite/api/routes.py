"""Every call of the API, in one table: `app` registers it, `openapi` describes it."""

from __future__ import annotations

from typing import Final

from ..core import errors
from ..entries.entry import IngestAnswer
from ..query.error import InvalidQuery
from . import auth as http_auth
from . import entries as http_entries
from . import health as http_health
from . import ingest as http_ingest
from . import metrics as http_metrics
from . import openapi, parameters
from . import services as http_services
from . import sessions as http_sessions
from . import stream as http_stream
from .openapi import Route
from .schemas import (
    CreatedSession,
    CreatedStreamKey,
    Health,
    LinkToken,
    LoginPassword,
    Me,
    Name,
    NewPassword,
    NewSession,
    ServiceList,
    ServiceView,
    SessionList,
    StreamKeyList,
    StreamKeyView,
)

API: Final = "/api/v1"

_SERVICES: Final = f"{API}/services"
_SERVICE: Final = f"{_SERVICES}/{{id}}"
_KEYS: Final = f"{_SERVICE}/stream-keys"
_KEY: Final = f"{_KEYS}/{{keyId}}"

_READ: Final = (errors.StorageBusy, errors.StorageFailed)
_WRITE: Final = (*_READ, errors.StorageFull)
_OF_SERVICE: Final = (errors.ServiceNotFound,)
_OF_KEY: Final = (errors.ServiceNotFound, errors.StreamKeyNotFound)

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        method="POST",
        path=f"{API}/ingest/logs",
        handler=http_ingest.ingest,
        access="producer",
        summary="Send entries",
        request=parameters.ingest_bodies(),
        takes=parameters.INGEST,
        answers={200: IngestAnswer},
        errors=(
            errors.BadEncoding,
            errors.IdempotencyMismatch,
            errors.MissingKey,
            errors.InvalidKey,
            errors.TooMany,
            errors.Unavailable,
            errors.Draining,
            *_WRITE,
        ),
    ),
    Route(
        method="GET",
        path=f"{API}/stream",
        handler=http_stream.stream,
        access="stream",
        summary="Watch a service (WebSocket)",
        answers={101: None},
        errors=(errors.UpgradeRequired,),
    ),
    # Signing in
    Route(
        method="POST",
        path=f"{API}/auth/token",
        handler=http_auth.claim_link,
        access="open",
        summary="Sign in by one-time link",
        request=LinkToken,
        answers={204: None},
        gives=(parameters.COOKIE,),
        errors=(errors.LinkUnknown, errors.LinkUsed, *_WRITE),
    ),
    Route(
        method="POST",
        path=f"{API}/auth/login",
        handler=http_auth.login,
        access="open",
        summary="Sign in by password",
        request=LoginPassword,
        answers={204: None},
        gives=(parameters.COOKIE,),
        errors=(errors.WrongPassword, errors.TooManyAttempts, *_WRITE),
    ),
    Route(
        method="POST",
        path=f"{API}/auth/logout",
        handler=http_auth.logout,
        access="operator",
        summary="Sign out; the operator's sessions end",
        answers={204: None},
        gives=(parameters.COOKIE,),
        errors=_WRITE,
    ),
    Route(
        method="GET",
        path=f"{API}/auth/me",
        handler=http_auth.me,
        access="open",
        summary="Who asks",
        answers={200: Me},
    ),
    Route(
        method="GET",
        path=f"{API}/auth/connection",
        handler=http_auth.connection,
        access="operator",
        summary="How the server sees this connection, behind proxies too",
        answers={200: http_auth.ConnectionView},
    ),
    Route(
        method="PUT",
        path=f"{API}/auth/password",
        handler=http_auth.set_password,
        access="operator",
        summary="Set the password; all other sign-ins and the operator's sessions end",
        request=NewPassword,
        answers={204: None},
        errors=(errors.InvalidPassword, errors.WrongPassword, errors.TooManyAttempts, *_WRITE),
    ),
    # Services
    Route(
        method="GET",
        path=_SERVICES,
        handler=http_services.list_services,
        access="operator",
        summary="All services",
        query=(parameters.HISTORY,),
        answers={200: ServiceList},
        errors=(errors.BadRequest,),
    ),
    Route(
        method="POST",
        path=_SERVICES,
        handler=http_services.create_service,
        access="operator",
        summary="Create a service",
        request=Name,
        answers={201: ServiceView},
        errors=(errors.InvalidName, errors.NameTaken, errors.LimitReached, *_WRITE),
    ),
    Route(
        method="GET",
        path=_SERVICE,
        handler=http_services.show_service,
        access="operator",
        summary="One service",
        query=(parameters.HISTORY,),
        answers={200: ServiceView},
        errors=(errors.BadRequest, *_OF_SERVICE),
    ),
    Route(
        method="PATCH",
        path=_SERVICE,
        handler=http_services.rename_service,
        access="operator",
        summary="Rename a service",
        request=Name,
        answers={200: ServiceView},
        errors=(errors.InvalidName, errors.NameTaken, *_OF_SERVICE, *_WRITE),
    ),
    Route(
        method="DELETE",
        path=_SERVICE,
        handler=http_services.delete_service,
        access="operator",
        summary="Delete a service, its stream keys and its sessions",
        answers={204: None},
        errors=(*_OF_SERVICE, *_WRITE),
    ),
    Route(
        method="GET",
        path=f"{_SERVICE}/entries",
        handler=http_entries.entries,
        access="operator",
        summary="Entries from the ring buffer",
        query=parameters.ENTRIES,
        answers={200: http_entries.EntriesPage},
        errors=(
            errors.BadRequest,
            errors.InvalidFilter,
            InvalidQuery,
            errors.EpochMismatch,
            errors.SearchBusy,
            *_OF_SERVICE,
        ),
    ),
    Route(
        method="POST",
        path=f"{_SERVICE}/test-entry",
        handler=http_entries.test_entry,
        access="operator",
        summary="Send one entry to try the stream",
        answers={200: IngestAnswer},
        errors=_OF_SERVICE,
    ),
    Route(
        method="GET",
        path=f"{_SERVICE}/rejected",
        handler=http_entries.rejected,
        access="operator",
        summary="The last 100 entries that were rejected",
        answers={200: http_entries.RejectedList},
        errors=_OF_SERVICE,
    ),
    # Stream keys
    Route(
        method="GET",
        path=_KEYS,
        handler=http_services.list_stream_keys,
        access="operator",
        summary="The stream keys of a service",
        answers={200: StreamKeyList},
        errors=(*_OF_SERVICE, *_READ),
    ),
    Route(
        method="POST",
        path=_KEYS,
        handler=http_services.create_stream_key,
        access="operator",
        summary="Create a stream key; shown this once",
        request=Name,
        answers={201: CreatedStreamKey},
        errors=(errors.InvalidName, errors.LimitReached, *_OF_SERVICE, *_WRITE),
    ),
    Route(
        method="PATCH",
        path=_KEY,
        handler=http_services.rename_stream_key,
        access="operator",
        summary="Rename a stream key",
        request=Name,
        answers={200: StreamKeyView},
        errors=(errors.InvalidName, *_OF_KEY, *_WRITE),
    ),
    Route(
        method="DELETE",
        path=_KEY,
        handler=http_services.revoke_stream_key,
        access="operator",
        summary="Revoke a stream key; it stays in the list",
        answers={204: None},
        errors=(*_OF_KEY, *_WRITE),
    ),
    # Sessions
    Route(
        method="GET",
        path=f"{_SERVICE}/sessions",
        handler=http_sessions.list_sessions,
        access="operator",
        summary="The live sessions of a service",
        answers={200: SessionList},
        errors=_OF_SERVICE,
    ),
    Route(
        method="POST",
        path=f"{_SERVICE}/sessions",
        handler=http_sessions.create_session,
        access="operator",
        summary="Create a session; its token is shown this once",
        request=NewSession,
        answers={201: CreatedSession},
        errors=(errors.InvalidFilter, InvalidQuery, *_OF_SERVICE, *_WRITE),
    ),
    Route(
        method="DELETE",
        path=f"{API}/sessions/{{id}}",
        handler=http_sessions.end_session,
        access="operator",
        summary="End a session; its watchers are closed",
        answers={204: None},
        errors=(errors.SessionNotFound, *_WRITE),
    ),
    # The server itself
    Route(
        method="GET",
        path=f"{API}/openapi.json",
        handler=openapi.openapi,
        access="open",
        summary="This document",
        answers={200: dict},
    ),
    Route(
        method="GET",
        path="/healthz",
        handler=http_health.healthz,
        access="probe",
        summary="Whether the process is up",
        answers={200: Health},
    ),
    Route(
        method="GET",
        path="/readyz",
        handler=http_health.readyz,
        access="probe",
        summary="Whether the database takes writes and the server is not stopping",
        answers={200: Health},
        errors=(errors.Draining, *_WRITE),
    ),
    Route(
        method="GET",
        path="/metrics",
        handler=http_metrics.metrics,
        access="scraper",
        summary="What is measured, for Prometheus; nothing is here unless --metrics-token is set",
        answers={200: str},
        errors=(errors.InvalidMetricsToken, errors.NotFound),
    ),
)
