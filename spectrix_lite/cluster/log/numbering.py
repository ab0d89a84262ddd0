"""Numbering of one service's log by all nodes at once: a state machine without a socket, a loop or a clock.

Nobody owns a service. A message is stored only where its writer knew the last one of its subject (compare and set), so
that exactly one writer gives the next numbers; the others see whose message it was, number anew, and try again.
What the engine answers is never believed: an attempt is over when the log itself, as every node reads it, shows it or
another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Final, NamedTuple

from ...entries.entry import Entry
from ...stream.log import RememberedAnswer
from ...stream.stats import counted
from .message import Levels, MessageHead, epoch_of

MOST_ENTRIES: Final = 1000
"""Batches that wait are stored together, up to so many entries."""

_RECENT: Final = 64  # attempts that are remembered: of each node one is under way at most

NOTHING: Final[Levels] = (0, 0, 0, 0)


Settle = Callable[[RememberedAnswer | None], None]


class Append:
    """A batch that is to be numbered; `at` is in ms since 1970 UTC, `asked` in seconds of the caller's clock.

    `settle` is called once, when the log shows what came of it: it has its numbers; or it is left out, as its name was
    given to another before, with this answer. `forget` is for what is no batch: see `MessageHead`.
    """

    __slots__ = ("answer", "asked", "at", "entries", "forget", "levels", "sent", "settle", "settled")

    def __init__(
        self,
        entries: Sequence[Entry],
        at: int,
        settle: Settle,
        *,
        answer: RememberedAnswer | None = None,
        asked: float = 0.0,
        forget: Sequence[int] = (),
    ) -> None:
        self.entries = entries
        self.at = at
        self.settle = settle
        self.answer = answer
        self.asked = asked
        self.forget = forget
        self.levels = counted(entries)
        self.sent = False
        """Whether the log may show it later, though nobody waits for it any more."""
        self.settled = False


class Attempt(NamedTuple):
    """What to store now: `appends` together, from `first` on, if the subject's last message is still `expected`."""

    name: str
    expected: int
    first: int
    appends: tuple[Append, ...]
    totals: Levels
    """Of the epoch before it."""


class Seen(NamedTuple):
    """What a message means for the ring: whether it is of it, whether entries before it were never seen, and how many
    of its entries were, the first of them: in what is said once more, see `refill`.
    """

    is_new: bool
    is_lost: bool = False
    known: int = 0


class WentBack(Exception):
    """The log is not the one that was read before: numbers would be given twice. Only a new epoch is honest."""


