"""Login throttle: how often a password may be tried, in a sliding window for each address, in bounded memory."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from typing import Final

MAX_ADDRESSES: Final = 4096


class LoginThrottle:
    """At most `limit` attempts in any `window` seconds from one address.

    Remembers the `addresses` that tried last; an attacker with more than that many meets the caller's queue.
    """

    def __init__(self, limit: int, window: float, addresses: int = MAX_ADDRESSES) -> None:
        self._limit = limit
        self._window = window
        self._addresses = addresses
        self._tried: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, address: str, now: float) -> float | None:
        """None and one attempt is counted, or the seconds until the next one is allowed. `now` is monotonic."""
        who = network_of(address)
        times = self._tried.setdefault(who, deque())
        self._tried.move_to_end(who)
        while len(self._tried) > self._addresses:
            self._tried.popitem(last=False)
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._limit:
            return times[0] + self._window - now
        times.append(now)
        return None

    def reset(self, address: str) -> None:
        """Forgets the attempts of an address that has shown the right password."""
        self._tried.pop(network_of(address), None)

    def __len__(self) -> int:
        return len(self._tried)


def network_of(address: str) -> str:
    """What counts as one client: one IPv4 address, or the /64 that one IPv6 user is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)
