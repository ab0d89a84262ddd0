"""Alerts: rules over queries, and where they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from aiohttp import web
from msgspec import UNSET

from ..access import keys
from ..alerts.dry_run import dry_run
from ..alerts.telling import destinations
from ..alerts.telling.message import when_value
from ..core.alert_errors import AddressForbidden, AlertNotFound
from ..core.alert_records import Alert, Delivery, Destination, Notice, When
from ..core.errors import InvalidBody, InvalidName, LimitReached, SearchBusy, ViewNotFound
from ..core.names import clean_name
from ..core.timestamps import read_time, rfc3339
from ..query.error import InvalidQuery
from ..server.context import CONTEXT, Context
from ..server.json_body import json_response, no_content, read_json
from .document.alert_schemas import (
    LEAST_AND_MOST,
    AlertChange,
    AlertList,
    AlertView,
    DeliveryView,
    DryRun,
    Firings,
    FiringView,
    NewAlert,
    NoticeList,
    NoticeView,
    TestedAlert,
    TestedDestination,
)
from .entries.asked import who_asks
from .entries.reach import older_entries, uses_history, while_open
from .route import API, OF_SERVICE, READ, WRITE, route

_ALERTS: Final = f"{API}/alerts"
_ALERT: Final = f"{_ALERTS}/{{id}}"
_SAVING: Final = (InvalidName, InvalidQuery, AddressForbidden, ViewNotFound, *OF_SERVICE, *WRITE)
_COOLDOWN: Final = 300
_MOST_DESTINATIONS: Final = 10


@route("GET", _ALERTS, access="operator", answers={200: AlertList}, errors=READ)
async def list_alerts(request: web.Request) -> web.StreamResponse:
    """All alerts."""
    context = request.app[CONTEXT]
    return json_response(AlertList(alerts=[await _shown(context, each) for each in context.alerting.alerts()]))


@route("POST", _ALERTS, access="operator", request=NewAlert, answers={201: AlertView}, errors=(LimitReached, *_SAVING))
async def create_alert(request: web.Request) -> web.StreamResponse:
    """Save an alert."""
    context = request.app[CONTEXT]
    body = await read_json(request, NewAlert)
    when = _when(body.when)
    query = body.query if body.view is None else await _query_of(context, body.view)
    alert = Alert(
        keys.random_base62(12), body.service, body.view, clean_name(body.name), query, when,
        body.cooldown if body.cooldown is not None else 0 if when.kind == "firstSeen" else _COOLDOWN,
        body.resolved, _destinations(body.destinations, ()), None, None, context.clock.wall(),
    )  # fmt: skip
    _check_service(context, alert)
    await context.alerting.add(alert)
    return json_response(await _shown(context, alert), 201)


@route(
    "PATCH", _ALERT, access="operator", request=AlertChange, answers={200: AlertView}, errors=(AlertNotFound, *_SAVING)
)
async def change_alert(request: web.Request) -> web.StreamResponse:
    """Change an alert, or silence it; what is left out stays."""
    context = request.app[CONTEXT]
    body = await read_json(request, AlertChange)
    view_query = None if body.view in (UNSET, None) else await _query_of(context, body.view)

    def changed(former: Alert) -> Alert:
        alert = replace(former, **_changes(body, former))
        if view_query is not None:
            alert = replace(alert, query=view_query)
        _check_service(context, alert)
        return alert

    return json_response(await _shown(context, await context.alerting.change(request.match_info["id"], changed)))


def _changes(body: AlertChange, former: Alert) -> dict[str, Any]:
    """Raises InvalidName or InvalidBody."""
    changes: dict[str, Any] = {
        name: value
        for name, value in (
            *(("service_id", body.service), ("view_id", body.view), ("query", body.query)),
            *(("cooldown", body.cooldown), ("resolved", body.resolved)),
        )
        if value is not UNSET
    }
    if body.name is not UNSET:
        changes["name"] = clean_name(body.name)
    if body.when is not UNSET:
        changes["when"] = _when(body.when)
    if body.destinations is not UNSET:
        changes["destinations"] = _destinations(body.destinations, former.destinations)
    if body.silenced_until is not UNSET:
        changes["silenced_until"] = None if body.silenced_until is None else _time(body.silenced_until)
    if body.query is not UNSET and body.view is UNSET:
        changes["view_id"] = None
    return changes


@route("DELETE", _ALERT, access="operator", answers={204: None}, errors=(AlertNotFound, *WRITE))
async def delete_alert(request: web.Request) -> web.StreamResponse:
    """Delete an alert with its notices."""
    await request.app[CONTEXT].alerting.delete(request.match_info["id"])
    return no_content()


@route("POST", f"{_ALERT}/test", access="operator", answers={200: TestedAlert}, errors=(AlertNotFound,))
async def test_alert(request: web.Request) -> web.StreamResponse:
    """Send a marked notice to each destination.

    Once, and at once; it counts for nothing.
    """
    alerting = request.app[CONTEXT].alerting
    results = await alerting.test(alerting.alert(request.match_info["id"]))
    return json_response(
        TestedAlert(
            results=[
                TestedDestination(
                    destination=each.destination_id, delivered=not each.said, status=each.status, said=each.said
                )
                for each in results
            ]
        )
    )


@route("GET", f"{_ALERT}/dry-run", access="operator", answers={200: Firings}, errors=(AlertNotFound, SearchBusy, *READ))
async def dry_run_alert(request: web.Request) -> web.StreamResponse:
    """What an alert would have told.

    Of the entries in memory, and of the newest 20,000 of history before them; it looks for a second in each.
    """
    return await _dry_run(request, request.app[CONTEXT].alerting.alert(request.match_info["id"]))


@route(
    "POST",
    f"{_ALERTS}/dry-run",
    access="operator",
    request=DryRun,
    answers={200: Firings},
    errors=(InvalidQuery, SearchBusy, *OF_SERVICE),
)
async def dry_run_rule(request: web.Request) -> web.StreamResponse:
    """What a rule would have told that is not saved."""
    context = request.app[CONTEXT]
    body = await read_json(request, DryRun)
    alert = Alert("", body.service, None, "", body.query, _when(body.when), body.cooldown, False, (), None, None, 0)
    _check_service(context, alert)
    return await _dry_run(request, alert)


@route("GET", f"{_ALERT}/notices", access="operator", answers={200: NoticeList}, errors=(AlertNotFound, *READ))
async def list_notices(request: web.Request) -> web.StreamResponse:
    """The last notices of an alert."""
    context = request.app[CONTEXT]
    alert = context.alerting.alert(request.match_info["id"])
    kept = await context.store.notices.of_alert(alert.id)
    return json_response(NoticeList(notices=[_notice(context, *each) for each in kept]))


async def _query_of(context: Context, view_id: str) -> str:
    return (await context.store.views.get(view_id)).query


def _check_service(context: Context, alert: Alert) -> None:
    if alert.service_id is not None:
        context.authority.service(alert.service_id)


def _when(value: dict[str, Any]) -> When:
    """Raises InvalidBody."""
    whole = {name: int(value[name]) for name, bounds in LEAST_AND_MOST.items() if _is_whole(value.get(name), *bounds)}
    match sorted(value):
        case ["firstSeen"] if value["firstSeen"] is True:
            return When("firstSeen")
        case ["none"] if whole:
            return When("none", 0, whole["none"])
        case ["count", "within"] if len(whole) == 2:
            return When("count", whole["count"], whole["within"])
    raise InvalidBody(
        "`when` is {count, within} with 10 to 3600 seconds, {none} with 60 to 86400 seconds, or {firstSeen: true}."
    )


def _is_whole(value: Any, least: int, most: int) -> bool:
    """Also `60.0`, which is one in JSON."""
    return type(value) in (int, float) and value == value // 1 and least <= value <= most


def _time(text: str) -> int:
    """Milliseconds since 1970. Raises InvalidBody."""
    found = read_time(text)
    if found is None:
        raise InvalidBody("`silencedUntil` is a time as in RFC 3339.")
    return round(datetime.fromisoformat(found).timestamp() * 1000)


def _destinations(values: Sequence[dict[str, Any]], former: Sequence[Destination]) -> tuple[Destination, ...]:
    """Raises InvalidBody."""
    if len(values) > _MOST_DESTINATIONS:
        raise InvalidBody(f"An alert has at most {_MOST_DESTINATIONS} destinations.")
    by_id = {each.id: each for each in former}
    found = []
    for value in values:
        known = by_id.pop(str(value.get("id")), None)
        found.append(destinations.read_destination(value, keys.random_base62(8) if known is None else known.id, known))
    return tuple(found)


async def _shown(context: Context, alert: Alert) -> AlertView:
    status = context.alerting.status(alert)
    kept = await context.store.notices.of_alert(alert.id)
    said = {each.id: context.alerting.deliveries.said.get(each.id, "") for each in alert.destinations}
    return AlertView(
        id=alert.id,
        name=alert.name,
        service=alert.service_id,
        view=alert.view_id,
        query=alert.query,
        when=when_value(alert.when),
        cooldown=alert.cooldown,
        resolved=alert.resolved,
        silenced_until=None if alert.silenced_until is None else rfc3339(alert.silenced_until),
        destinations=[destinations.shown(each) for each in alert.destinations],
        created_at=rfc3339(alert.created_at),
        state="firing" if status.firing else "ok",
        behind=status.missed,
        last_notice=_notice(context, *kept[0]) if kept else None,
        failures=sum(each.state == "failed" for _, deliveries in kept for each in deliveries),
        trouble={key: text for key, text in said.items() if text},
    )


def _notice(context: Context, notice: Notice, deliveries: Sequence[Delivery]) -> NoticeView:
    return NoticeView(
        service=notice.service_id,
        kind=notice.kind,
        at=rfc3339(notice.at),
        since=None if notice.since is None else rfc3339(notice.since),
        count=notice.count,
        missed=notice.missed,
        link=context.alerting.links.to(notice),
        deliveries=[
            DeliveryView(
                destination=each.destination_id,
                state=each.state,
                tries=each.tries,
                status=each.status,
                said=each.said,
            )
            for each in deliveries
        ],
    )


async def _dry_run(request: web.Request, alert: Alert) -> web.Response:
    context = request.app[CONTEXT]
    older = older_entries(context, who_asks(request)) if uses_history(context) else None
    run = await while_open(request, dry_run(context.hub, alert, context.clock.wall() / 1000, older))
    return json_response(
        Firings(
            firings=[FiringView(at=_written(each.at), count=each.count) for each in run.firings],
            since=None if run.began is None else _written(run.began),
            entries=run.entries,
        )
    )


def _written(seconds: float) -> str:
    return rfc3339(round(seconds * 1000))
