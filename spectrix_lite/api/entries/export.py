"""Export: all that matches in a file, NDJSON or CSV (RFC 4180), streamed as fast as it is taken.

A spreadsheet takes a cell that begins with = + - @ for a formula, and so could be told to run what somebody logged:
such a text gets an apostrophe before it, which spreadsheets show as text (OWASP, CSV injection). Numbers stay numbers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from aiohttp import hdrs, web

from ...core.errors import BadRequest, EpochMismatch, InvalidFilter, SearchBusy
from ...query.error import InvalidQuery
from ...query.filter import candidate
from ...server.context import CONTEXT
from .. import parameters
from ..parameters import MAX_LIMIT
from ..route import OF_SERVICE, SERVICE, WRITE, route
from .asked import asked
from .reach import reach
from .selection import asked_filter

_PAGE: Final = 1_000
_SLICE: Final = 50  # entries turned into lines in one turn of the loop: a millisecond or so
BEGIN_CSV: Final = (
    "\ufeffseq,timestamp,receivedAt,level,source,method,endpoint,statusCode,duration,message,metadata\r\n"
)
"""Spreadsheets read UTF-8 as such only behind a byte order mark."""

_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_QUOTED: Final = re.compile(r'[",\r\n]')


class _Row(msgspec.Struct, rename="camel"):
    seq: int
    received_at: str
    timestamp: str = ""


_row: Final = msgspec.json.Decoder(_Row).decode


@route(
    "GET",
    f"{SERVICE}/export",
    access="search",
    query=parameters.EXPORT,
    answers={200: None},
    answer_kinds=("application/x-ndjson", "text/csv"),
    errors=(BadRequest, InvalidFilter, InvalidQuery, EpochMismatch, SearchBusy, *OF_SERVICE, *WRITE),
)
async def export_entries(request: web.Request) -> web.StreamResponse:
    """All entries that match, as a file.

    Oldest first: `format=ndjson`, an entry a line, or `csv`, with the columns of the page.
    """
    context = request.app[CONTEXT]
    service = context.authority.service(request.match_info["id"])
    form = request.query.get("format", "ndjson")
    if form not in ("ndjson", "csv"):
        raise BadRequest("`format` is ndjson or csv.")
    wanted = asked(request, context.hub.channel(service.id))
    wanted = wanted._replace(span=wanted.span._replace(newest_first=False), limit=min(_PAGE, MAX_LIMIT))
    filter_ = await asked_filter(request)
    found = await reach(context, service.id, wanted, filter_)  # what refuses does so before the answer begins
    response = web.StreamResponse(headers={hdrs.CONTENT_DISPOSITION: f'attachment; filename="{service.id}.{form}"'})
    response.content_type = "application/x-ndjson" if form == "ndjson" else "text/csv"
    await response.prepare(request)
    if form == "csv":
        await response.write(BEGIN_CSV.encode())
    line: Callable[[bytes], bytes] = ndjson_line if form == "ndjson" else csv_line
    while True:
        await _write(response, found.entries, line)
        if found.is_whole:
            break
        # What is gone meanwhile is passed over.
        first = max(found.through + 1, wanted.span.first)
        wanted = wanted._replace(span=wanted.span._replace(first=first))
        found = await reach(context, service.id, wanted, filter_)
    await response.write_eof()
    return response


async def _write(response: web.StreamResponse, entries: Sequence[bytes], line: Callable[[bytes], bytes]) -> None:
    for start in range(0, len(entries), _SLICE):
        await response.write(b"".join([line(entry) for entry in entries[start : start + _SLICE]]))
        await asyncio.sleep(0)


def ndjson_line(entry: bytes) -> bytes:
    """As it was encoded; line ends that a producer has put between parts of metadata are taken out."""
    return (msgspec.json.format(entry, indent=-1) if b"\n" in entry or b"\r" in entry else entry) + b"\n"


def csv_line(entry: bytes) -> bytes:
    """The page's columns."""
    looked, row = candidate(entry), _row(entry)
    duration = looked.duration()
    cells = (
        str(row.seq), row.timestamp, row.received_at, looked.level, _cell(looked.source), _cell(looked.method),
        _cell(looked.endpoint), str(looked.status or ""), "" if duration is None else f"{duration:.15g}",
        _cell(looked.message), _cell(looked.metadata_json()),
    )  # fmt: skip
    return (",".join(cells) + "\r\n").encode()


def _cell(text: str) -> str:
    text = f"'{text}" if _FORMULA.match(text) else text
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
