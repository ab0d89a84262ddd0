"""The server that `run` starts: a process of its own, which ends when nobody has needed it for a while.

python -m spectrix_lite.cli.run.own_server PORT DATABASE
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import click

from ...core.config import Config
from ..serving_file import Serving, find, runtime_folder, state_folder
from .signals import as_usual

START_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.05
_NOT_PASSED_ON: Final = (
    "SPECTRIX_HOST",
    "SPECTRIX_PORT",
    "SPECTRIX_DB",
    "SPECTRIX_PUBLIC_URL",
    "SPECTRIX_TRUSTED_PROXY",
)


def start(port: int, database: Path) -> Serving:
    """Starts one on localhost and waits until it serves. Raises ClickException with what it said where it does not."""
    said = state_folder() / f"server-{port}.log"
    said.unlink(missing_ok=True)
    log = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    environ = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    root = str(Path(__file__).resolve().parents[3])
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environ.get("PYTHONPATH", ""))))
    try:
        with as_usual():
            process = subprocess.Popen(  # noqa: S603  this Python, this program
                [sys.executable, "-m", __name__, str(port), str(database)],
                env=environ, cwd=said.parent, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
    finally:
        os.close(log)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        found = find(port)
        if found is not None and found.pid == process.pid:
            return found
        time.sleep(_LOOK_SECONDS)
    lines = said.read_text("utf-8", "replace").strip().splitlines()
    why = lines[-1].removeprefix("spectrix-lite: ") if lines else "it said nothing"
    raise click.ClickException(f"The server that should be started does not serve: {why}")


def main(port: int, database: str) -> int:
    """Serves. The exit status is that of `serve`."""
    from ...core.errors import StartupError
    from ...server.context import Context
    from .. import server
    from .in_use import InUse

    use = InUse(runtime_folder(), port)
    sys.argv[0] = "-m"  # how its log says that commands are called

    async def until_unused(context: Context, _: int) -> None:
        await use.over(lambda: bool(context.hub.all_watchers()))

    try:
        server.run(Config.load({"host": "localhost", "port": str(port), "db": database}, os.environ), until_unused)
    except StartupError as problem:
        print(f"spectrix-lite: {problem}", file=sys.stderr)
        return 2
    finally:
        use.forget()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
