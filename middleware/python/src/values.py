"""Any value as one that JSON has, whatever it is and whatever it does when looked at."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import math
import traceback
from typing import Any, Mapping, Optional

from .redaction import LONGEST_TEXT, REDACTED, Redaction, cut

DEEPEST = 32  # levels, of which the metadata is the first
ROOM = 65_536  # characters of one entry's values
MOST_FRAMES = 50  # of a stack
_PER_VALUE = 4  # characters that a value takes beside its text


class Walk:
    """One look through the values of one entry: what is above the present one, and the room that is left."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._above: set[int] = set()
        self._room = ROOM
        self.truncated = False  # whether something was left out

    def mapping(self, value: Any) -> dict[str, Any]:
        """`value` as JSON has it, where it is a mapping; anything else stands under `value`. Never raises."""
        plain = self.plain(value)
        return plain if isinstance(plain, dict) else {"value": plain}

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
            return f"[threw: {self.message(problem)}]"
        finally:
            self._above.discard(id(value))

    def message(self, error: BaseException) -> str:
        """An error's message. Never raises."""
        try:
            return self._redaction.text(str(error))
        except Exception:  # its own __str__
            return "no message"

    def error(self, error: BaseException, level: int = 1) -> dict[str, Any]:
        """An error's name, message, stack and cause. Never raises."""
        try:
            lines = traceback.format_exception(type(error), error, error.__traceback__, -MOST_FRAMES, False)
        except Exception:  # its own __str__
            lines = traceback.format_tb(error.__traceback__, -MOST_FRAMES)
        name, message = type(error).__name__, self.message(error)
        stack = self._redaction.text("".join(lines)[-LONGEST_TEXT:].rstrip("\n"))  # the end says where
        self._room -= len(name) + len(message) + len(stack)
        found: dict[str, Any] = {"name": name, "message": message, "stack": stack}
        cause: Optional[BaseException] = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
        if cause is not None and self._room > 0:
            found["cause"] = "[deep]" if level >= DEEPEST else self.plain(cause, level + 1)
        return found

    def _look(self, value: Any, level: int) -> Any:
        if type(value) is dict and level <= DEEPEST:  # what it nearly always is
            return self._members(list(value.items()), level)
        if isinstance(value, enum.Enum):
            return self.plain(value.value, level)
        if isinstance(value, (str, int, float)):  # what is derived from them
            return self.plain(_as_base(value), level)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return f"[{len(value)} bytes]"
        if isinstance(value, datetime.datetime):
            return rfc3339(value) if value.tzinfo is not None else value.isoformat()
        if isinstance(value, (datetime.date, datetime.time)):
            return value.isoformat()
        if isinstance(value, datetime.timedelta):
            return value.total_seconds()
        is_record = dataclasses.is_dataclass(value) and not isinstance(value, type)
        if not is_record and not isinstance(value, (Mapping, list, tuple, set, frozenset, BaseException)):
            return self.plain(str(value), level)
        if level > DEEPEST:
            return "[deep]"
        if isinstance(value, BaseException):
            return self.error(value, level)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._items(list(value), level)
        if is_record and not isinstance(value, Mapping):
            shown = [field.name for field in dataclasses.fields(value) if field.repr]
            return self._members([(name, getattr(value, name, None)) for name in shown], level)
        return self._members(list(value.items()), level)  # a copy: another thread may be at it

    def _members(self, members: list[tuple[Any, Any]], level: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in members:
            if self._room <= 0:
                self.truncated = True
                break
            name = cut(key if type(key) is str else str(self.plain(key, level)), 256)
            self._room -= len(name)
            if self._redaction.hides(name) and not (value is None or value is True or value is False or value == ""):
                found[name] = REDACTED
                continue
            found[name] = self.plain(value, level + 1)
        return found

    def _items(self, items: list[Any], level: int) -> list[Any]:
        found = []
        for each in items:
            if self._room <= 0:
                self.truncated = True
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
        if isinstance(value, base):
            return base.__str__(value) if base is str else base(value)
    return None


def rfc3339(moment: datetime.datetime) -> str:
    """An aware time in UTC with milliseconds."""
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
