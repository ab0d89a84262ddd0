"""GELF over HTTP."""

from __future__ import annotations

from spectrix_lite.protocols.gelf import GELF

from .reading import decoded, shown


def test_own_fields_lose_their_underscore_where_nothing_else_has_the_name() -> None:
    record = {
        **{"version": "1.1", "host": "web-1", "short_message": "boom", "full_message": "boom\nat x", "level": 3},
        **{"timestamp": 1795970700.123, "_user": 7, "_host": "other", "_": 1, "__x": 2},
    }
    (entry,) = shown(decoded(GELF, record))
    assert (entry["level"], entry["message"], entry["timestamp"]) == ("error", "boom", "2026-11-29T16:45:00.123Z")
    kept = {"host": "web-1", "full_message": "boom\nat x", "user": 7, "_host": "other", "_": 1, "_x": 2}
    assert entry["metadata"] == kept


def test_a_full_message_alone_is_the_message() -> None:
    assert shown(decoded(GELF, {"full_message": "all of it"}))[0]["message"] == "all of it"
