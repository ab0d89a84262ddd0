"""`alerts`: the rules, and whether what they say arrives."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack

import click

from ...core.config import Config
from ..settings import STORE, takes
from ..terminal import Style, table, visible


@click.group("alerts")
def command() -> None:
    """List alerts and try their destinations."""


@command.command("list")
@takes(*STORE)
def list_(config: Config) -> None:
    """List all alerts, oldest first, without their secrets."""
    from ...alerts.telling.destinations import shown
    from ...alerts.telling.message import spoken_when
    from ...core.timestamps import rfc3339
    from ..access import opened_store

    async def run() -> list[tuple[str, ...]]:
        async with opened_store(config) as store:
            names = {service.id: service.name for service in (await store.read_all()).services}
            return [
                (
                    visible(alert.name),
                    alert.id,
                    "all" if alert.service_id is None else visible(names.get(alert.service_id, alert.service_id)),
                    visible(alert.query) or "everything",
                    spoken_when(alert.when),
                    ", ".join(str(shown(each).get("url", each.kind)) for each in alert.destinations) or "nobody",
                    "never" if alert.told_at is None else rfc3339(alert.told_at),
                )
                for alert in await store.alerts.all()
            ]

    rows = asyncio.run(run())
    if rows:
        click.echo(table(("NAME", "ID", "SERVICE", "QUERY", "WHEN", "TELLS", "LAST TOLD"), rows, Style(sys.stdout)))
    else:
        click.echo("There are no alerts yet: make one on the page, or with POST /api/v1/alerts.", err=True)


@command.command("test")
@click.argument("alert")
@takes(*STORE, "port", "otlp_port", "syslog", "fluent", "webhook_private")
def test(config: Config, alert: str) -> int:
    """Send a marked notice of ALERT, a name or an id, to each of its destinations.

    Ends with 1 where one of them did not take it.
    """
    from ...alerts.telling.probe import probe
    from ...alerts.telling.webhook import Webhooks
    from ...core.alert_errors import AlertNotFound
    from ...core.clock import SystemClock
    from ..access import opened_store

    async def run() -> bool:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(opened_store(config))
            found = [each for each in await store.alerts.all() if alert in (each.id, each.name)]
            if not found:
                raise AlertNotFound
            webhooks = Webhooks(private=config.webhook_private, own_ports=set(config.ports))
            stack.push_async_callback(webhooks.close)
            results = [each for one in found for each in await probe(one, webhooks, SystemClock().wall(), "a service")]
        for each in results:
            click.echo(f"{each.kind}: {each.said or 'delivered'}")
        return all(not each.said for each in results)

    return 0 if asyncio.run(run()) else 1
