"""Assets: files as they are served, from memory, compressed where that is worth it, sent again only if changed."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

_GZIP: Final = re.compile(r"\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[0-9.]+\s*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Asset:
    """One file. `pack` is false for what is small already."""

    content_type: str
    plain: bytes
    pack: bool
    tag: str

    @cached_property
    def packed(self) -> bytes | None:
        """Its gzip where that is worth it, made when it is first asked for: a start need not wait for all of them."""
        if not self.pack:
            return None
        # Without a time, so that the same file gives the same bytes.
        smaller = gzip.compress(self.plain, mtime=0)
        return smaller if len(smaller) < 0.9 * len(self.plain) else None


def stamp(file: Path) -> tuple[int, int]:
    """(mtime in nanoseconds, size in bytes): changes when the file does. Raises OSError where there is none."""
    status = file.stat()
    return status.st_mtime_ns, status.st_size


def load(file: Path, content_type: str, *, pack: bool = True) -> Asset:
    """Reads a file, as `Asset`. Raises OSError where it cannot be read."""
    plain = file.read_bytes()
    return Asset(content_type, plain, pack, hashlib.sha256(plain).hexdigest()[:20])


def respond(request: web.Request, asset: Asset) -> web.Response:
    """The answer to a GET or HEAD of that file. Raises HTTPMethodNotAllowed for anything else."""
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
