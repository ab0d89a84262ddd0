"""Rulebook: the alerts as rules of each service, with what each has come to there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from ..core.alert_records import Alert
from ..core.clock import Clock
from ..entries.entry import split_run
from ..query.failure import failure_of, has_failed
from ..query.filter import candidate, parse_filter
from ..query.nodes import And, Node
from ..stream.channel import Channel
from ..stream.ring import RingBuffer
from ..stream.scheduler import SLICE_SECONDS, FilterScheduler, Search
from ..stream.search import IsOver
from .judge import Judge
from .kinds import Kinds
from .lane import CountingLane, KindLane, Lane
from .machine import Machine, machine
from .shares import share_of_all, shares

States = Mapping[tuple[str, str], Mapping[str, Any]]
"""What machines had come to, by (alert's id, service's id)."""

_SHARE_SECONDS: Final = 1.0  # how often what rules may use is shared anew
_FAILED: Final = (b'"level":"error"', b'"statusCode":5')


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert with its query as a tree."""

    alert: Alert
    query: Node


class AlertStatus(NamedTuple):
    """How an alert stands: whether it fires in a service, is silenced, and how many entries it did not look at."""

    firing: bool
    silenced: bool
    missed: int


class _Standing(NamedTuple):
    rule: Rule
    machine: Machine


class Rulebook:
    """Judges for the services that have rules. `learn` runs a search to its end, in turns of the loop."""

    def __init__(
        self,
        scheduler: FilterScheduler,
        clock: Clock,
        kinds: Kinds,
        learn: Callable[[Search, Callable[[], None]], None],
    ) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._kinds = kinds
        self._learn = learn
        self._rules: dict[str, Rule] = {}
        self._standings: dict[str, dict[str, _Standing]] = {}  # by the alert's id, then by the service's
        self._judges: dict[str, Judge] = {}
        self._channels: dict[str, Channel] = {}  # those that are judged
        self._arrived = 0
        self._shared = clock.monotonic()

    @property
    def rules(self) -> list[Rule]:
        """Those of all services, oldest first."""
        return list(self._rules.values())

    def set_rules(self, rules: Iterable[Rule], channels: Iterable[Channel], states: States | None = None) -> None:
        """The rules are these now. One that waits for the same as before goes on where it stands.

        `states` are given once, after the server's start: then nothing is judged for one window.
        """
        self._rules = {rule.alert.id: rule for rule in rules}
        self._standings = {key: self._standings.get(key, {}) for key in self._rules}
        for channel in channels:
            self.open(channel, states)

    def open(self, channel: Channel, states: States | None = None) -> None:
        """Has the rules of a service judge what arrives from now on."""
        former = self._judges.pop(channel.service_id, None)
        if former is not None:
            self._hear(channel, former)
            former.finish()
        self._channels.pop(channel.service_id, None)
        channel.listener = None
        rules = [rule for rule in self.rules if rule.alert.service_id in (None, channel.service_id)]
        knows = states is not None or (former is not None and any(isinstance(lane, KindLane) for lane in former.lanes))
        lanes = self._lanes(rules, channel, states, knows=knows)
        for alert_id, standings in self._standings.items():
            if all(rule.alert.id != alert_id for rule in rules):
                standings.pop(channel.service_id, None)
        if lanes:
            judge = Judge(lanes, self._scheduler.add, self._clock.monotonic, lambda: self._scheduler.cpu())
            judge.through = channel.ring.head
            self._judges[channel.service_id] = channel.listener = judge
            self._channels[channel.service_id] = channel

    def close(self, service_id: str) -> None:
        """The service is gone, and all that is known of it."""
        self._judges.pop(service_id, None)
        self._channels.pop(service_id, None)
        self._kinds.forget(service_id)
        for standings in self._standings.values():
            standings.pop(service_id, None)

    def drop_service(self, service_id: str) -> None:
        """The alerts of a service that is gone are gone with it."""
        self._rules = {key: rule for key, rule in self._rules.items() if rule.alert.service_id != service_id}
        self._standings = {key: self._standings[key] for key in self._rules}

    def told(self, alert: Alert) -> None:
        """A notice of the alert is made; nothing else of it has changed."""
        self._rules[alert.id] = Rule(alert, self._rules[alert.id].query)

    @property
    def has_work(self) -> bool:
        """Whether a rule has something to look at."""
        return any(judge.has_work for judge in self._judges.values())

    def wake(self) -> None:
        """What has arrived is counted at once, as far as a slice of time goes, and judged soon."""
        self._share()
        until = self._clock.monotonic() + SLICE_SECONDS
        for service_id, judge in self._judges.items():
            self._hear(self._channels[service_id], judge)
            judge.resume()
            is_due = judge.is_due()
            if is_due and self._clock.monotonic() < until:
                judge.sort()
            if is_due or judge.waits:
                self._scheduler.add(judge)

    def _hear(self, channel: Channel, judge: Judge) -> None:
        """A judge that has failed goes on; what came meanwhile its rules have missed, and say so."""
        if channel.listener is None:
            judge.missed(max(0, channel.ring.head - judge.through))
            channel.listener = judge

    def _share(self) -> None:
        now = self._clock.monotonic()
        seconds = now - self._shared
        if seconds < _SHARE_SECONDS:
            return
        arrived = sum(judge.entries for judge in self._judges.values())
        rate = max(0, arrived - self._arrived) / seconds
        self._arrived, self._shared = arrived, now
        lanes = [lane for judge in self._judges.values() for lane in judge.lanes]
        for lane, share in zip(lanes, shares([lane.need(seconds) for lane in lanes], share_of_all(rate)), strict=True):
            lane.give(share)

    def finish(self) -> None:
        """Judges what is left, as far as there is time: nothing comes any more."""
        for judge in self._judges.values():
            judge.finish()

    def of_alert(self, alert_id: str) -> Iterator[tuple[str, Machine]]:
        """(service's id, machine) wherever the alert is judged."""
        for service_id, standing in self._standings.get(alert_id, {}).items():
            yield service_id, standing.machine

    def changed_states(self, epoch_of: Callable[[str], str], *, every: bool) -> dict[tuple[str, str], dict[str, Any]]:
        """What is to be kept of those that have changed, or of `every` one."""
        return {
            (alert_id, service_id): standing.machine.dump() | {"epoch": epoch_of(service_id)}
            for alert_id, standings in self._standings.items()
            for service_id, standing in standings.items()
            if every or standing.machine.changed
        }

    def _lanes(self, rules: list[Rule], channel: Channel, states: States | None, *, knows: bool) -> list[Lane]:
        now = self._clock.monotonic()
        share = len(self._rules) * max(1, len(self._judges))
        by_query: dict[Node, list[Machine]] = {}
        kinds = KindLane(now, share, lambda failure: self._kinds.add(channel.service_id, failure))
        for rule in rules:
            standing = self._standing(rule, channel, states)
            if rule.alert.when.kind == "firstSeen":
                kinds.rules.append((rule.query, standing))
            else:
                by_query.setdefault(rule.query, []).append(standing)
        lanes: list[Lane] = [CountingLane(query, now, share, machines) for query, machines in by_query.items()]
        if kinds.rules:
            lanes.append(kinds)
            if not (knows and self._kinds.has_any(channel.service_id)):
                self._teach(kinds, channel)
        return lanes

    def _standing(self, rule: Rule, channel: Channel, states: States | None) -> Machine:
        standings = self._standings.setdefault(rule.alert.id, {})
        former = standings.get(channel.service_id)
        if former is not None and (former.rule.query, former.rule.alert.when) == (rule.query, rule.alert.when):
            found = former.machine
        else:
            now = self._clock.monotonic()
            found = machine(rule.alert.when, now, started=states is not None)
            state = None if states is None else states.get((rule.alert.id, channel.service_id))
            if state is not None:
                found.restore(state, now, same_epoch=state["epoch"] == channel.epoch)
        standings[channel.service_id] = _Standing(rule, found)
        return found

    def _teach(self, lane: KindLane, channel: Channel) -> None:
        """What the ring holds already is nothing new: nobody has looked at it while no rule waited for new ones."""
        lane.learns = True

        def learned() -> None:
            lane.learns = False
            self.wake()

        self._learn(_Learning(channel.ring, lambda e: self._kinds.add(channel.service_id, failure_of(e))), learned)


