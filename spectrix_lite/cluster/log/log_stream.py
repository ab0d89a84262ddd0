"""Log stream: the engine's stream that holds the logs of all services, as JetStream's API speaks of it.

In memory, as entries are everywhere, or on disk where that is asked for; three times where the engine is a cluster.
What a service has too much of goes by its own subject, so that the last message of a quiet one, and with it the
knowledge of its head, always stays.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
import nats.errors

from ...core.config import Config
from ...core.errors import StartupError
from ..connection import Engine

API_SECONDS: Final = 2.0
WRONG_LAST: Final = (10071, 10164)
"""Somebody else was faster, or this was stored before."""
FULL: Final = (10023, 10025, 10028, 10047, 10077)
"""The engine has no room."""
NO_SPACE: Final = (10023, 10028, 10047)
"""It has less than the whole log may take: that is put aside at once."""
NOT_FOUND: Final = 10059
NO_MESSAGE: Final = 10037
NAME_IN_USE: Final = 10058
MOST_SILENT_SECONDS: Final = 3.0
"""A server that its leader has not heard of for so long does not count."""

_BOUNDS: Final = {"memory": "max_mem", "file": "max_file"}
"""What bounds each of them in the engine's configuration."""

EXPECTED: Final = "Nats-Expected-Last-Subject-Sequence"
_REBUILD: Final = "Spectrix-Rebuild"


