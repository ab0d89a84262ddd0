"""The wheel as somebody gets it: installed into an empty environment, started from another folder, used as printed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import venv
import zipfile
from pathlib import Path
from urllib.parse import urljoin

import pytest

from spectrix_lite.api.sdk import sdk_files

from ..support.processes import ROOT, SECONDS, environment, server

INSTALL_SECONDS = 240.0
CODE_TO_PASTE = "/js/services/snippets/snippet-"  # what is in there belongs to the reader's own app
REFERENCES = re.compile(
    rb"""\b(?:href|src)="(\.?/?[^"#:]+)"|\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']|\burl\(["']?([^"')#:]+)"""
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout, with the build backend that the tests have installed."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True, timeout=INSTALL_SECONDS, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)],
        check=True, timeout=INSTALL_SECONDS, env=environment({"PYTHONPATH": ""}),
    )  # fmt: skip
    return folder / "bin"


def test_holds_the_dashboard_and_nothing_that_does_not_belong(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    tracked = subprocess.run(
        ["git", "ls-files", "web", "spectrix_lite"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    wanted = {f"spectrix_lite/{name}" if name.startswith("web/") else name for name in tracked}
    wanted |= {f"spectrix_lite/sdk/{name}" for name in sdk_files()}
    assert wanted - names == set()
    assert {name.split("/")[0] for name in names} == {"spectrix_lite", "spectrix_lite-0.1.0.dist-info"}


@pytest.mark.timeout(2 * INSTALL_SECONDS)
def test_works_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    python = str(installed / "python")
    outside = {"PYTHONPATH": ""}
    with server(cwd=tmp_path, terminal=True, env=outside, command=(python, "-m", "spectrix_lite")) as running:
        found = crawl(running.base_url + "/")
        assert {url.rsplit(".", 1)[-1] for url in found} >= {"js", "css", "woff2"}
        for name, file in sdk_files().items():  # as the checkout has them
            with urllib.request.urlopen(f"{running.base_url}/sdk/{name}", timeout=SECONDS) as sent:  # noqa: S310  likewise
                assert sent.read() == file.read_bytes()
        pasted = running.said[running.said.index("curl ") :].split("\n\n")[0]
        answer = subprocess.run(
            ["bash", "-c", pasted], capture_output=True, text=True, timeout=SECONDS, check=True, env=environment()
        )
        assert json.loads(answer.stdout)["accepted"] == 1
        running.send(signal.SIGTERM)
        assert running.wait() == 0


@pytest.mark.timeout(2 * INSTALL_SECONDS)
def test_brings_its_command(installed: Path, tmp_path: Path) -> None:
    command = str(installed / "spectrix-lite")
    said = subprocess.run(
        [command, "--version"], cwd=tmp_path, env=environment({"PYTHONPATH": ""}),
        check=True, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert said.stdout == "0.1.0\n"


def crawl(start: str) -> dict[str, bytes]:
    """Everything the page at `start` refers to, and what that refers to; each must be there."""
    found: dict[str, bytes] = {}
    waiting = [(start, start)]
    while waiting:
        url, by = waiting.pop()
        if url in found:
            continue
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310  the test's own server
                found[url] = answer.read()
        except urllib.error.HTTPError as problem:
            problem.close()
            raise AssertionError(f"{by} refers to {url}, which answers {problem.code}") from None
        if url == start or (url.endswith((".js", ".css")) and CODE_TO_PASTE not in url):
            for groups in REFERENCES.findall(found[url]):
                reference = next(each for each in groups if each).decode()
                waiting.append((urljoin(url, reference), url))
    return found
