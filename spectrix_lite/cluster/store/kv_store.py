"""Store of a cluster: what `storage.interfaces` asks, over the documents of the engine's bucket.

Reads are answered by the replica that every node keeps; a write is a compare-and-set at the engine, taken in here once
it is acknowledged. What other nodes write arrives within milliseconds, and is noticed within half a second.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ... import __version__
from ...core.clock import Clock
from ...core.errors import ServiceNotFound, StartupError, StreamKeyNotFound
from ...core.records import Service, StoredSession, StoredSignIn, StoredState, StreamKey
from ..connection import Engine
from . import edits, reading
from .bucket import USES_SECONDS, Bucket
from .documents import (
    ACCESS,
    FORMAT,
    META,
    NAMES,
    OPERATOR,
    KeptSession,
    Keys,
    Link,
    Meta,
    Names,
    NodeDocument,
    OperatorDocument,
    Uses,
    link_key,
    service_key,
    session_key,
)
from .kv_alerts import KvAlerts, KvNotices, KvReadTokens, KvViews

PROBE_SECONDS: Final = 1.0
"""For how long a write is tried that asks whether the store takes writes."""
SETTLE_SECONDS: Final = 0.02
"""For how long what others write is gathered, before it is taken in as one."""


class KvStore:
    """An open store; every method but `close` raises StorageBusy, StorageFull or StorageFailed. `node` is this one's
    name, the same at its next start.
    """

    path: None = None

    def __init__(self, engine: Engine, bucket: Bucket, node: str, clock: Clock, *, created: bool) -> None:
        self.created = created
        self.bucket = bucket
        self.node = node
        self.engine = engine
        self.clock = clock
        self._started = clock.wall()
        self._is_known = False
        self.has_namesake = False
        """Whether another node runs under the same name: each says that it is there over what the other has said."""
        self._uses = f"uses.{node}"
        self.views = KvViews(bucket)
        self.alerts = KvAlerts(bucket)
        self.notices = KvNotices(bucket)
        self.read_tokens = KvReadTokens(bucket, self._uses)

    @classmethod
    async def open(cls, engine: Engine, node: str, clock: Clock) -> KvStore:
        """Reads all there is, making the bucket where there is none. Raises StartupError for a later version's."""
        bucket = await Bucket.open(engine)
        mine = Meta(FORMAT, secrets.token_hex(16), secrets.token_bytes(32))
        meta = await bucket.edit(META, Meta, lambda found: found or mine, seconds=math.inf)
        assert meta is not None
        if meta.format > FORMAT:
            await bucket.close()
            raise StartupError("A later version has written what the cluster keeps: bring this node up to that one.")
        return cls(engine, bucket, node, clock, created=meta.id == mine.id)

    async def close(self) -> None:
        """Idempotent; safe at any time. The engine's connection is its owner's."""
        await self.bucket.close()

    async def pause(self, seconds: float) -> None:
        """Waits so long at most: until somebody else has changed something."""
        try:
            async with asyncio.timeout(seconds):
                await self.bucket.changed.wait()
                await asyncio.sleep(SETTLE_SECONDS)
        except TimeoutError:
            pass
        self.bucket.changed.clear()

    async def check_writable(self) -> None:
        """Says that this node is there."""
        node = NodeDocument(__version__, self._started, self.clock.wall())

        def said(found: NodeDocument | None) -> NodeDocument:
            if self._is_known and found is not None and found.started_at != self._started:
                self.has_namesake = True
            return node

        await self.bucket.edit(f"node.{self.node}", NodeDocument, said, seconds=PROBE_SECONDS)
        self._is_known = True

    async def leave(self) -> None:
        """Says that this node is no longer there."""
        await self.bucket.remove(f"node.{self.node}")

    async def data_version(self) -> int:
        await self.bucket.catch_up()
        return self.bucket.replica.changes(ACCESS)

    async def read_all(self) -> StoredState:
        return reading.read_state(self.bucket.replica)

    async def identity(self) -> tuple[str, int]:
        """(the bucket's id, 0): there is no snapshot whose number would have to fit."""
        meta = self.bucket.replica.get(META, Meta)
        assert meta is not None
        return meta.id, 0

    async def count_start(self) -> None:
        """There is no snapshot."""

    # services

    async def add_service(self, service: Service, limit: int) -> None:
        await self.bucket.edit(NAMES, Names, lambda names: edits.add_service(names or Names(), service, limit))

    async def rename_service(self, service_id: str, name: str) -> None:
        await self.bucket.edit(NAMES, Names, lambda names: edits.rename_service(names or Names(), service_id, name))

    async def delete_service(self, service_id: str, at: int) -> None:
        """It is gone with the first write; the others only tidy up."""
        await self.bucket.edit(NAMES, Names, lambda names: edits.delete_service(names or Names(), service_id, at))
        await self._remove(service_key(service_id))
        await self._remove(f"kinds.{service_id}")

    # stream keys

    async def add_stream_key(self, key: StreamKey, tag: bytes, argon2id: str, limit: int) -> None:
        def change(keys: Keys | None) -> Keys:
            if key.service_id not in reading.names_of(self.bucket.replica).services:
                raise ServiceNotFound
            return edits.add_stream_key(keys or Keys(), key, tag, argon2id, limit)

        await self.bucket.edit(service_key(key.service_id), Keys, change)

    async def change_stream_key(self, service_id: str, key_id: str, name: str, enabled: bool) -> None:
        await self._edit_key(service_id, lambda keys: edits.change_stream_key(keys, key_id, name, enabled))

    async def revoke_stream_key(self, service_id: str, key_id: str, at: int) -> None:
        await self._edit_key(service_id, lambda keys: edits.revoke_stream_key(keys, key_id, at))

    async def _edit_key(self, service_id: str, edit: Callable[[Keys], Keys]) -> None:
        def change(keys: Keys | None) -> Keys:
            if keys is None or service_id not in reading.names_of(self.bucket.replica).services:
                raise StreamKeyNotFound
            return edit(keys)

        await self.bucket.edit(service_key(service_id), Keys, change)

    async def stream_key_hash(self, key_id: str) -> str | None:
        return reading.key_hash(self.bucket.replica, key_id)

    async def key_hashes(self) -> dict[str, str]:
        found = self.bucket.replica.all("svc", Keys)
        return {key_id: kept.hash for _, keys in found for key_id, kept in keys.keys.items()}

    async def note_uses(self, last_used: Mapping[str, int]) -> None:
        def noted(uses: Uses | None) -> Uses:
            return edits.note_uses(uses or Uses(), last_used, {})

        await self.bucket.edit(self._uses, Uses, noted, seconds=USES_SECONDS)

    # the operator

    async def set_first_password(self, argon2id: str, at: int) -> bool:
        after = await self._edit_operator(lambda operator: edits.set_first_password(operator, argon2id))
        return after.password == argon2id

    async def set_password(self, argon2id: str, at: int, *, keep_sign_in: str | None) -> None:
        await self._edit_operator(lambda operator: edits.set_password(operator, argon2id, at, keep_sign_in))

    async def add_link(self, token_hash: bytes, created_at: int, expires_at: int) -> None:
        link = Link(created_at, expires_at)
        await self.bucket.edit(link_key(token_hash), Link, lambda found: found or link)

    async def check_link(self, token_hash: bytes, now: int) -> None:
        edits.check_link(self.bucket.replica.get(link_key(token_hash), Link), now)

    async def claim_link(self, token_hash: bytes, sign_in: StoredSignIn) -> None:
        """Two writes: broken off in between, the link is used up and nobody is signed in, who then takes another."""
        await self.bucket.edit(link_key(token_hash), Link, lambda link: edits.claim_link(link, sign_in.created_at))
        await self.add_sign_in(sign_in)

    async def add_sign_in(self, sign_in: StoredSignIn) -> None:
        await self._edit_operator(lambda operator: edits.add_sign_in(operator, sign_in))

    async def end_sign_in(self, sign_in_id: str, at: int) -> None:
        await self._edit_operator(lambda operator: edits.end_sign_in(operator, sign_in_id, at))

    async def _edit_operator(self, edit: Callable[[OperatorDocument], OperatorDocument]) -> OperatorDocument:
        after = await self.bucket.edit(
            OPERATOR, OperatorDocument, lambda operator: edit(operator or OperatorDocument())
        )
        assert after is not None
        return after

    # sessions

    async def add_session(self, session: StoredSession) -> None:
        def change(found: KeptSession | None) -> KeptSession:
            replica = self.bucket.replica
            if session.service_id not in reading.names_of(replica).services:
                raise ServiceNotFound
            return found or KeptSession(session, reading.operator_of(replica).generation)

        await self.bucket.edit(session_key(session.id), KeptSession, change)

    async def end_session(self, session_id: str, at: int) -> None:
        await self.bucket.edit(session_key(session_id), KeptSession, lambda kept: edits.end_session(kept, at))

    # tidying

    async def forget(self, sign_ins: Iterable[str], sessions: Iterable[str]) -> None:
        if gone := set(sign_ins):
            await self._edit_operator(lambda operator: edits.forget_sign_ins(operator, gone))
        for session_id in sessions:
            await self._remove(session_key(session_id))

    async def forget_before(self, expired: int, remembered: int) -> None:
        replica = self.bucket.replica
        operator = reading.operator_of(replica)
        await self.forget(
            [row.id for row in operator.sign_ins.values() if row.expires_at <= expired],
            [key for key, kept in replica.all("ses", KeptSession) if kept.session.expires_at <= remembered],
        )
        for key in [f"link.{key}" for key, link in replica.all("link", Link) if link.expires_at <= remembered]:
            await self._remove(key)
        await self._tidy(remembered)

    async def _tidy(self, before: int) -> None:
        """Removes what belongs to nothing that is there, and takes over the uses noted by nodes that are gone."""
        orphans, silent = reading.left_over(self.bucket.replica, before)
        for key in orphans:
            await self._remove(key)
        for name in silent:
            former = self.bucket.replica.get(f"uses.{name}", Uses)
            if former is not None and name != self.node:
                await self.note_uses(former.keys)
                await self.read_tokens.note_uses(former.tokens)
                await self._remove(f"uses.{name}")
            await self._remove(f"node.{name}")

    async def _remove(self, key: str) -> None:
        if self.bucket.replica.held(key).document is not None:
            await self.bucket.remove(key)
