"""Views, alerts, notices and read tokens over the bucket: the stores of `storage.interfaces`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...core.alert_errors import AlertNotFound
from ...core.alert_records import Alert, Delivery, Notice
from ...core.errors import ServiceNotFound, ViewNotFound
from ...core.records import StoredReadToken, View
from . import alert_edits, edits, reading
from .bucket import USES_SECONDS, Bucket
from .documents import ALERTS, META, TOKENS, VIEWS, Alerts, KindsDocument, Meta, Notices, States, Tokens, Uses, Views


class KvReadTokens:
    """Read tokens, and for which services they are. `uses` is the key of this node's document of last uses."""

    def __init__(self, bucket: Bucket, uses: str) -> None:
        self._bucket = bucket
        self._uses = uses

    async def add(self, stored: StoredReadToken, limit: int) -> None:
        def change(found: Tokens | None) -> Tokens:
            names = reading.names_of(self._bucket.replica)
            if any(each not in names.services for each in stored.shown.services or ()):
                raise ServiceNotFound
            return edits.add_read_token(found or Tokens(), stored, limit)

        await self._bucket.edit(TOKENS, Tokens, change)

    async def revoke(self, token_id: str, at: int) -> None:
        await self._bucket.edit(TOKENS, Tokens, lambda t: edits.revoke_read_token(t or Tokens(), token_id, at))

    async def note_uses(self, last_used: Mapping[str, int]) -> None:
        def noted(uses: Uses | None) -> Uses:
            return edits.note_uses(uses or Uses(), {}, last_used)

        await self._bucket.edit(self._uses, Uses, noted, seconds=USES_SECONDS)