class Numbering:
    """One service's, on one node. `head` is the last number that the log has shown, `last` the place of its message."""

    def __init__(self, node: str, service_id: str) -> None:
        self._names = (f"{node}-{number}" for number in count())
        self._service_id = service_id
        self.log_epoch = ""
        self.epoch = ""
        self.head = 0
        self.last = 0
        self.totals: Levels = NOTHING
        self.races = 0
        """Attempts that another writer was faster than."""
        self.is_halfway = False
        """Of a message of several, more is to come."""
        self.recent: deque[str] = deque(maxlen=_RECENT)
        """The names of the attempts that the log has shown last."""
        self._waiting: deque[Append] = deque()
        self._attempt: Attempt | None = None

    # Writing

    def ask(self, append: Append) -> None:
        """Takes its place behind those that wait."""
        self._waiting.append(append)

    def next(self) -> Attempt | None:
        """What to store now; None while something is under way, or nothing waits.

        It may be stored any number of times: the log takes it once.
        """
        if self._attempt is not None or self.is_halfway or not self._waiting or not self.log_epoch:
            return None
        group = [self._waiting.popleft()]
        size = len(group[0].entries)
        while self._waiting and not group[0].forget and not self._waiting[0].forget:
            size += len(self._waiting[0].entries)
            if size > MOST_ENTRIES or self._is_named_in(group, self._waiting[0]):
                break
            group.append(self._waiting.popleft())
        for append in group:
            append.sent = True
        self._attempt = Attempt(next(self._names), self.last, self.head + 1, tuple(group), self.totals)
        return self._attempt

    def is_under_way(self, attempt: Attempt) -> bool:
        """Whether the log has not shown yet what came of it."""
        return self._attempt is attempt

    def trim(self, last: int) -> None:
        """The subject's last message is `last`, 0 where there is none: what was seen behind it has been taken away."""
        self.last = last
        self._requeue()

    def give_up(self, before: float) -> list[Append]:
        """Lets go of what was asked before then. What was `sent` may still be shown by the log; the rest never will."""
        tried = () if self._attempt is None else self._attempt.appends
        given = [each for each in (*tried, *self._waiting) if each.asked < before and not each.settled]
        for append in given:
            append.settled = True
        self._waiting = deque(append for append in self._waiting if not append.settled)
        if all(append.settled for append in tried):  # else it goes on, whole: what of it is stored is not known
            self._attempt = None
        return given

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits."""
        return self._attempt is None and not self._waiting

    # Reading

    def begin(self, epoch: str) -> None:
        """A log is read from its beginning, in this epoch: nothing of it is known. What waits goes on waiting."""
        if epoch != self.log_epoch:
            self.log_epoch = epoch
            self.epoch = epoch_of(epoch, self._service_id)
        self.head = self.last = 0
        self.totals = NOTHING
        self.is_halfway = False
        self.recent.clear()
        self._requeue()

    def see(self, head: MessageHead, seq: int) -> Seen:
        """The log shows a message of the service, `seq` in its stream; each is shown in order, some perhaps again.

        Settles what it answers, which may not be all that was asked with it: see `next`. Raises WentBack.
        """
        if seq <= self.last:
            return Seen(is_new=False)
        self.last = seq
        is_of_epoch = head.epoch == self.log_epoch
        if is_of_epoch and head.first <= self.head and not (head.is_rebuilt and head.count):
            raise WentBack
        self.is_halfway = head.more
        self._settle_attempt(head)
        if not is_of_epoch:
            return Seen(is_new=False)
        self.recent.extend(head.settles if head.is_rebuilt or head.more else (head.attempt,))
        is_lost, known = head.first > self.head + 1, min(head.count, max(0, self.head + 1 - head.first))
        self.head = max(self.head, head.first + head.count - 1)
        self.totals = head.totals
        for answer in head.answers:
            self._answer(answer)
        return Seen(is_new=True, is_lost=is_lost, known=known)

    def _settle_attempt(self, head: MessageHead) -> None:
        mine = self._attempt
        if mine is None:
            return
        if mine.name == head.attempt or mine.name in head.settles:
            if not head.more:
                self._attempt = None
                for append in mine.appends:
                    _settle(append, None)
        elif not head.is_rebuilt:
            self.races += 1
            self._requeue()
        elif not head.count:  # all of the former stream is told: it was not in it
            self._requeue()

    def _answer(self, answer: RememberedAnswer) -> None:
        """What waits under the name of what was stored just now is not to be stored again."""
        found = [each for each in self._waiting if each.answer is not None and _is_same(each.answer, answer)]
        if found:
            self._waiting = deque(each for each in self._waiting if each not in found)
            for append in found:
                _settle(append, answer)

    def _requeue(self) -> None:
        if self._attempt is not None:
            self._waiting.extendleft(each for each in reversed(self._attempt.appends) if not each.settled)
            self._attempt = None

    def _is_named_in(self, group: list[Append], append: Append) -> bool:
        name = append.answer
        return name is not None and any(each.answer is not None and _is_same(each.answer, name) for each in group)


def added(one: Levels, other: Levels) -> Levels:
    """Both together."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _is_same(one: RememberedAnswer, other: RememberedAnswer) -> bool:
    return one.key_id == other.key_id and one.name == other.name


def _settle(append: Append, earlier: RememberedAnswer | None) -> None:
    if not append.settled:
        append.settled = True
        append.settle(earlier)
