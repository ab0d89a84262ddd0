"""Errors of sessions: a token that opens nothing, each with its WebSocket close code."""

from __future__ import annotations

from typing import ClassVar

from .errors import Unauthorized


class SessionError(Unauthorized):
    """A session's token that opens nothing; `close_code` is what the WebSocket is closed with."""

    close_code: ClassVar[int] = 4401


class SessionUnknown(SessionError):
    code = "session_unknown"
    title = "Unknown session"
    default_detail = "No session has this token; press Watch for a new one."


class SessionExpired(SessionError):
    code = "session_expired"
    title = "Session expired"
    default_detail = "The session has run out; renew it and resume with the cursor."
    close_code = 4001


class SessionEnded(SessionError):
    code = "session_ended"
    title = "Session ended"
    default_detail = "The session was ended, or its service was deleted."
    close_code = 4003
