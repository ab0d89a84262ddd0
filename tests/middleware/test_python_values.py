"""Whatever an app logs: nothing is raised into it, nothing holds it up, and the entry after it is taken as ever."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import enum
import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import SimpleNamespace
from typing import Any

import pytest

from .clients import Bench, Entry

MOST_LOOKS = 20_000  # an entry has room for 65,536 characters, and each value takes at least four


def boom(*_: Any) -> Any:
    raise LookupError("boom")


class NoClass:
    """Does not want to say its class."""

    __class__ = property(boom)


class NoText:
    __str__ = __repr__ = __format__ = boom


class NoAttributes:
    __getattribute__ = boom


class NoTruth:
    __bool__ = __len__ = __eq__ = boom
    __hash__ = None  # type: ignore[assignment]


class NoItems(Mapping[str, Any]):
    __getitem__ = __iter__ = __len__ = boom


class Texts(str):
    __str__ = __repr__ = __len__ = __iter__ = lower = encode = boom  # type: ignore[assignment]


class Numbers(int):
    __str__ = __repr__ = __int__ = __float__ = boom


class Lists(list[Any]):
    __iter__ = __len__ = __str__ = boom


class Dates(datetime.datetime):
    isoformat = astimezone = __str__ = boom  # type: ignore[assignment]


class NoZone(datetime.tzinfo):
    utcoffset = dst = tzname = boom


class NoName(type):
    __name__ = property(boom)


class Nameless(Exception, metaclass=NoName):
    args = property(boom)
    __str__ = boom
    __cause__ = __context__ = __traceback__ = __suppress_context__ = property(boom)


class Nested(Exception):
    """Has a cause that has a cause that has one."""

    @property
    def __cause__(self) -> BaseException | None:
        return Nested()

    @__cause__.setter
    def __cause__(self, _: Any) -> None: ...


class Turns(enum.Enum):
    LEFT = 1

    @property
    def value(self) -> Any:
        return boom()


@dataclasses.dataclass
class Record:
    kept: int = 1

    @property
    def missing(self) -> int:
        return int(boom())


class Endless(Mapping[str, Any]):
    """Has items without end; counts how many were asked for."""

    def __init__(self) -> None:
        self.looks = 0

    def items(self) -> Any:
        for number in itertools.count():
            self.looks += 1
            yield f"name {number}", None

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.items())

    def __getitem__(self, name: str) -> None:
        return None

    def __len__(self) -> int:
        return 10**9


class EndlessList(list[Any]):
    def __init__(self) -> None:
        self.looks = 0

    def __iter__(self) -> Iterator[Any]:
        for _ in itertools.count():
            self.looks += 1
            yield None


CIRCLE: dict[Any, Any] = {}
CIRCLE["self"] = [CIRCLE]
MILLION = list(range(1_000_000))

HOSTILE: dict[str, Any] = {
    "no class": NoClass(),
    "no text": NoText(),
    "no attributes": NoAttributes(),
    "no truth": NoTruth(),
    "no items": NoItems(),
    "a text that raises": Texts("text"),
    "a number that raises": Numbers(7),
    "a list that raises": Lists([1]),
    "a date that raises": Dates(2026, 5, 14),
    "a zone that raises": datetime.datetime(2026, 5, 14, tzinfo=NoZone()),
    "the first of all moments": datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=9))),
    "an enum that raises": Turns.LEFT,
    "a record": Record(),
    "an error that raises": Nameless(),
    "an error with causes without end": Nested(),
    "an error of a million parts": ValueError(MILLION, {"all": [MILLION]}),
    "a group of a hundred thousand": ExceptionGroup("group", [ValueError(1)] * 100_000),
    "items without end": Endless(),
    "a list without end": EndlessList(),
    "a circle": CIRCLE,
    "a million": MILLION,
    "a set of a million": set(MILLION),
    "a dict of a million": dict.fromkeys(MILLION),
    "a deque of a million": collections.deque(MILLION),
    "an array of a million": array.array("l", MILLION),
    "the keys of a million": dict.fromkeys(MILLION).keys(),
    "a user's list of a million": collections.UserList(MILLION),
    "fifty megabytes": bytes(50_000_000),
    "fifty million letters": "x" * 50_000_000,
    "an integer of a million bits": 1 << 1_000_000,
    "half of a pair": "\ud800",
    "a class": NoName("Made", (), {}),
    "None": None,
}


def logging_record(value: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": value, "levelno": logging.INFO, "extra": value})


def loguru_record(value: Any) -> Any:
    record = {"extra": {"value": value}, "name": value, "function": value, "line": value, "exception": None}
    level = SimpleNamespace(no=20)
    return SimpleNamespace(record={**record, "message": value, "time": value, "level": level})


def structlog_event(bench: Bench, event: MutableMapping[str, Any]) -> None:
    assert bench.client.structlog(None, "info", event) is event


FIELDS = ("message", "level", "timestamp", "source", "endpoint", "method", "statusCode", "metadata", "other")
WAYS: dict[str, Callable[[Bench, Any], Any]] = {
    "a message": lambda bench, value: bench.client.info(value),
    "metadata": lambda bench, value: bench.client.warn("m", value),
    "a member of metadata": lambda bench, value: bench.client.warn("m", {"deep": [{"value": value}]}),
    "a keyword": lambda bench, value: bench.client.error("m", {"a": 1}, value=value, password=value),
    "metadata beside a keyword": lambda bench, value: bench.client.error(ValueError("m"), value, order=7),
    "an entry": lambda bench, value: bench.client.push(value),
    "each field of an entry": lambda bench, value: bench.client.push(dict.fromkeys(FIELDS, value)),
    "an uncaught error": lambda bench, value: bench.client.uncaught(value, "sys.excepthook"),
    "a record of logging": lambda bench, value: bench.client.handler().handle(logging_record(value)),
    "an argument of logging": lambda bench, value: bench.client.handler().handle(
        logging.makeLogRecord({"msg": "m %s", "args": (value,), "levelno": logging.INFO})
    ),
    "an event of structlog": lambda bench, value: structlog_event(bench, value),
    "members of structlog's": lambda bench, value: structlog_event(
        bench, {"event": value, "level": value, "timestamp": value, "exc_info": value, "value": value}
    ),
    "a message of loguru": lambda bench, value: bench.client.loguru(value),
    "members of loguru's": lambda bench, value: bench.client.loguru(loguru_record(value)),
}


def sent(log: Callable[[Bench], Any]) -> list[Entry]:
    """What was sent of it, between one entry before and one after."""
    bench = Bench()
    bench.client.info("before")
    log(bench)
    bench.client.info("after")
    assert bench.client.flush()
    first, *between, last = bench.wire.taken
    assert (first["message"], last["message"]) == ("before", "after")
    assert all(size < 524_288 for size in bench.wire.sizes)
    return between


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", HOSTILE)
def test_an_app_may_log_anything(way: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sent(lambda bench: WAYS[way](bench, HOSTILE[what]))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("way", ["a message", "metadata", "a member of metadata", "a record of logging"])
@pytest.mark.parametrize("make", [Endless, EndlessList])
def test_what_has_no_end_is_asked_so_often_at_most(way: str, make: type[Endless] | type[EndlessList]) -> None:
    value = make()
    sent(lambda bench: WAYS[way](bench, value))
    assert 0 < value.looks <= MOST_LOOKS


def test_properties_that_take_their_time_are_left_out_after_a_tenth_of_a_second() -> None:
    bench = Bench()
    asked = 0

    class Slow:
        def __str__(self) -> str:
            nonlocal asked
            asked += 1
            bench.clock.advance(0.03)
            return "slow"

    bench.client.info("m", {f"name {number}": Slow() for number in range(100)})
    assert bench.client.flush()
    assert asked <= 5
    assert bench.wire.taken[0]["metadata"]["truncated"] is True


def test_what_raises_is_named_in_its_place() -> None:
    (entry,) = sent(lambda bench: bench.client.info("m", {"bad": NoText(), "good": 1, "none": NoClass()}, order=7))
    assert entry["metadata"] == {"bad": "[threw: boom]", "good": 1, "none": entry["metadata"]["none"], "order": 7}


def test_what_ends_a_program_is_not_swallowed() -> None:
    class Stop:
        def __str__(self) -> str:
            raise KeyboardInterrupt

    bench = Bench()
    with pytest.raises(KeyboardInterrupt):
        bench.client.info("m", {"stop": Stop()})
    bench.client.info("on")
    assert bench.client.flush()
    assert bench.wire.messages == ["on"]


def test_a_group_of_errors_shows_its_own_and_a_small_one_its_members() -> None:
    few, many = ExceptionGroup("few", [ValueError("inner")]), ExceptionGroup("many", [ValueError("inner")] * 100_000)
    (first,) = sent(lambda bench: bench.client.error(few))
    (second,) = sent(lambda bench: bench.client.error(many))
    assert "ValueError: inner" in first["metadata"]["error"]["stack"]
    assert second["metadata"]["error"]["stack"].startswith("ExceptionGroup: ")
