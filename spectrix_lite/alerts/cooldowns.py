"""Cooldowns: when each alert was told last, by the monotonic clock: whatever the clock of the day is set to. Pure."""

from __future__ import annotations

from collections.abc import Container

from ..core.alert_records import Alert


class Cooldowns:
    """Of what another process has told only the time of day is known, which counts from when it is met first."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, float]] = {}  # by the alert's id: its time of day, monotonic seconds

    def told(self, alert: Alert, now: float) -> None:
        """It has just been told, which its `told_at` says too."""
        if alert.told_at is not None:
            self._told[alert.id] = alert.told_at, now

    def waits(self, alert: Alert, now: float, wall: int) -> bool:
        """Whether it may not be told yet."""
        known_at, known = self._told.get(alert.id, (None, None))
        if alert.told_at is not None and alert.told_at != known_at:
            told = now - max(0, wall - alert.told_at) / 1000
            known = told if known is None else max(told, known)
            self._told[alert.id] = alert.told_at, known
        return known is not None and now < known + alert.cooldown

    def keep(self, alert_ids: Container[str]) -> None:
        """The others are gone."""
        self._told = {key: told for key, told in self._told.items() if key in alert_ids}
