"""Addresses of the server, as people and producers are told them."""

from __future__ import annotations

import ipaddress

from ..core.config import Config

INGEST = "/api/v1/ingest/logs"
HOOK = "/in"
STREAM = "/api/v1/stream"


def local_url(config: Config) -> str:
    """Where this machine reaches the server."""
    return f"http://{_host(config.host)}:{config.port}"


def public_url(config: Config) -> str:
    """What to open in a browser: `--public-url`, else the local address."""
    return config.public_url or local_url(config)


def sign_in_url(base: str, token: str) -> str:
    """The token is in the fragment, which browsers never send: no log and no proxy sees it."""
    return f"{base}/#token={token}"


def curl(base: str, key: str, indent: str = "") -> str:
    """A command to paste: one entry over this stream key."""
    lines = (
        f"curl {base}{INGEST}",
        f"-H 'Authorization: Bearer {key}'",
        "-H 'Content-Type: application/json'",
        """-d '{"logs": [{"level": "info", "message": "Hello from curl", "source": "terminal"}]}'""",
    )
    return f" \\\n{indent}  ".join(lines)


def hook_curl(base: str, key: str, indent: str = "") -> str:
    """A command to paste: one entry over this hook key, which stands in the address."""
    lines = (
        f"curl {base}{HOOK}/{key}",
        """-d '{"level": "info", "message": "Hello from curl", "source": "terminal"}'""",
    )
    return f" \\\n{indent}  ".join(lines)


def _host(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "localhost"
    return f"[{address}]" if address.version == 6 else str(address)
