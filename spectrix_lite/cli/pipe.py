"""`pipe`: standard input as entries, passed on to standard output unchanged."""

from __future__ import annotations

import click

from ..core.config import Config
from .settings import takes


@click.command("pipe", epilog="Where SPECTRIX_URL and SPECTRIX_API_KEY are set, lines go to that server.")
@click.option("--service", metavar="NAME", help="The service that the lines belong to.  [default: the folder's name]")
@click.option("--no-open", is_flag=True, help="Print the sign-in link instead of opening the page.")
@click.option("--keep", is_flag=True, help="Let the server go on when nobody needs it any more, where this starts one.")
@takes("port", "db")
def command(config: Config, service: str | None, no_open: bool, keep: bool) -> int:
    """Send standard input to a service, a line an entry, and pass it on unchanged.

    Starts a server where none listens, and opens the page signed in: `COMMAND 2>&1 | spectrix-lite pipe`.
    """
    from .run.platform import must_be_posix

    must_be_posix()
    from .run.connected import connect
    from .run.passing import pass_on

    return pass_on(connect(config, service, keep=keep, no_open=no_open))
