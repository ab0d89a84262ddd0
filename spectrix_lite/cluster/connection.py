"""Connection to the engine: made once a node, and again for ever; it says whether it is up, and when it is again.

engine = await Engine.connect(config)        # waits for a cold cluster; StartupError for what waiting cannot mend
engine.jetstream                             # ask anew each time: a connection that is ended for good is replaced
stop = engine.on_reconnect(subscribe_again)  # subscriptions do not outlive a server's death: make them anew there
engine.is_up                                 # False from the loss of the connection until it is there again
await engine.until_up()
engine.name, engine.replicas                 # what subjects, streams and buckets begin with; 3, or 1 on one server
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from ..core.addresses import ClusterAddress
from ..core.config import KIB, Config
from ..core.errors import StartupError, Unavailable
from .memory import keep_freed
from .options import connection_options

try:
    import nats.errors
    from nats.js import JetStreamContext

    from .client import EngineClient
except ImportError:
    raise StartupError("--cluster needs nats-py: pip install 'spectrix-lite[cluster]' brings it.") from None

OLDEST_ENGINE: Final = (2, 14, 0)
LEAST_PAYLOAD: Final = 256 * KIB
BRING_UP_TO_DATE: Final = (
    "bring its rights.conf up to that of docs/self-host/cluster, let it reload, and start the nodes again"
)

SAY_SECONDS: Final = 5.0
"""How often a start that waits says so."""

_REPLICAS: Final = 3
_MOST_DENIED: Final = 20
_AGAIN_SECONDS: Final = 0.2
_MOST_SILENT: Final = 3
_REFUSALS: Final = (
    ("authorization violation", "The engine of --cluster refuses this node: see to the file of --cluster-credentials."),
    (
        "certificate verify failed",
        "The engine's certificate is not to be trusted: give its authority with --cluster-ca.",
    ),
)
_DENIED: Final = re.compile(r'permissions violation for (publish|subscription) to "([^"]+)"', re.IGNORECASE)

_log = logging.getLogger("spectrix_lite.cluster")


def _matters(record: logging.LogRecord) -> bool:
    """nats-py begins TLS in a way of which asyncio says, at the end of each connection, that it has no effect."""
    return "eof_received() has no effect" not in record.getMessage()


logging.getLogger("asyncio").addFilter(_matters)

Listener = Callable[[], Awaitable[None]]


class Engine:
    """Made by `connect`. What is asked of it while it is down fails as nats-py says: it does not wait."""

    def __init__(self, address: ClusterAddress, options: dict[str, Any]) -> None:
        self.name: Final = address.name
        self._servers = list(address.servers)
        self._options = options
        self._client = EngineClient()
        self._jetstream: JetStreamContext | None = None
        self._listeners: list[Listener] = []
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._down.set()
        self._ended = False
        self._is_dialing = False
        self._trouble = ""
        self._refusal = ""  # what waiting does not mend: said once, where later tries only break off
        self.denied: Final[set[str]] = set()
        """The subjects that the engine's rights do not allow, of those that were asked for."""
        self._revival: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, config: Config) -> Engine:
        """Connects, and waits until JetStream answers, for as long as it takes; what is waited for is in the log.

        Raises StartupError for settings that cannot be right, a refusal of the credentials, and a version or payload
        that will not do.
        """
        assert config.cluster is not None
        keep_freed()
        engine = cls(config.cluster, await asyncio.to_thread(connection_options, config))
        try:
            await engine._begin()
        except BaseException:
            await engine.close()
            raise
        return engine

    @property
    def jetstream(self) -> JetStreamContext:
        """Of the connection that there is now."""
        assert self._jetstream is not None
        return self._jetstream

    @property
    def client(self) -> EngineClient:
        """The connection that there is now, for what needs no JetStream."""
        return self._client

    @property
    def is_up(self) -> bool:
        """Whether a server is connected; not whether it has a quorum."""
        return self._up.is_set()

    @property
    def max_payload(self) -> int:
        """Bytes of the largest message that the engine takes, its header with it."""
        return self._client.max_payload

    @property
    def replicas(self) -> int:
        """How often each message is to be kept: 3 times where the engine is a cluster, else once."""
        return _REPLICAS if self._client._server_info.get("cluster") else 1

    @property
    def version(self) -> str:
        """Of the server that is connected, such as `2.15.1`."""
        return str(self._client._server_info.get("version", ""))

    async def until_up(self) -> None:
        """Waits until a server is connected."""
        await self._up.wait()

    async def until_down(self) -> None:
        """Waits until none is."""
        await self._down.wait()

    def on_reconnect(self, listener: Listener) -> Callable[[], None]:
        """Awaits `listener` each time that a server is connected again, before or after others; returns what ends that.

        It should not wait for an answer longer than it must, and may raise: that is logged. It is not called for the
        first connection.
        """
        self._listeners.append(listener)

        def stop() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return stop

    async def close(self) -> None:
        """Ends it for good. May be called again."""
        self._ended = True
        if self._revival is not None:
            self._revival.cancel()
            with suppress(asyncio.CancelledError):
                await self._revival
        # RuntimeError: uvloop's, where something waits to be sent on a connection that is gone.
        with suppress(nats.errors.Error, OSError, RuntimeError):
            await self._client.close()
        self._set(up=False)

    # The connection

    async def _begin(self) -> None:
        asking = asyncio.ensure_future(self._dial_until_done())
        try:
            while True:
                done, _ = await asyncio.wait((asking,), timeout=SAY_SECONDS)
                if done:
                    break
                if self._refusal:
                    raise StartupError(self._refusal)
                _log.warning("waits for the engine of --cluster: %s", self._trouble or "no server answers yet")
            asking.result()
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError, StartupError):
                await asking
        self._set(up=True)

    async def _dial_until_done(self) -> None:
        while True:
            try:
                return await self._dial()
            except (OSError, nats.errors.Error) as problem:
                await self._note(problem)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _dial(self) -> None:
        """One connection, checked; JetStream answers when this returns. Raises OSError, or an error of nats-py's, where
        it has ended for good before that.
        """
        self._client = client = EngineClient()
        self._is_dialing, silent = True, 0
        try:
            await client.connect(
                self._servers,
                **self._options,
                error_cb=self._note,
                disconnected_cb=self._disconnected,
                reconnected_cb=self._reconnected,
                closed_cb=self._closed,
            )
            self._refusal = ""
            self._check()
            self._jetstream = client.jetstream(timeout=2.0)
            while True:
                try:
                    return await self._answering()
                except nats.errors.Error as problem:  # a cluster that forms has no leader yet
                    silent += isinstance(problem, nats.errors.TimeoutError)
                    if client.is_closed or silent == _MOST_SILENT:
                        raise  # nats-py may have lost where answers go to, in a connection that was refused meanwhile
                    self._trouble = f"JetStream does not answer yet ({type(problem).__name__})"
                    await asyncio.sleep(0.1)
        except BaseException:
            with suppress(nats.errors.Error, OSError, RuntimeError):
                await client.close()
            raise
        finally:
            self._is_dialing = False

    async def _answering(self) -> None:
        await self.jetstream.account_info()

    def _check(self) -> None:
        found = tuple(int(part) for part in self.version.partition("-")[0].split("."))
        if found < OLDEST_ENGINE:
            oldest = ".".join(map(str, OLDEST_ENGINE))
            raise StartupError(f"The engine of --cluster is nats-server {self.version}: {oldest} or newer is needed.")
        if self.max_payload < LEAST_PAYLOAD:
            raise StartupError(
                f"The engine's max_payload is {self.max_payload} bytes: set it to {LEAST_PAYLOAD} or more."
            )

    async def _note(self, problem: Exception) -> None:
        self._trouble = str(problem) or type(problem).__name__
        self._refusal = next((why for said, why in _REFUSALS if said in self._trouble.lower()), self._refusal)
        found = _DENIED.search(self._trouble)
        if found is not None and found[2] not in self.denied and len(self.denied) < _MOST_DENIED:
            self.denied.add(found[2])
            _log.warning(
                "the engine's rights do not allow a %s to %s: %s", found[1].lower(), found[2], BRING_UP_TO_DATE
            )

    async def _disconnected(self) -> None:
        if self._up.is_set() and not self._ended:
            _log.warning("the engine is lost: %s", self._trouble or "its connection has ended")
        self._set(up=False)

    async def _reconnected(self) -> None:
        self._set(up=True)
        _log.info("the engine is there again")
        for listener in list(self._listeners):
            try:
                await listener()
            except Unavailable as problem:  # there is a server, and no quorum yet: whoever listens tries again
                _log.warning("the engine is not whole yet: %s", problem.detail)
            except Exception:
                _log.exception("what should go on with the engine's return failed")

    async def _closed(self) -> None:
        """nats-py gives a connection up where the server says an error; a node does not."""
        self._set(up=False)
        if (
            not self._ended
            and not self._is_dialing
            and self._jetstream is not None
            and (self._revival is None or self._revival.done())
        ):
            self._revival = asyncio.create_task(self._revive())

    async def _revive(self) -> None:
        while True:
            try:
                await self._dial()
            except (StartupError, OSError, nats.errors.Error) as problem:
                _log.warning("the engine is not to be had again: %s", self._refusal or problem)
                await asyncio.sleep(1.0)
            else:
                return await self._reconnected()

    def _set(self, *, up: bool) -> None:
        if up:
            self._refusal = ""
        (self._up if up else self._down).set()
        (self._down if up else self._up).clear()
