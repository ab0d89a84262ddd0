"""Errors: everything that can go wrong, as one tree.

    SpectrixError               500
    ├─ BadRequest               400  InvalidJson, InvalidBody, BadEncoding, InvalidName, InvalidPassword, FilterTooDear
    │  └─ InvalidFilter              InvalidQuery
    ├─ Unauthorized             401  MissingKey, InvalidKey, InvalidMetricsToken, WrongPassword, LinkUnknown,
    │  │                             InvalidToken
    │  └─ SessionError               see `session_errors`
    ├─ Forbidden                403  BadOrigin
    ├─ NotFound                 404  ServiceNotFound, StreamKeyNotFound, SessionNotFound, ViewNotFound,
    │                                ReadTokenNotFound
    ├─ MethodNotAllowed         405
    ├─ BodyStalled              408
    ├─ Conflict                 409  NameTaken, LinkUsed, LimitReached, EpochMismatch, IdempotencyMismatch
    ├─ TooLarge                 413
    ├─ UnsupportedType          415
    ├─ Misdirected              421
    ├─ UpgradeRequired          426
    ├─ TooMany                  429  TooManyAttempts
    └─ Unavailable              503  StorageBusy, StorageFull, StorageFailed, Draining, SearchBusy, NoQuorum

`code` is a promise to clients; `detail` is for people and never repeats what the client sent.
"""

from __future__ import annotations

from typing import ClassVar


