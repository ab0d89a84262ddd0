"""Errors that end the program or a thread: those who want to know hear of them before."""

from __future__ import annotations

import sys
import threading
import weakref
from types import TracebackType
from typing import Optional, Protocol


class UncaughtListener(Protocol):
    """Who wants to know."""

    def uncaught(self, error: Exception, origin: str) -> None:
        """`origin` is the hook that told."""


_listeners: weakref.WeakSet[UncaughtListener] = weakref.WeakSet()


def add_uncaught_listener(listener: UncaughtListener) -> None:
    """From now on `listener` is told, as long as somebody else keeps it; what was there before is still called."""
    if not _listeners:
        _set_hooks()
    _listeners.add(listener)


def _set_hooks() -> None:
    before, before_thread = sys.excepthook, threading.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
        _tell(error, "sys.excepthook")
        before(kind, error, trace)

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        _tell(args.exc_value, "threading.excepthook")
        before_thread(args)

    if getattr(before, "__module__", "") != __name__:
        sys.excepthook = hook
    if getattr(before_thread, "__module__", "") != __name__:
        threading.excepthook = thread_hook


def _tell(error: Optional[BaseException], origin: str) -> None:
    if isinstance(error, Exception):  # not what is pressed on a keyboard
        for listener in list(_listeners):
            listener.uncaught(error, origin)
