"""Context of the handlers: what each of them may reach, one frozen record under one key of the application."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from ..access.authority import Authority
from ..alerts.alerting import Alerting
from ..core.addresses import Listening
from ..core.clock import Clock
from ..core.config import Config
from ..history.restart import Restart
from ..storage.interfaces import AnyStore
from ..stream.hub import Hub
from .admission import Admission
from .in_flight import InFlight
from .ingest.first_entries import FirstEntries
from .ingest.refusals import Refusals
from .ingest.refused import RefusedRequests
from .loop_lag import LoopLag

if TYPE_CHECKING:  # imported only where it is asked for
    from ..cluster.node import ClusterNode
    from ..history.history import History


@dataclass(frozen=True, slots=True)
class Context:
    """Made once, in `app.make_app`; lives as long as the application."""

    config: Config
    clock: Clock
    hub: Hub
    store: AnyStore
    authority: Authority
    admission: Admission
    in_flight: InFlight
    restart: Restart
    history: History | None
    alerting: Alerting
    answered: Counter[int]
    """How many requests were answered with each status."""
    refusals: Refusals
    """Why requests were refused of clients that want to send."""
    node: ClusterNode | None = None
    lag: LoopLag = field(default_factory=LoopLag)
    turned_away: Counter[str] = field(default_factory=Counter)
    """Connections to listeners without keys that were closed at once, by what spoke there."""
    refused: RefusedRequests = field(default_factory=RefusedRequests)
    first_entries: FirstEntries = field(default_factory=FirstEntries)
    listening: list[Listening] = field(default_factory=list)
    """The listeners besides the main one, while the server runs."""


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
