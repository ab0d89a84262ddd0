"""A request on its way through the app: from its first line to the end of its answer, told once as an entry."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator, MutableMapping, Optional

from .client import Client, trace_ids
from .entries import beside, error_entry, level_of_request
from .tracing import Trace, current_trace, read_trace

_EXCHANGES = "spectrix.exchanges"  # in a request's scope or environ


class Exchange:
    """One request and its answer. What it is told is what its entry shows; `end` sends that, once."""

    def __init__(
        self, client: Client, known: list[Exchange], *, method: str, target: str,
        request_id: Optional[str], traceparent: Optional[str], user_agent: Optional[str], address: Optional[str],
    ) -> None:  # fmt: skip
        self.client = client
        self._method = method
        self._target = target
        self._trace: Trace = read_trace(request_id, traceparent)
        self._user_agent = user_agent
        self._address = address
        self._begun = client.clock.monotonic()
        self._failure: Optional[BaseException] = None
        self._failed_with = ""  # the message of its entry
        self._ended = False
        self.status: Optional[int] = None
        self.stream = False  # whether the answer is an event stream
        self.aborted = False  # whether the client left before the end of the answer
        self.route: Optional[str] = None  # the template that the path matched,
        self.find_route: Optional[Callable[[], Optional[str]]] = None  # or how to ask for it in the end
        known.append(self)  # the others of this request, one for each client that is mounted

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """What is logged within has the ids of this request."""
        before = current_trace.get()
        current_trace.set(self._trace)
        try:
            yield
        finally:
            current_trace.set(before)

    @property
    def without_body(self) -> bool:
        """Whether the answer has none, so that nobody needs to read it."""
        return self._method == "HEAD" or self.status in (204, 304)

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
        entry = error_entry(error, self.client.redaction)
        self._failed_with = entry["message"]
        self.client.push_traced(entry, self._trace)

    def end(self) -> None:
        """The answer is over, one way or the other."""
        if self._ended:
            return
        self._ended = True
        try:
            self.client.push_traced(self._entry(), self._trace)
        except Exception as problem:  # whatever is wrong here, the app goes on
            self.client.lost(problem)

    def _entry(self) -> dict[str, Any]:
        duration = self.client.clock.monotonic() - self._begun
        metadata: dict[str, Any] = {"duration": round(duration * 1000, 1)}
        route = self.route or (self.find_route and self.find_route())
        if route:
            metadata["route"] = route
        if self.aborted:
            metadata["aborted"] = True
        if self._failure is not None:
            metadata["error"] = self._failed_with
        if self._user_agent:
            metadata["userAgent"] = self._user_agent[:256]
        if self.client.ip and self._address:
            metadata["ip"] = self._address
        endpoint = self.client.endpoint(self._target)
        level = level_of_request(self.status, aborted=self.aborted, stream=self.stream)
        return {
            "level": "error" if self._failure else level,
            "message": f"{self._method} {endpoint}",
            "endpoint": endpoint,
            "method": self._method,
            "statusCode": self.status,
            "metadata": beside(self._trace.fields, {**(trace_ids(self._trace) or {}), **metadata}),
        }


def exchanges_of(scope: MutableMapping[str, Any]) -> list[Exchange]:
    """What is known of the request with this scope or environ."""
    found: list[Exchange] = scope.setdefault(_EXCHANGES, [])
    return found


def is_known(client: Client, known: list[Exchange]) -> bool:
    """Whether `client` has met this request already: it may be mounted more than once."""
    return any(exchange.client is client for exchange in known)
