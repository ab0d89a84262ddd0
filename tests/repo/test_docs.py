"""The README says what the code does: its tables, its commands, its picture of the house."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from spectrix_lite import __version__
from spectrix_lite.cli import COMMANDS, commands
from spectrix_lite.server.json_body import Problem
from tools import readme

ROOT = Path(__file__).parent.parent.parent
TEXT = readme.README.read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None, f"the README has no section {title}"
    return found[1]


def test_the_tables_are_what_the_code_says() -> None:
    assert readme.rewritten(TEXT) == TEXT, "run `make docs`"


def test_every_command_is_told_and_every_told_command_exists() -> None:
    table = section("The command line")
    context = click.Context(commands)
    for name in COMMANDS:
        assert f"| `spectrix-lite {name}" in table
    for words in re.findall(r"`spectrix-lite ([^`]+)`", TEXT):
        name, *more = words.split()
        command = commands.get_command(context, name)
        assert command is not None, words
        if isinstance(command, click.Group):
            assert more[0] in command.commands, words
    for row in re.findall(r"^\| `spectrix-lite (services|keys) .*", table, re.MULTILINE):
        group = commands.get_command(context, row)
        assert isinstance(group, click.Group)
        line = next(each for each in table.splitlines() if each.startswith(f"| `spectrix-lite {row} "))
        assert set(group.commands) == set(re.findall(r"`(?:spectrix-lite \w+ )?(\w+)`", line))


@pytest.mark.parametrize("name", ["tail"])
def test_told_flags_exist(name: str) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    known = {flag for parameter in command.params for flag in parameter.opts}
    line = next(each for each in TEXT.splitlines() if each.startswith(f"| `spectrix-lite {name} "))
    assert set(re.findall(r"`(--[a-z-]+)`", line)) <= known


def test_make_knows_the_targets_that_are_told() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`?make ([a-z0-9-]+)`?", "\n".join(re.findall(r"`[^`]*`|^make .*$", TEXT, re.MULTILINE))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_example_of_an_error_has_the_fields_it_has() -> None:
    assert "application/problem+json" in section("Error codes")
    assert {"type", "title", "status", "detail", "code"} <= set(Problem.__struct_fields__)


def test_the_changelog_tells_this_version() -> None:
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_pictures_and_links_lead_somewhere_and_no_picture_is_left_over() -> None:
    pages = [readme.README, *ROOT.glob("docs/**/*.md")]
    targets = {
        page.parent / target for page in pages for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
    }
    assert [str(target) for target in targets if not target.exists()] == []
    assert [str(picture) for picture in ROOT.glob("docs/**/*.png") if picture not in targets] == []
