"""The bench's own arithmetic, what it writes, and its smallest case once through."""

from __future__ import annotations

import json
import math
import random
import struct
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from bench import neighbours, queries, report, run, traffic
from bench.cases import CASES
from bench.figures import Figure, Reach, median, number, percentile, regressions
from bench.load import Source
from bench.plot import Bar, Group, svg
from bench.profile import shares
from bench.shop import IN_A_BATCH, Shop, entry
from bench.watchers import Audience, FrameWalk, Watcher, masked
from spectrix_lite.stream import messages

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def figure(name: str, value: float, **more: object) -> Figure:
    defaults: dict[str, object] = {"label": name.title(), "unit": "of the floor", "better": "higher"}
    return Figure(name=name, value=value, **{**defaults, **more})  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.5, 5.0), (0.501, 6.0), (0.9, 9.0), (0.99, 10.0), (1.0, 10.0)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == expected


def test_percentiles_of_little() -> None:
    assert math.isnan(percentile([], 0.5))
    assert percentile([7.0], 0.99) == 7.0
    assert median([3.0, 1.0, 2.0]) == 2.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.1634, "0.163"), (1.0, "1"), (4.2149, "4.21"), (12.34, "12.3"), (512_345.0, "512,000"), (100.0, "100")],
)  # fmt: skip
def test_numbers_have_three_figures(value: float, expected: str) -> None:
    assert number(value) == expected


def test_a_reach_is_a_least_or_a_most() -> None:
    assert figure("a", 0.55, reach=Reach("least", 0.55)).verdict == "reached"
    assert figure("a", 0.54, reach=Reach("least", 0.55)).verdict == "missed"
    assert figure("a", 3.1, reach=Reach("most", 3.0)).verdict == "missed"
    assert figure("a", 3.1).verdict == ""
    assert (
        figure("a", 0.9, reach=Reach("least", 0.55), fault="3 deliveries lost").verdict == "missed: 3 deliveries lost"
    )


def test_a_regression_is_a_ratio_worse_by_more_than_a_tenth() -> None:
    committed = {"fast": 0.60, "cheap": 2.0, "slow": 5.0}
    assert regressions([figure("fast", 0.541), figure("cheap", 2.19, better="lower")], committed) == []
    assert regressions([figure("fast", 0.9), figure("cheap", 0.5, better="lower")], committed) == []
    assert regressions([figure("fast", 0.539)], committed) == ["Fast: 0.6 became 0.539 (-10 %)"]
    assert regressions([figure("cheap", 2.3, better="lower")], committed) == ["Cheap: 2 became 2.3 (+15 %)"]


def test_what_cannot_be_compared_is_no_regression() -> None:
    assert regressions([figure("slow", 50.0, better="lower", is_ratio=False)], {"slow": 5.0}) == []
    assert regressions([figure("new", 0.1)], {}) == []


def test_the_committed_ratios_are_of_cases_that_exist() -> None:
    names = {case.name for case in CASES}
    for name, value in report.committed().items():
        assert name.removesuffix("_ratio") in names | {"help"}, name
        assert value > 0


FIGURES = [
    figure("alone", 0.7, label="No watcher & nobody <else>", reach=Reach("least", 0.55), background="630,000"),
    figure("watchers", 0.1, reach=Reach("least", 0.15)),
    figure("steady_p99", 4.0, unit="ms", better="lower", reach=Reach("most", 8.0), is_ratio=False),
]


def test_the_table_says_what_was_reached_and_what_was_not() -> None:
    text = report.text(FIGURES, "python -m bench.run", (0.5, 1.5), NOW)
    assert "20 November 2026, 09:30 UTC" in text
    assert "**2 of 3 reached.** Missed: Watchers (0.1 of the floor)." in text
    assert "| Watchers | 0.1 of the floor | ≥ 0.15 | missed |  |" in text
    assert "| Steady_P99 | 4 ms | ≤ 8 | reached |  |" in text
    for case in CASES:
        assert f"| `{case.name}` | {case.how} |" in text


def test_the_plot_is_xml_with_a_bar_for_each_and_a_tick_for_each_reach() -> None:
    root = ET.fromstring(report.drawing(FIGURES))  # noqa: S314  it was made two lines above
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert names.count("rect") == 1 + len(FIGURES)  # the paper and the bars
    assert [element.get("class") for element in root.iter()].count("tick") == 3
    assert "No watcher & nobody <else>" in [element.text for element in root.iter()]
    assert "prefers-color-scheme: dark" in report.drawing(FIGURES)


def test_a_bar_is_as_long_as_its_value() -> None:
    drawn = svg("t", [Group("g", "n", [Bar("a", 1.0, "1", None, True), Bar("b", 0.25, "", 0.5, False)])])
    widths = [element.get("width") for element in ET.fromstring(drawn).iter() if element.get("rx") == "2"]  # noqa: S314
    assert widths == ["370.0", "92.5"]


@pytest.mark.parametrize("count", [1, 10, 50, 200])
def test_a_batch_is_json_with_the_mark_as_its_last_message(count: int) -> None:
    batch = traffic.batch(count, own_times=True)
    body = batch.before + traffic.mark(7, 123) + batch.after
    logs = json.loads(body)["logs"]
    assert (len(body), len(logs)) == (batch.size, count)
    assert len({entry["timestamp"] for entry in logs}) == count
    assert traffic.read_mark(logs[-1]["message"].encode(), 0) == (7, 123)


@pytest.mark.parametrize("filter_", traffic.FILTERS, ids=str)
def test_each_filter_lets_through_a_part(filter_: traffic.Filter) -> None:
    share = traffic.let_through(filter_, traffic.batch(50, sources=traffic.SOURCES)) / 50
    assert 0.1 <= share <= 0.7


