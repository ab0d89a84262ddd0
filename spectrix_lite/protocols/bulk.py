"""Elasticsearch bulk: lines, an action and then its document; and the hellos that its clients send before."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ..core.errors import InvalidJson
from ..entries.json_repair import valid_utf8
from . import json_tree
from .batch_builder import BatchBuilder
from .protocol import Action, Call, Decoded, Hello, Outcome, Protocol, Reply, Sent, json_reply

_PRODUCT: Final = {"X-Elastic-Product": "Elasticsearch"}
"""Without it the clients take nothing that is answered."""

_LONGEST_ACTION: Final = 4096


class _Target(msgspec.Struct, gc=False):
    index: str | None = msgspec.field(default=None, name="_index")
    id: str | None = msgspec.field(default=None, name="_id")


class _Line(msgspec.Struct, gc=False):
    index: _Target | UnsetType = UNSET
    create: _Target | UnsetType = UNSET
    update: _Target | UnsetType = UNSET
    delete: _Target | UnsetType = UNSET


class _Update(msgspec.Struct, gc=False):
    doc: Raw


_decode_line: Final = msgspec.json.Decoder(_Line).decode
_decode_update: Final = msgspec.json.Decoder(_Update).decode


@lru_cache(maxsize=256)  # most documents of a client go to one index
def _action(line: bytes) -> Action | None:
    """What a line asks for; None where it asks for nothing."""
    try:
        read = _decode_line(line)
    except (msgspec.MsgspecError, RecursionError):
        return None
    for operation in ("index", "create", "update", "delete"):
        target = getattr(read, operation)
        if target is not UNSET:
            return Action(operation, target.index, target.id)
    return None


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """A document without an action before it is one to be indexed; what is deleted brings nothing.

    Raises InvalidJson where there is no document, TooLarge.
    """
    actions: list[Action] = []
    waiting: Action | None = None
    for line in json_tree.lines(valid_utf8(body)):
        if waiting is None and len(line) <= _LONGEST_ACTION and (action := _action(line)) is not None:
            if action.operation != "delete":
                waiting = action
                continue
            actions.append(action)
            continue
        builder.json(_document(line, waiting))
        actions.append(waiting or Action("index", None, None))
        waiting = None
    if not actions:
        raise InvalidJson("There is no document in the body.")
    index = sent.path.get("index")
    return Decoded(builder.batch, actions=[replace(each, index=each.index or index) for each in actions])


def _document(line: bytes, action: Action | None) -> bytes:
    if action is not None and action.operation == "update":
        try:
            return bytes(_decode_update(line).doc)
        except (msgspec.MsgspecError, RecursionError):
            pass
    return line


class BulkAnswer(msgspec.Struct):
    """An item for each document, in order: the action asked for, and what became of it."""

    took: int
    errors: bool
    items: list[dict[str, dict[str, Any]]]


def reply(outcome: Outcome) -> Reply:
    """An item a document, which is how its clients tell what to send again."""
    answer = outcome.answer
    decoded = outcome.decoded
    actions = decoded.actions if decoded else [Action("index", None, None)] * (answer.accepted + answer.rejected)
    reasons = {each.index: each.reason for each in (decoded.batch.rejected if decoded else answer.errors)}
    items = []
    place = 0
    for action in actions:
        reason = None
        if action.operation != "delete":
            reason = reasons.get(place)
            place += 1
        items.append({action.operation: _item(action, place, reason)})
    return json_reply(200, BulkAnswer(0, bool(reasons), items), _PRODUCT)


def _item(action: Action, place: int, reason: str | None) -> dict[str, Any]:
    item: dict[str, Any] = {"_index": action.index or "logs", "_id": action.id or str(place)}
    if reason is not None:
        return item | {"status": 400, "error": {"type": "document_parsing_exception", "reason": reason}}
    if action.operation == "delete":
        return item | {"_version": 1, "result": "not_found", "status": 404}
    result, status = ("updated", 200) if action.operation == "update" else ("created", 201)
    shards = {"total": 1, "successful": 1, "failed": 0}
    return item | {
        **{"_version": 1, "result": result, "_shards": shards},
        **{"_seq_no": place, "_primary_term": 1, "status": status},
    }


_BODY: Final = {"type": "string", "description": "A line for the action, a line for its document, and so on."}
_NAME: Final = "spectrix-lite"
_VERSION: Final = "8.17.0"

BULK: Final = Protocol(
    name="elasticsearch",
    title="Elasticsearch bulk",
    clients="Elasticsearch's clients, Filebeat, Fluent Bit, Vector, winston-elasticsearch, pino-elasticsearch",
    form="NDJSON: an action, then its document",
    calls=(
        Call("POST", "/_bulk", "bulk"),
        Call("PUT", "/_bulk", "put_bulk"),
        Call("POST", "/{index}/_bulk", "bulk_index"),
        Call("PUT", "/{index}/_bulk", "put_bulk_index"),
    ),
    decode=decode,
    reply=reply,
    bodies={"application/x-ndjson": _BODY},
    status=200,
    answer=BulkAnswer,
    notes="The answer has an item for each document. Nothing is deleted or updated.",
)

GREETING: Final = json_reply(
    200,
    {
        **{"name": _NAME, "cluster_name": _NAME, "cluster_uuid": _NAME},
        "version": {
            **{"number": _VERSION, "build_flavor": "default", "build_type": "tar", "build_hash": "0" * 40},
            **{"build_date": "2024-12-11T12:09:13.000Z", "build_snapshot": False, "lucene_version": "9.12.0"},
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    },
    _PRODUCT,
)
"""To `GET /`: the page lies there too, so it is answered to who shows a key and to nobody else."""

_HEALTH: Final = {
    **{"cluster_name": _NAME, "status": "green", "timed_out": False, "number_of_nodes": 1},
    **{"number_of_data_nodes": 1, "active_primary_shards": 1, "active_shards": 1, "relocating_shards": 0},
    **{"initializing_shards": 0, "unassigned_shards": 0, "active_shards_percent_as_number": 100.0},
}
_LICENSE: Final = {"license": {"status": "active", "uid": _NAME, "type": "basic", "mode": "basic"}}

HELLOS: Final = (
    Hello(
        call=Call("GET", "/_cluster/health", "elasticsearch_health"),
        summary="Whether an Elasticsearch client may send",
        reply=json_reply(200, _HEALTH, _PRODUCT),
    ),
    Hello(
        call=Call("GET", "/_license", "elasticsearch_license"),
        summary="What an Elasticsearch client is told of its licence",
        reply=json_reply(200, _LICENSE, _PRODUCT),
    ),
    Hello(
        call=Call("GET", "/_index_template/{template}", "elasticsearch_template"),
        summary="Any template is there: an Elasticsearch client need not make it",
        reply=json_reply(200, {"index_templates": []}, _PRODUCT),
    ),
)
