"""How many connections there may be, and which one goes to make room: the longest idle that showed no credential.

Who enters is anonymous until `trust`. Each call costs the same however many are open: a connection that is passed over
as it has a request in flight is put aside, and every `touch` pays for being put aside once.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from .attempts import network_of

_log = logging.getLogger("spectrix_lite.listener")


class Holder(Protocol):
    """A connection that has a slot."""

    def is_waiting(self) -> bool:
        """Whether it has no request in flight."""

    def evict(self) -> None:
        """Closes it at once. Its slot is free already."""


class Slots:
    """`most` connections at once, a quarter of them for one address that is not `exempt`: IPv4, or the /64 of IPv6."""

    def __init__(self, most: int, exempt: Callable[[str], bool]) -> None:
        self.most = most
        self.share = max(1, most // 4)
        self._exempt = exempt
        self._peers: dict[Holder, _Peer | None] = {}
        self._by_address: dict[str, _Peer] = {}
        self._anonymous = _Line()

    def __len__(self) -> int:
        return len(self._peers)

    def enter(self, holder: Holder, address: str) -> bool:
        """Whether there is a slot for a new connection from `address`, if need be by another one's eviction."""
        peer = self._peer(address)
        if peer is not None and peer.open >= self.share and not self._evict(peer.anonymous):
            _log.warning("refusing connections from one address: %d are open, a quarter of all", self.share)
            return False
        if len(self._peers) >= self.most and not self._evict(self._anonymous):
            _log.warning("refusing connections: %d are open, as many as there may be; raise LimitNOFILE", self.most)
            return False
        self._peers[holder] = peer
        self._anonymous.add(holder)
        if peer is not None:
            self._by_address[peer.address] = peer
            peer.open += 1
            peer.anonymous.add(holder)
        return True

    def touch(self, holder: Holder) -> None:
        """It was in use just now."""
        self._anonymous.touch(holder)
        if (peer := self._peers.get(holder)) is not None:
            peer.anonymous.touch(holder)

    def trust(self, holder: Holder) -> None:
        """It showed a right credential, and is evicted no more."""
        self._anonymous.drop(holder)
        if (peer := self._peers.get(holder)) is not None:
            peer.anonymous.drop(holder)

    def leave(self, holder: Holder) -> None:
        """Idempotent; also for who was refused."""
        peer = self._peers.pop(holder, None)
        self._anonymous.drop(holder)
        if peer is not None:
            peer.anonymous.drop(holder)
            peer.open -= 1
            if not peer.open:
                del self._by_address[peer.address]

    def _peer(self, address: str) -> _Peer | None:
        if self._exempt(address):
            return None
        network = network_of(address)
        return self._by_address.get(network) or _Peer(network)

    def _evict(self, line: _Line) -> bool:
        holder = line.first()
        if holder is None:
            return False
        _log.warning("closing idle connections without a credential: no slot is free for new ones")
        self.leave(holder)
        holder.evict()
        return True


class _Line:
    """Anonymous connections, the one that was in use the longest ago first."""

    def __init__(self) -> None:
        self._line: OrderedDict[Holder, None] = OrderedDict()
        self._aside: OrderedDict[Holder, None] = OrderedDict()  # they were in flight when they stood first

    def add(self, holder: Holder) -> None:
        self._line[holder] = None

    def touch(self, holder: Holder) -> None:
        if holder in self._line:
            self._line.move_to_end(holder)
        elif holder in self._aside:
            del self._aside[holder]
            self._line[holder] = None

    def drop(self, holder: Holder) -> None:
        self._line.pop(holder, None)
        self._aside.pop(holder, None)

    def first(self) -> Holder | None:
        """The longest idle one; where all are in flight, the one of them that was heard of the longest ago."""
        aside = next(iter(self._aside), None)
        if aside is not None and aside.is_waiting():
            return aside
        while (holder := next(iter(self._line), None)) is not None:
            if holder.is_waiting():
                return holder
            del self._line[holder]
            self._aside[holder] = None
        return next(iter(self._aside), None)


class _Peer:
    """An address with connections."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.open = 0
        self.anonymous = _Line()
