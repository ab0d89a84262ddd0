"""Key verifier: whether a stream key is right, cheapest question first, so that wrong keys cost nearly nothing.

    1  form: length, alphabet, checksum                   1 µs
    2  a dictionary lookup of the public id
    3  a keyed digest against those verified before       right keys end here
    4  the key's 64-bit tag                               wrong keys end here
    5  argon2id, one at a time, once for each id          20 ms

Step 4 makes a guess as cheap as a typing error. It is sound because a key's secret is random.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from hashlib import blake2b
from hmac import compare_digest
from typing import NamedTuple

from ..core.errors import InvalidKey
from ..core.records import KeyKind, StoredKey
from . import keys
from .hashing import Hasher


class KeyGrant(NamedTuple):
    """What a right key permits: to write to one service, a hook key within smaller bounds."""

    key_id: str
    service_id: str
    kind: KeyKind = "live"


class _LiveKey(NamedTuple):
    grant: KeyGrant
    tag: bytes
    enabled: bool


class KeyVerifier:
    """Verifies the stream keys that are not revoked; one argon2id a key at a time, for all who ask (single flight).

    `fetch_hash` answers a key's argon2id hash, None where it has none now.
    """

    def __init__(self, hasher: Hasher, fetch_hash: Callable[[str], Awaitable[str | None]]) -> None:
        self._hasher = hasher
        self._fetch_hash = fetch_hash
        self._secret = secrets.token_bytes(32)
        self._live: dict[str, _LiveKey] = {}
        self._verified: dict[str, bytes] = {}
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        self.verifications = 0
        """How often argon2id was asked."""

    def known(self, key: str) -> KeyGrant | None:
        """Steps 1 to 4, at once; None where the id is unknown, or step 5 must decide. Raises InvalidKey."""
        # A key that was verified needs no second look at its form: the digest covers all of it.
        if len(key) == keys.LENGTH and key.isascii():
            key_id = keys.claimed_id(key)
            verified = self._verified.get(key_id)
            if verified is not None and compare_digest(verified, self._digest(key)):
                return self._live[key_id].grant
        if keys.parse(key) is None:
            raise InvalidKey
        live = self._live.get(key_id)
        if live is None:
            return None
        if not compare_digest(live.tag, keys.tag(key)):
            raise InvalidKey
        if not live.enabled:
            raise InvalidKey("This stream key is switched off; switch it on under Service, Streams.")
        return None

    async def verify(self, key: str) -> KeyGrant:
        """All steps. Raises InvalidKey, and StorageBusy, StorageFull or StorageFailed as `fetch_hash` and the hasher
        do.
        """
        grant = self.known(key)
        if grant is None:
            key_id = keys.parse(key)
            if key_id is None or key_id not in self._live:
                raise InvalidKey
            # Single flight: another request with this id waits for the same result; its tag is the same, so is the key.
            verification = self._in_flight.get(key_id)
            if verification is None:
                verification = self._in_flight[key_id] = asyncio.create_task(self._argon2(key_id, key))
                verification.add_done_callback(retrieve)
            await asyncio.shield(verification)
            grant = self.known(key)
            if grant is None:
                raise InvalidKey
        return grant

    async def _argon2(self, key_id: str, key: str) -> None:
        live = self._live[key_id]
        try:
            hashed = await self._fetch_hash(key_id)
            self.verifications += hashed is not None
            right = hashed is not None and await self._hasher.verify(hashed, key)
        finally:
            del self._in_flight[key_id]
        # Revoked or switched off meanwhile: then the key has another record or none.
        if not right or self._live.get(key_id) is not live:
            raise InvalidKey
        self._verified[key_id] = self._digest(key)

    def add(self, key: StoredKey) -> None:
        """Verifies this key too from now on."""
        shown = key.shown
        self._live[shown.id] = _LiveKey(KeyGrant(shown.id, shown.service_id, shown.kind), key.tag, shown.enabled)

    def switch(self, key_id: str, enabled: bool) -> None:
        """Off, the next request with this key is refused, and so is one that is being verified."""
        live = self._live.get(key_id)
        if live is not None and live.enabled != enabled:
            self._live[key_id] = live._replace(enabled=enabled)
            self._verified.pop(key_id, None)

    def remove(self, key_id: str) -> None:
        """The next request with this key is refused."""
        self._live.pop(key_id, None)
        self._verified.pop(key_id, None)

    def reload(self, stored: Iterable[StoredKey]) -> None:
        """Adds, removes and switches what other processes did; keys verified before stay so."""
        live = {key.shown.id: key for key in stored if key.shown.revoked_at is None}
        for key_id in self._live.keys() - live.keys():
            self.remove(key_id)
        for key_id, key in live.items():
            if key_id in self._live:
                self.switch(key_id, key.shown.enabled)
            else:
                self.add(key)

    def close(self) -> None:
        """Idempotent. Verifications in flight are cancelled."""
        for verification in self._in_flight.values():
            verification.cancel()
        self._hasher.close()

    def _digest(self, key: str) -> bytes:
        return blake2b(key.encode(), key=self._secret, digest_size=32).digest()


def retrieve(verification: asyncio.Task[None]) -> None:
    """All who waited may be gone, and asyncio would warn of an error that was never retrieved."""
    if not verification.cancelled():
        verification.exception()
