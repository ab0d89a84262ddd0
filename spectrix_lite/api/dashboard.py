"""Dashboard: the page's files, from memory: what is not in the table does not exist, so no path leads out of the
folder.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiohttp import web

from ..core.clock import Clock
from ..core.errors import NotFound
from ..server.assets import Asset, load, respond, stamp

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_ALREADY_SMALL: Final = frozenset({".png", ".ico", ".woff2"})
_RESCAN_SECONDS: Final = 1.0

_PACKAGE: Final = Path(__file__).parent.parent
_log = logging.getLogger("spectrix_lite.http")


def is_installed() -> bool:
    """Whether the dashboard lies inside the package, as in a wheel, rather than beside it, as in a checkout."""
    return (_PACKAGE / "web").is_dir()


def web_folder() -> Path:
    """Where the dashboard's files lie."""
    return _PACKAGE / "web" if is_installed() else _PACKAGE.parent / "web"


class Dashboard:
    """The table of files by URL path.

    `live` looks at the folder again, once a second at most: in a checkout it changes under the editor's hands. An
    installed one must not: after an upgrade the old server goes on with the pages that fit it.
    """

    def __init__(self, folder: Path, clock: Clock, *, live: bool) -> None:
        self._folder = folder
        self._clock = clock
        self._live = live
        self._scanned = clock.monotonic()
        self._stamps: dict[str, tuple[int, int]] = {}
        self._assets: dict[str, Asset] = {}
        self._scan()
        if not self._assets:
            _log.error("the dashboard's files are missing (%s): the API works, the pages do not", folder)

    def find(self, path: str) -> Asset | None:
        """The file for a decoded URL path; `/` is index.html."""
        if self._live and self._clock.monotonic() >= self._scanned + _RESCAN_SECONDS:
            self._scanned = self._clock.monotonic()
            self._scan()
        return self._assets.get("/index.html" if path == "/" else path)

    def _scan(self) -> None:
        stamps, assets = {}, {}
        for path, file in self._files():
            stamps[path] = stamp(file)
            assets[path] = self._assets[path] if self._stamps.get(path) == stamps[path] else _load(file)
        self._stamps, self._assets = stamps, assets

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Each file that may be served, with its URL path."""
        root = self._folder.resolve()
        for file in sorted(self._folder.rglob("*")):
            path = file.relative_to(self._folder)
            hidden = any(part.startswith(".") for part in path.parts)
            # A link that leads out of the folder would publish what lies there.
            if not hidden and file.suffix in _TYPES and file.is_file() and file.resolve().is_relative_to(root):
                yield f"/{path.as_posix()}", file


DASHBOARD: Final = web.AppKey("dashboard", Dashboard)


def _load(file: Path) -> Asset:
    return load(file, _TYPES[file.suffix], pack=file.suffix not in _ALREADY_SMALL)


async def serve_file(request: web.Request) -> web.StreamResponse:
    """A file of the dashboard, for every path that no route takes. Raises NotFound."""
    asset = request.app[DASHBOARD].find(request.path)
    if asset is None:
        if request.path == "/":
            return web.Response(status=404, text="The dashboard's files are missing; the API is under /api/v1.\n")
        raise NotFound
    return respond(request, asset)
