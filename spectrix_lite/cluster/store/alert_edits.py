"""Edits of views, alerts, their notices and kinds: from a document to the next one. Pure, as `edits` is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

from ...core.alert_errors import AlertNotFound
from ...core.alert_records import Alert, Delivery, Notice
from ...core.errors import LimitReached, NameTaken, ServiceNotFound, ViewNotFound
from ...core.names import name_key
from ...core.records import View
from ...storage.interfaces import KEPT_NOTICES, MAX_ALERTS, MAX_KINDS, MAX_OF_SERVICE, MAX_VIEWS
from .documents import Alerts, KindsDocument, Names, Notices, States, Views
from .edits import changed


def put_view(views: Views, names: Names, view: View, *, new: bool) -> Views:
    """With a new or a changed view. Raises NameTaken, ServiceNotFound, ViewNotFound or LimitReached."""
    if view.service_id is not None and view.service_id not in names.services:
        raise ServiceNotFound
    former = views.views.get(view.id)
    new = new and former is None  # else a write whose outcome was unknown
    if new and len(live_views(views, names)) >= MAX_VIEWS:
        raise LimitReached(f"There are {MAX_VIEWS} views, the most allowed; delete one first.")
    if not new:
        if former is None:
            raise ViewNotFound
        view = replace(view, created_at=former.created_at)
    slot = (view.service_id, name_key(view.name))
    if any((each.service_id, name_key(each.name)) == slot for each in views.views.values() if each.id != view.id):
        raise NameTaken("A view with this name exists for the same service; choose another name.")
    return changed(views, views={each.id: each for each in live_views(views, names)} | {view.id: view})


def live_views(views: Views, names: Names) -> list[View]:
    """Those whose service is there, oldest first."""
    return [each for each in views.views.values() if each.service_id is None or each.service_id in names.services]


def delete_view(views: Views, view_id: str) -> Views:
    """Without a view. Raises ViewNotFound."""
    if view_id not in views.views:
        raise ViewNotFound
    return changed(views, views={key: each for key, each in views.views.items() if key != view_id})


def put_alert(alerts: Alerts, names: Names, views: Views, alert: Alert, *, new: bool) -> Alerts:
    """With a new or a changed alert. Raises ServiceNotFound, also for a view, AlertNotFound or LimitReached."""
    live = {each.id: each for each in live_alerts(alerts, names)}
    if new and alert.id not in live:
        own = sum(each.service_id == alert.service_id for each in live.values())
        if len(live) >= MAX_ALERTS or own >= MAX_OF_SERVICE:
            raise LimitReached(
                f"A service has at most {MAX_OF_SERVICE} alerts of its own, as many are for all services, and"
                f" there are at most {MAX_ALERTS} together; delete one first."
            )
    if alert.service_id is not None and alert.service_id not in names.services:
        raise ServiceNotFound
    if alert.view_id is not None and all(each.id != alert.view_id for each in live_views(views, names)):
        raise ServiceNotFound
    if not new and alert.id not in live:
        raise AlertNotFound
    former = live.get(alert.id)
    if former is not None:
        alert = replace(alert, told_at=former.told_at, created_at=former.created_at)
    return changed(alerts, alerts=live | {alert.id: alert})


def follow_view(alerts: Alerts, view: View) -> Alerts:
    """Those that follow a view have its query, also when the view is gone."""
    following = {key: replace(each, query=view.query) for key, each in alerts.alerts.items() if each.view_id == view.id}
    return changed(alerts, alerts=alerts.alerts | following)


def live_alerts(alerts: Alerts, names: Names) -> list[Alert]:
    """Those whose service is there, oldest first."""
    return [each for each in alerts.alerts.values() if each.service_id is None or each.service_id in names.services]


def delete_alert(alerts: Alerts, alert_id: str) -> Alerts:
    """Without an alert. Raises AlertNotFound."""
    if alert_id not in alerts.alerts:
        raise AlertNotFound
    return changed(alerts, alerts={key: each for key, each in alerts.alerts.items() if key != alert_id})


def keep_states(states: States, new: Mapping[str, Mapping[str, Any]], names: Names) -> States:
    """With these, and without those of services that are gone."""
    kept = states.states | {key: dict(state) for key, state in new.items()}
    return changed(states, states={key: state for key, state in kept.items() if key in names.services})


def add_notices(
    kept: Notices, alert: Alert, notices: Sequence[Notice], destinations: Collection[str], at: int, fence: int
) -> tuple[Notices, list[Notice]]:
    """(what is kept then, those that are to be told, with their ids).

    None where somebody else has judged since: `fence` is older than who told last. The first one that another node
    would tell waits for the alert's cooldown, whatever that node knew of it.
    """
    if fence < kept.fence or not notices:
        return kept, []
    told = kept.told_at
    if kept.fence < fence and told is not None and told <= at < told + 1000 * alert.cooldown:
        return kept, []
    # Unique over all alerts, and in a number that JavaScript holds exactly.
    first = (crc32(alert.id.encode()) << 20) + kept.count % (1 << 20) + 1
    numbered = [replace(notice, id=first + place) for place, notice in enumerate(notices)]
    newest = [*kept.notices, *numbered][-KEPT_NOTICES:]
    ids = {each.id for each in newest}
    due = [Delivery(notice.id, each, due_at=at) for notice in numbered for each in sorted(destinations)]
    return changed(
        kept,
        told_at=at,
        fence=fence,
        count=kept.count + len(notices),
        notices=newest,
        deliveries=[each for each in [*kept.deliveries, *due] if each.notice_id in ids],
    ), numbered


def note_deliveries(kept: Notices | None, deliveries: Iterable[Delivery]) -> Notices | None:
    """With what became of deliveries."""
    if kept is None:
        return None
    new = {(each.notice_id, each.destination_id): each for each in deliveries}
    noted = [new.get((each.notice_id, each.destination_id), each) for each in kept.deliveries]
    return kept if noted == kept.deliveries else changed(kept, deliveries=noted)


def add_kinds(kinds: KindsDocument, digests: Sequence[bytes]) -> KindsDocument:
    """With these, and without the first where they are too many."""
    known = dict.fromkeys([*kinds.digests, *digests])
    return kinds if len(known) == len(kinds.digests) else changed(kinds, digests=list(known)[-MAX_KINDS:])
