"""`doctor`: finds the usual mistakes of a server that others reach, and says what to do."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import click

from ...core.config import Config
from ..settings import SERVER, takes

if TYPE_CHECKING:
    from .finding import Finding


@click.command("doctor")
@click.option("--url", metavar="URL", help="Address that people open, where it is not the one of --public-url.")
@click.option("--monitor", metavar="URL", help="With --cluster: monitoring of one of the engine's servers.")
@click.option("--json", "as_json_", is_flag=True, help="Print the findings as JSON.")
@takes(*SERVER, "otlp_port", "syslog", "fluent", "max_body", "history", "history_path")
def command(config: Config, url: str | None, monitor: str | None, as_json_: bool) -> int:
    """Look for the usual mistakes: what was refused and why, proxy, WebSocket, clock, file rights, limits.

    Works beside a running server. Exits with 1 where a check fails. To see what the server sees it signs in with a
    link of its own, and out again.
    """
    from .finding import print_findings
    from .intake import intake
    from .reachability import ways

    findings = asyncio.run(_of_cluster(config, monitor)) if config.cluster is not None else _of_machine(config)
    findings += asyncio.run(ways(config, url))
    if not any(
        each.check in ("engine", "server") and each.outcome == "fail" for each in findings
    ):  # else nobody signs in
        findings += asyncio.run(intake(config))
    return print_findings(findings, as_json_)


def _of_machine(config: Config) -> list[Finding]:
    from .history import history
    from .machine import examine

    kept = history(config, time.time_ns() // 1_000_000)
    return [*examine(config), *([] if kept is None else [kept])]


async def _of_cluster(config: Config, monitor: str | None) -> list[Finding]:
    from ..cluster.checks import findings
    from .machine import exposure

    return [exposure(config), *await findings(config, monitor)]
