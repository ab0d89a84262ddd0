"""What property tests share: the same examples on every run, and anything a sender might take for JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

repeatable = settings(
    derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)

# Surrogates too: senders cut text in the middle of a pair.
texts = st.text(st.characters(), max_size=20)

scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), texts, st.sampled_from(["", "fatal", "200"])
)

values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)

_NAMES = (
    *("level", "message", "msg", "body", "timestamp", "time", "dt", "date", "source", "endpoint", "method"),
    *("statusCode", "metadata", "seq", "receivedAt", "truncated", "originalLevel", "_source", "value"),
)
_USUAL: dict[str, st.SearchStrategy[Any]] = {
    "level": st.sampled_from(["info", "warn", "error", "debug", "WARN", "fatal", 30]),
    "source": st.text(max_size=20),
    "timestamp": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    "statusCode": st.integers(90, 610),
    "metadata": st.dictionaries(texts, values, max_size=5),
}

usual_entries = st.fixed_dictionaries({"message": st.text(min_size=1, max_size=30)}, optional=_USUAL)

entries = st.one_of(
    usual_entries,
    st.dictionaries(st.one_of(st.sampled_from(_NAMES), texts), values, max_size=8),
    values,
)


def as_json(value: Any) -> bytes:
    """As senders write it, NaN and lone surrogates included."""
    return json.dumps(value, separators=(",", ":")).encode()
