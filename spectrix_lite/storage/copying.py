"""Copying: from one store into another that is empty, whatever each lies in: a database into a cluster, and back.

All but one-time links, which end within the hour, and notices, which stay where they were told. Entries are no part of
a store.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .interfaces import AnyStore

_NO_LIMIT: Final = 10_000_000


async def copy_store(source: AnyStore, target: AnyStore) -> int:
    """How many services that were. Raises what the stores raise; broken off, the target holds a part."""
    await source.data_version()
    found = await source.read_all()
    hashes = await source.key_hashes()
    for service in found.services:
        await target.add_service(service, _NO_LIMIT)
    for key in found.stream_keys:
        shown = replace(key.shown, last_used_at=None, revoked_at=None, enabled=True)
        await target.add_stream_key(shown, key.tag, hashes[shown.id], _NO_LIMIT)
        if not key.shown.enabled:
            await target.change_stream_key(shown.service_id, shown.id, shown.name, enabled=False)
        if key.shown.revoked_at is not None:
            await target.revoke_stream_key(shown.service_id, shown.id, key.shown.revoked_at)
    await target.note_uses({k.shown.id: k.shown.last_used_at for k in found.stream_keys if k.shown.last_used_at})
    if found.password_hash is not None:
        await target.set_first_password(found.password_hash, 0)
    for sign_in in found.sign_ins:
        await target.add_sign_in(sign_in)
    for session in found.sessions:
        if session.service_id is not None and session.ended_at is None:
            await target.add_session(session)
    await _copy_read_tokens(source, target)
    await _copy_alerts(source, target)
    return len(found.services)


async def _copy_read_tokens(source: AnyStore, target: AnyStore) -> None:
    tokens = (await source.read_all()).read_tokens
    for token in tokens:
        await target.read_tokens.add(replace(token, shown=replace(token.shown, revoked_at=None)), _NO_LIMIT)
        if token.shown.revoked_at is not None:
            await target.read_tokens.revoke(token.shown.id, token.shown.revoked_at)
    await target.read_tokens.note_uses({t.shown.id: t.shown.last_used_at for t in tokens if t.shown.last_used_at})


async def _copy_alerts(source: AnyStore, target: AnyStore) -> None:
    for view in await source.views.all():
        await target.views.add(view)
    for alert in await source.alerts.all():
        await target.alerts.add(alert)
    await target.alerts.keep_states(await source.alerts.states())
    await target.notices.take_over_kinds(await source.notices.kind_key(), await source.notices.kinds())
