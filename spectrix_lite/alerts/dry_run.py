"""Dry run: what a rule would have told of what the rings hold, and of what history holds before them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from ..core.alert_records import Alert
from ..stream.channel import Channel
from ..stream.hub import Hub
from .replay import Firing, Replay
from .rulebook import query_node

Older = Callable[[Channel], Awaitable[Sequence[bytes]]]
"""Entries of history before those that a channel's ring holds, oldest first, up to the seq that it begins with."""


class DryRunResult(NamedTuple):
    """Its notices, oldest first, of so many entries, the first of which came at `began`, seconds since 1970; None
    where there were none.
    """

    firings: list[Firing]
    entries: int
    began: float | None


async def dry_run(hub: Hub, alert: Alert, now: float, older: Older | None = None) -> DryRunResult:
    """It looks for one second at most in each ring, at `now`, seconds since 1970. Raises InvalidQuery, SearchBusy."""
    query = query_node((await hub.filtering.parse({"q": alert.query})).queries)
    replays = []
    for channel in hub.channels():
        if alert.service_id in (None, channel.service_id):
            before = () if older is None else await older(channel)
            replay = Replay(channel.ring, query, alert.when, alert.cooldown, before)
            await hub.filtering.search(replay)
            replay.finish(now)
            replays.append(replay)
    firings = sorted((firing for replay in replays for firing in replay.firings), key=lambda firing: firing.at)
    began = min((replay.began for replay in replays if replay.began is not None), default=None)
    return DryRunResult(firings, sum(replay.entries for replay in replays), began)