class EngineRefusal(Exception):
    """What JetStream answers instead: `code` is its own."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class NoLeader(Exception):
    """The stream has none now: what is known of it is what one server of its own remembers."""

    def __init__(self) -> None:
        super().__init__("it has no leader")


TROUBLE: Final = (EngineRefusal, NoLeader, nats.errors.Error, TimeoutError, OSError)
"""What is raised where the engine cannot be asked, or does not say."""


class StreamState(NamedTuple):
    """`last` is the number of the newest message; `has_quorum` whether enough servers are there to take another;
    `storage` is "memory" or "file".
    """

    last: int
    has_quorum: bool
    storage: str


class Beginning(NamedTuple):
    """What the newest message about the log's epoch says; `number` is its own, 0 where no epoch has begun.

    `rebuild` names what has put an earlier stream's content into this one, "" for nothing, `is_done` whether all of it.
    """

    epoch: str
    number: int
    rebuild: str = ""
    is_done: bool = True


class LogStream:
    """Asks wait 2 s at most, and raise what is in `TROUBLE`."""

    def __init__(self, engine: Engine, config: Config) -> None:
        self.engine = engine
        self.name = f"{engine.name}-log"
        self.prefix = f"{engine.name}.log."
        self.epoch_subject = f"{engine.name}.epoch"
        self._window = config.ring_entries
        self._bytes = 2 * config.rings_bytes
        self._storage = config.cluster_storage

    async def ask(self, verb: str, about: Mapping[str, Any] | None = None, seconds: float = API_SECONDS) -> Any:
        """One question to JetStream's API; the answer, decoded."""
        body = b"" if about is None else msgspec.json.encode(about)
        return read_answer((await self.engine.client.request(f"$JS.API.{verb}", body, timeout=seconds)).data)

    async def state(self, seconds: float = API_SECONDS) -> StreamState:
        """How it stands, by the server that leads it. Raises NoLeader."""
        found = await self.ask(f"STREAM.INFO.{self.name}", seconds=seconds)
        cluster = found.get("cluster") or {}
        others = cluster.get("replicas") or []
        if others and not cluster.get("leader"):
            raise NoLeader
        heard = sum(not each.get("offline") and each.get("active", 0) < MOST_SILENT_SECONDS * 1e9 for each in others)
        has_quorum = 2 * (heard + 1) > len(others) + 1
        return StreamState(found["state"]["last_seq"], has_quorum, found["config"]["storage"])

    async def make(self, first: int = 1) -> None:
        """Makes the stream; harmless where it is there. Its messages are numbered from `first` on.

        Raises StartupError where the engine never has room for it.
        """
        about = {
            "name": self.name,
            "subjects": [f"{self.prefix}*", self.epoch_subject],
            "storage": self._storage,
            "retention": "limits",
            "discard": "new",
            "num_replicas": self.engine.replicas,
            "max_msgs_per_subject": self._window,
            "max_bytes": self._bytes,
            "allow_atomic": True,
        }
        if first > 1:
            about["first_seq"] = first
        try:
            await self.ask(f"STREAM.CREATE.{self.name}", about)
        except EngineRefusal as refusal:
            if refusal.code in NO_SPACE:
                copies = self.engine.replicas  # an account's limit is of all servers together
                account = f", and its account {copies} times as much" if copies > 1 else ""
                raise StartupError(
                    f"The engine has no room for the log: give it a max_mem above {self._bytes} bytes{account}, "
                    "or the nodes a smaller --rings-bytes."
                ) from None
            if refusal.code != NAME_IN_USE:  # else another node has made it, with other settings
                raise

    async def remove(self) -> None:
        """Removes the stream and all that it holds; harmless where it is gone."""
        try:
            await self.ask(f"STREAM.DELETE.{self.name}")
        except EngineRefusal as refusal:
            if refusal.code != NOT_FOUND:
                raise

    async def beginning(self) -> Beginning:
        """Of the log's epoch."""
        message = await self._last(self.epoch_subject)
        if message is None:
            return Beginning("", 0)
        rebuild, state = "", ""
        for line in base64.b64decode(message.get("hdrs", "")).decode().split("\r\n"):
            name, _, value = line.partition(":")
            if name == _REBUILD:
                rebuild, state = value.split()
        epoch = base64.b64decode(message.get("data", "")).decode()
        return Beginning(epoch, message["seq"], rebuild, state != "begun")

    async def begin_epoch(self, after: int) -> None:
        """Begins a new one, unless another has begun since that of message `after`: then nothing happens."""
        await self._begin(Beginning(secrets.token_urlsafe(9), after), {})

    async def go_on(self, beginning: Beginning) -> None:
        """Says that the log goes on in an earlier stream's epoch, as `beginning` says, unless something else was said
        since its `number`: then nothing happens.
        """
        state = "done" if beginning.is_done else "begun"
        await self._begin(beginning, {_REBUILD: f"{beginning.rebuild} {state}"})

    async def _begin(self, beginning: Beginning, headers: dict[str, str]) -> None:
        headers[EXPECTED] = str(beginning.number)
        answer = await self.engine.client.request(
            self.epoch_subject, beginning.epoch.encode(), timeout=API_SECONDS, headers=headers
        )
        try:
            read_answer(answer.data)
        except EngineRefusal as refusal:
            if refusal.code not in WRONG_LAST:
                raise

    async def last_of(self, service_id: str) -> int:
        """The number of the service's newest message, 0 where there is none."""
        message = await self._last(self.prefix + service_id)
        return 0 if message is None else message["seq"]

    async def purge(self, service_id: str, below: int | None = None) -> None:
        """Takes away the service's messages, all or those whose numbers are below."""
        about: dict[str, Any] = {"filter": self.prefix + service_id}
        if below is not None:
            about["seq"] = below
        await self.ask(f"STREAM.PURGE.{self.name}", about)

    async def consume(self, inbox: str, start: int, heartbeat: float) -> int:
        """Has all from message `start` on sent to `inbox`, in order; how many there are by now."""
        name = secrets.token_hex(8)
        about = {
            "stream_name": self.name,
            "action": "create",
            "config": {
                "name": name,
                "deliver_subject": inbox,
                "deliver_policy": "by_start_sequence",
                "opt_start_seq": start,
                "ack_policy": "none",
                "max_deliver": 1,
                "idle_heartbeat": int(heartbeat * 1e9),
                "flow_control": True,
                "inactive_threshold": int(5e9),
                "mem_storage": True,
                "num_replicas": 1,
            },
        }
        pending: int = (await self.ask(f"CONSUMER.CREATE.{self.name}.{name}", about))["num_pending"]
        return pending

    async def append(self, service_id: str, message: bytes, after: int) -> int:
        """Stores one message of a service behind message `after`; its number. What was stored, though nobody heard so,
        is found again.
        """
        headers = {EXPECTED: str(after)}
        subject = self.prefix + service_id
        try:
            answer = await self.engine.client.request(subject, message, timeout=API_SECONDS, headers=headers)
        except (nats.errors.Error, TimeoutError):
            if (last := await self.last_of(service_id)) > after:
                return last
            raise
        stored: int = read_answer(answer.data)["seq"]
        return stored

    async def _last(self, subject: str) -> Any:
        """The newest message of a subject; None where there is none."""
        try:
            return (await self.ask(f"STREAM.MSG.GET.{self.name}", {"last_by_subj": subject}))["message"]
        except EngineRefusal as refusal:
            if refusal.code == NO_MESSAGE:
                return None
            raise


def read_answer(data: bytes) -> Any:
    """What JetStream has answered. Raises EngineRefusal for an error."""
    answer = msgspec.json.decode(data) if data else {}
    if (error := answer.get("error")) is not None:
        raise EngineRefusal(error.get("err_code", 0), error.get("description", ""))
    return answer
