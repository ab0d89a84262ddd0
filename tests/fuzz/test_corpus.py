"""Every input that fuzzing kept, again: no promise is broken, and the inputs go every way that there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from spectrix_lite.access import key_verifier, keys
from spectrix_lite.entries import entry_reader, fast, json_repair, lenient
from spectrix_lite.protocols import batch_builder
from spectrix_lite.protocols.otlp import telemetry
from spectrix_lite.query import nodes, parser, regex, tokenizer
from spectrix_lite.server import fast_request

from . import corpus, head_target, ingest_target, key_target, protocol_target, query_target
from .seeds import SEEDS

PAGE = Path(__file__).parent / "page.mjs"


def inputs(target: str) -> list[bytes]:
    return [*SEEDS[target], *corpus.load(target)]


def replay(target: str) -> None:
    for each in inputs(target):
        corpus.TARGETS[target](each)


@pytest.mark.parametrize("target", corpus.TARGETS)
def test_no_promise_is_broken(target: str) -> None:
    replay(target)


@pytest.mark.parametrize(
    ("target", "owner", "name", "broken"),
    [
        ("ingest", lenient, "valid_utf8", lambda body: body),
        ("ingest", entry_reader, "cut", lambda text, size: text),
        ("ingest", entry_reader, "prune", lambda text, depth: text),
        ("ingest", json_repair, "repaired", lambda text, depth: text.replace(b"NaN", b"null")),
        ("ingest", fast.FastDecoder, "_fits", lambda self, entry: True),
        ("ingest", fast.FastDecoder, "_metadata_fits", lambda self, metadata: True),
        ("ingest", fast, "is_canonical", lambda stamp: len(stamp) == 24),
        ("protocol", telemetry, "_fits", lambda entry, limits: True),
        ("protocol", batch_builder, "_redactable", lambda entry: entry),
        ("key", keys, "_SHAPE", re.compile(".*", re.DOTALL)),
        ("key", keys, "checksum", lambda body: "AYsr91"),
        ("key", key_verifier, "compare_digest", lambda one, other: True),
        ("head", fast_request, "_HEAD", re.compile(b".*", re.DOTALL)),
        ("head", fast_request, "_ACCEPTED", dict.fromkeys(fast_request._ACCEPTED, lambda value: True)),
        ("query", tokenizer, "_unescaped", lambda text: text),
        ("query", parser, "MAX_LENGTH", 20),
        ("turn", regex, "size", lambda pattern: 1),
        ("query", nodes.Not, "matches", lambda self, entry: self.part.matches(entry)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_breaks_a_promise_is_found(
    target: str, owner: Any, name: str, broken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the inputs would prove nothing."""
    monkeypatch.setattr(owner, name, broken)
    fast_request._parse_head.cache_clear()
    parser.parse_query.cache_clear()
    try:
        with pytest.raises((AssertionError, ValueError)):
            replay(target)
    finally:
        fast_request._parse_head.cache_clear()
        parser.parse_query.cache_clear()


def test_bodies_go_every_way() -> None:
    found = set().union(*map(ingest_target.outcome, inputs("ingest")))
    cuts = {f"{name} cut" for name in ("message", "endpoint", "source", "method", "metadata")}
    reasons = {"not_an_object", "invalid_json", "missing_message"}
    assert found == {"usual", "invalid_body", "too_large", "unsupported_type"} | cuts | reasons


def test_protocols_go_every_way() -> None:
    found = set(map(protocol_target.outcome, inputs("protocol")))
    assert {form for form, became in found if became == "taken"} == set(protocol_target.FORMS)
    assert {became for _, became in found} == {"taken", "rejected", "refused"}


def test_keys_and_heads_go_every_way() -> None:
    found = set().union(*map(key_target.outcome, inputs("key")))
    assert found >= {"is a key: right", "is a key: unknown", "is a key: invalid_key", "Bearer: right"}
    assert found >= {"any scheme: right", "any scheme: missing_key", "any scheme: invalid_key"}
    assert set().union(*map(head_target.outcome, inputs("head"))) == {"plain", "left to aiohttp"}


def test_queries_go_every_way_and_the_page_reads_them_alike() -> None:
    outcomes = list(map(query_target.outcome, inputs("query")))
    assert {outcome.get("about", "read") for outcome in outcomes} == {"read", *query_target.ABOUT}
    page = on_the_page(queries=[outcome["q"] for outcome in outcomes])
    for here, there in zip(outcomes, page["queries"], strict=True):
        assert here == there


def test_the_page_reads_every_entry_that_was_taken() -> None:
    entries = [ingest_target.messages(each) for each in inputs("ingest")]
    page = on_the_page(messages=[f"[{b','.join(some).decode()}]" for some in entries])
    for some, shown in zip(entries, page["messages"], strict=True):
        assert [json.loads(entry)["message"] for entry in some] == [entry["message"] for entry in shown]


def on_the_page(queries: Sequence[str] = (), messages: Sequence[str] = ()) -> dict[str, list[Any]]:
    """What the page's own modules make of them."""
    node = shutil.which("node")
    assert node is not None, "the page's modules need Node; `make test` finds it"
    asked = json.dumps({"queries": queries, "messages": messages})
    ran = subprocess.run([node, PAGE], input=asked, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    answer: dict[str, list[Any]] = json.loads(ran.stdout)
    return answer