class SpectrixError(Exception):
    """An outcome with a status, a stable code and a sentence for people.

    `detail` says what is wrong and what to do; `retry_after` is in seconds and becomes the header.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    default_detail: ClassVar[str] = "The server failed to answer; its log says why."

    def __init__(self, detail: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(detail or self.default_detail)
        self.detail = detail or self.default_detail
        self.retry_after = retry_after


class BadRequest(SpectrixError):
    status = 400
    code = "bad_request"
    title = "Bad request"
    default_detail = "The request cannot be read; see the API document for its form."


class InvalidJson(BadRequest):
    code = "invalid_json"
    title = "Not JSON"
    default_detail = "The body is not JSON."


class InvalidBody(BadRequest):
    code = "invalid_body"
    title = "Wrong shape"
    default_detail = 'Send {"logs": [entry, ...]}, an array of entries, one entry, or NDJSON.'


class BadEncoding(BadRequest):
    code = "bad_encoding"
    title = "Bad encoding"
    default_detail = "The body does not decompress as its Content-Encoding says; it may be cut short."


class InvalidName(BadRequest):
    code = "invalid_name"
    title = "Invalid name"
    default_detail = "A name has 1 to 100 characters and none of them is a control character."


class InvalidPassword(BadRequest):
    code = "invalid_password"
    title = "Invalid password"
    default_detail = "A password has at least 8 characters and at most 1024 bytes."


class InvalidFilter(BadRequest):
    code = "invalid_filter"
    title = "Invalid filter"
    default_detail = "The filter cannot be read: levels and sources are lists of text, q is text."


class FilterTooDear(BadRequest):
    code = "filter_too_dear"
    title = "Filter too dear"
    default_detail = "This filter takes too long for what this session may use; ask for less, or wait a little."


class Unauthorized(SpectrixError):
    status = 401
    code = "sign_in_required"
    title = "Sign in"
    default_detail = "Sign in first: `spectrix-lite url` prints a one-time link."


class MissingKey(Unauthorized):
    code = "missing_key"
    title = "No stream key"
    default_detail = "Send the stream key as `Authorization: Bearer spx_v1_live_...`."


class InvalidKey(Unauthorized):
    code = "invalid_key"
    title = "Invalid stream key"
    default_detail = "This stream key is wrong, unknown, revoked or switched off; see Service, Streams."


class InvalidMetricsToken(Unauthorized):
    code = "invalid_metrics_token"
    title = "Wrong metrics token"
    default_detail = "Send the token of --metrics-token as `Authorization: Bearer ...`."


class WrongPassword(Unauthorized):
    code = "wrong_password"
    title = "Wrong password"
    default_detail = "That is not the password; `spectrix-lite url` prints a one-time link instead."


class LinkUnknown(Unauthorized):
    code = "link_unknown"
    title = "Unknown sign-in link"
    default_detail = "This sign-in link is unknown or older than 30 minutes; `spectrix-lite url` prints a fresh one."


class Forbidden(SpectrixError):
    status = 403
    code = "forbidden"
    title = "Forbidden"
    default_detail = "This is not allowed."


class BadOrigin(Forbidden):
    code = "bad_origin"
    title = "Foreign origin"
    default_detail = "The request comes from another site's page; open the dashboard at the address it calls."


class NotFound(SpectrixError):
    status = 404
    code = "not_found"
    title = "Not found"
    default_detail = "There is nothing at this address."


class ServiceNotFound(NotFound):
    code = "service_not_found"
    title = "No such service"
    default_detail = "No service has this id; it may have been deleted."


class StreamKeyNotFound(NotFound):
    code = "stream_key_not_found"
    title = "No such stream key"
    default_detail = "This service has no stream key with this id."


class SessionNotFound(NotFound):
    code = "session_not_found"
    title = "No such session"
    default_detail = "No live session has this id; it may have run out."


class ViewNotFound(NotFound):
    code = "view_not_found"
    title = "No such view"
    default_detail = "No view has this id; it may have been deleted, by itself or with its service."


class MethodNotAllowed(SpectrixError):
    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"
    default_detail = "This address does not take that method; see the Allow header."


class BodyStalled(SpectrixError):
    status = 408
    code = "body_stalled"
    title = "Body stalled"
    default_detail = "The body stopped arriving for 30 seconds; nothing of it was taken."


class Conflict(SpectrixError):
    status = 409
    code = "conflict"
    title = "Conflict"
    default_detail = "The request does not fit what is there."


class NameTaken(Conflict):
    code = "name_taken"
    title = "Name taken"
    default_detail = "A service with this name exists; choose another name."


class LinkUsed(Conflict):
    code = "link_used"
    title = "Sign-in link used"
    default_detail = "This sign-in link was used before; `spectrix-lite url` prints a fresh one."


class LimitReached(Conflict):
    code = "limit_reached"
    title = "Limit reached"
    default_detail = "The limit for this kind of thing is reached; remove one, or raise the setting."


class EpochMismatch(Conflict):
    code = "epoch_mismatch"
    title = "Numbering has started over"
    default_detail = "The cursor belongs to an earlier epoch; read on without it."


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"
    title = "Another batch has this Idempotency-Key"
    default_detail = "This Idempotency-Key came with another body before; nothing of this one was taken. Use a new key."


class TooLarge(SpectrixError):
    status = 413
    code = "too_large"
    title = "Too large"
    default_detail = "The request is over a limit; send smaller batches."


class UnsupportedType(SpectrixError):
    status = 415
    code = "unsupported_type"
    title = "Unsupported type"
    default_detail = "Send JSON or NDJSON, plain or in one supported Content-Encoding."


class Misdirected(SpectrixError):
    status = 421
    code = "misdirected"
    title = "Wrong host"
    default_detail = "Open the server as localhost, by its IP address, or at the host given with --public-url."


class UpgradeRequired(SpectrixError):
    status = 426
    code = "upgrade_required"
    title = "WebSocket only"
    default_detail = (
        "This address speaks WebSocket: connect with an upgrade (wscat, websocat), and send "
        '{"type": "watch", "token": "..."} first. For curl: GET /api/v1/services/ID/entries?follow=true.'
    )


class TooMany(SpectrixError):
    status = 429
    code = "too_many_requests"
    title = "Too many requests"
    default_detail = "Too many requests; wait as long as Retry-After says, and send larger batches."


class TooManyAttempts(TooMany):
    code = "too_many_attempts"
    title = "Too many attempts"
    default_detail = "Too many wrong passwords from this address; wait as long as Retry-After says."


class Unavailable(SpectrixError):
    status = 503
    code = "unavailable"
    title = "Unavailable"
    default_detail = "The server has no room for this now; try again as Retry-After says."

    def __init__(self, detail: str | None = None, *, retry_after: float | None = 1.0) -> None:
        super().__init__(detail, retry_after=retry_after)


class StorageBusy(Unavailable):
    code = "storage_busy"
    title = "Database busy"
    default_detail = "Another process holds the database; try again."


class StorageFull(Unavailable):
    code = "storage_full"
    title = "Disk full"
    default_detail = "The disk that holds the database is full; free some space and try again."


class StorageFailed(Unavailable):
    code = "storage_failed"
    title = "Database unreadable"
    default_detail = "The database cannot be read or written; the server's log says why."


class Draining(Unavailable):
    code = "draining"
    title = "Restarting"
    default_detail = "The server is stopping; come back in a moment."


class SearchBusy(Unavailable):
    code = "search_busy"
    title = "Two searches run already"
    default_detail = "Two searches are going on; ask again as Retry-After says."


class NoQuorum(Unavailable):
    code = "no_quorum"
    title = "No quorum"
    default_detail = (
        "Too few servers of the cluster answer; try again, with the same Idempotency-Key where there is one."
    )


class StartupError(Exception):
    """Why the server does not start: one line that says what and what to do. The process ends with status 2."""
