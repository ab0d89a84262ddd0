"""What `run` and `pipe` have in common: server, key and page before anything runs, and what is told at the end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from ...core.config import Config
from ..terminal import Style, visible
from .collector import Collector
from .page import browser, show
from .sender import Sender

if TYPE_CHECKING:
    from .target import Target

FLUSH_SECONDS: Final = 3.0
"""How long the end waits for what is not sent yet."""


class Connected:
    """A way for lines: `collector` takes bytes, `sender` records."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._begin()

    def _begin(self) -> None:
        self.sender = Sender(self.target.base, self.target.key)
        self.collector = Collector(self.sender)

    def start(self) -> None:
        self.sender.start()
        self.collector.start()

    def again(self) -> None:
        """New threads for the same way, in a process that was forked after `close`."""
        self._begin()
        self.start()

    def close(self) -> None:
        """Sends what is left, within bounds, and says on standard error what could not be sent."""
        self.collector.close(FLUSH_SECONDS)
        self.sender.close(FLUSH_SECONDS)
        if self.sender.refused is not None:
            tell(f"nothing more was sent: {self.sender.refused}")
        if missing := self.sender.unsent:
            tell(f"{missing:,} {'entry' if missing == 1 else 'entries'} could not be sent to {self.target.base}")


def connect(config: Config, service: str | None, *, keep: bool, no_open: bool) -> Connected:
    """Raises ClickException, StartupError or SpectrixError where there is no way to send."""
    from .target import Wanted, prepare

    context = click.get_current_context()
    db = context.params.get("db") or os.environ.get("SPECTRIX_DB")
    target = prepare(config, Wanted(service, db, keep), tell)
    if target.link is not None:
        _open_page(target, target.link, no_open=no_open)
    return Connected(target)


def _open_page(target: Target, link: str, *, no_open: bool) -> None:
    command = None if no_open else browser(os.environ)
    if command is not None:
        try:
            show(link, command)
            command_said = True
        except OSError as problem:
            tell(f"the page cannot be opened: {problem}")
            command_said = False
    if sys.stderr.isatty():
        style = Style(sys.stderr)
        where = target.base if command is not None and command_said else link
        print(style.dim(f"spectrix-lite: {visible(target.service)} at {where}"), file=sys.stderr, flush=True)


def tell(text: str) -> None:
    """One line on standard error; where nobody reads it, that is no error."""
    try:
        print(f"spectrix-lite: {visible(text)}", file=sys.stderr, flush=True)
    except OSError:
        return
