"""GELF: Graylog's records over HTTP, whose own fields have a `_` before their names."""

from __future__ import annotations

from typing import Final

from ..entries.fields.values import Members
from . import json_tree
from .batch_builder import BatchBuilder
from .protocol import Call, Decoded, Outcome, Protocol, Reply, Sent

_OWN: Final = ("version",)


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """`{"version", "host", "short_message", "full_message", "timestamp", "level", "_name": …}`, one or several.

    Raises InvalidJson, TooLarge.
    """
    for text in json_tree.glued(body, builder):
        fields = builder.members(text)
        if isinstance(fields, str):
            builder.reject(None, fields, text)
        else:
            builder.record(_plain(fields), text=text)
    return Decoded(builder.batch)


def _plain(fields: Members) -> Members:
    """The record with its own fields under their names, as far as nothing else has them; a full message is none where
    it says no more.
    """
    if "short_message" in fields and fields.get("full_message") == fields["short_message"]:
        del fields["full_message"]
    if "short_message" not in fields and "full_message" in fields:
        fields["short_message"] = fields.pop("full_message")
    plain: Members = {}
    for name, value in fields.items():
        bare = name[1:] if name[:1] == "_" else name
        if name not in _OWN:
            plain[name if bare in fields or bare in plain or not bare else bare] = value
    return plain


def reply(outcome: Outcome) -> Reply:
    """202 without a body, as Graylog answers."""
    return Reply(202, kind="")


GELF: Final = Protocol(
    name="gelf",
    title="GELF over HTTP",
    clients="graypy, pygelf, Graylog's appenders",
    form="JSON",
    calls=(Call("POST", "/gelf", "gelf"),),
    decode=decode,
    reply=reply,
    bodies={"application/json": {"type": "object"}},
    status=202,
    notes="Most of its clients can send no key: a hook key stands in the address, `/gelf?token=HOOKKEY` or "
    "`/in/HOOKKEY`.",
)
