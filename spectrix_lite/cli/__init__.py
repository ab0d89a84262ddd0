"""The command line: `python -m spectrix_lite`, also `spectrix-lite`.

A command is a file of its own, loaded when it is called, so that `--help` need not wait for a web server.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from .. import __version__
from ..core.errors import SpectrixError, StartupError
from .program import program
from .standard_streams import open_missing
from .terminal import visible

COMMANDS = {
    "serve": "Serve dashboard, ingest and stream (the default).",
    "url": "Print a fresh one-time sign-in link.",
    "password": "Set the operator's password.",
    "services": "List, add, rename and remove services.",
    "keys": "List, create and revoke stream keys.",
    "tokens": "List, create and revoke read tokens.",
    "alerts": "List alerts and try their destinations.",
    "tail": "Watch a service in the terminal.",
    "logs": "Print entries of a service, and end.",
    "wait": "Wait until a service logs something that matches.",
    "summary": "Condense what a service has logged since a cursor.",
    "mcp": "Serve agents on standard input and output.",
    "skill": "Print a guide for agents that have a shell.",
    "run": "Run a command and watch what it prints.",
    "pipe": "Watch what is piped in, and pass it on.",
    "forget": "Take entries out of the running server, for good.",
    "demo": "Send lively traffic to the running server.",
    "backup": "Copy the database, beside a running server.",
    "cluster": "Try a cluster, see how one stands, take a database into it.",
    "doctor": "Find the usual mistakes of a server that others reach.",
    "example-db": "Write the example database.",
}
"""Each command with its line in the help, so that showing it loads none of them."""

_MANAGING = ("url", "password", "services", "keys", "tokens", "alerts", "forget", "backup")
_READING = ("tail", "logs", "wait", "summary", "mcp", "skill")

_MODULES = {
    **{name: f"managing.{name}" for name in _MANAGING},
    **{name: f"reading.{name}" for name in _READING},
    **{name: f"{name}.command" for name in ("run", "demo", "doctor", "cluster")},
    "example-db": "managing.example_db",
}
"""Where a command is, if not in the module of its name; each module calls it `command`."""

_OWN_FLAGS = ("--help", "-h", "--version")


class Commands(click.Group):
    """Loads a command when it is called; without one, `serve` is."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{_MODULES.get(cmd_name, cmd_name)}", __name__).command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in _OWN_FLAGS):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        own = [record for each in self.get_params(ctx) if (record := each.get_help_record(ctx)) is not None]
        with formatter.section("Options"):
            formatter.write_dl(own)
        serve = self.get_command(ctx, "serve")
        assert serve is not None
        with formatter.section("Settings of serve: flag, else variable, else default"):
            formatter.write_dl([r for p in serve.params if (r := p.get_help_record(ctx)) is not None])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="[COMMAND] [OPTIONS]",
)
@click.version_option(__version__, message="%(version)s")
def commands() -> None:
    """A live log stream that a developer can run alone."""


def main(args: Sequence[str] | None = None) -> int:
    """Runs a command and answers its exit status: 0, 1 where it could not be done, 2 where it was asked wrongly.

    What goes wrong is told in one line on standard error.
    """
    open_missing()
    try:
        status = commands.main(args, prog_name=program(), standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as problem:
        problem.show()
        return problem.exit_code
    except click.UsageError as problem:
        asked = problem.ctx.command_path if problem.ctx is not None else program()
        return _print_error(f"{problem.format_message()} See `{asked} --help`.", 2)
    except click.ClickException as problem:
        return _print_error(problem.format_message(), problem.exit_code)
    except StartupError as problem:
        return _print_error(str(problem), 2)
    except SpectrixError as problem:
        return _print_error(problem.detail, 1)
    except (click.Abort, KeyboardInterrupt):
        return 130
    return status if isinstance(status, int) else 0


def _print_error(line: str, status: int) -> int:
    print(f"spectrix-lite: {visible(line)}", file=sys.stderr)
    return status
