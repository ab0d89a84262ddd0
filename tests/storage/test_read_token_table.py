from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import LimitReached, ServiceNotFound
from spectrix_lite.core.records import ReadToken, Service, StoredReadToken
from spectrix_lite.core.token_errors import ReadTokenNotFound
from spectrix_lite.storage.interfaces import AnyStore

from ..support.stores import opened_store

NOW = 1_778_754_600_000


@pytest.fixture
async def store(either: Config) -> AsyncIterator[AnyStore]:
    async with opened_store(either) as store:
        for name in ("a", "b"):
            await store.add_service(Service(name, name, NOW), 10)
        yield store


def token(name: str, services: tuple[str, ...] | None = None, expires_at: int = NOW + 1000) -> StoredReadToken:
    shown = ReadToken(name, "CI", "spx_v1_read_ab12…wxyz", services, NOW, expires_at)
    return StoredReadToken(shown, name.encode().ljust(32))


async def kept(store: AnyStore) -> list[StoredReadToken]:
    return (await store.read_all()).read_tokens


async def test_tokens_are_kept_with_their_services(store: AnyStore) -> None:
    every, both = token("every"), token("both", ("a", "b"))
    await store.read_tokens.add(every, 10)
    await store.read_tokens.add(both, 10)
    assert await kept(store) == [every, both]
    await store.read_tokens.note_uses({"both": NOW + 5, "gone": NOW})
    await store.read_tokens.note_uses({"both": NOW + 4})
    assert [each.shown.last_used_at for each in await kept(store)] == [None, NOW + 5]


async def test_a_token_whose_services_are_deleted_reads_nothing(store: AnyStore) -> None:
    await store.read_tokens.add(token("t", ("a",)), 10)
    await store.delete_service("a", NOW)
    assert [each.shown.services for each in await kept(store)] == [()]


async def test_a_token_for_a_service_that_is_not_there_is_not_kept(store: AnyStore) -> None:
    with pytest.raises(ServiceNotFound):
        await store.read_tokens.add(token("t", ("a", "c")), 10)
    assert await kept(store) == []


async def test_a_token_is_revoked_once(store: AnyStore) -> None:
    await store.read_tokens.add(token("t"), 10)
    await store.read_tokens.revoke("t", NOW + 1)
    await store.read_tokens.revoke("t", NOW + 2)
    assert [each.shown.revoked_at for each in await kept(store)] == [NOW + 1]
    with pytest.raises(ReadTokenNotFound):
        await store.read_tokens.revoke("u", NOW)


async def test_only_tokens_that_have_not_ended_count(store: AnyStore) -> None:
    await store.read_tokens.add(token("run out", expires_at=NOW), 1)
    await store.read_tokens.add(token("revoked"), 1)
    await store.read_tokens.revoke("revoked", NOW)
    await store.read_tokens.add(token("live"), 1)
    with pytest.raises(LimitReached):
        await store.read_tokens.add(token("more"), 1)
