"""Addresses as they are set: listeners without keys, `[HOST:]PORT=SERVICE`, and the servers of a cluster's engine."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_ONE = re.compile(r"(?:(\[[0-9A-Fa-f:.]+\]|[^\s:,=\[\]]+):)?([0-9]{1,5})=(.+)", re.DOTALL)
_BETWEEN = re.compile(r",(?=\s*(?:(?:\[[0-9A-Fa-f:.]+\]|[^\s:,=\[\]]+):)?[0-9]{1,5}=)")
DEFAULT_NAME: Final = "spx"
_CLUSTER_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)


class KeylessAddress(NamedTuple):
    """Where to listen, and the name or id of the service whose entries come there. Port 0 takes a free one."""

    host: str
    port: int
    service: str

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return _is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}={self.service}"


class Listening(NamedTuple):
    """A listener that runs: its setting without the dashes, and for one without keys the id of its service."""

    setting: str
    host: str
    port: int
    service_id: str | None

    @property
    def sender(self) -> str:
        """Who sends by it, where a stream key would be named."""
        return f"{self.setting}:{self.service_id}"


def parse_addresses(value: str) -> tuple[KeylessAddress, ...]:
    """One or several, separated by commas. Raises ValueError."""
    found = []
    for word in _BETWEEN.split(value):
        match = _ONE.fullmatch(word.strip())
        if match is None or int(match[2]) > 65535:
            raise ValueError("is not [HOST:]PORT=SERVICE, such as 5140=shop")
        found.append(KeylessAddress((match[1] or "localhost").strip("[]"), int(match[2]), match[3].strip()))
    return tuple(found)


class ClusterAddress(NamedTuple):
    """`servers` are URLs of one scheme without a path; everything that the cluster keeps there begins with `name`."""

    servers: tuple[str, ...]
    name: str = DEFAULT_NAME

    @property
    def is_local(self) -> bool:
        """Whether all of the servers are on this machine."""
        return all(_is_loopback(urlsplit(server).hostname or "") for server in self.servers)

    @property
    def has_tls(self) -> bool:
        """Whether the addresses themselves ask for TLS."""
        return all(server.startswith("tls://") for server in self.servers)

    def __str__(self) -> str:
        path = "" if self.name == DEFAULT_NAME else f"/{self.name}"
        return ",".join(server + path for server in self.servers)


def parse_cluster(value: str) -> ClusterAddress:
    """`nats://host:port[/name]`, or `tls://` likewise; several servers separated by commas. Raises ValueError."""
    servers, names, schemes = [], set(), set()
    for word in value.split(","):
        parts = urlsplit(word.strip())
        if parts.scheme not in ("nats", "tls") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("is not an address such as nats://127.0.0.1:4222")
        if parts.username is not None or parts.password is not None:
            raise ValueError("holds a user or a password: they belong into the file of --cluster-credentials")
        name = parts.path.strip("/") or DEFAULT_NAME
        if _CLUSTER_NAME.fullmatch(name) is None:
            raise ValueError("names the cluster with other than a-z, 0-9 and - (at most 32)")
        names.add(name)
        schemes.add(parts.scheme)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        servers.append(f"{parts.scheme}://{host}:{parts.port or 4222}")
    if len(names) > 1 or len(schemes) > 1:
        raise ValueError("has servers that differ in more than host and port")
    return ClusterAddress(tuple(servers), names.pop())


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
