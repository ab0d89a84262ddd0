"""The promise, whatever happens in whatever order: of each epoch, what was delivered, what the filter left out and what
gaps have counted is all there was. A model of hub, rings and watchers, in which the machine of hypothesis does what it
likes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from spectrix_lite.config import Config
from spectrix_lite.hub import SESSION_ENDED, Hub
from spectrix_lite.query import EVERYTHING, Filter, candidates, parse_filter
from spectrix_lite.wire import LEVELS, Batch, Entry, Level

from .fakes import FakeClock
from .properties import repeatable
from .test_wire_stream import payload

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
batches = st.lists(st.sampled_from(LEVELS), min_size=1, max_size=20)


class Seen:
    """One watcher, and what it has seen of the present epoch since `begun`. A slow one is not reading."""

    session_id = "session"

    def __init__(self, model: Stream, service: str, filter_: Filter, *, slow: bool) -> None:
        self.service = service
        self.filter = filter_
        self.slow = slow
        self.closed: int | None = None
        self.begun = self.through = 0
        self.delivered = self.left_out = self.in_gaps = 0
        self._model = model

    def connect(self, after: Any, backlog: int | None = None) -> dict[str, Any] | None:
        """A new connection; the gap that its cursor makes."""
        hub = self._model.hub
        hub.detach(self.service, self)
        self._subscriber = hub.subscriber(self.service, self.filter)
        self.resumed, gap = self._subscriber.start(after, backlog)
        assert hub.attach(self.service, self)
        return None if gap is None else _read(gap)

    def begin(self, seq: int) -> None:
        """From here on all is accounted for."""
        self.begun = self.through = seq
        self.delivered = self.left_out = self.in_gaps = 0
        assert self._subscriber.cursor == seq

    def refilter(self, filter_: Filter) -> None:
        self._subscriber.filter = self.filter = filter_

    def pump(self) -> None:
        while not self.slow and self.take():
            pass

    def close(self, code: int, reason: str) -> None:
        self.closed = code

    def take(self) -> bool:
        """Takes one frame, and compares it with what has come."""
        ring = self._model.ring(self.service)
        frame = self._subscriber.next_frame()
        if frame is None:
            self._pass(self._subscriber.cursor, [])
            return self._subscriber.is_behind
        message = _read(frame)
        if message["type"] == "gap":
            assert message["reason"] == "overrun"
            # What was passed in silence before the gap, the filter left out.
            self._pass(message["from"] - 1, [])
            assert message["count"] == message["to"] - message["from"] + 1 > 0
            assert message["to"] == ring.oldest - 1, "what is there is no gap"
            self.in_gaps += message["count"]
            self.through = message["to"]
        else:
            assert message["entries"]
            self._pass(message["through"], message["entries"])
        assert self.through == self._subscriber.cursor
        return True

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
            assert seen.slow or seen.through == self.ring(seen.service).head

    @rule(target=watchers, service=services, filter_=filters, slow=st.booleans())
    def come_for_all(self, service: str, filter_: Filter, slow: bool) -> Seen:
        """With a cursor that has seen nothing."""
        seen = Seen(self, service, filter_, slow=slow)
        assert seen.connect({"epoch": self.hub.epoch, "seq": 0}) is None
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
        backlog=st.integers(0, 15),
        cursor=st.sampled_from(["none", "future", "garbage"]),
    )
    def come_for_the_last(
        self,
        service: str,
        filter_: Filter,
        slow: bool,
        backlog: int,
        cursor: Literal["none", "future", "garbage"],
    ) -> Seen:
        """Without a cursor, or with one that never was: that is told."""
        seen = Seen(self, service, filter_, slow=slow)
        ring = self.ring(service)
        held = range(ring.oldest, ring.head + 1)
        matching = [seq for seq in held if _matches(filter_, self.came[service][seq - 1])]
        begun = ring.head if backlog == 0 else matching[-backlog] - 1 if len(matching) >= backlog else ring.oldest - 1
        if filter_ is EVERYTHING and begun < ring.oldest:
            begun = ring.oldest - 1
        after = {
            "none": None,
            "future": {"epoch": self.hub.epoch, "seq": ring.head + 1},
            "garbage": {"epoch": self.hub.epoch, "seq": -1},
        }[cursor]
        gap = seen.connect(after, backlog)
        assert not seen.resumed
        told = {"type": "gap", "from": begun + 1, "to": None, "count": None, "reason": "reset"}
        assert gap == (None if cursor == "none" else told)
        seen.begin(begun)
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
        # The server sends what it can before it looks at the next message.
        while seen.take():
            pass
        seen.refilter(filter_)

    @rule(seen=watchers)
    def reconnect(self, seen: Seen) -> None:
        """With the cursor it has, in the same epoch: neither loss nor repeat, and a gap only for what is gone."""
        assert seen.connect({"epoch": self.hub.epoch, "seq": seen.through}, backlog=3) is None
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
            assert seen.connect({"epoch": self.hub.epoch, "seq": 0}) is None
            seen.begin(0)

    @rule(service=services, levels=batches)
    def restart(self, service: str, levels: list[Level]) -> None:
        """Everything in memory is gone; whoever watched comes back behind a producer, with a stale cursor."""
        old = self.hub.epoch
        self.begin()
        self.send(service, levels, 0)
        for seen in self.all:
            gap = seen.connect({"epoch": old, "seq": seen.through})
            assert gap == {"type": "gap", "from": 1, "to": None, "count": None, "reason": "restart"}
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
