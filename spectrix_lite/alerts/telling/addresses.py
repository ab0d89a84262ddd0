"""Addresses that a notice may be sent to, told from their text and from what their names resolve to. Pure.

Never taken: link-local, multicast, reserved and metadata addresses, and every spelling that hides which is meant.
Loopback and private networks only where the operator has said so.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from yarl import URL

from ...core.alert_errors import AddressForbidden

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_URL: Final = 2_000

_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
# Blanks and control characters, and what some readers take for a slash or for the end of the host.
_ODD: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff\\]")

# Where clouds tell a machine its secrets. Most are link-local; these are not.
_METADATA: Final = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
_METADATA_NAMES: Final = frozenset(
    ("metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal")
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# What carries an IPv4 address that another machine unpacks, or that nobody should use any more.
_TUNNELS: Final = tuple(
    map(ipaddress.IPv6Network, ("::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "::ffff:0:0:0/96"))
)
_SHARED: Final = ipaddress.IPv4Network("100.64.0.0/10")
# What not every Python tells: the relays of 6to4, which are given up; documentation; segment routing.
_RESERVED: Final = tuple(map(ipaddress.ip_network, ("192.88.99.0/24", "192.0.0.8/32", "3fff::/20", "5f00::/16")))


@dataclass(frozen=True, slots=True)
class PostTarget:
    """Where an address leads: `host` is a name in lower case, or an IP address as it is written in short."""

    url: URL
    host: str
    port: int
    address: Address | None
    """Of a host that is one itself."""


def target(text: str, *, private: bool) -> PostTarget:
    """Where a URL leads. Raises AddressForbidden for what no notice is sent to; names are looked at, not resolved."""
    if len(text) > LONGEST_URL or _ODD.search(text) or not text.lower().startswith(("http://", "https://")):
        raise AddressForbidden("An address begins with http:// or https://, and has neither blanks nor backslashes.")
    try:
        url = URL(text)
        host, port = (url.raw_host or "").lower(), url.port
    except ValueError:
        raise AddressForbidden("This address cannot be read.") from None
    if url.raw_user is not None or url.raw_password is not None or "@" in re.split(r"[/?#]", text, maxsplit=3)[2]:
        raise AddressForbidden("An address holds no user and no password; send a header or a token instead.")
    if not host or not port:
        raise AddressForbidden("An address names a host.")
    address = _literal(host, "[" in re.split(r"[/?#]", text, maxsplit=3)[2])
    if address is not None:
        check_address(address, private=private)
        return PostTarget(url, address.compressed, port, address)
    return PostTarget(url, _name(host, private), port, None)


def check_address(address: Address, *, private: bool) -> None:
    """Raises AddressForbidden for an IP address that no notice is sent to."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None or any(address in tunnel for tunnel in _TUNNELS if not _is_own(address)):
            raise AddressForbidden
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in _NAT64:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    never = (
        address in _METADATA
        or address.is_multicast
        or address.is_link_local
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
        or any(address in network for network in _RESERVED)
        or address == ipaddress.IPv4Address("255.255.255.255")
        or (address.version == 4 and address in ipaddress.IPv4Network("0.0.0.0/8"))
    )
    inside = address.is_private or address.is_loopback or (address.version == 4 and address in _SHARED)
    if never or (not private if inside else not address.is_global):
        raise AddressForbidden


def _is_own(address: ipaddress.IPv6Address) -> bool:
    """`::1`, which lies in a range of tunnels."""
    return address.is_loopback


def _literal(host: str, bracketed: bool) -> Address | None:
    """The address that a host is. Raises AddressForbidden where one is meant and written otherwise."""
    last = host.rstrip(".").rpartition(".")[2]
    if not bracketed and not _NUMBER.fullmatch(last):
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        raise AddressForbidden("Write an IP address as four decimal numbers, or in the form of IPv6.") from None


def _name(host: str, private: bool) -> str:
    name = host.removesuffix(".")
    if not _NAME.fullmatch(name) or len(name) > 253:
        raise AddressForbidden("This host is no name of the Internet's.")
    if name in _METADATA_NAMES or ((name == "localhost" or name.endswith(".localhost")) and not private):
        raise AddressForbidden
    return name
