"""Entries of a ring buffer, by pages."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from ...core.errors import BadRequest, EpochMismatch, InvalidFilter, SearchBusy
from ...query.error import InvalidQuery
from ...server.context import CONTEXT
from ...server.json_body import json_response
from .. import parameters
from ..parameters import MAX_LIMIT
from ..route import OF_SERVICE, SERVICE, route

_DEFAULT_LIMIT: Final = 1000
_TEST_KEY: Final = "test"  # stands where a stream key's id would


class EntriesPage(msgspec.Struct):
    """Answer of `GET /services/{id}/entries`; `through` is the seq to go on after."""

    epoch: str
    oldest: int
    head: int
    through: int
    entries: list[Annotated[msgspec.Raw, Meta(extra_json_schema={"$ref": "#/components/schemas/Entry"})]]


@route(
    "GET",
    f"{SERVICE}/entries",
    access="search",
    query=parameters.ENTRIES,
    answers={200: EntriesPage},
    errors=(
        BadRequest,
        InvalidFilter,
        InvalidQuery,
        EpochMismatch,
        SearchBusy,
        *OF_SERVICE,
    ),
)
async def list_entries(request: web.Request) -> web.StreamResponse:
    """Entries from the ring buffer.

    One page, oldest first.
    """
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    query = request.query
    epoch = context.hub.channel(service_id).epoch
    after = _after(query.get("after"), epoch)
    limit = _limit(query.get("limit"))
    filter_ = await context.hub.filtering.parse(
        {
            "levels": _listed(query.getall("level", [])),
            "sources": query.getall("source", []) or None,
            "q": query.get("q"),
        }
    )
    through, found = await context.hub.entries(service_id, after, limit, filter_)
    ring = context.hub.channel(service_id).ring
    page = EntriesPage(epoch, ring.oldest, ring.head, through, [msgspec.Raw(entry) for entry in found])
    return json_response(page)


def _after(value: str | None, epoch: str) -> int:
    if value is None:
        return 0
    named, _, seq = value.rpartition(".")
    if not named or not (seq.isascii() and seq.isdecimal()) or len(seq) > 15:
        raise BadRequest("`after` is a cursor, epoch.seq, as in `through` of an earlier answer.")
    if named != epoch:
        raise EpochMismatch
    return int(seq)


def _limit(value: str | None) -> int:
    if value is None:
        return _DEFAULT_LIMIT
    if not (value.isascii() and value.isdecimal()) or len(value) > 6 or not 1 <= int(value) <= MAX_LIMIT:
        raise BadRequest(f"`limit` is a whole number from 1 to {MAX_LIMIT}.")
    return int(value)


def _listed(values: list[str]) -> list[str] | None:
    """`level=a&level=b` and `level=a,b` alike."""
    return [part for value in values for part in value.split(",")] or None
