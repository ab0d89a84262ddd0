"""How entries get to the server, on a clock and a wire in hand. The bugs are those of the seed's middleware."""

from __future__ import annotations

import itertools
import json
import random
import ssl
from datetime import UTC, datetime
from typing import Any

import pytest
from spectrix import Answer, Spectrix

from ..support.growth import check_linear
from .clients import Bench, Entry


def numbers(messages: list[str]) -> list[int]:
    return [int(message) for message in messages if message.isdigit()]


def warnings(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def down(_: list[Entry]) -> Exception:
    return ConnectionRefusedError(111, "Connection refused")


class Talk:
    """An app that logs numbers, so many a tick."""

    def __init__(self, bench: Bench, each_tick: int = 10) -> None:
        self._bench = bench
        self._each_tick = each_tick
        self.said = 0

    def __call__(self) -> None:
        for _ in range(self._each_tick):
            self._bench.client.info(str(self.said))
            self.said += 1


def test_entries_leave_together_after_the_interval() -> None:
    bench = Bench(source="payment-service")
    bench.client.info("a", {"order": 7})
    bench.client.warn("b", order=8)
    bench.run(1.9)
    assert bench.wire.seen == []
    bench.run(0.2)
    first, second = bench.wire.taken
    assert first == {
        "timestamp": "2026-05-14T10:30:00.000Z", "source": "payment-service", "level": "info", "message": "a",
        "metadata": {"order": 7},
    }  # fmt: skip
    assert (second["level"], second["metadata"]) == ("warn", {"order": 8})
    bench.run(10)
    assert len(bench.wire.seen) == 1


def test_many_entries_leave_at_once() -> None:
    bench = Bench()
    Talk(bench, 500)()
    bench.run(0.1)
    assert len(bench.wire.taken) == 500


@pytest.mark.parametrize("seed", range(5))
def test_bugs_1_and_18_an_outage_of_30_seconds_under_200_entries_a_second(
    seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed batch was restored and every further push flushed; there was no backoff and no jitter."""
    bench = Bench(jitter=random.Random(seed).random)
    talk = Talk(bench)
    bench.run(5, talk)
    before = len(bench.wire.seen)
    bench.wire.reply = down
    bench.run(30, talk)
    assert len(bench.wire.seen) - before <= 20
    bench.wire.reply = lambda _: 200
    bench.run(32, talk)
    bench.run(5)
    assert bench.wire.messages == [str(number) for number in range(talk.said)]
    assert len(warnings(capsys)) <= 2  # within 72 s


def test_what_does_not_fit_is_told_where_it_is_missing() -> None:
    bench = Bench(max_buffer_size=1000)
    talk = Talk(bench)
    bench.run(5, talk)
    bench.wire.reply = down
    bench.run(30, talk)
    bench.wire.reply = lambda _: 200
    bench.run(32, talk)
    bench.run(5)
    kept = numbers(bench.wire.messages)
    assert kept == sorted(set(kept))
    told = [entry for entry in bench.wire.taken if "dropped" in entry["metadata"]]
    assert sum(entry["metadata"]["dropped"] for entry in told) == talk.said - len(kept) > 0
    for entry in told:  # each stands exactly in its hole
        place = bench.wire.taken.index(entry)
        before, after = (int(bench.wire.messages[place + step]) for step in (-1, 1))
        assert after - before - 1 == entry["metadata"]["dropped"]
        assert entry["level"] == "warn"
        assert entry["metadata"]["causes"] == {"overflow": entry["metadata"]["dropped"]}


def test_bug_2_the_buffer_is_bounded_in_entries_and_bytes() -> None:
    """`maxBufferSize` was what set off a flush, and bounded nothing."""
    bench = Bench(down, max_buffer_size=50)
    bench.run(10, Talk(bench, 10))
    assert bench.client.delivery.waiting <= 50
    bench = Bench(down)
    for _ in range(1000):
        bench.client.info("x" * 16_000)
    delivery = bench.client.delivery
    bench.run(5, lambda: bench.client.info("x" * 16_000))
    assert delivery.waiting * 16_000 <= 5 * 1024 * 1024


def test_bug_3_a_backlog_goes_in_batches() -> None:
    bench = Bench()
    for number in range(1600):
        bench.client.info(str(number))
    for _ in range(100):
        bench.client.info("1600" + "x" * 15_000)
    bench.run(5)
    assert len(bench.wire.taken) == 1700
    assert max(map(len, bench.wire.seen)) == 500
    assert max(bench.wire.sizes) <= 512 * 1024


@pytest.mark.parametrize("status", [400, 401, 403, 404, 415])
def test_bug_4_what_the_server_refuses_is_not_sent_again(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    detail = b'{"status": 401, "detail": "This key is not known."}'
    bench = Bench(lambda _: Answer(status, detail))
    bench.client.info("a")
    bench.client.info("b")
    bench.run(60)
    assert len(bench.wire.seen) == 1
    (line,) = warnings(capsys)
    assert f"HTTP {status}, This key is not known.; dropped entries: 2" in line
    bench.wire.reply = lambda _: 200
    bench.client.info("c")
    bench.run(3)
    notice, after = bench.wire.taken
    assert notice["message"] == "2 entries were dropped: 2 refused by the server"
    assert after["message"] == "c"


def test_what_a_refused_batch_had_to_tell_is_told_by_the_next() -> None:
    bench = Bench(lambda _: 403)
    for name in "abc":
        bench.client.info(name)
        bench.run(3)
    bench.wire.reply = lambda _: 200
    bench.client.info("d")
    bench.run(3)
    assert bench.wire.taken[0]["metadata"] == {"dropped": 3, "causes": {"refused": 3}}


def test_bug_4_without_a_key_nothing_is_sent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPECTRIX_API_KEY", raising=False)
    bench = Bench(api_key=None)
    bench.run(30, Talk(bench))
    assert bench.wire.seen == []
    assert warnings(capsys) == ["spectrix: no API key, so nothing is sent: set SPECTRIX_API_KEY or give api_key"]


def test_bug_5_an_entry_that_is_hard_to_encode_costs_nothing_else() -> None:
    class Nasty:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    circle: dict[str, Any] = {}
    circle["self"] = circle
    bench = Bench()
    bench.client.info("circle", circle)
    bench.client.info("nasty", {"it": Nasty(), "big": 1 << 100_000, "bytes": b"\xff", "nan": float("nan")})
    odd: dict[Any, Any] = {"at": datetime(2026, 5, 14, tzinfo=UTC), "ids": {1}, 2: "two", None: "none"}
    bench.client.info("when", odd)
    bench.client.push({"level": Nasty(), "message": Nasty(), "endpoint": Nasty(), "timestamp": "x" * 10_000})
    bench.client.push({})
    bench.client.info("after")
    bench.run(3)
    found = [entry["metadata"] for entry in bench.wire.taken]
    assert found[0] == {"self": "[circular]"}
    assert found[1] == {
        "it": "[threw: no]", "big": "[integer of 100001 bits]", "bytes": "[1 bytes]", "nan": None,
    }  # fmt: skip
    assert found[2] == {"at": "2026-05-14T00:00:00.000Z", "ids": [1], "2": "two", "None": "none"}
    assert bench.wire.taken[3]["message"] == "[threw: no]"
    assert len(found) == 6


def test_an_entry_has_only_so_much_room() -> None:
    bench = Bench()
    bench.client.info("large", {"list": list(range(1_000_000)), "after": 1})
    bench.client.info("long", {f"text {number}": "\x00" * 100_000 for number in range(20)})
    bench.run(3)
    assert [entry["metadata"]["truncated"] for entry in bench.wire.taken] == [True, True]
    assert max(bench.wire.sizes) <= 512 * 1024


def test_bug_6_one_request_at_a_time_and_in_order() -> None:
    bench = Bench()
    inside = itertools.count()

    def reply(_: list[Entry]) -> int:
        assert next(inside) == len(bench.wire.seen) - 1
        bench.client.info("meanwhile")
        assert bench.client.delivery._one_at_a_time.locked()
        return 200

    bench.wire.reply = reply
    Talk(bench, 1200)()
    bench.run(0.1)
    assert numbers(bench.wire.messages) == list(range(1200))


def test_bug_7_a_batch_sent_again_is_the_same_under_the_same_key() -> None:
    """A lost answer stored the batch twice."""
    bench = Bench(lambda _: ConnectionResetError(104, "Connection reset by peer"))
    bench.client.info("a")
    bench.run(3)
    bench.client.info("b")
    bench.run(3)
    assert len(bench.wire.seen) > 2
    assert all(seen == bench.wire.seen[0] for seen in bench.wire.seen)
    assert len(set(bench.wire.keys)) == 1
    bench.wire.reply = lambda _: 200
    bench.run(60)
    assert bench.wire.messages == ["a", "b"]
    assert len(set(bench.wire.keys)) == 2


def test_bug_14_a_redirect_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(lambda _: Answer(301, location="https://example.com/\x1b[2Jx"))
    bench.client.info("a")
    bench.run(10)
    assert bench.wire.taken == []
    assert "a redirect to https://example.com/ [2Jx, which is not followed; waiting entries: 1" in warnings(capsys)[0]
    bench.wire.reply = lambda _: 200
    bench.run(60)
    assert bench.wire.messages == ["a"]


def test_bug_16_the_address_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPECTRIX_URL", raising=False)
    assert Spectrix("k").base_url == "http://localhost:4000/api/v1"
    monkeypatch.setenv("SPECTRIX_URL", "https://logs.example.com/api/v1/")
    monkeypatch.setenv("SPECTRIX_API_KEY", " spx_v1_live_x\n")
    assert (Spectrix().base_url, Spectrix().api_key) == ("https://logs.example.com/api/v1", "spx_v1_live_x")
    assert Spectrix("k", base_url="http://10.0.0.1:4000/api/v1").base_url == "http://10.0.0.1:4000/api/v1"


def test_bug_17_zero_is_a_value() -> None:
    bench = Bench(interval=0)
    bench.client.info("a")
    bench.run(0.05)
    assert bench.wire.messages == ["a"]
    bench = Bench(max_buffer_size=0)
    bench.run(5, Talk(bench))
    assert bench.client.delivery.waiting == 0


def test_a_setting_that_cannot_work_is_told_and_hurts_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(interval=-1, max_buffer_size="50", base_url="localhost:4000")
    assert (bench.client.interval, bench.client.max_buffer_size) == (2.0, 10_000)
    assert warnings(capsys) == [
        "spectrix: base_url is no http address: 'localhost:4000'; going on with http://localhost:4000/api/v1",
        "spectrix: interval is -1, not a number from 0; going on with 2.0",
        "spectrix: max_buffer_size is '50', not a number from 0; going on with 10000",
    ]


def test_bug_18_the_server_says_when_to_come_again() -> None:
    bench = Bench(lambda _: Answer(429, retry_after="20"))
    bench.client.info("a")
    bench.run(3, tick=0.5)
    bench.wire.reply = lambda _: 200
    bench.run(30, tick=0.5)
    assert bench.wire.times[1] - bench.wire.times[0] == 20


def test_bug_19_clocks_that_are_set_change_no_pause() -> None:
    bench = Bench(down)
    bench.client.info("a")
    bench.run(2.1)
    bench.clock.set_wall(0)
    bench.run(60)
    pauses = [after - before for before, after in itertools.pairwise(bench.wire.times)]
    assert pauses == pytest.approx([0.75, 1.25, 2.25, 4.25, 8.25, 15.25, 15.25], abs=0.06)


@pytest.mark.parametrize(
    "problem", [ConnectionRefusedError(111, "Connection refused"), TimeoutError(), ssl.SSLError(1, "bad\ncert")]
)
def test_bug_20_a_warning_says_why(problem: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """It said "fetch failed"."""
    bench = Bench(lambda _: problem)
    bench.client.info("a")
    bench.run(50)
    (line,) = warnings(capsys)
    assert line.startswith("spectrix: http://localhost:4000/api/v1: ")
    assert line.endswith("; waiting entries: 1, next try in 0.8 s")
    assert type(problem).__name__ in line
    bench.run(20)
    assert len(warnings(capsys)) == 1


def test_bug_22_what_was_rejected_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"accepted": 1, "rejected": 1, "errors": [{"index": 0, "field": "message", "reason": "missing_message"}]}
    bench = Bench(lambda _: Answer(200, json.dumps(counts).encode()))
    bench.client.info("")
    bench.client.info("b")
    bench.run(3)
    assert warnings(capsys) == ["spectrix: http://localhost:4000/api/v1 rejected 1 of 2: missing_message"]


def test_an_answer_that_is_not_of_spectrix_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(lambda _: Answer(200, b"<!doctype html>"))
    bench.client.info("a")
    bench.run(3)
    assert "but not as Spectrix: is it the address?" in warnings(capsys)[0]


def test_bug_24_an_error_shows_what_it_is() -> None:
    """In metadata it became `{}`."""
    bench = Bench()
    try:
        try:
            int("x")
        except ValueError as cause:
            raise LookupError("no such order") from cause
    except LookupError as error:
        bench.client.error("checkout failed", error=error)
        bench.client.error(error)
    bench.run(3)
    for entry in bench.wire.taken:
        shown = entry["metadata"]["error"]
        assert (shown["name"], shown["message"]) == ("LookupError", "no such order")
        assert shown["stack"].startswith("Traceback")
        assert "test_bug_24" in shown["stack"]
        assert shown["cause"]["name"] == "ValueError"
    assert bench.wire.taken[1]["message"] == "LookupError: no such order"


def test_a_batch_that_is_too_large_goes_in_halves(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(lambda entries: 413 if len(entries) > 30 or "17" in [e["message"] for e in entries] else 200)
    Talk(bench, 100)()
    bench.run(3)
    Talk(bench, 1)()
    bench.run(3)
    assert numbers(bench.wire.messages) == [number for number in range(100) if number != 17] + [0]
    assert [entry["metadata"]["dropped"] for entry in bench.wire.taken if "dropped" in entry["metadata"]] == [1]
    assert len(set(bench.wire.keys)) == len(bench.wire.keys)
    assert "HTTP 413" in warnings(capsys)[0]


def test_secrets_do_not_leave() -> None:
    bench = Bench(redact=["iban"])
    bench.client.info("login with password=hunter2", {"db": {"DB_PASSWORD": "p"}, "iban": "DE02", "user": "ann"})
    bench.client.info("call", {"text": "Authorization: Bearer abc123DEF456ghi", "key": "spx_v1_live_0123456789"})
    bench.run(3)
    first, second = bench.wire.taken
    assert first["message"] == "login with password=[redacted]"
    assert first["metadata"] == {"db": {"DB_PASSWORD": "[redacted]"}, "iban": "[redacted]", "user": "ann"}
    assert second["metadata"] == {"text": "Authorization: Bearer [redacted]", "key": "[redacted]"}


@pytest.mark.parametrize(
    ("first", "part", "last"),
    [("", "=", ""), ("", 'a="', ""), ("", '"a":"', ""), ("", "eyJ-", ""), ("", "://x", ""), ("", "bearer ", ""),
     ("", "basic\n", ""), ("", "a", "="), ("", "'a' ", ""), ("", "\\", ""), ('"a":"', '\\"a":', ""),
     ("", "spx_v1_", ""), ("", "&a=b", "")],
    ids=range(13),
)  # fmt: skip
def test_no_text_takes_long(first: str, part: str, last: str) -> None:
    """As many characters as are looked at."""
    check_linear(Bench().client.info, lambda size: first + part * (size // len(part)) + last, 32_000)


def test_flush_sends_now_and_says_whether_all_arrived() -> None:
    bench = Bench()
    bench.client.info("a")
    assert bench.client.flush()
    assert bench.wire.messages == ["a"]
    bench.wire.reply = down
    bench.client.info("b")
    assert not bench.client.flush()
    bench.wire.reply = lambda _: 200
    assert bench.client.flush()
    assert bench.wire.messages == ["a", "b"]


def test_bug_10_close_sends_what_waits_and_may_be_called_twice(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench()
    Talk(bench, 1200)()
    assert bench.client.close()
    assert bench.client.close()
    assert len(bench.wire.taken) == 1200
    bench.client.info("late")
    bench.run(3)
    assert len(bench.wire.taken) == 1200
    assert warnings(capsys) == ["spectrix: an entry came after close() and is lost"]


def test_close_is_over_in_time_and_tells_what_had_not_arrived(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(down)
    bench.client.info("a")
    assert not bench.client.close(timeout=0.05)
    assert warnings(capsys)[-1] == "spectrix: closed before 1 waiting entries had arrived"


def test_nothing_that_goes_wrong_while_sending_comes_up(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(lambda _: ValueError("not foreseen"), base_url="http://ann:hunter2@localhost:4000/api/v1")
    bench.client.info("a")
    assert not bench.client.flush()
    assert not bench.client.close(0.05)
    first, _ = warnings(capsys)
    assert first.startswith("spectrix: http://[redacted]@localhost:4000/api/v1: ValueError: not foreseen; ")


def test_a_key_that_is_none_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(api_key="spx_v1_live_x\nX-Other: y")
    bench.client.info("a")
    bench.run(3)
    assert bench.wire.seen == []
    assert warnings(capsys)[0] == "spectrix: api_key has characters that no key has; going on without"