class _Learning:
    """Looks at each failure of a ring buffer, up to what is the newest now."""

    def __init__(self, ring: RingBuffer, add: Callable[[Any], object]) -> None:
        self._ring = ring
        self._add = add
        self._through = ring.oldest - 1
        self._head = ring.head

    def run(self, is_over: IsOver) -> bool:
        while self._through < self._head:
            self._through = max(self._through, self._ring.oldest - 1)
            run = next(self._ring.after(self._through), None)
            if run is None:
                break
            if not any(mark in run.encoded for mark in _FAILED):
                self._through = run.last
                continue
            entries = split_run(run.encoded)
            for seq in range(self._through + 1, min(run.last, self._head) + 1):
                self._through = seq
                if any(mark in entries[seq - run.first] for mark in _FAILED):
                    entry = candidate(entries[seq - run.first])
                    if has_failed(entry):
                        self._add(entry)
                if is_over():
                    return False
        return True


def rules_of(alerts: Iterable[Alert]) -> list[Rule]:
    """With their queries, which were read when they were saved."""
    return [Rule(alert, query_node(parse_filter({"q": alert.query}).queries)) for alert in alerts]


def query_node(queries: tuple[Node, ...]) -> Node:
    """What a filter asks for: everything where it asks nothing."""
    return queries[0] if queries else And(())
