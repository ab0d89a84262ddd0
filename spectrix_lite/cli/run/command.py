"""`run`: a command in front of which nothing changes, but that its output can be watched."""

from __future__ import annotations

import click

from ...core.config import Config
from ..settings import takes


@click.command(
    "run",
    context_settings={"allow_interspersed_args": False},
    options_metavar="[OPTIONS] --",
    epilog="Where SPECTRIX_URL and SPECTRIX_API_KEY are set, lines go to that server.",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="COMMAND...", required=True)
@click.option("--service", metavar="NAME", help="The service that the lines belong to.  [default: the folder's name]")
@click.option(
    "--otel", is_flag=True, help="Give the command OTEL_EXPORTER_OTLP_* too, for an app that sends by itself."
)
@click.option("--no-open", is_flag=True, help="Print the sign-in link instead of opening the page.")
@click.option("--keep", is_flag=True, help="Let the server go on when nobody needs it any more, where this starts one.")
@takes("port", "db")
def command(config: Config, words: tuple[str, ...], service: str | None, otel: bool, no_open: bool, keep: bool) -> int:
    """Run COMMAND and send what it prints to a service, a line an entry.

    Starts a server where none listens, makes service and key, and opens the page signed in. The command's output,
    exit code, signals and terminal stay its own.
    """
    import os

    from .platform import must_be_posix

    must_be_posix()
    from .connected import connect
    from .signals import Signals
    from .watched import environment, watched

    signals = Signals()
    way = connect(config, service, keep=keep, no_open=no_open)
    return watched(way, signals, words, environment(way, os.environ, otel=otel))
