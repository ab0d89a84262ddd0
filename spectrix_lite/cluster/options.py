"""Options of the connection to the engine: its authority, credentials, and how patient it is, from the settings."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any, Final

from .. import __version__
from ..core.config import Config
from ..core.errors import StartupError

PING_SECONDS: Final = 1
"""How often the server is asked whether it is there; after two questions without an answer the next one is tried."""

_PENDING_BYTES: Final = 64 * 1024 * 1024


def connection_options(config: Config) -> dict[str, Any]:
    """What nats-py connects with. Raises StartupError where settings are missing, or a file cannot be read."""
    address = config.cluster
    assert address is not None
    has_tls = address.has_tls or config.cluster_ca is not None
    if not address.is_local and not (has_tls and config.cluster_credentials is not None):
        raise StartupError(
            "--cluster leads beyond this machine, where others could read and write what is kept there: "
            "use tls:// addresses, with --cluster-ca where the authority is your own, and --cluster-credentials."
        )
    options: dict[str, Any] = {
        "name": f"spectrix-lite {__version__}",
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.2,
        "connect_timeout": 2,
        "ping_interval": PING_SECONDS,
        "max_outstanding_pings": 2,
        "pending_size": _PENDING_BYTES,
        "skip_subject_validation": True,  # ours are made of ids of our own
    }
    if has_tls:
        try:
            options["tls"] = ssl.create_default_context(cafile=config.cluster_ca)
        except (OSError, ssl.SSLError) as problem:
            raise StartupError(f"--cluster-ca {config.cluster_ca} cannot be used: {problem}.") from None
    if config.cluster_credentials is not None:
        options |= _credentials(config.cluster_credentials)
    return options


def _credentials(path: str) -> dict[str, Any]:
    try:
        text = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise StartupError(f"--cluster-credentials {path} cannot be read: {problem}.") from None
    if text.startswith("-----BEGIN NATS"):
        try:
            import nkeys  # type: ignore[import-not-found]  # noqa: F401  only who has such a file needs it
        except ImportError:
            raise StartupError(
                f"--cluster-credentials {path} is a file of NATS keys: pip install 'nats-py[nkeys]' reads them."
            ) from None
        return {"user_credentials": path}
    user, colon, password = text.partition(":")
    if not user or not colon or not password or "\n" in text:
        raise StartupError(
            f"--cluster-credentials {path} is of no use: there is no line USER:PASSWORD in it, and no NATS credentials."
        )
    # An inbox under its own name: a user's rights can then keep it from what others are answered.
    return {"user": user, "password": password, "inbox_prefix": f"_INBOX.{re.sub('[^A-Za-z0-9_-]', '-', user)}"}
