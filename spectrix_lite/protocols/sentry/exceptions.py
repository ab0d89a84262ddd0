"""Exceptions of a Sentry event: as the runtime would have written them, with their stack."""

from __future__ import annotations

from typing import Any, Final

_MOST_CHAINED: Final = 8
_MOST_FRAMES: Final = 100


def main_exception(event: dict[str, Any]) -> dict[str, Any] | None:
    """`{name, message, stack, cause?}` of the exception that an event tells of; None for an event without."""
    values = _objects(_member(event.get("exception"), "values") or event.get("exception"))
    if not values:
        return None
    write = _python if event.get("platform") == "python" else _javascript
    told: dict[str, Any] | None = None
    for value in values[-_MOST_CHAINED:]:  # the first cause comes first, what was thrown last
        name, message = _text(value.get("type")) or "Error", _text(value.get("value"))
        error: dict[str, Any] = {"name": name, "message": message}
        frames = _objects(_member(value.get("stacktrace"), "frames"))[-_MOST_FRAMES:]
        if frames:
            error["stack"] = write(f"{name}: {message}" if message else name, frames)
        if told is not None:
            error["cause"] = told
        told = error
    return told


def _python(head: str, frames: list[dict[str, Any]]) -> str:
    lines = ["Traceback (most recent call last):"]
    for frame in frames:
        lines.append(f'  File "{_path(frame)}", line {_number(frame, "lineno")}, in {_function(frame)}')
        if context := _text(frame.get("context_line")).strip():
            lines.append(f"    {context}")
    return "\n".join([*lines, head])


def _javascript(head: str, frames: list[dict[str, Any]]) -> str:
    lines = [head]
    for frame in reversed(frames):
        place = f"{_path(frame)}:{_number(frame, 'lineno')}"
        if "colno" in frame:
            place += f":{_number(frame, 'colno')}"
        lines.append(f"    at {_function(frame)} ({place})")
    return "\n".join(lines)


def _path(frame: dict[str, Any]) -> str:
    return _text(frame.get("abs_path")) or _text(frame.get("filename")) or _text(frame.get("module")) or "?"


def _function(frame: dict[str, Any]) -> str:
    return _text(frame.get("function")) or "<anonymous>"


def _number(frame: dict[str, Any], name: str) -> int:
    value = frame.get(name)
    return value if type(value) is int else 0


def _member(value: Any, name: str) -> Any:
    return value.get(name) if type(value) is dict else None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if type(each) is dict] if type(value) is list else []


def _text(value: Any) -> str:
    return value if type(value) is str else ""
