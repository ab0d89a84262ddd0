"""A command from its start to its end, watched: what it prints goes on at once, and to a service beside it."""

from __future__ import annotations

import errno
import os
import selectors
import shlex
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...core.timestamps import rfc3339
from ..output.records import Record
from .child import Child, NotStarted, Stream, in_words, spawn
from .connected import Connected, tell
from .passing import CHUNK_BYTES, SWITCH_SECONDS, write_all
from .signals import Signals
from .target import API

_QUIET_SECONDS: Final = 0.05
"""After the command's end, what it had printed is read until there is nothing for so long ..."""
_REST_SECONDS: Final = 1.0
"""... and for so long at most: who still prints then is another process, which it left behind."""

_LONGEST_COMMAND: Final = 200


def watched(way: Connected, signals: Signals, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs `command` to its end and answers its exit status: 127 where there is none, 128 + n for signal n."""
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        child = spawn(command, environ, signals.mask)
    except NotStarted as problem:
        tell(str(problem))
        return problem.status
    signals.watch(child)
    way.start()
    way.sender.put([_event("restart" if way.target.again else "start", command, pid=child.pid)])
    passing = _Passing(way, child)
    passing.until(signals.wake)
    signals.join()
    assert child.status is not None
    way.collector.close(_REST_SECONDS)
    way.sender.put([_event("exit", command, child.status)])
    way.close()
    if passing.is_open and os.fork() == 0:
        _stay(way, passing, signals.mask)
    return child.status


def _stay(way: Connected, passing: _Passing, mask: set[signal.Signals]) -> None:
    """What the command left behind goes on printing, as it would without us: in a process that nobody waits for."""
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    way.again()
    try:
        passing.until(None)
        way.close()
    finally:
        os._exit(0)


def environment(way: Connected, environ: Mapping[str, str], *, otel: bool) -> dict[str, str]:
    """The command's environment: where a middleware, or an OpenTelemetry SDK, would send to the same service."""
    target = way.target
    ours = {"SPECTRIX_URL": target.base + API, "SPECTRIX_API_KEY": target.key}
    if otel:
        ours |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": target.base,
            "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{target.key}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        }
        ours.setdefault("OTEL_SERVICE_NAME", environ.get("OTEL_SERVICE_NAME", target.service))
    return {**environ, **ours}


def _event(kind: str, command: Sequence[str], exit_code: int | None = None, **more: Any) -> Record:
    """Start and end of the command as entries."""
    shown = shlex.join(command).encode("utf-8", "replace").decode()
    if len(shown) > _LONGEST_COMMAND:
        shown = shown[:_LONGEST_COMMAND] + "…"
    if exit_code is None:
        said = "started again" if kind == "restart" else "started"
    else:
        said = in_words(exit_code)
        more["exitCode"] = exit_code
    calm = exit_code in (None, 0, *(128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)))
    return {
        "level": "info" if calm else "error",
        "message": f"{shown} {said}",
        "timestamp": rfc3339(int(time.time() * 1000)),
        "metadata": {"run": kind, **more},
    }


class _Passing:
    """Copies what the command prints to where it would have gone, and feeds the collector."""

    def __init__(self, way: Connected, child: Child) -> None:
        self._way = way
        self._child = child
        self._selector = selectors.DefaultSelector()
        self._open = len(child.streams)
        for stream in child.streams:
            self._selector.register(stream.reader, selectors.EVENT_READ, stream)

    @property
    def is_open(self) -> bool:
        """Whether somebody may still print."""
        return self._open > 0

    def until(self, wake: int | None) -> None:
        """Until nobody can print any more, or a moment after `wake` could be read."""
        if wake is not None:
            self._selector.register(wake, selectors.EVENT_READ, None)
        end: float | None = None
        while self._open or (wake is not None and end is None):
            found = self._selector.select(None if end is None else _QUIET_SECONDS)
            if end is not None and (not found or time.monotonic() > end):
                break
            for key, _ in found:
                if key.data is None:
                    self._selector.unregister(key.fileobj)
                    end = time.monotonic() + _REST_SECONDS
                else:
                    self._pass(key.data)

    def _pass(self, stream: Stream) -> None:
        try:
            chunk = os.read(stream.reader, CHUNK_BYTES)
        except OSError as problem:
            if problem.errno != errno.EIO:  # how Linux says that nobody has a pty open any more
                raise
            chunk = b""
        if chunk:
            self._child.follow(stream)
            self._way.collector.feed(stream.name, chunk)
            try:
                write_all(stream.out, chunk)
                return
            except OSError:  # nobody reads it: the command shall notice, as it would without us
                pass
        self._selector.unregister(stream.reader)
        os.close(stream.reader)
        self._open -= 1
