"""The dashboard's files, from memory: what is not in the table does not exist, so no path leads out of the folder."""

from __future__ import annotations

import gzip
import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from .clock import Clock
from .errors import NotFound

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
_GZIP = re.compile(r"\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[0-9.]+\s*)?", re.IGNORECASE)

_PACKAGE: Final = Path(__file__).parent
_log = logging.getLogger("spectrix_lite.http")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `packed` is its gzip where that is worth it."""

    content_type: str
    plain: bytes
    packed: bytes | None
    tag: str


def is_installed() -> bool:
    """Whether the dashboard lies inside the package, as in a wheel, rather than beside it, as in a checkout."""
    return (_PACKAGE / "web").is_dir()


def web_folder() -> Path:
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
            status = file.stat()
            stamp = stamps[path] = (status.st_mtime_ns, status.st_size)
            assets[path] = self._assets[path] if self._stamps.get(path) == stamp else _load(file)
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
    plain = file.read_bytes()
    packed = None
    if file.suffix not in _ALREADY_SMALL:
        # Without a time, so that the same file gives the same bytes.
        smaller = gzip.compress(plain, mtime=0)
        if len(smaller) < 0.9 * len(plain):
            packed = smaller
    return Asset(_TYPES[file.suffix], plain, packed, hashlib.sha256(plain).hexdigest()[:20])


async def static(request: web.Request) -> web.StreamResponse:
    """Whatever no route takes: a file of the dashboard, or nothing."""
    asset = request.app[DASHBOARD].find(request.path)
    if asset is None:
        if request.path == "/":
            return web.Response(status=404, text="The dashboard's files are missing; the API is under /api/v1.\n")
        raise NotFound
    if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        raise web.HTTPMethodNotAllowed(request.method, (hdrs.METH_GET, hdrs.METH_HEAD))
    packed = asset.packed is not None and _takes_gzip(request)
    tag = f'"{asset.tag}-gz"' if packed else f'"{asset.tag}"'
    headers = {hdrs.ETAG: tag, hdrs.CACHE_CONTROL: "no-cache"}
    if asset.packed is not None:
        headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if _is_fresh(request, asset):
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = asset.content_type
    if packed:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=asset.packed if packed else asset.plain, headers=headers)


def _takes_gzip(request: web.Request) -> bool:
    return any(map(_GZIP.fullmatch, request.headers.get(hdrs.ACCEPT_ENCODING, "").split(",")))


def _is_fresh(request: web.Request, asset: Asset) -> bool:
    """Whether the client has this very content, in whichever encoding."""
    known = (tag.strip().removeprefix("W/").strip('"') for tag in request.headers.get("If-None-Match", "").split(","))
    return any(tag in ("*", asset.tag, asset.tag + "-gz") for tag in known)
