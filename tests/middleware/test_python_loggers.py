"""The loggers that apps have, and what becomes of what they are told."""

from __future__ import annotations

import datetime
import logging
import logging.config
import time
from collections.abc import Iterator
from typing import Any

import loguru
import pytest
import structlog
from spectrix import Spectrix

from .clients import Bench, Entry


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def logger(bench: Bench) -> Iterator[logging.Logger]:
    """One with the bench's handler, which nobody else hears."""
    found = logging.getLogger("app.orders")
    found.propagate = False
    found.setLevel(logging.DEBUG)
    handler = bench.client.handler()
    found.addHandler(handler)
    yield found
    found.removeHandler(handler)


def sent(bench: Bench) -> list[Entry]:
    bench.client.flush()
    return bench.wire.taken


def test_logging_keeps_level_logger_and_extra(bench: Bench, logger: logging.Logger) -> None:
    logger.info("order %d paid", 7, extra={"order": 7, "password": "hunter2"})
    for level in (logging.DEBUG, logging.WARNING, logging.ERROR, logging.CRITICAL, 5):
        logger.log(level, "m")
    first, *rest = sent(bench)
    assert (first["level"], first["message"]) == ("info", "order 7 paid")
    assert first["metadata"] == {"order": 7, "password": "[redacted]", "logger": "app.orders"}
    assert [entry["level"] for entry in rest] == ["debug", "warn", "error", "error"]
    assert rest[-1]["metadata"]["originalLevel"] == "critical"


def test_logging_shows_errors(bench: Bench, logger: logging.Logger) -> None:
    try:
        raise LookupError("boom")
    except LookupError:
        logger.exception("checkout failed")
    (entry,) = sent(bench)
    assert (entry["level"], entry["message"]) == ("error", "checkout failed")
    assert entry["metadata"]["error"]["message"] == "boom"
    assert "test_logging_shows_errors" in entry["metadata"]["error"]["stack"]


def test_logging_that_is_wrong_is_sent_all_the_same(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {"msg": "order %d paid", "args": ("seven",), "levelno": logging.INFO}
    bench.client.handler().handle(logging.makeLogRecord(wrong))
    assert sent(bench)[0]["message"] == "order %d paid (its arguments do not fit)"
    assert capsys.readouterr().err == ""


class _Hostile:
    """What raises however it is looked at."""

    def _refuse(self, *_: Any) -> Any:
        raise RuntimeError("not to be looked at")

    __str__ = __repr__ = __format__ = __hash__ = __eq__ = __bool__ = __len__ = __iter__ = __getattr__ = _refuse


class _Endless:
    def __repr__(self) -> str:
        return repr(self)


def _cycle() -> dict[str, Any]:
    cycle: dict[str, Any] = {}
    cycle["self"] = [cycle]
    return cycle


class _HostileError(Exception):
    def __str__(self) -> str:
        raise self

    __repr__ = __str__


HOSTILE: dict[str, Any] = {
    "raises": _Hostile(),
    "never ends": _Endless(),
    "huge": 10**5000,
    "surrogate": "a\ud800b",
    "cycle": _cycle(),
    "keys": {_Hostile: 1, ("a",): 2, b"\xff": 3, 10**5000: 4},
    "not a number": float("nan"),
    "error": _HostileError(),
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_logging_takes_hostile_values_and_loses_no_other(
    bench: Bench, value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.Logger("app.orders")  # without a parent: what pytest listens with would raise
    logger.addHandler(bench.client.handler())
    logger.info("before")
    logger.info("m %s", value)
    logger.info("m %d", value)
    logger.info("m %(it)s", {"it": value})
    logger.info(value)
    logger.info("m", extra={"it": value, "beside": 1})
    logger.error("m", exc_info=value if isinstance(value, BaseException) else (type(value), value, None))
    logger.handle(logging.LogRecord("app.orders", logging.INFO, "f", 1, value, (value,), None))
    logger.info("after")
    entries = sent(bench)
    assert [entry["message"] for entry in (entries[0], entries[-1])] == ["before", "after"]
    assert len(entries) == 9
    assert entries[5]["metadata"]["beside"] == 1
    assert "it" in entries[5]["metadata"]
    assert capsys.readouterr().err == ""


def test_what_is_logged_while_an_entry_is_made_does_not_come_back(bench: Bench, logger: logging.Logger) -> None:
    class Chatty:
        def __str__(self) -> str:
            logger.info("somebody looked")
            return "chatty"

    logger.info("start", extra={"it": Chatty()})
    assert [entry["message"] for entry in sent(bench)] == ["start"]


def test_what_sending_logs_does_not_come_back(logger: logging.Logger) -> None:
    """On the client's own thread: its requests and what they log would feed themselves for ever."""
    bench = Bench()

    def transport(*_: Any) -> Any:
        logger.warning("sending")
        raise ConnectionRefusedError

    logger.addHandler(bench.client.handler())
    bench.client.delivery._transport = transport
    logger.info("start")
    assert not bench.client.flush()
    assert bench.client.delivery.waiting == 1


def test_logging_can_be_configured_as_django_does_it(bench: Bench) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"spectrix": {"()": bench.client.handler, "level": "INFO"}},
            "loggers": {"configured": {"handlers": ["spectrix"], "level": "DEBUG", "propagate": False}},
        }
    )
    logging.getLogger("configured").debug("no")
    logging.getLogger("configured").info("yes")
    assert [entry["message"] for entry in sent(bench)] == ["yes"]


