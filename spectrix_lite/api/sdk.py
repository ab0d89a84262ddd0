"""SDK files: the middlewares for `curl -O`, for anybody at our own address; no other file has a name here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from ..core.errors import NotFound
from ..server.assets import Asset, load, respond, stamp

_SCRIPT: Final = "text/javascript; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"  # shown by a browser as it is; by its ending a .ts would be a film
_FILES: Final = {
    "spectrix.js": ("node", _SCRIPT),
    "spectrix.mjs": ("node", _SCRIPT),
    "spectrix.cjs": ("node", _SCRIPT),
    "spectrix.ts": ("node", _TEXT),
    "spectrix.py": ("python", _TEXT),
}
"""The folder below `middleware` in a checkout, and the content type."""

_PACKAGE: Final = Path(__file__).parent.parent
_log = logging.getLogger("spectrix_lite.http")


def sdk_files() -> dict[str, Path]:
    """Each file by its name: in the package where that was installed from a wheel, in the checkout otherwise."""
    installed = _PACKAGE / "sdk"
    if installed.is_dir():
        return {name: installed / name for name in _FILES}
    return {name: _PACKAGE.parent / "middleware" / folder / name for name, (folder, _) in _FILES.items()}


class Sdk:
    """The table of files by name. Each is read again when it has changed, as it does in a checkout."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """`files` are some or all of those that `sdk_files` names; what is missing is told once, here."""
        self._files = files
        self._loaded: dict[str, tuple[tuple[int, int], Asset]] = {}
        missing = [str(file) for name, file in files.items() if self.find(name) is None]
        if missing:
            _log.error("no middleware to give out for /sdk, all else works; missing: %s", ", ".join(missing))

    def find(self, name: str) -> Asset | None:
        """The file of that name; None where there is none, or where it cannot be read."""
        file = self._files.get(name)
        if file is None:
            return None
        try:
            now = stamp(file)
            before = self._loaded.get(name)
            if before is None or before[0] != now:
                before = self._loaded[name] = (now, load(file, _FILES[name][1]))
        except OSError:
            return None
        return before[1]


SDK: Final = web.AppKey("sdk", Sdk)


async def serve_sdk(request: web.Request) -> web.StreamResponse:
    """One of the middlewares, by its name. Raises NotFound."""
    asset = request.app[SDK].find(request.match_info["name"])
    if asset is None:
        raise NotFound("There is no such file; /sdk has " + ", ".join(_FILES) + ".")
    return respond(request, asset)
