"""The dashboard in real Chromium: each file of stories in `browser/` is one test, told by Node."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ..support.processes import ROOT

STORIES = sorted((Path(__file__).parent / "browser").glob("*.test.mjs"))
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WITH_EVERY_FILE = "story"
"""It loads the page as the checkout has it, in three hundred files; so the others need not: see `bundle.mjs`."""
SECONDS = 600.0
"""Many times what the longest takes on two cores; each story has a limit of its own below that."""


def _name(story: Path) -> str:
    return story.name.removesuffix(".test.mjs")


def node() -> str:
    """Where Node is; a missing one is a failure that says what to install."""
    found = shutil.which("node")
    assert found, "Node is missing: install the packages nodejs (20 or newer) and npm, or run `make setup`"
    assert (ROOT / "node_modules/playwright-core").is_dir(), "playwright-core is missing: run `npm ci`, or `make setup`"
    return found


def chromium() -> str:
    """Where Chromium is; likewise."""
    found = shutil.which(os.environ.get("CHROMIUM", "")) or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert found, "Chromium is missing: install the package chromium, or set CHROMIUM to the path of one"
    return found


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree whose server gives out the dashboard in few files."""
    folder = tmp_path_factory.mktemp("tree")
    subprocess.run([node(), STORIES[0].parent / "bundle.mjs", folder], check=True, timeout=SECONDS)
    return folder


@pytest.mark.timeout(SECONDS + 20)
@pytest.mark.parametrize("story", STORIES, ids=_name)
def test_story(story: Path, bundled: Path) -> None:
    tree = ROOT if _name(story) == WITH_EVERY_FILE else bundled
    with TemporaryDirectory(prefix="spectrix-") as folder:  # pytest's own is too long a path for Chromium's socket
        own = {"CHROMIUM": chromium(), "PYTHON": sys.executable, "TMPDIR": folder, "TREE": str(tree)}
        _tell(story, {**os.environ, **own})


def _tell(story: Path, env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [node(), "--test-reporter=spec", story], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)  # on which it ends its own Chromium and servers
        said, _ = process.communicate(timeout=10)
        pytest.fail(f"{story.name} took longer than {SECONDS:.0f} s\n{said}", pytrace=False)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0:
        pytest.fail(said, pytrace=False)


def test_there_are_stories() -> None:
    assert len(STORIES) >= 5
    assert WITH_EVERY_FILE in map(_name, STORIES)
