"""What goes out to each kind of destination, byte by byte, and what may be a destination at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spectrix_lite.alerts.telling.destinations import address, read_destination, request, shown
from spectrix_lite.alerts.telling.message import NoticeItem, spoken
from spectrix_lite.core.alert_records import Alert, Notice, NoticeKind, When
from spectrix_lite.core.errors import InvalidBody

GOLDEN = Path(__file__).parents[2] / "golden" / "notices.json"
AT = 1_778_754_600_000
COUNT = When("count", 10, 60)
HOSTILE = "<!channel> @everyone [x](http://evil) `rm` *bold* & <b>\nline\ttwo"
GIVEN: dict[str, dict[str, Any]] = {
    "json": {"kind": "json", "url": "https://a.example/hook", "headers": {"X-Key": "s3cret"}},
    "slack": {"kind": "slack", "url": "https://hooks.slack.com/services/T0/B0/s3cret"},
    "discord": {"kind": "discord", "url": "https://discord.com/api/webhooks/1/s3cret"},
    "ntfy": {"kind": "ntfy", "url": "https://ntfy.sh", "topic": "s3cret-topic", "token": "tk_s3cret"},
    "telegram": {"kind": "telegram", "token": "123456:s3cret-s3cret", "chatId": "-100200"},
}


def item(kind: NoticeKind = "firing", when: When = COUNT, count: int = 12, missed: int = 0, **more: Any) -> NoticeItem:
    alert = Alert("a1", None, None, "Checkout *fails*", "level:error", when, 300, True, (), None, None, 0)
    notice = Notice(1, "a1", "s1", kind, AT, AT - 41_000, count, missed, "e", (7,))
    entry = {
        "seq": 7, "receivedAt": "2026-05-14T10:29:19.000Z", "timestamp": "2026-05-14T10:29:18.000Z", "level": "error",
        "message": HOSTILE, "source": "web", "endpoint": "/pay", "method": "POST", "statusCode": 500, "metadata": {},
    }  # fmt: skip
    link = "http://localhost:4000/#/services/s1/watch?entry=e.7"
    return NoticeItem(alert, notice, "Shop <1>", (json.dumps(entry).encode(),), link, **more)


ITEMS = [
    item(),
    item(when=When("firstSeen"), count=1),
    item(when=When("none", 0, 300), count=0, missed=5000),
    item("resolved", count=3),
    item(test=True, count=1),
]


def bodies() -> dict[str, Any]:
    """What each kind posts: `python -m tests.alerts.telling.test_destinations` writes the golden file anew."""
    found = {}
    for kind, given in GIVEN.items():
        made = request(read_destination(given, "d1", None), ITEMS)
        found[kind] = {"url": made.url, "headers": dict(made.headers), "body": json.loads(made.body)}
    return found


@pytest.mark.case(152)
def test_what_goes_out_is_as_in_the_golden_file() -> None:
    assert bodies() == json.loads(GOLDEN.read_text("utf-8"))


LIMITS = {"slack": ("text", 4000), "discord": ("content", 2000), "ntfy": ("message", 4096), "telegram": ("text", 4096)}


@pytest.mark.case(152)
@pytest.mark.parametrize("count", [1, 2, 10, 100])
@pytest.mark.parametrize("message", ["&<>`*" * 100, "\U0001f600" * 1000, "```[x](https://evil.example) @bob " * 20])
@pytest.mark.parametrize("kind", LIMITS)
def test_a_text_has_room_and_what_encloses_entries_is_closed(kind: str, message: str, count: int) -> None:
    entry = json.loads(item().entries[0]) | {"message": message, "endpoint": "/<a>" * 100, "source": message}
    one = replace(item(), entries=(json.dumps(entry).encode(),) * 3)
    body = json.loads(request(read_destination(GIVEN[kind], "d1", None), [one] * count).body)
    member, most = LIMITS[kind]
    text = body[member]
    assert (len(text.encode()) if kind == "ntfy" else len(text.encode("utf-16-le")) // 2) <= most
    assert text.count("```") % 2 == 0
    shown = text.count(one.link)
    assert shown == count or f"and {count - shown} more" in text
    assert shown >= min(count, 3), "one does not take the room of all"
    if kind in ("slack", "discord"):
        outside = "".join(text.split("```")[::2])
        assert "bob" not in outside
        assert "\U0001f600" not in outside


def test_telegram_makes_nothing_of_what_a_log_says() -> None:
    body = json.loads(request(read_destination(GIVEN["telegram"], "d1", None), ITEMS).body)
    units = body["text"].encode("utf-16-le")
    told = [units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in body["entities"]]
    assert [each["type"] for each in body["entities"]] == ["pre"] * 5
    assert all(each.startswith("10:29:19 error [web]") and each.endswith("line two") for each in told)


def test_what_is_not_seen_is_shown() -> None:
    entry = json.loads(item().entries[0]) | {"message": "a\x00\x1b[31m\u202eb\u2028c\x02\x03d\U000e0048e"}
    one = replace(item(), entries=(json.dumps(entry).encode(),))
    for kind, (member, _) in LIMITS.items():
        text = json.loads(request(read_destination(GIVEN[kind], "d1", None), [one]).body)[member]
        assert "a\ufffd\ufffd[31m\ufffdb c\ufffd\ufffdd\ufffde" in text


@pytest.mark.parametrize("kind", GIVEN)
def test_many_notices_are_cut_and_counted_and_never_too_long(kind: str) -> None:
    body = json.loads(request(read_destination(GIVEN[kind], "d1", None), ITEMS * 20).body)
    if kind != "json":
        assert len(json.dumps(body)) < 8_000
        assert "more" in json.dumps(body)
    else:
        assert len(body["notices"]) == 100


@pytest.mark.parametrize("kind", GIVEN)
def test_secrets_are_never_shown_and_stay_where_they_are_left_out(kind: str) -> None:
    saved = read_destination(GIVEN[kind], "d1", None)
    assert "s3cret" not in json.dumps(shown(saved))
    assert "s3cret" not in repr(saved)
    assert read_destination({"kind": kind}, "d1", saved) == saved


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("json", {"url": "https://thief.example/"}),
        ("ntfy", {"url": "https://thief.example/"}),
        ("ntfy", {"url": "https://thief.example/", "topic": "mine"}),
    ],
)
def test_another_address_is_not_told_the_secrets_of_the_former(kind: str, change: dict[str, str]) -> None:
    saved = read_destination(GIVEN[kind], "d1", None)
    with pytest.raises(InvalidBody, match="anew"):
        read_destination({"kind": kind} | change, "d1", saved)
    whole = read_destination(GIVEN[kind] | change, "d1", saved)
    assert address(whole) == "https://thief.example/"


def test_another_kind_takes_over_nothing() -> None:
    with pytest.raises(InvalidBody):
        read_destination({"kind": "discord"}, "d1", read_destination(GIVEN["slack"], "d1", None))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"kind": "mail"},
        {"kind": "json"},
        {"kind": "json", "url": 7},
        {"kind": "json", "url": "ftp://a.example"},
        {"kind": "json", "url": "https://a.example", "headers": []},
        {"kind": "json", "url": "https://a.example", "headers": {"X": 1}},
        {"kind": "json", "url": "https://a.example", "headers": {"X": "a\r\nY: b"}},
        {"kind": "json", "url": "https://a.example", "headers": {"Host": "b"}},
        {"kind": "json", "url": "https://a.example", "headers": {"a b": "c"}},
        {"kind": "json", "url": "https://a.example", "headers": {f"X-{n}": "" for n in range(11)}},
        {"kind": "ntfy", "url": "https://ntfy.sh", "topic": "a/b"},
        {"kind": "ntfy", "url": "https://ntfy.sh", "topic": "a", "token": "a b"},
        {"kind": "telegram", "token": "1/../2", "chatId": "1"},
        {"kind": "telegram", "token": "123456:abcdefghij", "chatId": 1},
    ],
)
def test_what_is_no_destination(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidBody):
        read_destination(given, "d1", None)


@pytest.mark.parametrize(
    ("seconds", "said"), [(41, "41 s"), (119, "119 s"), (300, "5 min"), (5400, "90 min"), (86400, "24 h")]
)
def test_durations_are_spoken(seconds: int, said: str) -> None:
    assert spoken(seconds) == said


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(bodies(), indent=2, ensure_ascii=False) + "\n", "utf-8")
