"""The promise, whatever happens in whatever order: of each epoch, what was delivered, what the filter left out and what
gaps have counted is all there was. A model of hub, rings and watchers, in which the machine of hypothesis does what it
likes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from itertools import count
from typing import Any, Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import LEVELS, Batch, Entry, Level
from spectrix_lite.query.filter import EVERYTHING, Filter, candidates, parse_filter
from spectrix_lite.stream.hub import SESSION_ENDED, Hub

from ..stream.test_messages import payload
from ..support.fakes import FakeClock
from ..support.properties import repeatable

CONFIG = Config(ring_entries=12, ring_bytes=400_000, rings_bytes=600_000)
SERVICES = ("a", "b")

services = st.sampled_from(SERVICES)
filters = st.sampled_from(
    [
        EVERYTHING,
        parse_filter({"levels": ["error"]}),
        parse_filter({"levels": ["info", "warn"]}),
        parse_filter({"q": "2"}),
        parse_filter({"sources": ["a"], "q": "level:error OR 1"}),
        parse_filter({"q": "nowhere"}),
    ]
)
slices = st.sampled_from([1, 1, 2, 5, 1000])  # entries
batches = st.lists(st.sampled_from(LEVELS), min_size=1, max_size=20)


class Seen:
    """One watcher, and what it has seen of the present epoch since `begun`. A slow one is not reading.

    Its filters are asked of `slice_` entries at a time; `asked` are those whose `filtered` has not come yet.
    """

    session_id = "session"

    def __init__(self, model: Stream, service: str, filter_: Filter, *, slow: bool, slice_: int) -> None:
        self.service = service
        self.filter = filter_
        self.slow = slow
        self.closed: int | None = None
        self.begun = self.through = 0
        self.delivered = self.left_out = self.in_gaps = 0
        self._model = model
        self._slice = slice_
        self._asked: list[Filter] = []
        self._backlog: tuple[int, int] | None = None  # how many before which seq, while that is looked for

    def connect(self, after: Any, backlog: int | None = None, told: str | None = None) -> None:
        """A new connection; `told` is the gap that its cursor makes."""
        hub = self._model.hub
        hub.detach(self.service, self)
        self.filter = self._asked[-1] if self._asked else self.filter
        self._asked = []
        self._told = told
        self._subscriber = hub.subscriber(self.service, self.filter)
        self.resumed = self._subscriber.start(after, backlog)
        assert hub.attach(self.service, self)

    def begin(self, seq: int) -> None:
        """From here on all is accounted for."""
        self._backlog = None
        self.begun = self.through = seq
        self.delivered = self.left_out = self.in_gaps = 0

    def seek(self, backlog: int) -> None:
        """It begins before the last so many that match, wherever that is."""
        head = self._model.ring(self.service).head
        self.begin(head)
        self._backlog = (backlog, head)

    @property
    def is_seeking(self) -> bool:
        return self._backlog is not None

    def refilter(self, filter_: Filter) -> None:
        self._asked.append(filter_)
        self._subscriber.refilter(filter_)
        self.pump()

    def pump(self) -> None:
        while not self.slow and self.take():
            pass

    def close(self, code: int, reason: str) -> None:
        self.closed = code

    def take(self) -> bool:
        """Takes what comes of one slice, and compares it with what was sent; whether there is more."""
        asked = count(1)
        frame = self._subscriber.next_frame(lambda: next(asked) >= self._slice)
        message = None if frame is None else _read(frame)
        if self._backlog is not None and not self._subscriber.is_seeking:
            self._found(message, *self._backlog)
        if message is not None:
            self._account(message)
        elif not self._subscriber.is_seeking:
            self._pass(self._subscriber.cursor, [])
        assert self._subscriber.is_seeking or self.through == self._subscriber.cursor
        return self._subscriber.is_behind

    def _found(self, message: dict[str, Any] | None, backlog: int, head: int) -> None:
        """It begins before the last `backlog` up to `head` that match and were not evicted while they were sought."""
        if message is None:
            begin = head
        elif message["type"] == "filtered":
            begin = message["through"]
        else:
            begin = (message["from"] if message["type"] == "gap" else message["entries"][0]["seq"]) - 1
        oldest = self._model.ring(self.service).oldest
        filter_ = self._asked[-1] if self._asked else self.filter
        found = [seq for seq in range(1, head + 1) if _matches(filter_, self._model.came[self.service][seq - 1])]
        missed = [seq for seq in found if seq <= begin]
        if filter_ is not EVERYTHING:
            assert begin == head or begin + 1 in found
        assert len(found) - len(missed) <= backlog
        assert len(found) - len(missed) == backlog or not missed or missed[-1] < oldest
        self.begin(begin)

    def _account(self, message: dict[str, Any]) -> None:
        match message["type"], message.get("reason"):
            case "filtered", None:
                # What was passed in silence up to here, the former one left out.
                self._pass(message["through"], [])
                self.filter = self._asked.pop(0)
            case "gap", "overrun":
                self._pass(message["from"] - 1, [])
                assert message["count"] == message["to"] - message["from"] + 1 > 0
                assert message["to"] == self._model.ring(self.service).oldest - 1, "what is there is no gap"
                self.in_gaps += message["count"]
                self.through = message["to"]
            case "gap", reason:
                assert (reason, message["from"], message["to"]) == (self._told, self.through + 1, None)
                self._told = None
            case "entries", None:
                assert message["entries"]
                self._pass(message["through"], message["entries"])

    def _pass(self, through: int, entries: list[dict[str, Any]]) -> None:
        """From where it was to `through` it got `entries`: exactly those that its filter lets pass, as they came."""
        assert through >= self.through
        came = self._model.came[self.service]
        span = range(self.through + 1, through + 1)
        assert [entry["seq"] for entry in entries] == [seq for seq in span if _matches(self.filter, came[seq - 1])]
        for entry in entries:
            sent = came[entry["seq"] - 1]
            assert (entry["level"], entry["message"].rstrip("m"), entry["source"]) == (
                sent["level"], sent["message"], sent["source"],
            )  # fmt: skip
        self.delivered += len(entries)
        self.left_out += len(span) - len(entries)
        self.through = through

    def settled(self) -> None:
        """It has all there is, and all that it is owed has been told."""
        assert self._told is None
        assert not self._asked
        assert self.through == self._model.ring(self.service).head


class Stream(RuleBasedStateMachine):
    """A hub with two services, those who watch them, and a list of all that came to each."""

    watchers = Bundle("watchers")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.now = 0.0
        self.loop.time = lambda: self.now  # type: ignore[method-assign]  # it stands still until `settle`
        self.all: set[Seen] = set()
        self.number = 0
        self.begin()

    def begin(self) -> None:
        self.hub = Hub(CONFIG, FakeClock())
        self.came: dict[str, list[dict[str, Any]]] = {}
        for service in SERVICES:
            self.open(service)

    def open(self, service: str) -> None:
        self.hub.open_service(service, service)
        self.came[service] = []

    def epoch(self, service: str) -> str:
        return self.hub.channel(service).epoch

    def ring(self, service: str) -> Any:
        return self.hub.channel(service).ring

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(what)

    @rule(service=services, levels=batches, size=st.sampled_from([0, 0, 0, 50, 70_000]))
    def send(self, service: str, levels: list[Level], size: int) -> None:
        head = self.ring(service).head
        entries = []
        for level in levels:
            self.number += 1
            sent = {"level": level, "message": f"{self.number} ", "source": "ab"[self.number % 2]}
            self.came[service].append(sent)
            entries.append(Entry(level=level, message=sent["message"] + "m" * size, source=sent["source"]))
        answer = self.do(self.hub.ingest(service, Batch(entries, [], []), "key"))
        assert (answer.accepted, self.ring(service).head) == (len(levels), head + len(levels))

    @rule()
    def settle(self) -> None:
        """Time passes: who reads has everything, without having asked."""
        self.now += 1.0
        self.do(asyncio.sleep(0))
        self.do(asyncio.sleep(0))
        for seen in self.all:
            if not seen.slow:
                seen.settled()

    @rule(target=watchers, service=services, filter_=filters, slow=st.booleans(), slice_=slices)
    def come_for_all(self, service: str, filter_: Filter, slow: bool, slice_: int) -> Seen:
        """With a cursor that has seen nothing."""
        seen = Seen(self, service, filter_, slow=slow, slice_=slice_)
        seen.connect({"epoch": self.epoch(seen.service), "seq": 0})
        assert seen.resumed == (self.ring(service).oldest == 1)
        seen.begin(0)
        seen.pump()
        self.all.add(seen)
        return seen

    @rule(
        target=watchers,
        service=services,
        filter_=filters,
        slow=st.booleans(),
        slice_=slices,
        backlog=st.integers(0, 15),
        cursor=st.sampled_from(["none", "future", "garbage"]),
    )
    def come_for_the_last(
        self,
        service: str,
        filter_: Filter,
        slow: bool,
        slice_: int,
        backlog: int,
        cursor: Literal["none", "future", "garbage"],
    ) -> Seen:
        """Without a cursor, or with one that never was: that is told."""
        seen = Seen(self, service, filter_, slow=slow, slice_=slice_)
        ring = self.ring(service)
        after = {
            "none": None,
            "future": {"epoch": self.epoch(service), "seq": ring.head + 1},
            "garbage": {"epoch": self.epoch(service), "seq": -1},
        }[cursor]
        seen.connect(after, backlog, None if cursor == "none" else "reset")
        assert not seen.resumed
        if filter_ is EVERYTHING or not backlog:
            seen.begin(max(ring.oldest - 1, ring.head - backlog))
        else:
            seen.seek(backlog)
        seen.pump()
        self.all.add(seen)
        return seen

    @rule(seen=watchers, frames=st.integers(1, 3))
    def take(self, seen: Seen, frames: int) -> None:
        """A slow one reads a little."""
        for _ in range(frames):
            seen.take()

    @rule(seen=watchers, slow=st.booleans())
    def read_or_not(self, seen: Seen, slow: bool) -> None:
        seen.slow = slow
        seen.pump()

    @rule(seen=watchers, filter_=filters)
    def change_filter(self, seen: Seen, filter_: Filter) -> None:
        """Wherever it stands, also while it looks for its backlog."""
        seen.refilter(filter_)

    @rule(seen=watchers)
    def reconnect(self, seen: Seen) -> None:
        """With the cursor it has, in the same epoch: neither loss nor repeat, and a gap only for what is gone."""
        if not seen.is_seeking:
            seen.connect({"epoch": self.epoch(seen.service), "seq": seen.through}, backlog=3)
            assert seen.resumed == (seen.through + 1 >= self.ring(seen.service).oldest)
            seen.pump()

    @rule(seen=consumes(watchers))
    def leave(self, seen: Seen) -> None:
        self.hub.detach(seen.service, seen)
        self.all.discard(seen)

    @rule(service=services)
    def delete(self, service: str) -> None:
        """Who watches it is ended, and nobody else; what comes after it has nothing of it."""
        self.hub.close_service(service)
        for seen in self.all:
            assert seen.closed == (SESSION_ENDED if seen.service == service else None)
        ended = {seen for seen in self.all if seen.service == service}
        self.open(service)
        for seen in ended:
            # As good as a new one: an id is never given twice.
            seen.closed = None
            seen.connect({"epoch": self.epoch(seen.service), "seq": 0})
            seen.begin(0)

    @rule(service=services, levels=batches)
    def restart(self, service: str, levels: list[Level]) -> None:
        """Everything in memory is gone; whoever watched comes back behind a producer, with a stale cursor."""
        old = {seen: self.epoch(seen.service) for seen in self.all}
        self.begin()
        self.send(service, levels, 0)
        for seen in self.all:
            seen.connect({"epoch": old[seen], "seq": seen.through}, told="restart")
            assert not seen.resumed
            seen.begin(0)
            seen.pump()

    @invariant()
    def everything_is_accounted_for(self) -> None:
        """case 64"""
        for seen in self.all:
            assert seen.delivered + seen.left_out + seen.in_gaps == seen.through - seen.begun
            assert seen.through <= self.ring(seen.service).head == len(self.came[seen.service])

    @invariant()
    def everything_stays_within_its_bounds(self) -> None:
        rings = [self.ring(service) for service in SERVICES]
        assert all(len(ring) <= CONFIG.ring_entries and ring.bytes <= CONFIG.ring_bytes for ring in rings)
        assert sum(ring.bytes for ring in rings) <= CONFIG.rings_bytes

    def teardown(self) -> None:
        for seen in self.all:
            while seen.take():
                pass
            seen.settled()
            accounted = seen.begun + seen.delivered + seen.left_out + seen.in_gaps
            assert accounted == self.ring(seen.service).head
        self.loop.close()


def _matches(filter_: Filter, sent: dict[str, Any]) -> bool:
    return filter_.matches(candidates(json.dumps(sent).encode())[0])


def _read(frame: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payload(frame))
    return message


TestStream = Stream.TestCase
TestStream.settings = settings(repeatable, max_examples=60, stateful_step_count=30)
