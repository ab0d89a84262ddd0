"""Kinds of failures that each service has had, as keyed digests: no text of a log is kept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

from ..query.failure import Failure

_DIGEST_BYTES: Final = 8


class Kinds:
    """At most `most` a service: the first that was seen is forgotten first. `wall` is milliseconds since 1970."""

    def __init__(
        self, key: bytes, known: Mapping[str, Sequence[bytes]], most: int, wall: Callable[[], int] = lambda: 0
    ) -> None:
        self._key = key
        self._most = most
        self._wall = wall
        # When each was learned: those of an earlier process by now at the latest.
        self._known = {service_id: dict.fromkeys(digests, wall()) for service_id, digests in known.items()}
        self._new: dict[str, list[bytes]] = {}

    def add(self, service_id: str, failure: Failure) -> bool:
        """Remembers a failure's kind; whether its service never had it before."""
        digest = self._digest(failure)
        known = self._known.setdefault(service_id, {})
        if digest in known:
            return False
        known[digest] = self._wall()
        if len(known) > self._most:
            del known[next(iter(known))]
        self._new.setdefault(service_id, []).append(digest)
        return True

    def was_known(self, service_id: str, failure: Failure, before: int) -> bool | None:
        """Whether its service had a failure's kind before that time; None where nobody can know."""
        known = self._known.get(service_id)
        if not known or next(iter(known.values())) >= before:
            return None
        return known.get(self._digest(failure), before) < before

    def has_any(self, service_id: str) -> bool:
        """Whether something is known of the service."""
        return bool(self._known.get(service_id))

    def forget(self, service_id: str) -> None:
        """The service is gone."""
        self._known.pop(service_id, None)
        self._new.pop(service_id, None)

    def _digest(self, failure: Failure) -> bytes:
        return blake2b("\0".join(failure).encode(), digest_size=_DIGEST_BYTES, key=self._key).digest()

    def take_new(self) -> dict[str, list[bytes]]:
        """The digests that are not kept yet, by service; from now on they count as kept."""
        new, self._new = self._new, {}
        return new

    def give_back(self, new: Mapping[str, Sequence[bytes]]) -> None:
        """They could not be kept after all."""
        for service_id, digests in new.items():
            self._new[service_id] = [*digests, *self._new.get(service_id, [])]