def test_structlog_hands_on_what_it_sends(bench: Bench) -> None:
    seen: list[Any] = []

    def last(_logger: Any, _method: str, event: Any) -> str:
        seen.append(dict(event))
        return ""

    processors: list[Any] = [structlog.processors.add_log_level, bench.client.structlog, last]
    log = structlog.wrap_logger(structlog.ReturnLogger(), processors=processors)
    log.warning("order paid", order=7, token="secret")
    try:
        raise LookupError("boom")
    except LookupError:
        log.exception("checkout failed")
    log.info("with its own error", exc_info=ValueError("given"))
    paid, failed, given = sent(bench)
    assert (paid["level"], paid["message"]) == ("warn", "order paid")
    assert paid["metadata"] == {"order": 7, "token": "[redacted]"}
    assert (failed["level"], failed["metadata"]["error"]["message"]) == ("error", "boom")
    assert given["metadata"]["error"]["name"] == "ValueError"
    assert seen[0] == {"order": 7, "token": "secret", "event": "order paid", "level": "warning"}


def test_loguru_sends_what_it_has(bench: Bench) -> None:
    number = loguru.logger.add(bench.client.loguru, level="TRACE")
    try:
        loguru.logger.bind(order=7).success("order paid")
        loguru.logger.trace("fine")
        try:
            raise LookupError("boom")
        except LookupError:
            loguru.logger.exception("checkout failed")
    finally:
        loguru.logger.remove(number)
    paid, fine, failed = sent(bench)
    assert (paid["level"], paid["message"], paid["metadata"]["order"]) == ("info", "order paid", 7)
    assert (fine["level"], fine["metadata"]["originalLevel"]) == ("debug", "trace")
    assert failed["metadata"]["error"]["name"] == "LookupError"
    assert failed["metadata"]["function"] == "test_loguru_sends_what_it_has"


def test_a_closed_client_in_a_logger_hurts_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    client = Spectrix("k", base_url="http://127.0.0.1:9/api/v1")
    client.close()
    handler = client.handler()
    handler.emit(logging.makeLogRecord({"msg": "late", "levelno": logging.INFO}))
    handler.flush()
    assert capsys.readouterr().err == "spectrix: an entry came after close() and is lost\n"


