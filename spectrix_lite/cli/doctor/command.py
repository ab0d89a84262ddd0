"""`doctor`: finds the usual mistakes of a server that others reach, and says what to do."""

from __future__ import annotations

import asyncio
import sys
import time

import click

from ...core.config import Config
from ..settings import SERVER, takes


@click.command("doctor")
@click.option("--url", metavar="URL", help="Address that people open, where it is not the one of --public-url.")
@click.option("--json", "as_json_", is_flag=True, help="Print the findings as JSON.")
@takes(*SERVER, "otlp_port", "syslog", "fluent", "max_body", "history", "history_path")
def command(config: Config, url: str | None, as_json_: bool) -> int:
    """Look for the usual mistakes: what was refused and why, proxy, WebSocket, clock, file rights, limits.

    Works beside a running server. Exits with 1 where a check fails. To see what the server sees it signs in with a
    link of its own, and out again.
    """
    from ..terminal import Style
    from .finding import as_json, as_lines
    from .history import history
    from .intake import intake
    from .machine import examine
    from .reachability import ways

    kept = history(config, time.time_ns() // 1_000_000)
    findings = [*examine(config), *([] if kept is None else [kept]), *asyncio.run(ways(config, url))]
    findings += asyncio.run(intake(config))
    click.echo(as_json(findings) if as_json_ else as_lines(findings, Style(sys.stdout)))
    return 1 if any(each.outcome == "fail" for each in findings) else 0
