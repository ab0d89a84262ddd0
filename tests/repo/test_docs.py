"""The README and docs/reference say what the code does: tables, commands, the picture of the packages."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from spectrix_lite import __version__
from spectrix_lite.cli import COMMANDS, commands
from tools import reference

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
README_LINES = 150


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None, f"the README has no section {title}"
    return found[1]


def test_the_readme_is_short() -> None:
    assert TEXT.count("\n") <= README_LINES


@pytest.mark.parametrize("page", reference.WRITTEN)
def test_the_reference_is_what_the_code_says(page: str) -> None:
    text = (reference.REFERENCE / page).read_text("utf-8")
    assert reference.rewritten(page, text) == text, "run `make docs`"


def test_every_file_that_the_architecture_names_exists() -> None:
    text = (reference.REFERENCE / "architecture.md").read_text("utf-8")
    for named in re.findall(r"`([\w/.-]+/[\w.-]*)`", text):
        assert any((root / named).exists() for root in (ROOT, ROOT / "spectrix_lite")), named


def test_each_word_of_the_glossary_is_used() -> None:
    text = (reference.REFERENCE / "glossary.md").read_text("utf-8")
    code = "\n".join(path.read_text("utf-8").lower() for path in (ROOT / "spectrix_lite").rglob("*.py"))
    words = [word for word in re.findall(r"^\| ([a-z][\w -]*) \|", text, re.MULTILINE) if word != "word"]
    assert len(words) > 20
    assert [word for word in words if not re.search(rf"\b{word.replace(' ', '[ _-]?')}", code)] == []


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


@pytest.mark.parametrize("text", [TEXT, CONTRIBUTING], ids=["readme", "contributing"])
def test_make_knows_the_targets_that_are_told(text: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`?make ([a-z0-9-]+)`?", "\n".join(re.findall(r"`[^`]*`|^make .*$", text, re.MULTILINE))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_changelog_tells_this_version() -> None:
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_pictures_and_links_lead_somewhere_and_no_picture_is_left_over() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    targets = {
        page.parent / target
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    }
    assert [str(target) for target in targets if not target.exists()] == []
    assert [str(picture) for picture in ROOT.glob("docs/**/*.png") if picture not in targets] == []
