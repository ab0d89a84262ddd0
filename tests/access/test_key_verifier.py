from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from spectrix_lite.access import keys
from spectrix_lite.access.key_verifier import KeyGrant, KeyVerifier
from spectrix_lite.core.errors import InvalidKey, StorageFailed
from spectrix_lite.core.records import StoredKey, StreamKey

from ..support.authorities import CountingHasher


def forged(key: str) -> str:
    """A well-formed key of the same id with another secret: the checksum is no secret, anybody can compute it."""
    body = key[:22] + keys.random_base62(32)
    return body + keys.checksum(body)


class Desk:
    def __init__(self) -> None:
        self.hasher = CountingHasher()
        self.hashes: dict[str, str] = {}
        self.fetched = 0
        self.broken = False
        self.verifier = KeyVerifier(self.hasher, self.fetch)

    async def fetch(self, key_id: str) -> str | None:
        self.fetched += 1
        if self.broken:
            raise StorageFailed
        return self.hashes.get(key_id)

    async def create(self) -> tuple[StoredKey, str]:
        minted = keys.mint()
        stored = StoredKey(StreamKey(minted.key_id, "service", "k", keys.preview(minted.key), 0), keys.tag(minted.key))
        self.hashes[minted.key_id] = await self.hasher.hash(minted.key)
        self.verifier.add(stored)
        return stored, minted.key


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    desk.verifier.close()


@pytest.mark.parametrize("text", ["", "undefined", "spx_v1_live_xxxxxxxxx", "spx_v1_live_" + "0" * 48, "\ud83d"])
async def test_no_key_at_all(desk: Desk, text: str) -> None:
    """case 2, case 31: neither database nor argon2 is asked."""
    with pytest.raises(InvalidKey):
        desk.verifier.known(text)
    with pytest.raises(InvalidKey):
        await desk.verifier.verify(text)
    assert (desk.fetched, desk.hasher.verified) == (0, 0)


async def test_a_right_key_is_hashed_once(desk: Desk) -> None:
    stored, key = await desk.create()
    assert desk.verifier.known(key) is None
    grant = KeyGrant(stored.shown.id, "service")
    assert await desk.verifier.verify(key) == grant
    for _ in range(100):
        assert desk.verifier.known(key) == grant
        assert await desk.verifier.verify(key) == grant
    assert (desk.fetched, desk.hasher.verified) == (1, 1)


@pytest.mark.parametrize("end", ["\udcff", "é", "\0"])
async def test_a_right_key_with_another_end(desk: Desk, end: str) -> None:
    """Headers may hold bytes that are no text; they come as halves of surrogate pairs."""
    _, key = await desk.create()
    await desk.verifier.verify(key)
    with pytest.raises(InvalidKey):
        desk.verifier.known(key[:-1] + end)


@pytest.mark.parametrize("warm", [True, False])
async def test_wrong_secrets_of_a_known_id(desk: Desk, warm: bool) -> None:
    """case 32: no extra argon2, whether the right key was seen or not."""
    _, key = await desk.create()
    if warm:
        await desk.verifier.verify(key)
    before = desk.fetched, desk.hasher.verified
    for _ in range(1000):
        with pytest.raises(InvalidKey):
            desk.verifier.known(forged(key))
    assert (desk.fetched, desk.hasher.verified) == before
    assert (await desk.verifier.verify(key)).service_id == "service"


async def test_200_first_uses_at_once(desk: Desk) -> None:
    """case 33"""
    _, key = await desk.create()
    grants = await asyncio.gather(*(desk.verifier.verify(key) for _ in range(200)))
    assert {grant.service_id for grant in grants} == {"service"}
    assert (desk.fetched, desk.hasher.verified) == (1, 1)


async def test_who_leaves_meanwhile_costs_the_others_nothing(desk: Desk) -> None:
    _, key = await desk.create()
    desk.hasher.gate.clear()
    first, second = (asyncio.create_task(desk.verifier.verify(key)) for _ in range(2))
    await desk.hasher.asked.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    desk.hasher.gate.set()
    assert (await second).service_id == "service"
    assert desk.hasher.verified == 1


async def test_revoked_the_next_request_is_refused(desk: Desk) -> None:
    """case 34"""
    stored, key = await desk.create()
    await desk.verifier.verify(key)
    desk.verifier.remove(stored.shown.id)
    assert desk.verifier.known(key) is None
    with pytest.raises(InvalidKey):
        await desk.verifier.verify(key)
    assert desk.hasher.verified == 1


async def test_revoked_while_it_is_being_verified(desk: Desk) -> None:
    """case 34"""
    stored, key = await desk.create()
    desk.hasher.gate.clear()
    verifying = asyncio.create_task(desk.verifier.verify(key))
    await desk.hasher.asked.wait()
    desk.verifier.remove(stored.shown.id)
    desk.hasher.gate.set()
    with pytest.raises(InvalidKey):
        await verifying


async def test_the_row_is_gone_or_the_hash_another_keys(desk: Desk) -> None:
    stored, key = await desk.create()
    del desk.hashes[stored.shown.id]
    with pytest.raises(InvalidKey):
        await desk.verifier.verify(key)
    desk.hashes[stored.shown.id] = await desk.hasher.hash("another key")
    with pytest.raises(InvalidKey):
        await desk.verifier.verify(key)
    assert desk.verifier.known(key) is None


async def test_the_database_cannot_be_read(desk: Desk) -> None:
    """case 36: 503, not 401; keys seen before go on, and it heals by itself."""
    _, seen = await desk.create()
    _, unseen = await desk.create()
    await desk.verifier.verify(seen)
    desk.broken = True
    assert desk.verifier.known(seen) is not None
    outcomes = await asyncio.gather(*(desk.verifier.verify(unseen) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StorageFailed] * 3
    desk.broken = False
    assert (await desk.verifier.verify(unseen)).service_id == "service"


async def test_a_reload_keeps_what_was_verified(desk: Desk) -> None:
    kept, kept_key = await desk.create()
    gone, gone_key = await desk.create()
    await desk.verifier.verify(kept_key)
    await desk.verifier.verify(gone_key)
    minted = keys.mint()
    new = StoredKey(StreamKey(minted.key_id, "other", "k", "p", 0), keys.tag(minted.key))
    desk.hashes[minted.key_id] = await desk.hasher.hash(minted.key)
    revoked = StoredKey(StreamKey(gone.shown.id, "service", "k", "p", 0, revoked_at=1), gone.tag)
    desk.verifier.reload([kept, revoked, new])
    assert desk.verifier.known(kept_key) is not None
    assert desk.verifier.known(gone_key) is None
    with pytest.raises(InvalidKey):
        await desk.verifier.verify(gone_key)
    assert (await desk.verifier.verify(minted.key)).service_id == "other"


async def test_the_cache_holds_no_key(desk: Desk) -> None:
    """case 38"""
    _, key = await desk.create()
    await desk.verifier.verify(key)
    assert key[22:54] not in repr(vars(desk.verifier))


async def test_closed_in_the_middle(desk: Desk) -> None:
    _, key = await desk.create()
    desk.hasher.gate.clear()
    verifying = asyncio.create_task(desk.verifier.verify(key))
    await desk.hasher.asked.wait()
    desk.verifier.close()
    with pytest.raises(asyncio.CancelledError):
        await verifying
    desk.verifier.close()