class KvViews:
    """Named queries. `get` raises ViewNotFound."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def all(self) -> list[View]:
        return reading.views_of(self._bucket.replica)

    async def get(self, view_id: str) -> View:
        for view in await self.all():
            if view.id == view_id:
                return view
        raise ViewNotFound

    async def named(self, name: str, service_id: str) -> View:
        return reading.named_view(self._bucket.replica, name, service_id)

    async def add(self, view: View) -> None:
        await self._put(view, new=True)

    async def change(self, view: View) -> None:
        await self._put(view, new=False)
        if any(each.view_id == view.id for each in reading.alerts_of(self._bucket.replica)):
            await self._bucket.edit(ALERTS, Alerts, lambda found: alert_edits.follow_view(found or Alerts(), view))

    async def _put(self, view: View, *, new: bool) -> None:
        def change(found: Views | None) -> Views:
            names = reading.names_of(self._bucket.replica)
            return alert_edits.put_view(found or Views(), names, view, new=new)

        await self._bucket.edit(VIEWS, Views, change)

    async def delete(self, view_id: str) -> None:
        await self.get(view_id)  # one whose service is gone is gone, too
        await self._bucket.edit(VIEWS, Views, lambda views: alert_edits.delete_view(views or Views(), view_id))


class KvAlerts:
    """Alerts, and what each has come to in each service."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def all(self) -> list[Alert]:
        return reading.alerts_of(self._bucket.replica)

    async def add(self, alert: Alert) -> None:
        await self._put(alert, new=True)

    async def change(self, alert: Alert) -> None:
        await self._put(alert, new=False)

    async def _put(self, alert: Alert, *, new: bool) -> None:
        def change(found: Alerts | None) -> Alerts:
            replica = self._bucket.replica
            names, views = reading.names_of(replica), replica.get(VIEWS, Views) or Views()
            return alert_edits.put_alert(found or Alerts(), names, views, alert, new=new)

        await self._bucket.edit(ALERTS, Alerts, change)

    async def delete(self, alert_id: str) -> None:
        await self._bucket.edit(ALERTS, Alerts, lambda alerts: alert_edits.delete_alert(alerts or Alerts(), alert_id))
        await self._bucket.remove(f"notices.{alert_id}")
        await self._bucket.remove(f"state.{alert_id}")

    async def states(self) -> dict[tuple[str, str], dict[str, Any]]:
        replica = self._bucket.replica
        names, alerts = reading.names_of(replica), {each.id for each in reading.alerts_of(replica)}
        return {
            (alert_id, service_id): state
            for alert_id, kept in replica.all("state", States)
            if alert_id in alerts
            for service_id, state in kept.states.items()
            if service_id in names.services
        }

    async def keep_states(self, states: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        of_alert: defaultdict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        known = {each.id for each in await self.all()}
        for (alert_id, service_id), state in states.items():
            if alert_id in known:
                of_alert[alert_id][service_id] = state
        for alert_id, new in of_alert.items():
            names = reading.names_of(self._bucket.replica)
            await self._bucket.edit(
                f"state.{alert_id}",
                States,
                lambda kept, new=new, names=names: alert_edits.keep_states(kept or States(), new, names),  # type: ignore[misc]
            )


class KvNotices:
    """Notices, their deliveries, and the kinds of failures that were seen."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.fence: int | None = 0
        """Under which the alerts are judged here; None while another node judges them, and nothing is told here."""

    async def add(self, alert_id: str, notices: Sequence[Notice], destinations: Iterable[str], at: int) -> list[Notice]:
        fence, to = self.fence, set(destinations)
        told: list[Notice] = []
        if fence is None:
            return told

        def change(found: Notices | None) -> Notices:
            nonlocal told
            replica = self._bucket.replica
            alert = next((each for each in reading.alerts_of(replica) if each.id == alert_id), None)
            if alert is None:
                raise AlertNotFound
            names = reading.names_of(replica)
            live = [notice for notice in notices if notice.service_id in names.services]
            kept, told = alert_edits.add_notices(found or Notices(), alert, live, to, at, fence)
            return kept

        try:
            await self._bucket.edit(f"notices.{alert_id}", Notices, change)
        except AlertNotFound:
            return []
        return told

    async def of_alert(self, alert_id: str) -> list[tuple[Notice, list[Delivery]]]:
        replica = self._bucket.replica
        kept = replica.get(f"notices.{alert_id}", Notices) or Notices()
        return reading.notices_of(kept, reading.names_of(replica))

    async def pending(self) -> list[tuple[Notice, list[Delivery]]]:
        return reading.pending_of(self._bucket.replica)

    async def note_deliveries(self, deliveries: Iterable[Delivery]) -> None:
        new = list(deliveries)
        ids = {each.notice_id for each in new}
        for alert_id, kept in list(self._bucket.replica.all("notices", Notices)):
            if any(notice.id in ids for notice in kept.notices):
                await self._bucket.edit(
                    f"notices.{alert_id}", Notices, lambda found: alert_edits.note_deliveries(found, new)
                )

    async def kind_key(self) -> bytes:
        meta = self._bucket.replica.get(META, Meta)
        assert meta is not None, "it is made when the store opens"
        return meta.kind_key

    async def kinds(self) -> dict[str, list[bytes]]:
        names = reading.names_of(self._bucket.replica)
        found = self._bucket.replica.all("kinds", KindsDocument)
        return {service_id: list(kept.digests) for service_id, kept in found if service_id in names.services}

    async def take_over_kinds(self, key: bytes, kinds: Mapping[str, Sequence[bytes]]) -> None:
        def change(meta: Meta | None) -> Meta | None:
            keyed_alike = meta is None or any(True for _ in self._bucket.replica.all("kinds", KindsDocument))
            return meta if keyed_alike or meta is None else edits.changed(meta, kind_key=key)

        await self._bucket.edit(META, Meta, change)
        await self.add_kinds(kinds)

    async def add_kinds(self, kinds: Mapping[str, Sequence[bytes]]) -> None:
        names = reading.names_of(self._bucket.replica)
        for service_id, digests in kinds.items():
            if service_id in names.services:
                await self._bucket.edit(
                    f"kinds.{service_id}",
                    KindsDocument,
                    lambda kept, new=digests: alert_edits.add_kinds(kept or KindsDocument(), new),  # type: ignore[misc]
                )
