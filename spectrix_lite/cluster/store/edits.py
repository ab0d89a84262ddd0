"""Edits of services, stream keys, the operator, sessions and read tokens: from a document to the next one.

Pure. Each raises what the store's method raises; an edit that changes nothing gives back what it was given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec

from ...core.errors import (
    LimitReached,
    LinkUnknown,
    LinkUsed,
    NameTaken,
    ServiceNotFound,
    StreamKeyNotFound,
)
from ...core.names import name_key
from ...core.records import Service, StoredReadToken, StoredSignIn, StreamKey
from ...core.token_errors import ReadTokenNotFound
from .documents import KeptKey, KeptSession, Keys, Link, Names, OperatorDocument, Tokens, Uses

REMEMBERED_MS: Final = 26 * 3600 * 1000
"""For how long ends are kept that sessions are told by: they live two hours, and are remembered for a day."""
MOST_SIGN_INS: Final = 2_000
"""The oldest ends where there are more: all of them are one document."""
MOST_REVOKED: Final = 1_000
"""Stream keys of a service, and read tokens, that are over; the oldest is forgotten where there are more."""
MOST_USES: Final = 10_000
"""Of one node: the oldest are forgotten."""
_CHANGES: Final = 100

S = TypeVar("S", bound=msgspec.Struct)


def changed(struct: S, **fields: Any) -> S:
    """The same with these fields."""
    return msgspec.structs.replace(struct, **fields)


# services


def add_service(names: Names, service: Service, limit: int) -> Names:
    """With a new service. Raises NameTaken or LimitReached."""
    if service.id in names.services:
        return names  # a write whose outcome was unknown
    if len(names.services) >= limit:
        raise LimitReached(f"There are {limit} services, the most allowed; delete one first.")
    _check_free(names, service.name, service.id)
    return changed(names, services=names.services | {service.id: service})


def rename_service(names: Names, service_id: str, name: str) -> Names:
    """With a service under another name. Raises NameTaken or ServiceNotFound."""
    service = names.services.get(service_id)
    if service is None:
        raise ServiceNotFound
    _check_free(names, name, service_id)
    return changed(names, services=names.services | {service_id: replace(service, name=name)})


def delete_service(names: Names, service_id: str, at: int) -> Names:
    """Without a service, whose end is remembered. Raises ServiceNotFound."""
    if service_id not in names.services:
        raise ServiceNotFound
    left = {key: service for key, service in names.services.items() if key != service_id}
    return changed(names, services=left, gone=_remembered(names.gone, at) | {service_id: at})


def _check_free(names: Names, name: str, service_id: str) -> None:
    wanted = name_key(name)
    if any(name_key(each.name) == wanted for each in names.services.values() if each.id != service_id):
        raise NameTaken


def _remembered(ends: dict[str, int], now: int) -> dict[str, int]:
    return {key: at for key, at in ends.items() if at > now - REMEMBERED_MS}


# stream keys


def add_stream_key(keys: Keys, key: StreamKey, tag: bytes, argon2id: str, limit: int) -> Keys:
    """With a new key. Raises LimitReached where `limit` are live."""
    if key.id in keys.keys:
        return keys
    over = [key_id for key_id, kept in keys.keys.items() if kept.shown.revoked_at is not None]
    if len(keys.keys) - len(over) >= limit:
        raise LimitReached(f"The service has {limit} stream keys, the most allowed; revoke one first.")
    return changed(keys, keys=_without(keys.keys, over[:-MOST_REVOKED]) | {key.id: KeptKey(key, tag, argon2id)})


def change_stream_key(keys: Keys, key_id: str, name: str, enabled: bool) -> Keys:
    """With a key named and switched so. Raises StreamKeyNotFound."""
    kept = _kept_key(keys, key_id)
    return _with_key(keys, kept, replace(kept.shown, name=name, enabled=enabled))


def revoke_stream_key(keys: Keys, key_id: str, at: int) -> Keys:
    """With a key revoked, at the first time. Raises StreamKeyNotFound."""
    kept = _kept_key(keys, key_id)
    return keys if kept.shown.revoked_at is not None else _with_key(keys, kept, replace(kept.shown, revoked_at=at))


def _kept_key(keys: Keys, key_id: str) -> KeptKey:
    kept = keys.keys.get(key_id)
    if kept is None:
        raise StreamKeyNotFound
    return kept


def _with_key(keys: Keys, kept: KeptKey, shown: StreamKey) -> Keys:
    return changed(keys, keys=keys.keys | {shown.id: changed(kept, shown=shown)})


def _without(rows: dict[str, Any], ids: Collection[str]) -> dict[str, Any]:
    return {key: row for key, row in rows.items() if key not in ids} if ids else rows


# the operator


def set_password(operator: OperatorDocument, argon2id: str, at: int, keep_sign_in: str | None) -> OperatorDocument:
    """With another password: all sign-ins but one end, and every operator session."""
    kept = {key: row for key, row in operator.sign_ins.items() if key == keep_sign_in}
    return changed(
        operator,
        password=argon2id,
        sign_ins=kept,
        ended=_remembered(operator.ended, at),
        generation=operator.generation + 1,
        changes=[*operator.changes, at][-_CHANGES:],
    )


def set_first_password(operator: OperatorDocument, argon2id: str) -> OperatorDocument:
    """With a password where there is none."""
    return operator if operator.password is not None else changed(operator, password=argon2id)


def add_sign_in(operator: OperatorDocument, sign_in: StoredSignIn) -> OperatorDocument:
    """With a sign-in more."""
    rows = dict(list(operator.sign_ins.items())[-(MOST_SIGN_INS - 1) :])
    return changed(operator, sign_ins=rows | {sign_in.id: sign_in})


def end_sign_in(operator: OperatorDocument, sign_in_id: str, at: int) -> OperatorDocument:
    """Without a sign-in: its operator sessions end."""
    ended = _remembered(operator.ended, at) | {sign_in_id: operator.ended.get(sign_in_id, at)}
    return changed(operator, sign_ins=_without(operator.sign_ins, (sign_in_id,)), ended=ended)


def forget_sign_ins(operator: OperatorDocument, ids: Collection[str]) -> OperatorDocument:
    """Those have run out: their sessions go on to their own end."""
    return operator if operator.sign_ins.keys().isdisjoint(ids) else changed(
        operator, sign_ins=_without(operator.sign_ins, ids)
    )  # fmt: skip


def check_link(link: Link | None, now: int) -> Link:
    """The link, which may be claimed. Raises LinkUnknown or LinkUsed."""
    if link is None:
        raise LinkUnknown
    if link.used_at is not None:
        raise LinkUsed
    if link.expires_at <= now:
        raise LinkUnknown
    return link


def claim_link(link: Link | None, at: int) -> Link:
    """The link, used up. Raises LinkUnknown or LinkUsed."""
    return changed(check_link(link, at), used_at=at)


# sessions


def end_session(kept: KeptSession | None, at: int) -> KeptSession | None:
    """The session, ended at the first time."""
    if kept is None or kept.session.ended_at is not None:
        return kept
    return changed(kept, session=replace(kept.session, ended_at=at))


# read tokens


def add_read_token(tokens: Tokens, stored: StoredReadToken, limit: int) -> Tokens:
    """With a new token. Raises LimitReached where `limit` have not ended."""
    if stored.shown.id in tokens.tokens:
        return tokens
    now = stored.shown.created_at
    over = [
        token_id
        for token_id, each in tokens.tokens.items()
        if each.shown.revoked_at is not None or each.shown.expires_at <= now
    ]
    if len(tokens.tokens) - len(over) >= limit:
        raise LimitReached(f"There are {limit} read tokens, the most allowed; revoke one first.")
    return changed(tokens, tokens=_without(tokens.tokens, over[:-MOST_REVOKED]) | {stored.shown.id: stored})


def revoke_read_token(tokens: Tokens, token_id: str, at: int) -> Tokens:
    """With a token revoked, at the first time. Raises ReadTokenNotFound."""
    stored = tokens.tokens.get(token_id)
    if stored is None:
        raise ReadTokenNotFound
    if stored.shown.revoked_at is not None:
        return tokens
    revoked = replace(stored, shown=replace(stored.shown, revoked_at=at))
    return changed(tokens, tokens=tokens.tokens | {token_id: revoked})


def note_uses(uses: Uses, keys: Mapping[str, int], tokens: Mapping[str, int]) -> Uses:
    """Each last use moves forward, never back; the newest are kept."""
    return changed(uses, keys=_later(uses.keys, keys), tokens=_later(uses.tokens, tokens))


def _later(known: dict[str, int], new: Mapping[str, int]) -> dict[str, int]:
    merged = known | {key: max(at, known.get(key, 0)) for key, at in new.items()}
    return merged if len(merged) <= MOST_USES else dict(sorted(merged.items(), key=lambda each: each[1])[-MOST_USES:])
