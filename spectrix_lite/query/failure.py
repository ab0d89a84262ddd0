"""What tells of a failure, and what failed, as in the page's `entry/failure.js`: those of one kind count as one.

A failure is an entry of level error, or with a status of 500 and above. What went wrong is, where it is there, the
error in the metadata: `error` as our middlewares send it, `err` as pino does. Else it is what the message says beyond
its request; and where that is nothing, or only figures (`500 12.3 ms - 45`), the request and how it was answered.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .candidate import Candidate
from .message_pattern import message_pattern

# How an access log goes on behind the request: status, time, size.
_FIGURES: Final = re.compile(r"(?:[ \t0-9.,:|()-]|(?:[mnuµ]?s|[kKMG]?B)(?![A-Za-z]))*")
_LONGEST_NAME: Final = 100  # characters; what is longer names no class


class Failure(NamedTuple):
    """`told` is where it stands: error, err, message or status; `name` is the error's class; `words` what it says, with
    numbers and ids folded away. Either may be empty.
    """

    told: str
    name: str
    words: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.name, self.words) if part)


class _Members(msgspec.Struct):
    error: Raw | UnsetType = UNSET
    err: Raw | UnsetType = UNSET


_members = msgspec.json.Decoder(_Members).decode
_error = msgspec.json.Decoder(dict[str, Raw]).decode
_text = msgspec.json.Decoder(str).decode


def has_failed(entry: Candidate) -> bool:
    """Whether an entry tells of a failure: level error, or a 5xx status."""
    return entry.level == "error" or entry.status >= 500


def failure_of(entry: Candidate) -> Failure:
    """What kind of failure an entry tells of, which is one."""
    if entry.metadata is not UNSET and b'"err' in bytes(entry.metadata):
        members = _members(entry.metadata)
        for told, error in (("error", members.error), ("err", members.err)):
            found = None if error is UNSET else _of_member(told, bytes(error))
            if found is not None:
                return found
    words = _beyond_request(entry)
    if words:
        return Failure("message", "", message_pattern(words))
    request = f"{entry.method} " if entry.method else ""
    answered = f"answered {entry.status}" if entry.status else "failed"
    return Failure("status", "", f"{request}{entry.field('route').text} {answered}")


def _of_member(told: str, json: bytes) -> Failure | None:
    if json.startswith(b'"'):
        name, message = "", _text(json)
    elif json.startswith(b"{"):
        error = _error(json)
        named, message = _string(error.get("type" if told == "err" else "name")), _string(error.get("message"))
        name = "" if len(named) > _LONGEST_NAME else named
    else:
        return None
    words = "" if message == name else message.removeprefix(f"{name}: ")
    return Failure(told, name, message_pattern(words)) if name or words else None


def _string(json: Raw | None) -> str:
    return _text(json) if json is not None and bytes(json).startswith(b'"') else ""


def _beyond_request(entry: Candidate) -> str:
    """What the message says beyond method and path, which stand before it, and the figures behind."""
    message, endpoint = entry.message, entry.endpoint
    if not endpoint:
        return message
    if message == endpoint:
        return ""
    request = f"{entry.method} {endpoint}" if entry.method else endpoint
    if message == request:
        return ""
    if not message.startswith(f"{request} "):
        return message
    rest = message[len(request) + 1 :]
    return "" if _FIGURES.fullmatch(rest) else rest
