"""Admission control of ingest: bytes in flight, requests a key, a slot for large bodies, a penalty for the refused."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Final

from ..access.key_verifier import KeyGrant
from ..core.clock import Clock
from ..core.config import MIB, Config
from ..core.errors import TooMany
from ..core.rate_limit import ByteBudget, KeyedRateLimiter
from ..core.records import KeyKind
from ..entries.entry import Batch, Limits
from ..entries.json_repair import cut
from ..entries.lenient import LARGE, LenientDecoder
from ..entries.redaction import Redaction
from ..protocols.batch_builder import BatchBuilder, RecordReader
from ..protocols.protocol import Decoded, Protocol, Sent
from ..stream.idempotency import digest
from .ingest.refused import SAMPLE

HOOK_BODY: Final = MIB
HOOK_ENTRIES: Final = 500
"""What one request of a hook key may bring, where it is less than what any may."""
PENALTY_SECONDS: Final = 1.0
PENALIZED_AT_ONCE: Final = 256
_REMEMBERED_SECONDS: Final = 10.0
_REMEMBERED: Final = 4096
_INLINE: Final = 64 * 1024
"""Bytes of an unusual body that are read on the loop: more, and the loop would be held for too long."""

_INLINE_FOREIGN: Final = 1024
"""The same for other protocols, whose records may take longer, and be a dozen bytes each."""

_INLINE_MESSAGES: Final = 8 * 1024
"""The same for messages that come one by one, some dozens at once."""


class Admission:
    """What ingest may use, all requests together. One for the process; `close` ends its thread.

    `penalty` is the seconds for which the answer waits to a producer that is refused again.
    """

    def __init__(self, config: Config, clock: Clock, penalty: float = PENALTY_SECONDS) -> None:
        self.max_body = config.max_body
        self.bodies = ByteBudget(config.max_bodies)
        self._clock = clock
        keys = config.max_services * config.max_keys
        self._rates: Mapping[KeyKind, KeyedRateLimiter] = {
            "live": KeyedRateLimiter(config.key_rate, config.key_burst, size=keys),
            "hook": KeyedRateLimiter(config.hook_rate, 2 * config.hook_rate, size=keys),
        }
        limits = Limits(
            message=config.max_message,
            endpoint=config.max_endpoint,
            source=config.max_source,
            method=config.max_method,
            metadata=config.max_metadata,
            depth=config.max_depth,
            entries=config.max_entries,
        )
        of_hooks = replace(limits, entries=min(HOOK_ENTRIES, config.max_entries))
        self._redaction = Redaction(config.redact, canonical_too=config.redact_all)
        self._decoders: Mapping[KeyKind, LenientDecoder] = {
            "live": LenientDecoder(limits, self._redaction),
            "hook": LenientDecoder(of_hooks, self._redaction),
        }
        self._records = {"live": RecordReader(limits), "hook": RecordReader(of_hooks)}
        self._thread = ThreadPoolExecutor(1, "decoder")
        self._large = asyncio.Lock()
        self._penalty = penalty
        self._penalized = ByteBudget(PENALIZED_AT_ONCE)
        self._refused: OrderedDict[str, float] = OrderedDict()  # address -> when it was refused last

    @property
    def penalized(self) -> int:
        """How many refusals are being penalized now."""
        return self._penalized.used

    def close(self) -> None:
        """Idempotent. What the thread has begun, it ends."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def body_limit(self, kind: KeyKind) -> int:
        """The most bytes of a body, decompressed, by the kind of its key."""
        return self.max_body if kind == "live" else min(HOOK_BODY, self.max_body)

    def fits(self, size: int) -> bool:
        """Whether a body of `size` bytes is within its own limit and what is left of the budget for all."""
        return size <= self.max_body and self.bodies.used + size <= self.bodies.size

    def admit(self, grant: KeyGrant) -> None:
        """Counts one request of a key. Raises TooMany, with the seconds to wait, where it has used up its rate."""
        if wait := self._rates[grant.kind].take(grant.key_id, self._clock.monotonic()):
            raise TooMany(retry_after=wait)

    def large_body_slot(self, size: int) -> AbstractAsyncContextManager[None]:
        """A context in which a body of `size` bytes is read and appended: large ones one after the other
        (backpressure).

        Entries take several times the memory of the body that they came in, and only the body counts in `bodies`.
        """
        return self._large if size > LARGE else nullcontext()

    def read_usual(self, body: bytes, arrived: str, kind: KeyKind = "live") -> Batch | None:
        """As `LenientDecoder.read_usual`, and redacted: what can be read at once, or None."""
        return self._decoders[kind].read_usual(body, arrived)

    async def read(self, body: bytes, arrived: str, kind: KeyKind = "live") -> Batch:
        """The entries of a decompressed body, redacted; a large one is read in a thread.

        Raises as `LenientDecoder.read`.
        """
        if (usual := self.read_usual(body, arrived, kind)) is not None:
            return usual
        if len(body) <= _INLINE:
            return self._decoders[kind].read(body, arrived)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._decoders[kind].read, body, arrived)

    async def decode(self, protocol: Protocol, body: bytes, sent: Sent, arrived: str, kind: KeyKind) -> Decoded:
        """What a body in another protocol's form holds, redacted. Raises InvalidJson, InvalidBody, TooLarge.

        What opens to more than it is, or needs a decoder that may not be loaded yet, is read in the thread.
        """
        binary = protocol.is_binary(sent)

        def read() -> Decoded:
            decoded = protocol.decode(body, sent, BatchBuilder(self._records[kind], arrived))
            self._redaction.batch(decoded.batch, None if binary else body)
            return decoded

        if not binary and len(body) <= _INLINE_FOREIGN:
            return read()
        return await asyncio.get_running_loop().run_in_executor(self._thread, read)

    async def read_messages(self, take: Callable[[BatchBuilder], object], size: int, arrived: str) -> Batch:
        """The entries that `take` gives its builder, of `size` bytes, redacted; a large one is read in the thread.

        Raises what `take` raises.
        """

        def read() -> Batch:
            builder = BatchBuilder(self._records["live"], arrived)
            take(builder)
            return self._redaction.batch(builder.batch, None)

        if size <= _INLINE_MESSAGES:
            return read()
        return await asyncio.get_running_loop().run_in_executor(self._thread, read)

    def sample(self, body: bytes) -> str:
        """The beginning of a body as an operator may see it, redacted."""
        return self._redaction.sample(cut(body[: 4 * SAMPLE].decode("utf-8", "replace"), SAMPLE))

    async def digest(self, body: bytes) -> bytes:
        """Tells a decompressed body from others, for `IdempotencyCache`: 16 bytes. Of a large one it is taken in the
        thread.
        """
        if len(body) <= _INLINE:
            return digest(body)
        return await asyncio.get_running_loop().run_in_executor(self._thread, digest, body)

    async def penalize(self, address: str) -> None:
        """Makes a producer that was refused less than 10 s ago wait for its next refusal, if there is room to.

        Clients in the field try again at once and for ever; how long an answer takes is their only brake.
        """
        now = self._clock.monotonic()
        last = self._refused.pop(address, None)
        self._refused[address] = now
        if len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)
        if last is None or now - last > _REMEMBERED_SECONDS or not self._penalized.take(1):
            return
        try:
            await asyncio.sleep(self._penalty)
        finally:
            self._penalized.give(1)
