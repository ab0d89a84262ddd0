"""The help: quick, complete, and the same wherever it is shown."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from spectrix_lite.cli import COMMANDS, commands, main
from spectrix_lite.cli.settings import ALL, setting_help
from spectrix_lite.core.config import SETTINGS

from ..support.processes import SECONDS, environment

# What only a server, or only a client, needs: each costs a good part of the 0.3 s that help may take.
HEAVY = {"aiohttp", "aiosqlite", "argon2", "msgspec", "sqlite3", "uvloop"}


def every_command() -> list[tuple[str, click.Command]]:
    """All commands, those of groups too, with what to type."""
    context = click.Context(commands)
    found = []
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", each) for inner, each in command.commands.items()]
    return found


EVERY = every_command()


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["serve", "--help"], ["tail", "--help"], ["keys", "--help"]]
)
def test_help_loads_nothing_that_a_command_needs(args: list[str]) -> None:
    """So that it comes at once; by what is loaded, not by the clock."""
    code = f"import sys; from spectrix_lite.cli import main; main({args!r}); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert ended.stdout
    assert set(ended.stderr.split()) & HEAVY == set()


@pytest.mark.parametrize(("name", "command"), EVERY, ids=[name for name, _ in EVERY])
def test_every_setting_shows_flag_variable_and_default(name: str, command: click.Command) -> None:
    """Whichever settings a command takes; and what it takes is a setting or has help of its own."""
    by_name = {setting.name: setting for setting in SETTINGS}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            setting = by_name.get(str(parameter.name))
            assert parameter.help == (setting_help(setting) if setting else parameter.help)
            assert parameter.help
    assert command.help


def test_serve_takes_every_setting() -> None:
    serve = dict(EVERY)["serve"]
    assert {parameter.name for parameter in serve.params} == set(ALL)


def test_the_help_shows_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    for args in ([], ["serve"]):
        assert main([*args, "--help"]) == 0
        shown = " ".join(capsys.readouterr().out.split())
        for setting in SETTINGS:
            assert setting.flag in shown
            assert setting.variable in shown
            assert f"default {setting.shown_default}" in shown or not setting.shown_default
