"""Any value as one that JSON has, whatever it is and whatever it does when looked at."""

from __future__ import annotations

import array
import collections
import collections.abc
import dataclasses
import datetime
import enum
import itertools
import math
import time
import traceback
from typing import Any, Callable, Iterable, Mapping, Optional

from .redaction import LONGEST_TEXT, REDACTED, Redaction, cut

DEEPEST = 32  # levels, of which the metadata is the first
ROOM = 65_536  # characters of one entry's values
LONGEST_LOOK = 0.1  # seconds, of which an entry usually takes some ten thousandths; values may have slow properties
MOST_FRAMES = 50  # of a stack
MOST_PARTS = 10_000  # of what is written out by others, such as an error's arguments by its __str__
_PER_VALUE = 4  # characters that a value takes beside its text
_MAPPINGS = (dict, Mapping)
_LISTS = (list, tuple, set, frozenset)
_MORE_LISTS = (
    collections.deque, collections.UserList, array.array,
    collections.abc.KeysView, collections.abc.ValuesView, collections.abc.ItemsView,
)  # fmt: skip


def is_a(value: Any, kinds: Any) -> bool:
    """`isinstance`, also of what does not want to say its class. Never raises."""
    try:
        return isinstance(value, kinds)
    except Exception:  # its own __class__
        return issubclass(type(value), kinds)


def name_of(kind: type) -> str:
    """The name of a class, whatever its metaclass says. Never raises."""
    return str(type.__dict__["__name__"].__get__(kind))


def is_large(value: Any) -> bool:
    """Whether containers of Python's own hold more, all in all, than may be written out by others. Never raises."""
    waiting, parts = [value], 0
    while waiting:
        each = waiting.pop()
        if type(each) in (bytes, bytearray):
            parts += len(each) // 100  # they are written so much faster
        elif type(each) is dict or type(each) in _LISTS:
            parts += len(each)
        else:
            continue
        if parts > MOST_PARTS:  # or it holds itself
            return True
        if type(each) is dict:
            waiting += [*list(each), *list(each.values())]
        elif type(each) in _LISTS:
            waiting += list(each)
    return False


