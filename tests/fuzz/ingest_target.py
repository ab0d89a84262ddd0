"""Whatever a producer sends: each entry of it is accepted or rejected, and what is accepted, any browser can read."""

from __future__ import annotations

import json
import re
from collections.abc import Set
from typing import Any, Final

import msgspec
from msgspec import UNSET

from spectrix_lite.core.errors import InvalidBody, InvalidJson, SpectrixError, TooLarge, UnsupportedType
from spectrix_lite.core.timestamps import is_canonical
from spectrix_lite.entries.entry import LEVELS, Batch, Entry, Limits, encode, encoded_runs, split_run
from spectrix_lite.entries.lenient import SHOWN_REJECTIONS, LenientDecoder
from spectrix_lite.query.filter import candidates

ARRIVED: Final = "2026-05-14T10:30:00.000Z"
LIMITS: Final = Limits(message=24, endpoint=16, source=8, method=4, metadata=80, depth=4, entries=12)
"""So small that a fuzzer gets past each of them."""

_JSON: Final = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*(?:\{|\[[ \t\r\n]*[{\["\]])')
_REASONS: Final = {(None, "not_an_object"), (None, "invalid_json"), ("message", "missing_message")}
_decoder: Final = LenientDecoder(LIMITS)


def check(data: bytes) -> None:
    """Raises AssertionError where a promise is broken."""
    usual = _decoder.read_usual(data, ARRIVED)
    as_json = _read(data)
    if usual is not None:
        assert isinstance(as_json, Batch), "the fast path takes what the long way refuses"
        assert not as_json.rejected
        assert list(map(_plain, usual.entries)) == list(map(_plain, as_json.entries))
    for batch in (usual, as_json):
        if isinstance(batch, Batch):
            check_batch(batch)
    if (sent := _sent(data)) is not None:
        assert not isinstance(as_json, InvalidJson)
        if isinstance(as_json, Batch):
            _check_reasons(as_json, sent)


def messages(data: bytes) -> list[bytes]:
    """The entries of a body as watchers get them."""
    batch = _read(data)
    return _numbered(batch.entries) if isinstance(batch, Batch) else []


def outcome(data: bytes) -> set[str]:
    """What became of a body, in a few words: the ways that a corpus should go."""
    found: set[str] = set()
    batch = _read(data)
    if isinstance(batch, Batch):
        found |= {rejection.reason for rejection in batch.rejected}
        found |= {f"{name} cut" for entry in batch.entries for name in entry.truncated or ()}
    else:
        found.add(batch.code)
    return found | ({"usual"} if _decoder.read_usual(data, ARRIVED) is not None else set())


def _read(data: bytes) -> Batch | SpectrixError:
    """What became of it, or what it was refused for."""
    try:
        return _decoder.read(data, ARRIVED)
    except (InvalidJson, InvalidBody, TooLarge, UnsupportedType) as refusal:
        return refusal


def check_batch(batch: Batch, reasons: Set[tuple[str | None, str]] = frozenset()) -> None:
    """Raises AssertionError where it breaks a promise; `reasons` are those of rejections beside the ordinary ones."""
    total = len(batch.entries) + len(batch.rejected)
    assert total <= LIMITS.entries
    indexes = [rejection.index for rejection in batch.rejected]
    assert indexes == sorted(set(indexes))
    assert all(0 <= index < total for index in indexes)
    assert {(rejection.field, rejection.reason) for rejection in batch.rejected} <= _REASONS | reasons
    assert len(batch.samples) == min(len(indexes), SHOWN_REJECTIONS)
    assert all(len(sample.encode()) <= 200 for sample in batch.samples)
    numbered = _numbered(batch.entries)
    for entry, encoded in zip(batch.entries, numbered, strict=True):
        _check_entry(entry, _opened(encoded))
    runs = list(encoded_runs(batch.entries)) if batch.entries else []
    assert [entry for run, _ in runs for entry in split_run(run)] == numbered
    for run, count in runs:
        found = candidates(run)
        assert len(found) == count
        for candidate in found:
            candidate.text().encode()
    _check_again(batch)


def _check_entry(entry: Entry, shown: dict[str, Any]) -> None:
    """`shown` is what a watcher makes of the entry."""
    assert shown["level"] in LEVELS
    assert is_canonical(shown["timestamp"])
    assert isinstance(shown["message"], str)
    assert 100 <= shown.get("statusCode", 200) <= 599
    for name in ("message", "endpoint", "source", "method"):
        assert isinstance(shown.get(name, ""), str)
        assert len(shown.get(name, "").encode()) <= getattr(LIMITS, name)
    if entry.metadata is not UNSET:
        assert isinstance(shown["metadata"], dict)
        assert len(bytes(entry.metadata)) <= LIMITS.metadata
        assert _depth(shown["metadata"]) <= LIMITS.depth
    assert set(shown.get("truncated", ())) <= {"message", "endpoint", "source", "method", "metadata"}
    assert len(set(shown.get("truncated", ()))) == len(shown.get("truncated", ()))


def _check_again(batch: Batch) -> None:
    """What was accepted is taken again as it is, by the fast path and by the long one."""
    sent = [_plain(entry) | {"truncated": None} for entry in batch.entries]
    for each in sent:
        del each["truncated"]
    body = b'{"logs":[%b]}' % b",".join(_rewritten(entry) for entry in batch.entries)
    again = _decoder.read(body, ARRIVED)
    assert not again.rejected
    assert [_plain(entry) for entry in again.entries] == sent
    assert all(entry.truncated is UNSET for entry in again.entries)


def _rewritten(entry: Entry) -> bytes:
    return encode(msgspec.structs.replace(entry, seq=UNSET, received_at=UNSET, truncated=UNSET, read_from=UNSET))


def _numbered(entries: list[Entry]) -> list[bytes]:
    for seq, entry in enumerate(entries, 1):
        entry.seq = seq
        entry.received_at = ARRIVED
    return [encode(entry) for entry in entries]


def _plain(entry: Entry) -> dict[str, Any]:
    """What an entry says, however its JSON is written."""
    shown = _opened(_rewritten(entry))
    if entry.truncated is not UNSET:
        shown["truncated"] = entry.truncated
    return shown


def _opened(encoded: bytes) -> dict[str, Any]:
    """As strictly as a browser reads it; numbers stay the digits that they are."""
    opened: dict[str, Any] = json.loads(
        encoded.decode(), parse_constant=_refuse, parse_int=_digits, parse_float=_digits
    )
    _check_texts(opened)
    for name in ("seq", "statusCode"):
        if name in opened:
            opened[name] = int(opened[name])
    return opened


class _digits(str):  # noqa: N801  # a constructor that `json` calls
    """A number as it was written: no text that looks like it is equal."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _digits) and str(self) == str(other)

    __hash__ = str.__hash__


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def _check_texts(value: Any) -> None:
    """Raises UnicodeEncodeError for half a surrogate pair, wherever it stands."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for name, inner in value.items():
            name.encode()
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _check_reasons(batch: Batch, sent: list[Any]) -> None:
    """Each entry was taken, or there was nothing in it to take."""
    assert len(batch.entries) + len(batch.rejected) == len(sent)
    reasons = {rejection.index: rejection.reason for rejection in batch.rejected}
    for index, each in enumerate(sent):
        if not isinstance(each, dict):
            assert reasons[index] == "not_an_object"
        elif any(each.get(name) not in ("", None) for name in ("message", "msg", "body")):
            assert index not in reasons
        else:  # without a message, a method or an endpoint is enough
            assert reasons.get(index) in ("missing_message", None)


def _sent(data: bytes) -> list[Any] | None:
    """The entries of a body by another decoder; None where that one cannot tell."""
    if not _JSON.match(data):
        return None
    try:
        body = json.loads(data.decode("utf-8-sig", "replace"), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    logs = body.get("logs", [body]) if isinstance(body, dict) else body
    return logs if isinstance(logs, list) else None
