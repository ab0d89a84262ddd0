"""Searcher: what history answers is what the matcher says of every entry, however they are kept and escaped."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spectrix_lite.core.history_bounds import HistoryBounds
from spectrix_lite.core.timestamps import rfc3339
from spectrix_lite.entries.entry import LEVELS, Entry, encode
from spectrix_lite.history.blocks.block_store import BlockStore
from spectrix_lite.history.blocks.codec import ZLIB, Codec
from spectrix_lite.history.blocks.sealer import Sealer
from spectrix_lite.history.journal.segment import Heading, Segment, begin, framed
from spectrix_lite.history.lineage import Fork
from spectrix_lite.history.search.question import Question
from spectrix_lite.history.search.reader import Reader
from spectrix_lite.history.search.searcher import Searcher
from spectrix_lite.query.error import InvalidQuery
from spectrix_lite.query.filter import candidate, parse_filter
from spectrix_lite.query.numbers import canonical, exact

from ..support.properties import repeatable
from ..support.scale import scaled

BEGAN = 1_778_754_600_000
"""2026-05-14T10:30:00Z."""


class Shelf:
    """A history in a folder of its own: segments, some of which are sealed, with dictionaries or without."""

    def __init__(self, folder: Path) -> None:
        self.store = BlockStore.open(folder / "x.history", codec=Codec(ZLIB))
        self.folder = folder / "journal"
        self.sealer = Sealer(self.store, self.folder, HistoryBounds(None, None), lambda: BEGAN)
        self.now = 0.0
        self.searcher = Searcher(self.store, Reader(self.store, self.folder), lambda: self.now)
        self.entries: list[bytes] = []
        self.times: list[str] = []

    def put(self, entries: list[Entry], kept: str = "open", epoch: str = "e", follows: int | None = None) -> None:
        """A segment of entries that came a second after each other; `kept` is open, sealed or quick."""
        first = (len(self.entries) if follows is None else follows) + 1
        for seq, entry in enumerate(entries, first):
            entry.seq = seq
            entry.received_at = rfc3339(BEGAN + 1_000 * seq)
            self.times.append(entry.received_at)
        halves = [half for half in (entries[: len(entries) // 2], entries[len(entries) // 2 :]) if half]
        path = self.folder / "a" / f"{first:015}.segment"
        path.parent.mkdir(parents=True, exist_ok=True)
        heading = Heading("a", epoch, len(self.entries) if self.entries else first - 1)
        runs = framed(first, [(encode(half)[1:-1], len(half)) for half in halves])
        path.write_bytes(begin(heading) + b"".join(runs))
        self.entries += [encode(entry) for entry in entries]
        if kept != "open":
            self.sealer.seal([path], quick=kept == "quick")

    def ask(self, **asked: Any) -> tuple[int, bool, list[bytes]]:
        whole: dict[str, Any] = {"service": "a", "epoch": "e", "first": 1, "last": len(self.entries)}
        question = Question(**(whole | asked))
        found, entries = self.searcher.answer(question)
        assert found.sizes == [len(entry) for entry in entries]
        return found.through, found.is_whole, entries


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.store.close()


# Words that meet: in other case, escaped, in parts, next to what separates them, as a number and as a text.
WORDS = [
    *(
        "time",
        "Timeout",
        "kelvin",
        "\u212aelvin",
        "\u0130stanbul",
        "stanbul",
        "a/b",
        "x_1",
        "42",
        "042",
        "4.2e1",
        "42.0",
    ),
    *(
        "42.0",
        "-7",
        "true",
        "null",
        "err\nfoo",
        "nfoo",
        'q"uote',
        "back\\slash",
        "\x1b[31mred",
        "u001b",
        "é",
        "k",
        "ta\u017fk",
        "FOO",
    ),
]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join) | st.sampled_from(WORDS)
names = st.sampled_from(["userId", "n", "a", "k", "\u212a", "a.b", "stack", "deep", "x y", "=", "line\nend", "t\tab"])
scalars = st.one_of(
    texts, st.integers(-3, 50), st.just(10**20), st.booleans(), st.none(), st.sampled_from([42.0, 1.5, -0.0, 1e300]),
    st.sampled_from(["m" * 70, "42" + "0" * 70]),
)  # fmt: skip
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2))


@st.composite
def metadata(draw: st.DrawFn) -> msgspec.Raw:
    """As a producer may write it: with blanks, with letters escaped, with a member that stands twice."""
    members = draw(st.lists(st.tuples(names, values), max_size=3))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")]))
    ascii_only = draw(st.booleans())
    parts = [
        f"{json.dumps(name, ensure_ascii=ascii_only)}{separators[1]}"
        f"{json.dumps(value, ensure_ascii=ascii_only, separators=separators)}"
        for name, value in members
    ]
    text = "{" + separators[0].join(parts) + "}"
    escaped = draw(st.sampled_from(["", "", "e", "4", "k", "/"]))
    if escaped == "/":
        text = text.replace("/", "\\/")
    elif escaped:
        text = text.replace(escaped, f"\\u{ord(escaped):04x}") if "\\" not in text and "1e300" not in text else text
    if escaped == "4" or draw(st.integers(0, 9)) == 0:
        text = text if _is_json(text) else "{}"
    return msgspec.Raw(text.encode() if _is_json(text) else b"{}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


entries = st.builds(
    Entry,
    level=st.sampled_from(LEVELS),
    message=texts,
    source=st.sampled_from(["api", "Worker", "\u212aube"]),
    endpoint=st.sampled_from(["/a/b", "/users/42", ""]),
    status_code=st.sampled_from([200, 404, 500, 503]) | st.just(msgspec.UNSET),
    metadata=metadata() | st.just(msgspec.UNSET),
)
MEMBERS = ["userId", "n", "a", "k", '"a.b"', "stack", "deep.n", "deep.0", '"x y"', '"="', "a.n"]
VALUES = [
    *("42", "42.0", "4.2e1", "042", "-0", "true", "null", "kelvin", "Timeout", '"a/b"', '""', '"err\\nfoo"', "*"),
    *("100000000000000000000", "m" * 70, '"{\\"n\\":1}"'),
]
TERMS = [
    *("time", "TIMEOUT", "kelvin", "stanbul", "istanbul", "foo", "nfoo", "42", "x_1", "u001b", "userid"),
    *("level:error", "level>=warn", "-level:info", "status:5xx", "status>=404", "status!=200", "source:api"),
    *("source:kube", "path:users", "path=/a/b", "message:time", 'message="42"', "route:/users/:id", "/time ?out/i"),
    *(
        "/(a|b)time|out/",
        "/t[i1]me/",
        "/tim?eout/i",
        "/m{0,2}out/",
        "/^time/",
        "/userid.:42/i",
        "/sk/i",
        "/foo+/",
        "/x_1$/",
    ),
    *("path:/users.[0-9]+/", "message:/TIMEOUT|k/i", "source:/kube/i", "/\\bFOO\\b/"),
    *("metadata.a:/k/", "since:10m", 'time>="2026-05-14 10:30:03"', "time<10:30:05"),
]
terms = st.one_of(
    texts.map(json.dumps),
    st.sampled_from(TERMS),
    st.builds("metadata.{}{}{}".format, *map(st.sampled_from, (MEMBERS, ["=", ":", "!=", ">", "<="], VALUES))),
)
queries = st.lists(terms, min_size=1, max_size=3).flatmap(
    lambda each: st.sampled_from([" ".join(each), " OR ".join(each), f"-({' '.join(each)})"])
)
filters = st.builds(
    lambda q, levels, sources: {"q": q, "levels": levels, "sources": sources},
    st.none() | queries,
    st.none() | st.lists(st.sampled_from(LEVELS), min_size=1),
    st.none() | st.lists(st.sampled_from(["api", "\u212aube", "kube"]), min_size=1),
)
segments = st.lists(
    st.tuples(st.lists(entries, min_size=1, max_size=5), st.sampled_from(["sealed", "sealed", "quick"])), max_size=3
)


asked_of = given(segments, st.lists(entries, max_size=3), st.lists(filters, min_size=1, max_size=6))


@settings(repeatable, max_examples=15)
@asked_of
@example(
    [([Entry(message="m", metadata=msgspec.Raw(b'{"a":"foo","a":"bar"}'))], "sealed")], [], [{"q": "foo"}, {"q": "bar"}]
)
@example(
    [([Entry(message="m", metadata=msgspec.Raw(b'{"a":%b}' % value)) for value in (b"1", b"true")], "sealed")],
    [],
    [{"q": "metadata.a=true"}, {"q": "metadata.a=1"}],
)
def test_the_answer_is_the_matchers_over_all_entries(
    sealed: list[tuple[list[Entry], str]], unsealed: list[Entry], asked: list[dict[str, Any]]
) -> None:
    check_answers(sealed, unsealed, asked)


@pytest.mark.long
@settings(repeatable, max_examples=scaled(200, 30))
@asked_of
def test_the_answer_is_the_matchers_whatever_is_asked(
    sealed: list[tuple[list[Entry], str]], unsealed: list[Entry], asked: list[dict[str, Any]]
) -> None:
    check_answers(sealed, unsealed, asked)


def check_answers(sealed: list[tuple[list[Entry], str]], unsealed: list[Entry], asked: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        for part, kept in sealed:
            shelf.put(part, kept)
        if unsealed:
            shelf.put(unsealed)
        for filter_ in asked:
            try:
                wanted = parse_filter(filter_, BEGAN)
            except InvalidQuery:
                continue
            found = [entry for entry in shelf.entries if wanted.matches(candidate(entry))]
            assert shelf.ask(filter=filter_, now=BEGAN)[2] == found[::-1]
            assert shelf.ask(filter=filter_, now=BEGAN, newest_first=False)[2] == found
        shelf.store.close()


def simple(count: int, **fields: Any) -> list[Entry]:
    return [Entry(message=f"m{number}", **fields) for number in range(count)]


def seqs(entries: list[bytes]) -> list[int]:
    return [json.loads(entry)["seq"] for entry in entries]


def test_pages_follow_each_other_in_both_directions(shelf: Shelf) -> None:
    for kept in ("sealed", "quick", "open"):
        shelf.put(simple(4), kept)
    for newest_first in (True, False):
        got: list[int] = []
        through = 13 if newest_first else 0
        is_whole = False
        while not is_whole:
            span = {"last": through - 1} if newest_first else {"first": through + 1, "last": 12}
            through, is_whole, found = shelf.ask(newest_first=newest_first, limit=5, **span)
            got += seqs(found)
        assert got == (list(range(12, 0, -1)) if newest_first else list(range(1, 13)))


def test_a_search_that_takes_long_says_how_far_it_came(shelf: Shelf) -> None:
    for _ in range(3):
        shelf.put(simple(4), "sealed")
    ticks = itertools.count(0.0, 0.2)
    shelf.searcher = Searcher(shelf.store, Reader(shelf.store, shelf.folder), lambda: next(ticks))
    got: list[int] = []
    through, is_whole, rounds = 13, False, 0
    while not is_whole:
        through, is_whole, found = shelf.ask(last=through - 1, filter={"q": "m1 OR m3"}, seconds=1.0)
        got += seqs(found)
        rounds += 1
    assert got == [12, 10, 8, 6, 4, 2]
    assert rounds > 2


def test_times_bound_what_is_found(shelf: Shelf) -> None:
    for kept in ("sealed", "open"):
        shelf.put(simple(3), kept)
    span = {"start": shelf.times[1], "end": shelf.times[4]}
    assert seqs(shelf.ask(**span)[2]) == [4, 3, 2]
    assert seqs(shelf.ask(first=3, last=3, **span)[2]) == [3]


@pytest.mark.parametrize("damage", [b"\2w", b"\1", b""])
def test_a_block_that_cannot_be_opened_is_told_and_passed_over(shelf: Shelf, damage: bytes) -> None:
    for kept in ("sealed", "sealed", "open"):
        shelf.put(simple(3), kept)
    shelf.store._run("UPDATE contents SET content = ? WHERE id = 1", (damage,))
    for newest_first in (True, False):
        found, entries = shelf.searcher.answer(Question("a", "e", 1, 9, newest_first=newest_first))
        assert sorted(seqs(entries)) == [4, 5, 6, 7, 8, 9]
        assert (found.is_whole, found.unreadable) == (True, [(1, 3, 3)])
    found, _ = shelf.searcher.answer(Question("a", "e", 1, 9, step=10, filter={"q": "m"}))
    assert (sum(sum(row[1:]) for row in found.counts), found.unreadable) == (6, [(1, 3, 3)])
    # Without its dictionary it is looked through whole.
    shelf.store._run("UPDATE dictionaries SET content = ? WHERE id = 2", (damage,))
    assert seqs(shelf.ask(first=4, filter={"q": "m1"})[2]) == [8, 5]


def test_an_entry_of_another_epoch_says_which(shelf: Shelf) -> None:
    shelf.put(simple(1), "sealed", epoch="former")
    shelf.put(simple(1))
    now, before = shelf.ask()[2]
    assert "epoch" not in json.loads(now)
    assert json.loads(before)["epoch"] == "former"


def test_levels_are_counted_by_step_with_and_without_a_query(shelf: Shelf) -> None:
    shelf.put(simple(70, level="error"), "sealed")
    shelf.put(simple(10, level="warn"), "quick")
    shelf.put(simple(5, level="info"))
    began = BEGAN // 1000
    expected: Counter[int] = Counter((began + seq) // 60 * 60 for seq in range(1, 86))
    for filter_ in (None, {"q": "m"}):
        question = Question("a", "e", 1, 85, step=60, filter=filter_)
        found, _ = shelf.searcher.answer(question)
        assert found.is_whole
        assert {row[0]: sum(row[1:]) for row in found.counts} == expected
        assert [sum(row[level] for row in found.counts) for level in (1, 2, 3, 4)] == [5, 10, 70, 0]
        assert [row[0] for row in found.counts] == sorted(expected, reverse=True)
    found, _ = shelf.searcher.answer(Question("a", "e", 1, 85, step=10, start=shelf.times[0], end=shelf.times[9]))
    assert [row[3] for row in found.counts] == [9]


def test_what_is_kept_and_what_is_missing_of_it(shelf: Shelf) -> None:
    assert shelf.searcher.overview("a").oldest is None
    shelf.put(simple(2), "sealed", follows=4)
    assert shelf.searcher.overview("a").gaps == [(1, 4, 4, "pruned")]
    shelf.store.add_gap("a", 5, 5, 1, "removed")
    shelf.store.add_fork("a", Fork("e2", "e", 6, ""))
    overview = shelf.searcher.overview("a")
    assert (overview.oldest, overview.received_from) == (5, shelf.times[0])
    assert overview.gaps == [(1, 4, 4, "pruned"), (5, 5, 1, "removed"), (7, None, None, "restart")]


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ([], [(1, 20, 20, "pruned")]),
        ([(1, 20, 20)], [(1, 20, 20, "removed")]),
        ([(1, 8, 8), (9, 16, 8), (17, 20, 4)], [(1, 20, 20, "removed")]),
        ([(11, 20, 10)], [(1, 10, 10, "pruned"), (11, 20, 10, "removed")]),
        ([(1, 3, 3)], [(1, 3, 3, "removed"), (4, 20, 17, "pruned")]),
        ([(2, 7, 2), (3, 8, 5)], [(1, 1, 1, "pruned"), (2, 8, 7, "removed"), (9, 20, 12, "pruned")]),
        ([(2, 8, 2)], [(1, 1, 1, "pruned"), (2, 8, 5, "pruned"), (2, 8, 2, "removed"), (9, 20, 12, "pruned")]),
        ([(19, 20, 2), (21, 22, 2)], [(1, 18, 18, "pruned"), (19, 20, 2, "removed"), (21, 22, 2, "removed")]),
    ],
)
@pytest.mark.parametrize("is_anything_left", [True, False])
def test_what_is_before_all_that_is_kept_was_pruned_or_taken_out(
    shelf: Shelf, taken: list[tuple[int, int, int]], told: list[tuple[int, int, int, str]], is_anything_left: bool
) -> None:
    if is_anything_left:
        shelf.put(simple(4), "sealed", follows=20)
    else:
        shelf.store.set_head("a", "e", 20)
    for gap in taken:
        shelf.store.add_gap("a", *gap, "removed")
    shelf.store.add_gap("a", 1, 1, 1, "paused")  # of what was lost then, too, nothing is kept
    assert shelf.searcher.overview("a").gaps == told


numbers = given(
    st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?", fullmatch=True), st.integers(0, 3)
)


@pytest.mark.parametrize("seals_first", [True, False])
def test_nothing_is_missing_while_segments_are_sealed(shelf: Shelf, *, seals_first: bool) -> None:
    """A segment is sealed by another process, at any moment of a look."""

    class SealedMeanwhile(Reader):
        def unsealed(self, service: str) -> list[Segment]:
            if seals_first:
                shelf.sealer.seal(paths)
            found = super().unsealed(service)
            shelf.sealer.seal(paths)
            return found

    shelf.put([Entry(message=f"m{number}") for number in range(4)])
    paths = list((shelf.folder / "a").iterdir())
    overview = Searcher(shelf.store, SealedMeanwhile(shelf.store, shelf.folder), lambda: 0.0).overview("a")
    assert (overview.oldest, overview.gaps) == (1, [])


@settings(repeatable, max_examples=20)
@numbers
def test_numbers_that_are_equal_have_one_canonical_text(text: str, zeros: int) -> None:
    check_canonical(text, zeros)


@pytest.mark.long
@settings(repeatable, max_examples=scaled(100, 20))
@numbers
def test_any_numbers_that_are_equal_have_one_canonical_text(text: str, zeros: int) -> None:
    check_canonical(text, zeros)


def check_canonical(text: str, zeros: int) -> None:
    number, written = exact(text), canonical(text)
    assert number is not None
    assert written is not None
    other = text if "e" in text.lower() else text + ("0" * zeros if "." in text else "." + "0" * (zeros + 1))
    assert canonical(other) == written == canonical(written)
    again = exact(written)
    assert again is not None
    assert number.holds("=", again)
