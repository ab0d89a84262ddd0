"""Where `run` and `pipe` work."""

from __future__ import annotations

import os

import click


def must_be_posix() -> None:
    """Raises ClickException elsewhere: there are no terminals of this kind, no such signals, and no locks of files."""
    if os.name != "posix":
        raise click.ClickException("run and pipe need a POSIX system: Linux, macOS, or WSL on Windows.")
