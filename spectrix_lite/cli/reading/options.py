"""Options that the reading commands share: which server, which entries, how they are printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

import click

from ..terminal import pointed_at

F = TypeVar("F", bound=Callable[..., Any])

LEVELS: Final = ("error", "warn", "info", "debug")
FORMATS: Final = ("text", "json", "md")
_AGO: Final = re.compile(r"-?([0-9]{1,6}[smhdw])", re.ASCII)
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]+(?:[Zz]|[+-][0-9:]+)?", re.ASCII)
_CLOCK: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class ChosenView(NamedTuple):
    """What a view says: its query, the columns that it shows and its time, `-15m` or two times with a slash between."""

    query: str
    columns: tuple[str, ...] = ()
    range: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which entries a command is asked for. `after` is a cursor, `epoch.seq`."""

    levels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    query: str | None = None
    since: str | None = None
    until: str | None = None
    view: str | None = None
    after: str | None = None

    def parameters(self, view: ChosenView | None = None) -> dict[str, Any]:
        """As the calls that read take them; a time or a cursor that is chosen comes before the view's.

        Raises UsageError for a time or a query that cannot be read.
        """
        times, terms = self._times()
        if view is not None and view.range and (self.since, self.until, self.after) == (None, None, None):
            start, _, end = view.range.partition("/")
            times = {"from": start, "to": end}
        terms += [f"({query})" for query in ("" if view is None else view.query, self.query or "") if query.strip()]
        wanted = {"level": list(self.levels), "source": list(self.sources), "q": " ".join(terms), "after": self.after}
        return {name: value for name, value in (wanted | times).items() if value}

    def _times(self) -> tuple[dict[str, str], list[str]]:
        """(parameters, terms of a query) for what has a day of its own, and for what has not."""
        times: dict[str, str] = {}
        terms: list[str] = []
        for flag, value, name, operator in (
            ("--since", self.since, "from", ">="),
            ("--until", self.until, "to", "<"),
        ):
            if value is None:
                continue
            time, term = read_moment(flag, value, operator)
            if time is None:
                terms.append(term)
            else:
                times[name] = time
        return times, terms


def read_moment(flag: str, value: str, operator: str) -> tuple[str | None, str]:
    """(time as the API takes it, term of a query): one of them, as a time of day has none of its own to the API.

    Raises UsageError.
    """
    if ago := _AGO.fullmatch(value):
        return f"-{ago[1]}", ""
    if _MOMENT.fullmatch(value):
        return value, ""
    if _CLOCK.fullmatch(value):
        return None, f'time{operator}"{value}"'
    raise click.UsageError(f"{flag} is such as 15m (s, m, h, d or w), 14:05, or 2026-11-28T14:05:00Z.")


def check_query(query: str | None) -> None:
    """Raises UsageError with a mark under what cannot be read."""
    from ...query.error import InvalidQuery
    from ...query.parser import parse_query

    try:
        parse_query(query or "")
    except InvalidQuery as error:
        assert query is not None
        raise click.UsageError(f"{error.detail}\n{pointed_at(query, error.start, error.end)}") from None


def takes_server(command: F) -> F:
    """`--server URL`, for another machine's."""
    return click.option(
        "--server",
        metavar="URL",
        help="Another machine's server; SPECTRIX_TOKEN holds a read token for it (`tokens create`).",
    )(command)


def takes_filter(command: F) -> F:
    """`--level`, `--source` and `--query`."""
    options: Sequence[Callable[[F], F]] = (
        click.option(
            "-l", "--level", "levels", multiple=True, type=click.Choice(LEVELS), metavar="LEVEL",
            help="Only error, warn, info or debug; may be given several times.",
        ),
        click.option("-s", "--source", "sources", multiple=True, metavar="SOURCE", help="Only this source; likewise."),
        click.option(
            "-q", "--query", metavar="QUERY",
            help="Only what the query matches, such as 'level:error status>=500 -path:/healthz' (docs/query.md).",
        ),
    )  # fmt: skip
    return _all(options, command)


def takes_range(command: F) -> F:
    """`--since`, `--until`, `--after` and `--view`."""
    options: Sequence[Callable[[F], F]] = (
        click.option("--since", metavar="TIME", help="Received then or later: 15m (ago), 14:05, 2026-11-28T14:05:00Z."),
        click.option("--until", metavar="TIME", help="Received before: likewise."),
        click.option("--after", metavar="CURSOR", help="Only what came behind this cursor of an earlier answer."),
        click.option("--view", metavar="NAME", help="What this saved view shows: its query, time and columns."),
    )  # fmt: skip
    return _all(options, command)


def takes_format(command: F) -> F:
    """`--format`."""
    return click.option(
        "--format", "form", type=click.Choice(FORMATS), default="text", metavar="FORMAT",
        help="text, json (NDJSON) or md, in which what was logged stands in a fence.  [default text]",
    )(command)  # fmt: skip


def _all(options: Sequence[Callable[[F], F]], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command
