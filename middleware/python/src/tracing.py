"""Which request the app is at work on: what belongs together carries the same ids, across tasks and threads."""

from __future__ import annotations

import contextvars
import dataclasses
import re
import uuid
from typing import Any, Optional

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


@dataclasses.dataclass
class Trace:
    """The ids of one request. `trace_id` is there where the caller sent a `traceparent`."""

    request_id: str
    trace_id: Optional[str] = None  # made when a request goes out from here, where none came in
    fields: dict[str, Any] = dataclasses.field(
        default_factory=dict, compare=False
    )  # what the app adds to the request's entry


current_trace: contextvars.ContextVar[Optional[Trace]] = contextvars.ContextVar("spectrix_trace", default=None)


def read_trace(request_id: Optional[str], traceparent: Optional[str]) -> Trace:
    """From the headers `X-Request-Id` and `traceparent`; what is missing or malformed is made new."""
    found = _TRACEPARENT.fullmatch((traceparent or "").strip())
    if found and found[1] == "00" and found[4]:  # this version has no more fields
        found = None
    given = (request_id or "").strip()
    if not _REQUEST_ID.fullmatch(given):
        given = found[3] if found else uuid.uuid4().hex
    return Trace(given, found[2] if found else None)


def new_traceparent(trace: Optional[Trace]) -> str:
    """For a request that goes out while `trace` is served, which has a `trace_id` from now on."""
    trace_id = (trace and trace.trace_id) or uuid.uuid4().hex
    if trace is not None:
        trace.trace_id = trace_id
    return f"00-{trace_id}-{uuid.uuid4().hex[:16]}-01"
