"""Texts far beyond what is kept are cut before a decoder sees them, wherever they stand, and nothing else is."""

from __future__ import annotations

import json

import pytest

from spectrix_lite.entries import long_texts
from spectrix_lite.entries.entry import Limits
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.entries.long_texts import found_in_steps, shortened

LONGEST = 4096
LONG = 2 * LONGEST + 3
PIECES = ["a", "\\", '"', "\n", "é", "€", "😀", "\\u", "\x01"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_texts, "LONGEST", LONGEST)
    monkeypatch.setattr(long_texts, "_STEP", LONGEST // 2)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_long_text_is_cut_at_a_character(piece: str, ascii_only: bool) -> None:
    for before in ("", "x"):  # so that what is looked at begins within an escape, and without
        text = before + piece * (LONG // len(piece))
        body = json.dumps({"a": "short", "message": text, "z": [1, {"k": "v"}]}, ensure_ascii=ascii_only).encode()
        cut = shortened(b"  " + body, 2, 2 + len(body))
        assert len(cut) < LONGEST + 100
        read = json.loads(cut)
        assert text.startswith(read["message"].encode("utf-8", "surrogatepass").decode("utf-8", "ignore"))
        assert {**read, "message": ""} == {"a": "short", "message": "", "z": [1, {"k": "v"}]}


def test_several_long_texts_and_long_names() -> None:
    body = json.dumps({"x" * LONG: ["y" * LONG, "z"], "a": "\\" * LONG}).encode()
    read = json.loads(shortened(body, 0, len(body)))
    ((name, values), (_, last)) = read.items()
    assert set(name) == {"x"}
    assert (set(values[0]), values[1], set(last)) == ({"y"}, "z", {"\\"})


def test_nothing_else_is_touched() -> None:
    body = json.dumps([{"n": "x" * 1000, "q": '"\\' * 500}] * 20).encode()
    assert len(body) > 2 * LONGEST
    assert shortened(body, 0, len(body)) == body
    broken = b'{"message": "' + b"x" * LONG  # which never ends
    assert shortened(broken, 0, len(broken)) == broken


def test_a_mark_is_found_across_steps() -> None:
    for at in (0, 1, LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST):
        body = b"x" * at + b"\n{" + b"x" * LONGEST
        assert found_in_steps(body, b"\n{", 0, len(body)) == at
        assert found_in_steps(body, b"\n{", at + 1, len(body)) == len(body)
        assert found_in_steps(body, b"\n{", 0, at + 1) == at + 1, "not beyond where it stops"


def test_such_an_entry_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    body = b'{"message":"%b","level":"error"}' % (b"\\u0041" * (long_texts.LONGEST // 2))
    (entry,) = LenientDecoder(Limits()).read(body, "2026-11-30T00:00:00.000Z").entries
    assert (entry.level, set(entry.message), len(entry.message)) == ("error", {"A"}, Limits().message)
    assert entry.truncated == ["message"]
