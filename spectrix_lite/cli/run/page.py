"""The page, opened signed in, without its link on any command line: other users can read those."""

from __future__ import annotations

import html
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import uuid4

from .. import serving_file
from .signals import as_usual

REMOVED_AFTER_SECONDS: Final = 60

_PAGE: Final = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={link}">
<title>Spectrix Lite</title>
<p><a href="{link}">Open the dashboard</a></p>
"""

_REMOVE: Final = (
    "import os, sys, time; time.sleep(float(sys.argv[2])); os.path.exists(sys.argv[1]) and os.remove(sys.argv[1])"
)


def browser(environ: Mapping[str, str]) -> list[str] | None:
    """The command that opens an address, None where nobody sits before this machine with a browser."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY") or environ.get("CI"):
        return None
    for each in filter(None, environ.get("BROWSER", "").split(os.pathsep)):
        words = [word for word in shlex.split(each) if word != "%s"]
        if words and shutil.which(words[0]):
            return words
    if sys.platform == "darwin":
        return ["open"]
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        found = shutil.which("xdg-open") or shutil.which("sensible-browser")
        return [found] if found else None
    return None


def show(link: str, command: list[str]) -> Path:
    """Gives the browser a file of its owner's only that leads to `link`, for a minute. Raises OSError."""
    path = serving_file.runtime_folder() / f"open-{uuid4().hex}.html"
    serving_file.write_private(path, _PAGE.format(link=html.escape(link, quote=True)).encode())
    _leave_alone([sys.executable, "-I", "-S", "-c", _REMOVE, str(path), str(REMOVED_AFTER_SECONDS)])
    _leave_alone([*command, path.as_uri()])
    return path


def _leave_alone(command: list[str]) -> None:
    """Starts what shall outlive this process, and shall say nothing on its terminal."""
    nowhere = subprocess.DEVNULL
    with as_usual():
        process = subprocess.Popen(  # noqa: S603  the user's own browser, or this Python
            command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )
    process.returncode = 0  # nobody waits for it: no warning about that at the end
