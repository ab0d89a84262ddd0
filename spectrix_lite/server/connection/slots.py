"""Connection slots: how many connections there may be, and which is evicted to make room: the longest idle that showed
no credential.

A new one is anonymous until `trust`. Each call costs the same however many are open: a connection that is passed over
as it has a request in flight is put aside, and every `touch` pays for being put aside once.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from ...access.login_throttle import network_of

UNHEARD_SECONDS: Final = 0.05
"""How long a new connection stays that has not been heard of yet: else a flood would close it before it was read."""

_log = logging.getLogger("spectrix_lite.listener")


class Holder(Protocol):
    """A connection that has a slot."""

    def is_waiting(self) -> bool:
        """Whether it has no request in flight."""

    def evict(self) -> None:
        """Closes it at once. Its slot is free already."""

    def stop(self) -> None:
        """Closes it when what is in flight is answered: the server stops."""


class Slots:
    """`most` connections at once, a quarter of them for one address that is not `exempt`: IPv4, or the /64 of IPv6.

    `time` is monotonic seconds.
    """

    def __init__(self, most: int, exempt: Callable[[str], bool], time: Callable[[], float]) -> None:
        self.most = most
        self.share = max(1, most // 4)
        self._exempt = exempt
        self._peers: dict[Holder, _Peer | None] = {}
        self._by_address: dict[str, _Peer] = {}
        self._time = time
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
        now = self._time()
        self._anonymous.add(holder, now)
        if peer is not None:
            self._by_address[peer.address] = peer
            peer.open += 1
            peer.anonymous.add(holder, now)
        return True

    def touch(self, holder: Holder) -> None:
        """The connection was in use just now."""
        now = self._time()
        self._anonymous.touch(holder, now)
        if (peer := self._peers.get(holder)) is not None:
            peer.anonymous.touch(holder, now)

    def trust(self, holder: Holder) -> None:
        """The connection showed a right credential, and is evicted no more."""
        self._anonymous.drop(holder)
        if (peer := self._peers.get(holder)) is not None:
            peer.anonymous.drop(holder)

    def leave(self, holder: Holder) -> None:
        """Frees the slot. Idempotent; also for one that was refused."""
        peer = self._peers.pop(holder, None)
        self._anonymous.drop(holder)
        if peer is not None:
            peer.anonymous.drop(holder)
            peer.open -= 1
            if not peer.open:
                del self._by_address[peer.address]

    def stop(self) -> None:
        """Stops all connections."""
        for holder in list(self._peers):
            holder.stop()

    def _peer(self, address: str) -> _Peer | None:
        if self._exempt(address):
            return None
        network = network_of(address)
        return self._by_address.get(network) or _Peer(network)

    def _evict(self, line: _Line) -> bool:
        holder = line.first(self._time())
        if holder is None:
            return False
        _log.warning("closing idle connections without a credential: no slot is free for new ones")
        self.leave(holder)
        holder.evict()
        return True


class _Line:
    """Anonymous connections in three rows, each with the time since when: the one that is in it the longest first."""

    def __init__(self) -> None:
        self._unheard: OrderedDict[Holder, float] = OrderedDict()
        self._heard: OrderedDict[Holder, float] = OrderedDict()
        self._aside: OrderedDict[Holder, float] = OrderedDict()  # of the heard: they were in flight when looked at

    def add(self, holder: Holder, now: float) -> None:
        self._unheard[holder] = now

    def touch(self, holder: Holder, now: float) -> None:
        if holder in self._heard:
            self._heard.move_to_end(holder)
        elif holder in self._unheard or holder in self._aside:
            self.drop(holder)
        else:
            return
        self._heard[holder] = now

    def drop(self, holder: Holder) -> None:
        for row in (self._unheard, self._heard, self._aside):
            row.pop(holder, None)

    def first(self, now: float) -> Holder | None:
        """The longest idle one; where all are in flight, the one of them that was heard of the longest ago.

        A new one that has sent nothing yet is passed over, and none in flight is evicted as long as there is such a
        one: a moment later it is heard of, or idle.
        """
        aside = next(iter(self._aside), None)
        if aside is not None and aside.is_waiting():
            return aside
        while (heard := next(iter(self._heard), None)) is not None and not heard.is_waiting():
            self._aside[heard] = self._heard.pop(heard)
        unheard = next(iter(self._unheard), None)
        if unheard is not None and (since := self._unheard[unheard]) <= now - UNHEARD_SECONDS:
            return unheard if heard is None or since < self._heard[heard] else heard
        if heard is None and unheard is None:
            return next(iter(self._aside), None)
        return heard


class _Peer:
    """An address with connections."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.open = 0
        self.anonymous = _Line()
