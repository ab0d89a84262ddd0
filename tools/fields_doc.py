"""Writes docs/fields.md again from the table of field names: `python -m tools.fields_doc`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spectrix_lite.entries.fields.names import FIELDS, LEVEL_NUMBERS
from spectrix_lite.query.derived import DURATIONS, REQUEST_IDS, ROUTES, TRACE_IDS

PAGE = Path(__file__).parent.parent / "docs" / "fields.md"

_HEAD = """# What each field is read from

A record need not have the names of an entry: those of the usual loggers are read as well, in the order of this table. A
name counts only where its value can be read as that field; else the next one is tried. What was taken is the field and
stands nowhere else; what could not be read, or was not taken, stays in `metadata` under its name. By which addresses
other products' clients send, and what of theirs is read otherwise, says [protocols.md](protocols.md).

A name's own spelling comes before any other case, but for `PRIORITY`, `MESSAGE`, `PROGRAM`, `SYSLOG_IDENTIFIER` and
names that begin with `__` or `@`, which count in this case only. A dotted name is also a nested object, which stays in
`metadata` whole. Null is absent. Where a number is meant, numeric text is one. The first name of each field is the
entry's own, and wins.
"""

_NOTES = {
    "level": "a word: see the levels below",
    "level number": "tried after every word; the scale in brackets",
    "message": "text; of `body` OpenTelemetry's value too, `@mt` filled in, a `log` that is JSON read as the record. "
    "Else method and endpoint, else the record's own JSON, cut at 256 bytes",
    "timestamp": "RFC 3339 and ISO 8601 in all usual forms, RFC 2822, Common Log Format; a number by its size: seconds "
    "from 1e8, ms from 1e11, µs from 1e14, ns from 1e17. Without a zone UTC",
    "source": "text",
    "endpoint": "only beside a method or a status, and where it begins with `/` or `http(s)://`; of a whole URL the "
    "path, and the URL stays in `metadata` without user info",
    "method": "text",
    "statusCode": "a whole number from 100 to 599",
    "metadata": 'an object; anything else becomes `{"value": …}`',
}

_TAIL = """
What was read from another name than the field's own is told in the entry's `readFrom`: `{"message": "msg", "level":
"severity"}`; a name is dotted for what stands within an object. An entry in its own names has none.

Levels: `info`, `warn` (warning), `error` (err; fatal, critical, panic, emergency, alert), `debug` (trace, verbose,
silly), `info` for notice and success. Where the original said more than the level does, it is `metadata.originalLevel`.
"""


_OWN_UNIT = " (ms; Caddy's in s; a text with its unit, such as `1.2s`)"


def page() -> str:
    """The page as the code has it now."""
    rows = [(f"`{field}`" if field != "level number" else "`level`", _names(field), _NOTES[field]) for field in FIELDS]
    derived = [
        (
            "`duration`",
            _listed(f"{name}`" + (f" ({unit})" if unit else _OWN_UNIT) for name, unit in DURATIONS),
            "milliseconds",
        ),
        ("`request`", _listed(f"{name}`" for name in REQUEST_IDS), ""),
        ("`trace`", _listed(f"{name}`" for name in TRACE_IDS), ""),
        ("`route`", _listed(f"{name}`" for name in ROUTES), "else the path, folded"),
    ]
    return (
        f"{_HEAD}\n{_table(('field', 'read from, in this order', 'what counts'), rows)}\n{_TAIL}\n"
        "Queries, columns and routes derive these from `metadata`, which stays as it was sent:\n\n"
        f"{_table(('derived', 'read from, in this order', ''), derived)}\n"
    )


def _names(field: str) -> str:
    if field == "level number":
        return _listed(f"{name}` ({scale})" for name, scale in LEVEL_NUMBERS.items())
    return _listed(f"{name}`" for name in FIELDS[field])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
