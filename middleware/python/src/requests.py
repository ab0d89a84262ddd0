"""A request on its way through the app: from its first line to the end of its answer, told once as an entry."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, MutableMapping, Optional

from .client import Client
from .entries import error_entry, level_of_request
from .tracing import Trace, current_trace, read_trace

_SEEN = "spectrix.seen"  # in a request's scope or environ: which clients have it already


class Exchange:
    """One request and its answer. What it is told is what its entry shows; `end` sends that, once."""

    def __init__(
        self, client: Client, *, method: str, target: str, request_id: Optional[str], traceparent: Optional[str],
        user_agent: Optional[str], address: Optional[str],
    ) -> None:  # fmt: skip
        self._client = client
        self._method = method
        self._target = target
        self._trace: Trace = read_trace(request_id, traceparent)
        self._user_agent = user_agent
        self._address = address
        self._begun = client.clock.monotonic()
        self._failure: Optional[BaseException] = None
        self._ended = False
        self.status: Optional[int] = None
        self.stream = False  # whether the answer is an event stream
        self.aborted = False  # whether the client left before the end of the answer
        self.route: Optional[str] = None  # the template that the path matched

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """What is logged within has the ids of this request."""
        before = current_trace.get()
        current_trace.set(self._trace)
        try:
            yield
        finally:
            current_trace.set(before)

    def began(self, status: int, content_type: str = "") -> None:
        """The answer has begun."""
        self.status = status
        self.stream = content_type.lower().startswith("text/event-stream")

    def failed(self, error: BaseException) -> None:
        """An error that nobody in the app caught: told at once, and once."""
        if error is self._failure:
            return
        self._failure = error
        if self.status is None:
            self.status = 500
        with self.current():
            self._client.push(error_entry(error, self._client.redaction))

    def end(self) -> None:
        """The answer is over, one way or the other."""
        if self._ended:
            return
        self._ended = True
        duration = self._client.clock.monotonic() - self._begun
        metadata: dict[str, Any] = {"duration": round(duration * 1000, 1)}
        if self.route:
            metadata["route"] = self.route
        if self.aborted:
            metadata["aborted"] = True
        if self._user_agent:
            metadata["userAgent"] = self._user_agent[:256]
        if self._client.ip and self._address:
            metadata["ip"] = self._address
        endpoint = self._client.endpoint(self._target)
        entry: dict[str, Any] = {
            "level": level_of_request(self.status, aborted=self.aborted, stream=self.stream),
            "message": f"{self._method} {endpoint}",
            "endpoint": endpoint,
            "method": self._method,
            "statusCode": self.status,
            "metadata": metadata,
        }
        with self.current():
            self._client.push(entry)


def first_seen(client: Client, scope: MutableMapping[str, Any]) -> bool:
    """Whether `client` has not met this request yet, however often it is mounted. Remembers it."""
    seen = scope.setdefault(_SEEN, set())
    if id(client) in seen:
        return False
    seen.add(id(client))
    return True
