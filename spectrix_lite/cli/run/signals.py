"""Signals between a shell, this process and the command: each arrives once, and what stops one stops both."""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

from .child import Child, exit_status

_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_STOPS: Final = frozenset((signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU))
_FROM_TERMINAL: Final = frozenset((signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP))
_HEARD: Final = (*_FORWARDED, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD)
_UNANSWERED: Final = (signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD)
"""What nobody waits for is thrown away by some systems unless it has a handler."""


def block() -> set[signal.Signals]:
    """Keeps every signal for `SignalThread`, from before other threads are made; the mask as it was."""
    for number in _UNANSWERED:
        signal.signal(number, lambda *_: None)
    return {signal.Signals(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)}


class SignalThread:
    """Takes signals until the command has ended; then `wake` can be read."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.wake, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run, name="signals", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """After the command's end."""
        self._thread.join()

    def _run(self) -> None:
        while not self._reap():
            number, is_from_terminal = _next()
            if number == signal.SIGWINCH:
                if self._child.fit():
                    os.killpg(os.getpgrp(), signal.SIGWINCH)  # who has asked for the size already asks again
            elif number != signal.SIGCHLD and not is_from_terminal:
                self._child.send(number)
        os.close(self._end)

    def _reap(self) -> bool:
        """Whether the command has ended. Where it has stopped, so does this process, as its shell expects."""
        while True:
            pid, waited = os.waitpid(self._child.pid, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                return False
            if not os.WIFSTOPPED(waited):
                self._child.status = exit_status(waited)
                return True
            if os.WSTOPSIG(waited) in _STOPS and _has_terminal():
                os.kill(os.getpid(), signal.SIGSTOP)
                self._child.send(signal.SIGCONT)  # here again: somebody has let this process go on
                self._child.fit()


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
