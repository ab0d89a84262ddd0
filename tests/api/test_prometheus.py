"""The text format, read back by Prometheus' own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from spectrix_lite.api.prometheus import Exposition


def test_what_is_written_is_read_back() -> None:
    out = Exposition()
    awkward = 'a "quoted" \\ back\nslash \u202e{x="y"}'
    out.add("spectrix_things_total", "counter", "Things.", [({"name": awkward, "kind": "a"}, 3), ({"name": ""}, 2**60)])
    out.add("spectrix_nothing", "gauge", "No sample.", [])
    out.one("spectrix_share", "gauge", "A float.", 0.1)
    out.histogram("spectrix_lag_seconds", "Lag.", (0.001, 1.0), (5, 0, 2), 7.5)
    families = {family.name: family for family in text_string_to_metric_families(out.text)}
    assert [(s.labels, s.value) for s in families["spectrix_things"].samples] == [
        ({"name": awkward, "kind": "a"}, 3.0),
        ({"name": ""}, float(2**60)),
    ]
    assert (families["spectrix_nothing"].type, families["spectrix_nothing"].samples) == ("gauge", [])
    assert families["spectrix_share"].samples[0].value == 0.1
    assert families["spectrix_share"].documentation == "A float."
    assert {(s.name, s.labels.get("le")): s.value for s in families["spectrix_lag_seconds"].samples} == {
        ("spectrix_lag_seconds_bucket", "0.001"): 5,
        ("spectrix_lag_seconds_bucket", "1.0"): 5,
        ("spectrix_lag_seconds_bucket", "+Inf"): 7,
        ("spectrix_lag_seconds_sum", None): 7.5,
        ("spectrix_lag_seconds_count", None): 7,
    }
