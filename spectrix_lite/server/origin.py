"""Origin: the address a browser believes it talks to; whether it is ours, whose page asks, which cookie.

A page of another site can make a browser send us requests, and with DNS rebinding can even call us by its own name.
`Host` tells which name was called and `Origin` which page asked; neither can be forged from within a page.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ..core.errors import BadOrigin, Misdirected

_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(?::([0-9]{1,5}))?", re.ASCII)
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port as browsers compare them: host in lower case, port always there."""

    scheme: str
    host: str
    port: int

    @property
    def is_secure(self) -> bool:
        """Whether it is HTTPS."""
        return self.scheme == "https"

    @property
    def text(self) -> str:
        """As browsers send it: without the scheme's own port."""
        return f"{self.scheme}://{self.host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def cookie(self) -> str:
        """What the sign-in cookie is called here.

        All ports of a host share its cookies, so the name tells them apart. `__Host-` makes the browser refuse the
        cookie from anywhere but a secure page of this very host.
        """
        return f"{'__Host-' if self.is_secure else ''}spectrix_{self.port}"


def _split(authority: str) -> tuple[str, int | None] | None:
    """Host and port of `host[:port]`; IPv6 in its shortest form. None for what is neither a name nor an address."""
    match = _AUTHORITY.fullmatch(authority.lower())
    if match is None:
        return None
    host, port = match.groups()
    if host.startswith("["):
        try:
            host = f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return None
    return host, None if port is None else int(port)


def _is_address(host: str) -> bool:
    if host.startswith("["):
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def called_origin(host: str, public_url: str | None, scheme: str | None = None) -> Origin:
    """The origin that a page of ours has when the browser reached it with this `Host` header.

    Ports are not compared: a container or a tunnel may map them. Raises Misdirected unless the host is `localhost`, an
    IP address or the host of `public_url`, whose scheme then counts: TLS ends at a proxy, so the socket cannot tell.
    For the others it is `scheme`, what a trusted proxy says, else http.
    """
    parts = _split(host)
    if parts is None:
        raise Misdirected
    name, port = parts
    scheme = scheme or "http"
    if public_url is not None and (public := urlsplit(public_url)).hostname == name.strip("[]"):
        scheme = public.scheme
    elif name != "localhost" and not _is_address(name):
        raise Misdirected
    return Origin(scheme, name, _PORTS[scheme] if port is None else port)


def check_page(ours: Origin, origin: str | None, fetch_site: str | None) -> None:
    """Raises BadOrigin unless the asking page is ours, by its `Origin` and `Sec-Fetch-Site` headers.

    None stands for a header that was not sent: other programs send neither, browsers leave out `Sec-Fetch-Site` on
    plain HTTP beyond localhost, and a page cannot make them leave out `Origin` where something is changed.
    """
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        raise BadOrigin
    if origin is None:
        return
    scheme, separator, authority = origin.partition("://")
    parts = _split(authority)
    if not separator or scheme not in _PORTS or parts is None:
        raise BadOrigin
    host, port = parts
    if Origin(scheme, host, _PORTS[scheme] if port is None else port) != ours:
        raise BadOrigin