class Walk:
    """One look through the values of one entry: what is above the present one, and the room and time that are left.

    `monotonic` tells seconds; after a tenth of one nothing more is looked at.
    """

    def __init__(self, redaction: Redaction, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redaction = redaction
        self._above: set[int] = set()
        self._room = ROOM
        self._monotonic = monotonic
        self._deadline = monotonic() + LONGEST_LOOK
        self.truncated = False  # whether something was left out

    def mapping(self, value: Any) -> dict[str, Any]:
        """`value` as JSON has it, where it is a mapping; anything else stands under `value`. Never raises."""
        plain = self.plain(value)
        if isinstance(plain, dict):
            return plain
        return {"value": plain} if plain else {}

    def plain(self, value: Any, level: int = 1) -> Any:
        """`value` as JSON has it. Never raises."""
        kind = type(value)
        if kind is str:
            text = self._redaction.text(value)
            self._room -= len(text) + _PER_VALUE
            return text
        self._room -= _PER_VALUE
        if value is None or kind is bool:
            return value
        if kind is int:
            return self._number(value)
        if kind is float:
            return value if math.isfinite(value) else None
        if id(value) in self._above:
            return "[circular]"
        self._above.add(id(value))
        try:
            return self._look(value, level)
        except Exception as problem:  # a value that raises when it is looked at costs nothing but itself
            return self.threw(problem)
        finally:
            self._above.discard(id(value))

    def threw(self, problem: Exception) -> str:
        """What stands for a value that raises when it is looked at. Never raises."""
        return f"[threw: {self.message(problem)}]"

    def message(self, error: BaseException) -> str:
        """An error's message. Never raises."""
        try:
            return "too much to be told" if is_large(error.args) else self._redaction.text(str.__str__(str(error)))
        except Exception:  # its own __str__
            return "no message"

    def error(self, error: BaseException, level: int = 1) -> dict[str, Any]:
        """An error's name, message, stack and cause. Never raises."""
        name, message = name_of(type(error)), self.message(error)
        found: dict[str, Any] = {"name": name, "message": message}
        try:
            stack = self._redaction.text(self._stack(error, message)[-LONGEST_TEXT:].rstrip("\n"))  # the end says where
            self._room -= len(name) + len(message) + len(stack)
            found["stack"] = stack
            cause: Optional[BaseException] = error.__cause__
            if cause is None and not error.__suppress_context__:
                cause = error.__context__
            if cause is not None and self._has_room():
                found["cause"] = "[deep]" if level >= DEEPEST else self.plain(cause, level + 1)
        except Exception as problem:  # its own __cause__
            found["cause"] = self.threw(problem)
        return found

    def _stack(self, error: BaseException, message: str) -> str:
        trace: Any = BaseException.__dict__["__traceback__"].__get__(error)  # whatever its class says
        inner = BaseException.__dict__["args"].__get__(error)
        if not is_large(inner):
            try:
                return "".join(traceback.format_exception(type(error), error, trace, -MOST_FRAMES, False))
            except Exception:  # its own __str__
                return "".join(traceback.format_tb(trace, -MOST_FRAMES))
        return "".join([*traceback.format_tb(trace, -MOST_FRAMES), f"{name_of(type(error))}: {message}"])

    def _look(self, value: Any, level: int) -> Any:
        if type(value) is dict and level <= DEEPEST:  # what it nearly always is
            return self.members(self._copy(value.items()), level)
        if is_a(value, enum.Enum):
            return self.plain(value.value, level)
        if is_a(value, (str, int, float)):  # what is derived from them
            return self.plain(_as_base(value), level)
        if is_a(value, (bytes, bytearray, memoryview)):
            return f"[{len(value)} bytes]"
        if is_a(value, (datetime.date, datetime.time, datetime.timedelta)):
            return _moment(value)
        is_record = dataclasses.is_dataclass(type(value))
        is_list = is_a(value, _LISTS) or is_a(value, _MORE_LISTS)
        if not is_record and not is_list and not is_a(value, (*_MAPPINGS, BaseException)):
            return self.plain(str.__str__(str(value)), level)
        if level > DEEPEST:
            return "[deep]"
        if is_a(value, BaseException):
            return self.error(value, level)
        if is_list:
            return self._items(self._copy(value) if type(value) in _LISTS else value, level)
        if is_record and not is_a(value, Mapping):
            return self.members(self._fields(value), level)
        return self.members(self._copy(value.items()) if type(value) is dict else value.items(), level)

    def _copy(self, items: Iterable[Any]) -> list[Any]:
        """As many as have room, and one: another thread may be at the container meanwhile."""
        return list(itertools.islice(items, max(0, self._room) // _PER_VALUE + 1))

    def _fields(self, record: Any) -> Iterable[tuple[str, Any]]:
        for field in dataclasses.fields(record):
            if field.repr:
                try:
                    yield field.name, getattr(record, field.name, None)
                except Exception as problem:
                    yield field.name, self.threw(problem)

    def _has_room(self) -> bool:
        if self._room > 0 and self._monotonic() <= self._deadline:
            return True
        self.truncated = True
        return False

    def members(self, members: Iterable[tuple[Any, Any]], level: int = 1) -> dict[str, Any]:
        """What the pairs of a mapping are in JSON, as far as there is room. Raises what asking for the next does."""
        found: dict[str, Any] = {}
        for key, value in members:
            if not self._has_room():
                break
            name = cut(key if type(key) is str else str(self.plain(key, level)), 256)
            self._room -= len(name)
            if self._redaction.hides(name) and not _tells_nothing(value):
                value = REDACTED
            found[name] = self.plain(value, level + 1)
        return found

    def _items(self, items: Iterable[Any], level: int) -> list[Any]:
        found = []
        for each in items:
            if not self._has_room():
                break
            found.append(self.plain(each, level + 1))
        return found

    def _number(self, value: int) -> Any:
        if -(1 << 64) < value < 1 << 64:
            return value
        if value.bit_length() > 4096:  # Python may refuse to write it out, and nobody could read it
            return f"[integer of {value.bit_length()} bits]"
        self._room -= value.bit_length() // 3
        return value


def _as_base(value: Any) -> Any:
    for base in (str, int, float):
        if is_a(value, base):
            return base.__str__(value) if base is str else base(value)
    return None


def _tells_nothing(value: Any) -> bool:
    return value is None or value is True or value is False or (type(value) is str and value == "")


def _moment(value: Any) -> Any:
    """By the classes themselves, whatever is derived from them."""
    if is_a(value, datetime.datetime):
        return rfc3339(value) if value.tzinfo is not None else datetime.datetime.isoformat(value)
    if is_a(value, datetime.timedelta):
        return datetime.timedelta.total_seconds(value)
    return datetime.date.isoformat(value) if is_a(value, datetime.date) else datetime.time.isoformat(value)


def rfc3339(moment: datetime.datetime) -> str:
    """An aware time in UTC with milliseconds. Raises OverflowError where UTC has no such year."""
    utc = datetime.datetime.astimezone(moment, datetime.timezone.utc)
    return datetime.datetime.isoformat(utc, timespec="milliseconds").replace("+00:00", "Z")
