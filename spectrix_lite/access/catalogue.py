"""Catalogue of services and stream keys in memory, as lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..core.errors import ServiceNotFound, StreamKeyNotFound
from ..core.records import Service, StoredKey, StreamKey


@dataclass(slots=True)
class ServiceChanges:
    """How the services of the database differ from those known before."""

    opened: list[Service] = field(default_factory=list)
    renamed: list[Service] = field(default_factory=list)
    closed: list[Service] = field(default_factory=list)


class Catalogue:
    """In order of creation. Uses of keys are noted here first and reach the database in batches."""

    def __init__(self) -> None:
        self._services: dict[str, Service] = {}
        self._keys: dict[str, StreamKey] = {}
        self._uses: dict[str, int] = {}

    def services(self) -> list[Service]:
        """All services, oldest first."""
        return list(self._services.values())

    def service(self, service_id: str) -> Service:
        """The service with this id. Raises ServiceNotFound."""
        service = self._services.get(service_id)
        if service is None:
            raise ServiceNotFound
        return service

    def put_service(self, service: Service) -> None:
        self._services[service.id] = service

    def remove_service(self, service_id: str) -> list[str]:
        """Removes a service and its stream keys; returns their ids."""
        self._services.pop(service_id, None)
        gone = [key.id for key in self._keys.values() if key.service_id == service_id]
        for key_id in gone:
            del self._keys[key_id]
            self._uses.pop(key_id, None)
        return gone

    def keys(self, service_id: str) -> list[StreamKey]:
        """A service's keys, oldest first, revoked ones too. Raises ServiceNotFound."""
        self.service(service_id)
        return [self._used(key) for key in self._keys.values() if key.service_id == service_id]

    def key(self, service_id: str, key_id: str) -> StreamKey:
        """One key of a service. Raises ServiceNotFound or StreamKeyNotFound."""
        self.service(service_id)
        key = self._keys.get(key_id)
        if key is None or key.service_id != service_id:
            raise StreamKeyNotFound
        return self._used(key)

    def changed_key(self, service_id: str, key_id: str, name: str | None, enabled: bool | None) -> StreamKey:
        """The key as it would be with another name, or switched; None leaves it as it is.

        Raises ServiceNotFound or StreamKeyNotFound, also for a revoked one that shall be switched on.
        """
        key = self.key(service_id, key_id)
        if enabled and key.revoked_at is not None:
            raise StreamKeyNotFound("This stream key is revoked, which cannot be undone; create another one.")
        return replace(
            key, name=key.name if name is None else name, enabled=key.enabled if enabled is None else enabled
        )

    def put_key(self, key: StreamKey) -> None:
        self._keys[key.id] = key

    def has_key(self, key_id: str) -> bool:
        """Whether there is such a key, also a revoked one."""
        return key_id in self._keys

    def note_use(self, key_id: str, at: int) -> None:
        """Notes that a key was used at `at`, milliseconds since 1970."""
        self._uses[key_id] = at

    def take_uses(self) -> dict[str, int]:
        """The uses noted since the last call, for the database."""
        taken, self._uses = self._uses, {}
        for key_id in taken.keys() & self._keys.keys():
            self._keys[key_id] = replace(self._keys[key_id], last_used_at=taken[key_id])
        return taken

    def give_back_uses(self, uses: dict[str, int]) -> None:
        """Takes back uses that could not be written; newer ones win."""
        self._uses = uses | self._uses

    def reload(self, services: Iterable[Service], stored: Iterable[StoredKey]) -> ServiceChanges:
        """Replaces everything by the database's rows; returns how the services differ from before."""
        before, self._services = self._services, {service.id: service for service in services}
        self._keys = {key.shown.id: key.shown for key in stored}
        changes = ServiceChanges()
        for service in self._services.values():
            known = before.get(service.id)
            if known is None:
                changes.opened.append(service)
            elif known.name != service.name:
                changes.renamed.append(service)
        changes.closed.extend(service for service in before.values() if service.id not in self._services)
        return changes

    def _used(self, key: StreamKey) -> StreamKey:
        at = self._uses.get(key.id)
        return key if at is None else replace(key, last_used_at=at)
