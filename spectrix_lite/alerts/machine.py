"""Machines: what a rule makes of the matches of one service as time passes. Pure; times are monotonic seconds.

A machine is told of matches and of time, and says what is due to be told; who asks it minds the cooldown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from ..core.alert_records import NoticeKind, When

SHOWN_ENTRIES: Final = 3
_STEPS: Final = 100  # a window is counted in as many steps


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice is about: `count` matches since the last one, or since it was quiet before them, the first of them
    `age` seconds ago. `seqs` are the first ones' numbers.
    """

    kind: NoticeKind
    count: int
    age: float
    seqs: tuple[int, ...]
    missed: int = 0


class Machine:
    """Base of the three kinds. `firing`: what it waits for is so, and is told, or due to be."""

    def __init__(self) -> None:
        self.firing = False
        self.changed = False
        """Whether it differs from what was kept last in a way that must outlive the process."""
        self.wakes_at = 0.0
        """Before that time passes without anything becoming due, unless something matches."""
        self.missed = 0
        """Entries that were not looked at since this was told last."""
        self._count = 0
        self._first = 0.0  # when the first that is counted came
        self._seqs: list[int] = []
        self._fired = False  # and was not told yet
        self._resolved = False

    def match(self, now: float, seq: int, count: int = 1, others: Sequence[int] = ()) -> None:
        """So many matches arrived, the first of them with this seq; `others` are some of those behind it."""
        self.wakes_at = 0.0
        if not self._count:
            self._first = now
        self._count += count
        if len(self._seqs) < SHOWN_ENTRIES:
            self._seqs += (seq, *others)[: SHOWN_ENTRIES - len(self._seqs)]

    def pass_time(self, now: float) -> None:
        """Judges what is so at this moment."""
        self.wakes_at = 0.0 if self._fired or self._resolved else inf

    def is_due(self, repeats: bool) -> bool:
        """Whether there is something to tell; with `repeats` also what goes on while it fires."""
        return self._fired or self._resolved

    def take(self, now: float) -> list[Told]:
        """What is due, once: what comes from now on is counted anew."""
        age = now - self._first if self._count else 0.0
        told = []
        if self._fired or not self._resolved:
            told.append(Told("firing", self._count, age, tuple(self._seqs), self.missed))
        if self._resolved:
            told.append(Told("resolved", 0, age, ()) if told else Told("resolved", self._count, age, (), self.missed))
        self.missed = 0
        self._fired = self._resolved = False
        self._forget_matches()
        self.changed = True
        return told

    def _forget_matches(self) -> None:
        self._count = 0
        self._seqs = []

    def drop_resolved(self) -> None:
        """For a rule that does not tell that it is over."""
        self._resolved = False

    def dump(self) -> dict[str, Any]:
        """What must outlive the process, for `restore`."""
        self.changed = False
        return {
            "firing": self.firing,
            "fired": self._fired,
            "resolved": self._resolved,
            "count": self._count,
            "seqs": self._seqs,
        }

    def restore(self, state: Mapping[str, Any], now: float, *, same_epoch: bool) -> None:
        """Goes on from another process's; the entries' numbers are worth something in the same epoch only."""
        self._first = now
        self.firing, self._fired, self._resolved = state["firing"], state["fired"], state["resolved"]
        self._count = state["count"]
        self._seqs = list(state["seqs"]) if same_epoch else []

    def _fire(self) -> None:
        self.firing = self._fired = self.changed = True
        self._resolved = False

    def _resolve(self) -> None:
        self.firing = False
        self._resolved = self.changed = True


class CountMachine(Machine):
    """Fires at `count` matches within a window, and is over when they were fewer for a whole one.

    The window moves in steps of a hundredth. Before `ready` nothing is judged.
    """

    def __init__(self, when: When, ready: float) -> None:
        super().__init__()
        self._wanted = when.count
        self._within = when.within
        self._ready = ready
        self._steps: deque[tuple[float, int]] = deque()  # (first arrival, matches)
        self._total = 0
        self._reached = ready

    def match(self, now: float, seq: int, count: int = 1, others: Sequence[int] = ()) -> None:
        super().match(now, seq, count, others)
        self._total += count
        steps = self._steps
        if steps and now - steps[-1][0] < self._within / _STEPS:
            steps[-1] = (steps[-1][0], steps[-1][1] + count)
        else:
            steps.append((now, count))

    def pass_time(self, now: float) -> None:
        steps = self._steps
        while steps and steps[0][0] <= now - self._within:
            self._total -= steps.popleft()[1]
        if now < self._ready:
            return
        if self._total >= self._wanted:
            self._reached = now
            if not self.firing:
                self._fire()
        elif self.firing and now - self._reached >= self._within:
            self._resolve()
        elif not (self._total or self.firing or self._fired or self._resolved):
            self._forget_matches()  # single ones, long over
            self.wakes_at = inf

    def is_due(self, repeats: bool) -> bool:
        goes_on = repeats and self.firing and self._count > 0 and self._total >= self._wanted
        return goes_on or super().is_due(repeats)


class NoneMachine(Machine):
    """Fires when nothing matched for a whole window, once something has: then it is armed, for good."""

    def __init__(self, when: When, now: float) -> None:
        super().__init__()
        self._within = when.within
        self._last = now
        self.armed = False

    def match(self, now: float, seq: int, count: int = 1, others: Sequence[int] = ()) -> None:
        # Told is the last that came, and how many have come since it fired.
        self._seqs = [seq]
        self._last = max(self._last, now)
        self.wakes_at = 0.0
        self.changed |= not self.armed
        self.armed = True
        if self.firing:
            self._resolve()

    def pass_time(self, now: float) -> None:
        if self.armed and not self.firing and now - self._last >= self._within:
            self._fire()
        if self._fired or self._resolved:
            self.wakes_at = 0.0
        else:
            self.wakes_at = self._last + self._within if self.armed and not self.firing else inf

    def dump(self) -> dict[str, Any]:
        return super().dump() | {"armed": self.armed}

    def restore(self, state: Mapping[str, Any], now: float, *, same_epoch: bool) -> None:
        super().restore(state, now, same_epoch=same_epoch)
        self.armed = state["armed"]


class FirstSeenMachine(Machine):
    """Is told of failures of a kind that was never seen before; each is due at once, and is never over."""

    def match(self, now: float, seq: int, count: int = 1, others: Sequence[int] = ()) -> None:
        super().match(now, seq, count, others)
        self._fired = self.changed = True


def machine(when: When, now: float, *, started: bool) -> Machine:
    """The machine of a rule. `started`: the server has just started, and nothing is judged for one window."""
    if when.kind == "none":
        return NoneMachine(when, now)
    if when.kind == "count":
        return CountMachine(when, now + when.within if started else now)
    return FirstSeenMachine()
