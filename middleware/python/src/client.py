"""The client: takes entries in on any thread at any time, and has one daemon thread of its own to send them."""

from __future__ import annotations

import atexit
import os
import random
import threading
import time
import urllib.parse
import weakref
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional

from .backlog import Backlog, Dropped
from .delivery import TIMEOUT, Clock, Delivery, SystemClock, Warnings
from .entries import Encoder, beside, dropped_entry, error_entry
from .post import Transport, post
from .redaction import Redaction
from .tracing import Trace, current_trace, new_traceparent
from .uncaught import add_uncaught_listener
from .values import Walk, is_a, name_of

DEFAULT_URL = "http://localhost:4000/api/v1"
AT_EXIT = 2.0  # seconds that a program's end may be held up


class Busy(threading.local):
    """Whether this thread is at work for a client: what is logged meanwhile must not come back to it."""

    now = False


busy = Busy()


class Client:
    """Sends entries to one service of a Spectrix server.

    `api_key` and `base_url` come from SPECTRIX_API_KEY and SPECTRIX_URL where they are not given. Entries leave
    every `interval` seconds, or sooner when many wait; at most `max_buffer_size` entries and 5 MiB wait, and the
    oldest make room. `redact` has more names whose values are secrets; `queries` keeps the query on a request's
    endpoint, with its secrets hidden; `ip` puts the caller's address on the entry; `errors` sends those that end the
    program or a thread. The rest is for tests. A setting that cannot work is told on stderr, and is its default.
    """

    def __init__(
        self, api_key: Optional[str] = None, source: str = "python-app", base_url: Optional[str] = None,
        interval: float = 2.0, max_buffer_size: int = 10_000, *, redact: Iterable[str] = (), queries: bool = False,
        ip: bool = False, errors: bool = True,
        clock: Optional[Clock] = None, transport: Transport = post, jitter: Callable[[], float] = random.random,
        thread: bool = True,
    ) -> None:  # fmt: skip
        self.clock = clock or SystemClock()
        self._warnings = Warnings(self.clock)
        self.api_key = self._key(api_key if api_key is not None else os.environ.get("SPECTRIX_API_KEY", ""))
        self.source = source
        self.base_url = self._url(base_url or os.environ.get("SPECTRIX_URL") or DEFAULT_URL)
        self.interval = float(self._number("interval", interval, 2.0))
        self.max_buffer_size = int(self._number("max_buffer_size", max_buffer_size, 10_000))
        self.ip = ip
        self.redaction = Redaction(redact)
        self._encoder = Encoder(source, self.redaction, queries=queries, monotonic=self.clock.monotonic)
        self._queries = queries
        self._transport = transport
        self._jitter = jitter
        self._uses_thread = thread
        self._closed = False
        self._begin()
        if thread:
            _clients.add(self)
        if errors:
            add_uncaught_listener(self)

    def _begin(self) -> None:
        """Starts with nothing, as also in the child after a fork: what waited is the parent's to send."""
        self.delivery = Delivery(
            Backlog(self.max_buffer_size), url=f"{self.base_url}/ingest/logs",
            shown=self.redaction.text(self.base_url), api_key=self.api_key,
            interval=self.interval, clock=self.clock, transport=self._transport, jitter=self._jitter,
            notice=self._notice, warnings=self._warnings,
        )  # fmt: skip
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._thread: Optional[threading.Thread] = None

    # What the app calls. Nothing of it raises, and nothing of it waits but flush and close.

    def debug(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level debug; `more` joins `metadata`."""
        self._say("debug", message, metadata, more)

    def info(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level info; `more` joins `metadata`."""
        self._say("info", message, metadata, more)

    def warn(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level warn; `more` joins `metadata`."""
        self._say("warn", message, metadata, more)

    warning = warn

    def error(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level error; `more` joins `metadata`. An exception shows its name, message and stack."""
        self._say("error", message, metadata, more)

    def _say(self, level: str, message: Any, metadata: Any, more: dict[str, Any]) -> None:
        if is_a(message, BaseException):
            shown = error_entry(message, self.redaction)
            message, more = shown["message"], beside(more, shown["metadata"])
        self.push_traced({"level": level, "message": message, "metadata": metadata}, current_trace.get(), more)

    def set(self, members: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Adds members to the metadata of the one entry of the request that is being served here, if there is one."""
        trace = current_trace.get()
        try:
            if trace is not None:
                trace.fields.update(members or {}, **more)
        except Exception as problem:  # whatever is wrong here, the app goes on
            self.lost(problem)

    def trace_headers(self) -> dict[str, str]:
        """Headers for a request to another service, whose entries then have the same `traceId` as those of the
        request that is being served here. That has a new one from now on where none came in.
        """
        return {"traceparent": new_traceparent(current_trace.get())}

    def push(self, entry: Mapping[str, Any]) -> None:
        """Takes an entry in, with the fields of the wire: `level`, `message`, `metadata`, `endpoint` and so on."""
        self.push_traced(entry, current_trace.get())

    def push_traced(
        self, entry: Mapping[str, Any], trace: Optional[Trace], more: Optional[Mapping[str, Any]] = None
    ) -> None:
        """The same for an entry of another request than the present one; `more` joins its metadata."""
        if busy.now:
            return
        busy.now = True
        try:
            if self._ready():
                wall = self.clock.wall()
                early = self.delivery.add(self._encoder.encode(entry, wall, ids=trace_ids(trace), more=more))
                if early or self._thread is None:
                    self._set_off()
        except Exception as problem:  # whatever is wrong here, the app goes on
            self.lost(problem)
        finally:
            busy.now = False

    def lost(self, problem: Exception) -> None:
        """Tells that the client itself has failed, which must not hurt the app."""
        message = Walk(self.redaction).message(problem)
        self._warnings.warn(f"an entry was lost: {name_of(type(problem))}: {message}")

    def uncaught(self, error: Exception, origin: str) -> None:
        """An error that ends the program or a thread; `origin` says which hook told."""
        self.push(error_entry(error, self.redaction, origin))

    def endpoint(self, target: str) -> str:
        """What is shown for a request's target."""
        return self.redaction.endpoint(target, queries=self._queries)

    def flush(self, timeout: float = TIMEOUT) -> bool:
        """Sends what waits, now, and waits for that at most `timeout` seconds. Whether everything has arrived."""
        return self._drain(timeout, once=True)

    def close(self, timeout: float = AT_EXIT) -> bool:
        """Sends what waits, within `timeout` seconds, and ends; idempotent. Whether everything has arrived.

        Entries that come later are lost. A program that ends calls this by itself, unless it is killed.
        """
        if self._closed:
            return self.delivery.waiting == 0
        self._closed = True
        self._wake.set()
        arrived = self._drain(timeout, once=False)
        if not arrived and self.api_key:
            self._warnings.warn(f"closed before {self.delivery.waiting} waiting entries had arrived", now=True)
        return arrived

    # How it works.

    def _key(self, key: str) -> str:
        if key.strip().isascii() and key.strip().isprintable():
            return key.strip()
        self._warnings.warn("api_key has characters that no key has; going on without", now=True)
        return ""

    def _number(self, name: str, value: Any, default: float) -> float:
        if isinstance(value, (int, float)) and 0 <= value < 2**31:
            return value
        self._warnings.warn(f"{name} is {value!r}, not a number from 0; going on with {default}", now=True)
        return default

    def _url(self, url: str) -> str:
        try:
            parts = urllib.parse.urlsplit(url)
            if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
                return url.rstrip("/")
        except ValueError:  # a port that is none, say
            pass
        self._warnings.warn(f"base_url is no http address: {url!r}; going on with {DEFAULT_URL}", now=True)
        return DEFAULT_URL

    def _ready(self) -> bool:
        if self._closed:
            self._warnings.warn("an entry came after close() and is lost")
        elif not self.api_key:
            self._warnings.warn("no API key, so nothing is sent: set SPECTRIX_API_KEY or give api_key")
        else:
            return True
        return False

    def _notice(self, dropped: Dropped) -> bytes:
        """The entry that stands where others were dropped."""
        return self._encoder.encode(dropped_entry(*dropped) or {}, self.clock.wall())

    def _set_off(self) -> None:
        if not self._uses_thread:
            return
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="spectrix", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # no more threads, as when the program ends: then `_at_exit` sends
                    return
                self._thread = thread
        self._wake.set()

    def _work(self) -> None:
        busy.now = True
        delivery, wake = self.delivery, self._wake
        while not self._closed:
            wake.clear()
            try:
                wait = delivery.step()
            except Exception as problem:
                self._warnings.warn(f"sending failed: {type(problem).__name__}: {problem}")
                wait = self.interval + 1.0
            wake.wait(wait)

    def _drain(self, timeout: float, *, once: bool) -> bool:
        delivery, deadline = self.delivery, time.monotonic() + timeout
        was_busy, busy.now = busy.now, True
        try:
            delivery.hurry()
            while delivery.waiting:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                wait = delivery.step(min(TIMEOUT, left))
                if wait and once:
                    break
                if wait:
                    threading.Event().wait(min(wait, max(0.0, deadline - time.monotonic())))
            return delivery.waiting == 0
        finally:
            busy.now = was_busy


def trace_ids(trace: Optional[Trace]) -> Optional[Mapping[str, str]]:
    """The ids of a request under the names that they have in metadata."""
    if trace is None:
        return None
    return {"requestId": trace.request_id, **({"traceId": trace.trace_id} if trace.trace_id else {})}


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _each_client() -> Iterator[Client]:
    yield from list(_clients)


def _after_fork() -> None:
    busy.now = False
    for client in _each_client():
        client._begin()


def _at_exit() -> None:
    deadline = time.monotonic() + AT_EXIT
    for client in _each_client():
        client.close(max(0.1, deadline - time.monotonic()))


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