def test_case_15_what_an_app_gives_is_not_overwritten(bench: Bench, logger: logging.Logger) -> None:
    logger.info("a", extra={"logger": "billing"})
    try:
        raise LookupError("boom")
    except LookupError as raised:
        logger.exception("b", extra={"error": "E43", "_error": "E44"})
        bench.client.error(raised, {"error": "E45"}, order=7)
    bench.client.info("c", {"order": 1}, order=2)
    bench.client.push({"level": "info", "message": "d", "shop": 1, "metadata": {"shop": 2}})
    number = loguru.logger.add(bench.client.loguru)
    loguru.logger.bind(line="assembly").info("e")
    loguru.logger.remove(number)
    a, b, error, c, d, e = (entry["metadata"] for entry in sent(bench))
    assert a == {"_logger": "billing", "logger": "app.orders"}
    assert (b["__error"], b["_error"], b["error"]["message"]) == ("E43", "E44", "boom")
    assert (error["_error"], error["error"]["message"], error["order"]) == ("E45", "boom", 7)
    assert c == {"_order": 1, "order": 2}
    assert d == {"_shop": 1, "shop": 2}
    assert e["_line"] == "assembly"


def test_logging_keeps_the_stack_and_names_of_levels_that_it_was_asked_for(
    bench: Bench, logger: logging.Logger
) -> None:
    logging.addLevelName(35, "AUDIT")
    logging.addLevelName(logging.ERROR, "\x1b[31mERROR\x1b[0m")
    try:
        logger.log(35, "looked", stack_info=True)
        logger.error("")
    finally:
        logging.addLevelName(logging.ERROR, "ERROR")
    looked, empty = sent(bench)
    assert (looked["level"], looked["metadata"]["originalLevel"]) == ("warn", "AUDIT")
    assert "test_logging_keeps_the_stack" in looked["metadata"]["stack_info"]
    assert (empty["level"], empty["message"], empty["metadata"]) == ("error", "", {"logger": "app.orders"})


def test_logging_takes_fields_for_a_message(bench: Bench, logger: logging.Logger) -> None:
    """As python-json-logger has them, and structlog where it renders in a formatter."""
    logger.warning({"message": "order paid", "order": 7})
    logger.warning({"order": 7})
    wrap = structlog.stdlib.ProcessorFormatter.wrap_for_formatter
    structured = structlog.wrap_logger(logger, processors=[structlog.stdlib.add_log_level, wrap])
    structured.error("card declined", order=8)
    plain, nameless, wrapped = sent(bench)
    assert (plain["message"], plain["metadata"]) == ("order paid", {"order": 7, "logger": "app.orders"})
    assert nameless["message"] == "{'order': 7}"
    assert (wrapped["message"], wrapped["metadata"]) == ("card declined", {"order": 8, "logger": "app.orders"})


@pytest.mark.parametrize("name", ["message", "msg", "said"])
def test_case_14_structlog_may_rename_its_event(bench: Bench, name: str) -> None:
    renamer = structlog.processors.EventRenamer(name, replace_by="_event")
    processors: list[Any] = [structlog.processors.add_log_level, renamer, bench.client.structlog]
    structlog.configure(processors=[*processors, lambda *_: ""], logger_factory=structlog.ReturnLoggerFactory())
    try:
        structlog.get_logger().error("card declined", order=7)
        structlog.get_logger().error("card declined", _event="payment")
    finally:
        structlog.reset_defaults()
    first, second = sent(bench)
    assert (first["level"], first["message"], first["metadata"]) == ("error", "card declined", {"order": 7})
    assert (second["message"], second["metadata"]) == ("card declined", {"event": "payment"})


def test_a_time_without_a_zone_is_that_of_the_app(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        now = datetime.datetime.fromtimestamp(bench.clock.wall() / 1000, datetime.UTC)
        local, here = now.astimezone().replace(tzinfo=None), now.replace(tzinfo=None)
        for text in (local.isoformat(" ", "milliseconds"), here.isoformat(), "16:45", "2026-05-14T10:30:00+02:00"):
            bench.client.structlog(None, "info", {"event": "m", "timestamp": text})
    finally:
        monkeypatch.undo()
        time.tzset()
    at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert [entry["timestamp"] for entry in sent(bench)] == [at, at, "16:45", "2026-05-14T10:30:00+02:00"]
