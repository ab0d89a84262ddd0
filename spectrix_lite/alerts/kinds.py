"""Kinds of failures that each service has had, as keyed digests: no text of a log is kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final

from ..query.failure import Failure

_DIGEST_BYTES: Final = 8


class Kinds:
    """At most `most` a service: the first that was seen is forgotten first."""

    def __init__(self, key: bytes, known: Mapping[str, Sequence[bytes]], most: int) -> None:
        self._key = key
        self._most = most
        self._known = {service_id: dict.fromkeys(digests) for service_id, digests in known.items()}
        self._new: dict[str, list[bytes]] = {}

    def add(self, service_id: str, failure: Failure) -> bool:
        """Remembers a failure's kind; whether its service never had it before."""
        digest = blake2b("\0".join(failure).encode(), digest_size=_DIGEST_BYTES, key=self._key).digest()
        known = self._known.setdefault(service_id, {})
        if digest in known:
            return False
        known[digest] = None
        if len(known) > self._most:
            del known[next(iter(known))]
        self._new.setdefault(service_id, []).append(digest)
        return True

    def has_any(self, service_id: str) -> bool:
        """Whether something is known of the service."""
        return bool(self._known.get(service_id))

    def forget(self, service_id: str) -> None:
        """The service is gone."""
        self._known.pop(service_id, None)
        self._new.pop(service_id, None)

    def take_new(self) -> dict[str, list[bytes]]:
        """The digests that are not kept yet, by service; from now on they count as kept."""
        new, self._new = self._new, {}
        return new

    def give_back(self, new: Mapping[str, Sequence[bytes]]) -> None:
        """They could not be kept after all."""
        for service_id, digests in new.items():
            self._new[service_id] = [*digests, *self._new.get(service_id, [])]
