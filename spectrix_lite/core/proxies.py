"""Proxies, and the client behind them: what `X-Forwarded-*` and `Forwarded` claim, believed of trusted proxies only.

Each proxy adds, on the right, the peer that it saw itself; whatever stands further left was said by that peer. So the
list is read from the right, and the first address that is no trusted proxy is the client. Pure, without a socket.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Headers = Callable[[str], Sequence[str]]
"""All values of a header by its name, in the order they came; none where it was not sent."""

FORWARDING: Final = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded")
"""The headers by which proxies speak of clients."""

_MOST_HOPS: Final = 32
_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_NODE = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9]+(?:\.[0-9]+){3})(?::[0-9]+)?|([0-9A-Fa-f:.]+)", re.ASCII)
_PAIR = re.compile(r'\s*(\w+)=("(?:[^"\\]|\\.)*"|[^\s;,"]+)\s*', re.ASCII)
_PARTS = re.compile(r'((?:[^,"]|"(?:[^"\\]|\\.)*")*)(?:,|\Z)')


@dataclass(frozen=True, slots=True)
class ForwardedClient:
    """A client behind proxies: its `address`; and, from a trusted proxy, `scheme` and `host` as the client used them.

    `scheme` and `host` are None where nobody trusted has said them.
    """

    address: str
    scheme: str | None = None
    host: str | None = None


def parse_networks(text: str) -> tuple[Network, ...]:
    """Addresses and CIDR networks, separated by commas or blanks. Raises ValueError."""
    found = []
    for word in re.split(r"[,\s]+", text.strip()):
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError:
            raise ValueError("is not a list of addresses or networks such as 127.0.0.1, ::1 or 10.0.0.0/8") from None
    return tuple(found)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether `address` is one of the proxies; what is no IP address, such as a Unix-domain peer's, never is."""
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in trusted)


def resolve_client(peer: str, headers: Headers, trusted: Sequence[Network]) -> ForwardedClient:
    """The client behind `peer`, the address at the other end of the socket; `peer` itself unless it is trusted.

    A hop that is no address (`unknown`, `unix:`) ends the way back: the client is then the last proxy known. Where
    there is an X-Forwarded-For, `Forwarded` is ignored: a proxy that writes one may pass on the other unseen.
    """
    if not is_trusted(peer, trusted):
        return ForwardedClient(peer)
    hops = [hop.strip() for value in headers("X-Forwarded-For") for hop in value.split(",")]
    if hops:
        scheme, host = _last(headers("X-Forwarded-Proto")), _last(headers("X-Forwarded-Host"))
    else:
        elements = _elements(headers("Forwarded"))
        hops = [element.get("for", "") for element in elements]
        newest = elements[-1] if elements else {}
        scheme = newest.get("proto") or _last(headers("X-Forwarded-Proto"))
        host = newest.get("host") or _last(headers("X-Forwarded-Host"))
    return ForwardedClient(_client(peer, hops, trusted), _SCHEMES.get((scheme or "").lower()), host or None)


def _client(peer: str, hops: Sequence[str], trusted: Sequence[Network]) -> str:
    client = peer
    for hop in reversed(hops[-_MOST_HOPS:]):
        match = _NODE.fullmatch(hop)
        address = _address(match[1] or match[2] or match[3]) if match else None
        if address is None:
            break
        client = str(address)
        if not is_trusted(client, trusted):
            break
    return client


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped


def _last(values: Sequence[str]) -> str | None:
    return values[-1].rpartition(",")[2].strip() if values else None


def _elements(values: Sequence[str]) -> list[dict[str, str]]:
    """RFC 7239: elements separated by commas, each of pairs separated by semicolons; one that is not so is empty."""
    found = []
    for text in _PARTS.findall(",".join(values)):
        if not text.strip():
            continue
        pairs = [_PAIR.fullmatch(part) for part in text.split(";")]
        if all(pairs):
            found.append({pair[1].lower(): _unquoted(pair[2]) for pair in pairs if pair is not None})
        else:
            found.append({})
    return found


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