def test_every_request_of_the_shop_is_new_and_as_long_as_it_says() -> None:
    shop = Shop(4000, "key")
    ids = set()
    for which in (0, 1, 200):  # the last is made like the first
        head, body = shop.request(which).split(b"\r\n\r\n")
        assert head.endswith(b"Content-Length: %d" % len(body))
        logs = json.loads(body)["logs"]
        assert len(logs) == IN_A_BATCH
        ids |= {one["metadata"].get("requestId") or one["metadata"]["traceId"] for one in logs}
        assert all(datetime.fromisoformat(one["timestamp"]) > NOW for one in logs)
    assert len(ids) == 3 * IN_A_BATCH


def test_a_shop_logs_what_can_be_told_apart() -> None:
    chance = random.Random(1)
    entries = [entry(chance) for _ in range(500)]
    assert {one["level"] for one in entries} == {"info", "warn", "error", "debug"}
    assert len({one["source"] for one in entries}) >= 5
    assert len({one.get("endpoint") for one in entries}) > 200


def server_frames() -> bytes:
    """Frames of the server's with each size of head there is."""
    return b"".join(messages.frame(bytes(size)) for size in (5, 3_000, 70_000)) + b"\x89\x00"


@pytest.mark.parametrize("step", [1, 2, 3, 7, 4096, 100_000])
def test_frames_are_found_wherever_the_bytes_are_cut(step: int) -> None:
    walk, data = FrameWalk(), server_frames()
    parts = [data[at : at + step] for at in range(0, len(data), step)]
    found = [opcode for part in parts for opcode in walk.feed(part, len(part))]
    assert found == [1, 1, 1, 9]


@pytest.mark.parametrize("size", [0, 125, 126, 4000])
def test_a_clients_frame_is_masked(size: int) -> None:
    frame = masked(1, b"a" * size)
    assert frame[0] == 0x81
    assert frame[1] & 0x80
    length = frame[1] & 0x7F if size < 126 else struct.unpack_from("!H", frame, 2)[0]
    assert (length, frame[-size:] if size else b"") == (size, b"a" * size)


def see(watcher: Watcher, data: bytes) -> None:
    watcher.look(data + b"what an earlier read left" + traffic.mark(9, 9), len(data))


@pytest.mark.parametrize("step", [1, 2, 5, 33, 34, 100, 10_000])
async def test_marks_and_entries_are_counted_once_wherever_the_bytes_are_cut(step: int) -> None:
    entries = b",".join(b'{"seq":%d,"message":"%b"}' % (seq, traffic.mark(seq, 1)) for seq in range(1, 21))
    data = messages.frame(entries)
    watcher = Watcher(0, "", {"levels": ["info"]})
    for at in range(0, len(data), step):
        see(watcher, data[at : at + step])
    assert (watcher.marks, watcher.numbers, watcher.entries) == (20, 210, 20)


async def test_what_is_missing_or_came_twice_is_lost() -> None:
    source = Source(0, "", traffic.batch(1))
    one, other = Watcher(0, ""), Watcher(0, "")
    audience = Audience(source, [one, other])
    source.sent, source.numbers = 2, 3
    see(one, traffic.mark(1, 1) + traffic.mark(2, 1))
    see(other, traffic.mark(1, 1))
    assert audience.lost() == 1
    see(other, traffic.mark(1, 1))  # as many as were sent, but one of them twice
    assert audience.lost() == 1


def test_shares_are_of_the_loops_thread() -> None:
    stacks = """\
main;run (spectrix_lite/stream/hub.py:9);write (libc.so.6) 3
main;run (spectrix_lite/stream/hub.py:7) 1
_bootstrap;wait 90
"""
    assert shares(stacks) == [
        "  75.0 %   75.0 %  write (libc.so.6)",
        "  25.0 %  100.0 %  run (spectrix_lite/stream/hub.py)",
    ]


def test_the_dearest_queries_are_measured_beside_taking_an_entry_in() -> None:
    rows = queries.rows(1)
    assert [row.query for row in rows] == list(queries.DEAREST)
    assert all(row.seconds > 0 and row.taken_in > 0 for row in rows)
    assert "| `/a10b/` OR … (64 terms) | 2 | 100.0 | 400 |" in queries.table([queries.Row(rows[8].query, 0.1, 0.05)])


async def test_a_producer_is_measured_alone_and_beside_others() -> None:
    with neighbours.measured_server() as (server, token):
        found = await neighbours.measure(server, token, 0.2, neighbours.SCENES[:2])
    assert [row.beside for row in found] == [neighbours.ALONE, "bombs without a key"]
    assert all(row.answers > 0 and 0 < row.p50 <= row.p99 <= row.longest for row in found)
    assert "| nobody | 3 | 1.0 | 2.0 | 20 | 4 | 1.0 | 5 |" in neighbours.table(
        [neighbours.Row(neighbours.ALONE, 3, 1.0, 2.0, 4.0, 5, 20)]
    )


def test_the_smallest_case_once_through(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "alone", "--seconds", "1"]) == 0
    said = capsys.readouterr()
    assert "No watcher" in said.out
    assert "entries per CPU second" in said.out
    assert "1 cases in" in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--only", "nothing"], "invalid choice"),
        (["--seconds", "0"], "from 0.1 to 60"),
        (["--only", "alone", "--write"], "leave --only out"),
    ],
)
def test_bad_arguments_are_told(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(arguments)
    assert says in capsys.readouterr().err
