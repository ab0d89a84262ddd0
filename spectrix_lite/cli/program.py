"""Program name: how this program was called, for the commands it tells people to type."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from ..core.config import SETTINGS, Config


def program() -> str:
    """What to type, so that it works from here: `spectrix-lite`, or a Python with `-m spectrix_lite`."""
    script = Path(sys.argv[0])
    if script.name not in ("__main__.py", "-m"):
        found = shutil.which(script.name)
        return script.name if found and Path(found).samefile(script) else shlex.quote(sys.argv[0])
    for name in ("python", "python3"):
        found = shutil.which(name)
        if found and Path(found).absolute() == Path(sys.executable).absolute():
            return f"{name} -m spectrix_lite"
    python = os.path.relpath(sys.executable) if Path(sys.executable).is_relative_to(Path.cwd()) else sys.executable
    return f"{shlex.quote(python)} -m spectrix_lite"


def hint(config: Config, *words: str, takes: Collection[str]) -> str:
    """The command `words`, with those of the settings it `takes` without which it would not mean this `config`."""
    usual = Config.load({}, os.environ)
    flags = [
        f"{setting.flag} {shlex.quote(str(value))}"
        for setting in SETTINGS
        if setting.name in takes
        and (value := getattr(config, setting.name)) != getattr(usual, setting.name)
        and value is not None
    ]
    return " ".join([program(), *map(shlex.quote, words), *flags])
