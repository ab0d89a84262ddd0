"""Envelope: a header, and items, each with a header of its own; events and logs are entries, all else is dropped.

Where an event and a log are one call of a logger, the event is the entry: it says more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Raw

from ...core.errors import InvalidBody
from ...entries.fields.values import Members, split_url
from ...entries.json_repair import valid_utf8
from ...entries.long_texts import shortened
from ...entries.redaction import REDACTED, without_keys
from ..batch_builder import BatchBuilder
from ..protocol import Action, Call, Decoded, Outcome, Protocol, Reply, Sent, json_reply
from .exceptions import main_exception

KIND: Final = "application/x-sentry-envelope"

_NOISE: Final = frozenset(
    ("sdk", "modules", "exception", "logentry", "message", "level", "timestamp", "logger", "request", "dsn", "type")
)
"""Members of an event that become fields, or tell of the client alone."""

_SECRETS: Final = ("dsn", "sentry_key", "public_key")
_REMEMBERED: Final = 4096


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """Header, then items of `event` and `log`. Raises InvalidBody, TooLarge."""
    head, _, rest = body.partition(b"\n")
    header = _object(head)
    if header is None:
        raise InvalidBody("An envelope begins with a header in JSON.")
    sender = blake2b(
        repr((sent.path, sent.query.get("sentry_key"), sent.headers.get("X-Sentry-Auth"))).encode()
    ).digest()
    dropped = 0
    logs = []
    for kind, payload in _items(rest):
        if kind == "event":
            _take_event(payload, builder, sender)
        elif kind == "log":
            logs.append(payload)
        else:
            dropped += 1
    for payload in logs:
        dropped += _take_logs(payload, builder, sender)
    event_id = header.get("event_id")
    return Decoded(builder.batch, dropped, [Action("event", None, event_id if type(event_id) is str else None)])


def _items(rest: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(rest):
        end = rest.find(b"\n", at)
        end = len(rest) if end < 0 else end
        header = _object(rest[at:end])
        at = end + 1
        if header is None:
            continue
        length = header.get("length")
        if (
            type(length) is int
            and 0 <= length <= len(rest) - at
            and rest[at + length : at + length + 1] in (b"", b"\n")
        ):
            stop = at + length
        else:
            stop = rest.find(b"\n", at)
            stop = len(rest) if stop < 0 else stop
        payload = valid_utf8(rest[at:stop])
        yield str(header.get("type")), without_keys(shortened(payload, 0, len(payload)))
        at = stop + 1


def _take_event(payload: bytes, builder: BatchBuilder, sender: bytes) -> None:
    event = _object(payload)
    if event is None:
        builder.reject(None, "invalid_json", payload)
        return
    error = main_exception(event)
    said = _said(event)
    trace = _trace(event)
    for text in {said, error["message"] if error else ""} - {""}:
        _events.add(sender, trace, text)
    message = said or (f"{error['name']}: {error['message']}".removesuffix(": ") if error else "")
    metadata = {name: value for name, value in event.items() if name not in _NOISE and value not in (None, {}, [], "")}
    if error is not None:
        metadata["error"] = error
    if trace:
        metadata["traceId"] = trace
    record: dict[str, Any] = {
        "level": event.get("level", "error"),
        "message": message,
        "timestamp": event.get("timestamp"),
    }
    if type(event.get("logger")) is str:
        record["source"] = event["logger"]
    request = event.get("request")
    if type(request) is dict:
        url, method = request.get("url"), request.get("method")
        if type(url) is str and type(method) is str:
            record |= {"method": method, "endpoint": split_url(url)[0]}
        metadata["request"] = request
    _add(record, metadata, builder, payload)


def _take_logs(payload: bytes, builder: BatchBuilder, sender: bytes) -> int:
    """How many were events already."""
    found = _object(payload)
    items = found.get("items") if found is not None else None
    if type(items) is not list:
        builder.reject(None, "invalid_json" if found is None else "not_a_record", payload)
        return 0
    dropped = 0
    for item in items:
        if type(item) is not dict:
            builder.reject(None, "not_an_object", msgspec.json.encode(item))
            continue
        trace, body = item.get("trace_id"), item.get("body")
        if type(body) is str and _events.holds(sender, trace, body):
            dropped += 1
            continue
        metadata: dict[str, Any] = {}
        attributes = item.get("attributes")
        for name, attribute in (attributes if type(attributes) is dict else {}).items():
            value = attribute.get("value") if type(attribute) is dict else attribute
            if not name.startswith(("sentry.sdk.", "sentry.timestamp")) and name != "sentry.origin":
                metadata[name] = value
        if type(trace) is str:
            metadata["traceId"] = trace
        record = {"level": item.get("level", "info"), "message": body, "timestamp": item.get("timestamp")}
        source = metadata.pop("logger.name", None)
        if type(source) is str:
            record["source"] = source
        _add(record, metadata, builder, msgspec.json.encode(item))
    return dropped


def _add(record: dict[str, Any], metadata: dict[str, Any], builder: BatchBuilder, text: bytes) -> None:
    fields: Members = {name: Raw(msgspec.json.encode(value)) for name, value in record.items() if value is not None}
    fields["metadata"] = Raw(msgspec.json.encode(_without_secrets(metadata)))
    builder.record(fields, text=text)


def _without_secrets(value: Any, depth: int = 64) -> Any:
    if depth == 0:
        return None
    if type(value) is dict:
        return {
            name: REDACTED if name.lower() in _SECRETS else _without_secrets(inner, depth - 1)
            for name, inner in value.items()
        }
    if type(value) is list:
        return [_without_secrets(inner, depth - 1) for inner in value]
    return value


def _said(event: dict[str, Any]) -> str:
    for said in (event.get("logentry"), event.get("message")):
        if type(said) is str and said:
            return said
        if type(said) is dict:
            text = said.get("formatted") or said.get("message")
            if type(text) is str and text:
                return text
    return ""


def _trace(event: dict[str, Any]) -> Any:
    contexts = event.get("contexts")
    trace = contexts.get("trace") if type(contexts) is dict else None
    return trace.get("trace_id") if type(trace) is dict else None


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return found if type(found) is dict else None


class _Events:
    """The events that were taken lately: who sent them, in which trace, with which text; their logs come later."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def add(self, sender: bytes, trace: Any, text: str) -> None:
        self._known[self._name(sender, trace, text)] = None
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def holds(self, sender: bytes, trace: Any, text: str) -> bool:
        return trace is not None and self._name(sender, trace, text) in self._known

    @staticmethod
    def _name(sender: bytes, trace: Any, text: str) -> bytes:
        return blake2b(f"{trace}\0{text}".encode("utf-8", "surrogatepass"), key=sender, digest_size=16).digest()


_events: Final = _Events()


class SentryAnswer(msgspec.Struct):
    """The id of the event that was sent."""

    id: str | None = None


def reply(outcome: Outcome) -> Reply:
    """200 with the event's id."""
    actions = outcome.decoded.actions if outcome.decoded is not None else ()
    return json_reply(200, SentryAnswer(actions[0].id if actions else None))


SENTRY: Final = Protocol(
    name="sentry",
    title="Sentry",
    clients="@sentry/node, @sentry/browser, sentry-sdk for Python",
    form="envelope",
    calls=(
        Call("POST", "/api/{project}/envelope/", "sentry"),
        Call("POST", "/in/{hookKey}/stream", "sentry_spotlight"),
    ),
    decode=decode,
    reply=reply,
    bodies={"text/plain": {"type": "string", "pattern": r"^\{\}\n", "examples": ['{}\n{"type":"event"}\n{}\n']}},
    status=200,
    answer=SentryAnswer,
    for_pages=True,
    notes="A hook key is the DSN's public key: `http://HOOKKEY@localhost:4000/1`; with Spotlight "
    "`http://localhost:4000/in/HOOKKEY/stream`. Events and logs are entries, traces and sessions are dropped; an event "
    "that also comes as a log is one entry.",
)
