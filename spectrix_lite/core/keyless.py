"""Keyless listeners as they are set: `[HOST:]PORT=SERVICE`, where a service's entries come without a key."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

_ONE = re.compile(r"(?:(\[[0-9A-Fa-f:.]+\]|[^\s:,=\[\]]+):)?([0-9]{1,5})=(.+)", re.DOTALL)
_BETWEEN = re.compile(r",(?=\s*(?:(?:\[[0-9A-Fa-f:.]+\]|[^\s:,=\[\]]+):)?[0-9]{1,5}=)")


class KeylessAddress(NamedTuple):
    """Where to listen, and the name or id of the service whose entries come there. Port 0 takes a free one."""

    host: str
    port: int
    service: str

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}={self.service}"


def parse_addresses(value: str) -> tuple[KeylessAddress, ...]:
    """One or several, separated by commas. Raises ValueError."""
    found = []
    for word in _BETWEEN.split(value):
        match = _ONE.fullmatch(word.strip())
        if match is None or int(match[2]) > 65535:
            raise ValueError("is not [HOST:]PORT=SERVICE, such as 5140=shop")
        found.append(KeylessAddress((match[1] or "localhost").strip("[]"), int(match[2]), match[3].strip()))
    return tuple(found)
