"""Duty: where several servers share the alerts, one of them judges and tells."""

from __future__ import annotations

from typing import Protocol


class Duty(Protocol):
    """Which of them it is."""

    @property
    def rules_version(self) -> int:
        """Another number where another server has changed alerts, or has told something."""

    async def check(self) -> bool:
        """Whether this one judges now."""

    async def give_up(self) -> None:
        """Another one may from now on. Raises nothing."""
