"""Signals between a shell, this process and the command: each arrives once, and what stops one stops both."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from .child import Child, exit_status

_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_ENDS: Final = frozenset((signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT))
_STOPS: Final = frozenset((signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU))
_FROM_TERMINAL: Final = frozenset((signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP))
_HEARD: Final = (*_FORWARDED, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD)
_UNANSWERED: Final = (signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD)
"""What nobody waits for is thrown away by some systems unless it has a handler."""


class Signals:
    """Takes every signal in a thread of its own, from before any other thread is made: one that is just ending would
    take it too, and the system's usual answer to most is to end the process. To be made once, in the main thread.

    Until there is a command, signals mean this process; from then on its end can be told by `wake`, which is readable.
    """

    def __init__(self) -> None:
        for number in _UNANSWERED:
            signal.signal(number, lambda *_: None)
        self.mask = {signal.Signals(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)}
        self._child: Child | None = None
        self.wake, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run, name="signals", daemon=True)
        self._thread.start()

    def watch(self, child: Child) -> None:
        """From now on signals are the command's."""
        self._child = child
        signal.pthread_kill(self._thread.ident or 0, signal.SIGCHLD)  # it may have ended already

    def join(self) -> None:
        """After the command's end."""
        self._thread.join()

    def _run(self) -> None:
        while (child := self._child) is None or not _has_ended(child):
            number, is_from_terminal = _next()
            if self._child is None:
                _answer(number)
            elif number == signal.SIGWINCH:
                if self._child.fit():
                    os.killpg(os.getpgrp(), signal.SIGWINCH)  # who has asked for the size already asks again
            elif number != signal.SIGCHLD and not is_from_terminal:
                self._child.send(number)
        os.close(self._end)


@contextmanager
def as_usual() -> Iterator[None]:
    """Signals are not kept back from a program that is started within, whatever it is."""
    kept = signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)


def _answer(number: signal.Signals) -> None:
    """As any program does that has not asked for anything else."""
    if number in _ENDS:
        os._exit(128 + number)
    elif number == signal.SIGTSTP:
        os.kill(os.getpid(), signal.SIGSTOP)


def _has_ended(child: Child) -> bool:
    """Whether the command has ended. Where it has stopped, so does this process, as its shell expects."""
    while True:
        pid, waited = os.waitpid(child.pid, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return False
        if not os.WIFSTOPPED(waited):
            child.status = exit_status(waited)
            return True
        if os.WSTOPSIG(waited) in _STOPS and _has_terminal():
            os.kill(os.getpid(), signal.SIGSTOP)
            signal.sigwait({signal.SIGCONT})  # the stop need not have come to this thread yet
            child.send(signal.SIGCONT)
            child.fit()


def _next() -> tuple[signal.Signals, bool]:
    """The next signal, and whether the terminal has sent it to the command too."""
    if hasattr(signal, "sigwaitinfo"):
        found = signal.sigwaitinfo(_HEARD)
        return signal.Signals(found.si_signo), found.si_code > 0 and found.si_signo in _FROM_TERMINAL
    number = signal.Signals(signal.sigwait(_HEARD))
    return number, number in _FROM_TERMINAL - {signal.SIGHUP} and _has_terminal(in_front=True)


def _has_terminal(*, in_front: bool = False) -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return not in_front or os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
