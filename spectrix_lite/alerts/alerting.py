"""Alerting: rules judge what arrives, notices are made of what is due, and deliveries carry them out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..core.alert_errors import AlertNotFound
from ..core.alert_records import Alert, Delivery, Notice
from ..core.clock import Clock
from ..core.config import Config
from ..core.errors import ServiceNotFound, Unavailable
from ..storage.interfaces import MAX_KINDS, AnyStore
from ..stream.channel import Channel
from ..stream.hub import Hub
from ..stream.scheduler import Search
from .cooldowns import Cooldowns
from .duty import Duty
from .kinds import Kinds
from .machine import Told
from .replay import TICK_SECONDS
from .rulebook import AlertStatus, Rule, Rulebook, rules_of
from .telling import destinations
from .telling.dispatch import Dispatch
from .telling.links import Links
from .telling.probe import TriedDestination, probe
from .telling.webhook import Webhooks

_log = logging.getLogger("spectrix_lite.alerts")


class Alerting:
    """All of it. Made stopped; `start` comes when the rings are restored, `close` when nothing arrives any more."""

    def __init__(
        self,
        store: AnyStore,
        hub: Hub,
        clock: Clock,
        config: Config,
        *,
        webhooks: Webhooks | None = None,
        duty: Duty | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.own_ports: set[int] = set()
        """Those that this server listens on: no notice is sent there."""
        self.webhooks = webhooks or Webhooks(private=config.webhook_private, own_ports=self.own_ports)
        self.links = Links(config.public_url)
        self._dispatch = Dispatch(store.notices, hub, self.links, self.webhooks, clock)
        self.deliveries = self._dispatch.deliveries
        self._store = store
        self._hub = hub
        self._clock = clock
        self._pause = pause
        self.kinds = Kinds(b"", {}, MAX_KINDS)
        """Of failures that the services with rules for new ones have had."""
        self._book: Rulebook | None = None
        self._cooldowns = Cooldowns()
        self._editing, self._reloading = asyncio.Lock(), asyncio.Lock()
        self._duty = duty
        self._judges = False
        self._rules_version = -1
        self._states: Mapping[tuple[str, str], Mapping[str, Any]] = {}  # where another one judges
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, ports: Sequence[int]) -> None:
        """Takes up the rules where the last process left them, and the notices that it could not deliver."""
        self.own_ports.update(ports)
        self.links.port = next(iter(ports), 0)
        await self._begin(judges=self._duty is None)
        self._hub.opened, self._hub.closed = self._opened, self._closed
        self._keep(asyncio.create_task(self._watch()))

    async def _begin(self, *, judges: bool) -> None:
        """Judges from now on, where others have left off; or else only knows the rules."""
        self._judges = judges
        alerts, states = rules_of(await self._store.alerts.all()), await self._store.alerts.states()
        key, known = await self._store.notices.kind_key(), await self._store.notices.kinds()
        self.kinds = Kinds(key, known, MAX_KINDS, self._clock.wall)
        former, self._book = self._book, Rulebook(self._hub.filtering.scheduler, self._clock, self.kinds, self._learn)
        if former is not None:
            former.set_rules((), self._hub.channels())
        self._book.set_rules(alerts, self._hub.channels() if judges else (), states)
        self._dispatch.drop(lambda *_: not judges)
        for notice, pending in await self._store.notices.pending() if judges else ():
            await self._dispatch.send(self.alert(notice.alert_id), notice, pending)

    async def close(self) -> None:
        """Idempotent. What has arrived is judged, what is due is kept for the next start."""
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.deliveries.close()
        await self.webhooks.close()
        book, self._book = self._book, None
        if book is None:
            return
        book.finish()
        if self._judges:
            with suppress(Unavailable):
                await self._store.alerts.keep_states(book.changed_states(self._epoch, every=True))
                await self._store.notices.add_kinds(self.kinds.take_new())
        if self._duty is not None:
            await self._duty.give_up()

    # what there is

    def alerts(self) -> list[Alert]:
        """All of them, oldest first."""
        return [rule.alert for rule in self._rules()]

    def alert(self, alert_id: str) -> Alert:
        """The alert with this id. Raises AlertNotFound."""
        for rule in self._rules():
            if rule.alert.id == alert_id:
                return rule.alert
        raise AlertNotFound

    def status(self, alert: Alert) -> AlertStatus:
        """How it stands now."""
        machines = [] if self._book is None else [machine for _, machine in self._book.of_alert(alert.id)]
        silenced = alert.is_silenced(self._clock.wall())
        elsewhere = any(state["firing"] for (of, _), state in self._states.items() if of == alert.id)
        return AlertStatus(elsewhere or any(m.firing for m in machines), silenced, sum(m.missed for m in machines))

    async def add(self, alert: Alert) -> None:
        """Keeps and judges a new alert. Raises ServiceNotFound, LimitReached, InvalidQuery or AddressForbidden."""
        await self._check(alert, None)
        await self._store.alerts.add(alert)
        await self.reload()

    async def change(self, alert_id: str, changed: Callable[[Alert], Alert]) -> Alert:
        """Replaces an alert by what `changed` makes of it, and has it tell where it is to be told from now on.

        Raises AlertNotFound, ServiceNotFound, InvalidQuery or AddressForbidden, and what `changed` does.
        """
        async with self._editing:
            former = self.alert(alert_id)
            alert = changed(former)
            await self._check(alert, former)
            await self._store.alerts.change(alert)
            await self.reload()
        if alert.destinations != former.destinations:
            await self._dispatch.redirect(alert)
        await self._dispatch.hold(self.alerts())
        return alert

    async def delete(self, alert_id: str) -> None:
        """Removes an alert, its notices, and what is still to be delivered of it. Raises AlertNotFound."""
        await self._store.alerts.delete(alert_id)
        self._dispatch.drop(lambda item, _: item.alert.id == alert_id)
        await self.reload()

    async def reload(self) -> None:
        """Takes in the alerts as they are kept: also the queries of views that they follow."""
        async with self._reloading:  # what is read first is not taken in last
            alerts = await self._store.alerts.all()
            if self._book is not None:
                self._book.set_rules(rules_of(alerts), self._hub.channels() if self._judges else ())
            self._cooldowns.keep({alert.id for alert in alerts})

    async def test(self, alert: Alert) -> list[TriedDestination]:
        """Sends a marked notice to each destination, once and at once."""
        channels = [c for c in self._hub.channels() if alert.service_id in (None, c.service_id)]
        name = channels[0].name if channels else "a service"
        return await probe(alert, self.webhooks, self._clock.wall(), name, self.links.to_service(alert.service_id))

    @property
    def waiting(self) -> int:
        """Notices that are still to be delivered, one for each destination, those of silenced alerts among them."""
        return self._dispatch.waiting

    @property
    def has_work(self) -> bool:
        """Whether something has arrived that a rule has not looked at yet."""
        return self._book is not None and self._book.has_work

    # time

    async def tick(self) -> None:
        """Time passes: what is due is told, and what must outlive the process is kept."""
        if self._duty is not None and self._book is not None:
            await self._follow(self._duty)
        book = self._book
        if book is None or not self._judges:
            return
        await self._dispatch.hold(self.alerts())
        book.wake()
        rules = {rule.alert.id: rule for rule in book.rules}
        for alert_id in list(rules):
            rule = rules.get(alert_id)
            notices = [] if rule is None else self._due(rule.alert, book)
            if rule is not None and notices:
                await self._tell(rule, notices)
                rules = {rule.alert.id: rule for rule in book.rules}  # others may have been changed meanwhile
        states = book.changed_states(self._epoch, every=False)
        if states:
            await self._store.alerts.keep_states(states)
        new = self.kinds.take_new()
        if new:
            try:
                await self._store.notices.add_kinds(new)
            except Unavailable:
                self.kinds.give_back(new)
                raise

    async def _follow(self, duty: Duty) -> None:
        """Whether this server judges, and what others have changed."""
        judges, version = await duty.check(), duty.rules_version
        if judges != self._judges:
            _log.info("the alerts are judged here from now on" if judges else "another node judges the alerts")
            await self._begin(judges=judges)
        elif version != self._rules_version:
            await self.reload()
        self._rules_version = version
        self._states = {} if judges else await self._store.alerts.states()

    async def _watch(self) -> None:
        while True:
            await self._pause(TICK_SECONDS)
            try:
                await self.tick()
            except Unavailable:
                continue  # the store has said so in the log; what is in memory goes on
            except Exception:
                _log.exception("the alerts stumbled, and go on")

    def _due(self, alert: Alert, book: Rulebook) -> list[Notice]:
        now, wall = self._clock.monotonic(), self._clock.wall()
        awake = [(service_id, machine) for service_id, machine in book.of_alert(alert.id) if machine.wakes_at <= now]
        for _, machine in awake:
            machine.pass_time(now)
        if self._cooldowns.waits(alert, now, wall) or alert.is_silenced(wall):
            return []
        notices = []
        for service_id, machine in awake:
            if not alert.resolved:
                machine.drop_resolved()
            if machine.is_due(repeats=alert.cooldown > 0):
                notices += [self._notice(alert, service_id, told, wall) for told in machine.take(now)]
        return notices

    def _notice(self, alert: Alert, service_id: str, told: Told, wall: int) -> Notice:
        since = wall - round(1000 * told.age) if told.count else None
        epoch = self._epoch(service_id)
        return Notice(0, alert.id, service_id, told.kind, wall, since, told.count, told.missed, epoch, told.seqs)

    async def _tell(self, rule: Rule, notices: list[Notice]) -> None:
        assert self._book is not None
        alert = replace(rule.alert, told_at=self._clock.wall())
        self._book.told(alert)
        try:
            notices = await self._store.notices.add(
                alert.id, notices, [each.id for each in alert.destinations], self._clock.wall()
            )
        except Unavailable:  # told all the same, though not remembered; but of several servers another one may tell it
            if self._duty is not None:
                self._book.told(rule.alert)
                return
        self._cooldowns.told(alert, self._clock.monotonic())
        with suppress(AlertNotFound):
            now = self.alert(alert.id)  # it may tell elsewhere by now
            for notice in notices:
                await self._dispatch.send(now, notice, [Delivery(notice.id, each.id) for each in alert.destinations])

    async def _check(self, alert: Alert, former: Alert | None) -> None:
        """What is new in it."""
        if former is None or alert.query != former.query:
            await self._hub.filtering.parse({"q": alert.query})
        known = () if former is None else former.destinations
        new = [each for each in alert.destinations if each not in known]
        await asyncio.gather(*(self.webhooks.check(destinations.address(each)) for each in new))

    def _opened(self, channel: Channel) -> None:
        if self._book is not None and self._judges:
            self._book.open(channel)

    def _closed(self, service_id: str) -> None:
        assert self._book is not None
        self._book.close(service_id)
        self._book.drop_service(service_id)
        self._dispatch.drop(lambda item, _: item.notice.service_id == service_id)

    def _learn(self, search: Search, done: Callable[[], None]) -> None:
        async def learn() -> None:
            try:
                await self._hub.filtering.scheduler.complete(search)
            finally:
                done()

        self._keep(asyncio.create_task(learn()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _epoch(self, service_id: str) -> str:
        try:
            return self._hub.channel(service_id).epoch
        except ServiceNotFound:
            return ""

    def _rules(self) -> list[Rule]:
        return [] if self._book is None else self._book.rules
