"""Reading: what the store answers of a replica, with all that follows from other documents. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...core.alert_records import Alert, Delivery, Notice
from ...core.errors import ViewNotFound
from ...core.names import name_key
from ...core.records import ReadToken, StoredKey, StoredReadToken, StoredSession, StoredState, StreamKey, View
from .alert_edits import live_alerts, live_views
from .documents import (
    ALERTS,
    NAMES,
    OPERATOR,
    TOKENS,
    VIEWS,
    Alerts,
    KeptSession,
    Keys,
    Names,
    NodeDocument,
    Notices,
    OperatorDocument,
    Tokens,
    Uses,
    Views,
    service_key,
)
from .replica import Replica


def names_of(replica: Replica) -> Names:
    """The services."""
    return replica.get(NAMES, Names) or Names()


def operator_of(replica: Replica) -> OperatorDocument:
    """Password and sign-ins."""
    return replica.get(OPERATOR, OperatorDocument) or OperatorDocument()


def read_state(replica: Replica) -> StoredState:
    """All that is kept in memory."""
    names, operator = names_of(replica), operator_of(replica)
    used_keys, used_tokens = _uses(replica)
    keys = [
        StoredKey(_used(kept.shown, used_keys), kept.tag)
        for service_id in names.services
        for kept in (replica.get(service_key(service_id), Keys) or Keys()).keys.values()
    ]
    tokens = (replica.get(TOKENS, Tokens) or Tokens()).tokens.values()
    return StoredState(
        list(names.services.values()),
        keys,
        operator.password,
        list(operator.sign_ins.values()),
        [session_as_of(kept, names, operator) for _, kept in replica.all("ses", KeptSession)],
        [_token(stored, names, used_tokens) for stored in tokens],
    )


def session_as_of(kept: KeptSession, names: Names, operator: OperatorDocument) -> StoredSession:
    """A session, over where its service is gone, its sign-in has ended, or the password was changed since."""
    session = kept.session
    ends = [] if session.ended_at is None else [session.ended_at]
    if session.kind == "operator":
        if session.sign_in_id in operator.ended:
            ends.append(operator.ended[session.sign_in_id])
        if kept.generation < operator.generation:
            since = max(0, len(operator.changes) - (operator.generation - kept.generation))
            ends.append(operator.changes[since])
    if session.service_id not in names.services:
        ends.append(names.gone.get(session.service_id or "", session.created_at))
        session = replace(session, service_id=None)
    return session if not ends else replace(session, ended_at=min(ends))


def _uses(replica: Replica) -> tuple[dict[str, int], dict[str, int]]:
    keys: dict[str, int] = {}
    tokens: dict[str, int] = {}
    for _, uses in replica.all("uses", Uses):
        merge_uses(keys, uses.keys)
        merge_uses(tokens, uses.tokens)
    return keys, tokens


def merge_uses(into: dict[str, int], uses: Mapping[str, int]) -> None:
    """Each last use moves forward, never back."""
    for key, at in uses.items():
        into[key] = max(at, into.get(key, 0))


def _used(key: StreamKey, uses: Mapping[str, int]) -> StreamKey:
    at = uses.get(key.id)
    return key if at is None or at <= (key.last_used_at or 0) else replace(key, last_used_at=at)


def _token(stored: StoredReadToken, names: Names, uses: Mapping[str, int]) -> StoredReadToken:
    """For the services that are there; one whose last is gone reads nothing."""
    token: ReadToken = stored.shown
    if token.services is not None:
        token = replace(token, services=tuple(each for each in names.services if each in token.services))
    at = uses.get(token.id)
    if at is not None and at > (token.last_used_at or 0):
        token = replace(token, last_used_at=at)
    return replace(stored, shown=token)


def key_hash(replica: Replica, key_id: str) -> str | None:
    """The argon2id hash of a stream key that is active, of a service that is there."""
    service_id = replica.service_of(key_id)
    if service_id is None or service_id not in names_of(replica).services:
        return None
    kept = (replica.get(service_key(service_id), Keys) or Keys()).keys.get(key_id)
    return kept.hash if kept is not None and kept.shown.active else None


def views_of(replica: Replica) -> list[View]:
    """Those of all services, oldest first."""
    return live_views(replica.get(VIEWS, Views) or Views(), names_of(replica))


def named_view(replica: Replica, name: str, service_id: str) -> View:
    """The service's view of this name; else the one for all services. Raises ViewNotFound."""
    wanted = name_key(name)
    found = [each for each in views_of(replica) if name_key(each.name) == wanted]
    for owner in (service_id, None):
        for view in found:
            if view.service_id == owner:
                return view
    raise ViewNotFound


def alerts_of(replica: Replica) -> list[Alert]:
    """Those of all services, oldest first: each with its view's query as it is now, and when it was told last."""
    views = {view.id: view for view in views_of(replica)}
    alerts = replica.get(ALERTS, Alerts) or Alerts()
    return [_alert(replica, alert, views) for alert in live_alerts(alerts, names_of(replica))]


def _alert(replica: Replica, alert: Alert, views: Mapping[str, View]) -> Alert:
    view = None if alert.view_id is None else views.get(alert.view_id)
    told = (replica.get(f"notices.{alert.id}", Notices) or Notices()).told_at
    return replace(
        alert,
        view_id=None if view is None else view.id,
        query=alert.query if view is None else view.query,
        told_at=alert.told_at if told is None else max(told, alert.told_at or 0),
    )


def notices_of(kept: Notices, names: Names) -> list[tuple[Notice, list[Delivery]]]:
    """The newest first, each with its deliveries."""
    return [
        (notice, [each for each in kept.deliveries if each.notice_id == notice.id])
        for notice in reversed(kept.notices)
        if notice.service_id in names.services
    ]


def pending_of(replica: Replica) -> list[tuple[Notice, list[Delivery]]]:
    """Of alerts and services that are there, the oldest first, with the deliveries that are due."""
    names, alerts = names_of(replica), {each.id for each in alerts_of(replica)}
    found = [
        (notice, due)
        for alert_id, kept in replica.all("notices", Notices)
        if alert_id in alerts
        for notice, deliveries in notices_of(kept, names)
        if (due := [each for each in deliveries if each.state == "pending"])
    ]
    return sorted(found, key=lambda each: (each[0].at, each[0].id))


def left_over(replica: Replica, before: int) -> tuple[list[str], list[str]]:
    """(keys of what belongs to nothing that is there, names of nodes that have said nothing since `before`).

    The first is there where a node was broken off between two writes; the second where one is gone for good.
    """
    names, alerts = names_of(replica), {each.id for each in alerts_of(replica)}
    owners = {"svc": names.services.keys(), "kinds": names.services.keys(), "notices": alerts, "state": alerts}
    orphans = [
        key
        for kind, there in owners.items()
        for key in replica.keys_of(kind)
        if key.partition(".")[2] not in there and replica.held(key).document is not None
    ]
    beats = {name: node.beat_at for name, node in replica.all("node", NodeDocument)}
    silent = {name for name, at in beats.items() if at < before}
    silent |= {name for name, _ in replica.all("uses", Uses) if name not in beats}
    return orphans, sorted(silent)
