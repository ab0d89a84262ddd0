"""JSON in and JSON out, for the calls of the operator API: small bodies, strict types, a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypeVar

import msgspec
from aiohttp import hdrs, web
from msgspec import UNSET, UnsetType

from ..core.errors import BodyStalled, InvalidBody, InvalidJson, TooLarge, UnsupportedType

T = TypeVar("T")

MAX_BODY: Final = 64 * 1024
BODY_SECONDS: Final = 30.0

_encode = msgspec.json.Encoder().encode


async def read_json(request: web.Request, kind: type[T]) -> T:
    """The request's JSON body as a `kind`; an empty body counts as `{}`.

    Raises UnsupportedType, TooLarge above 64 KiB, BodyStalled after 30 s, InvalidJson, InvalidBody.
    """
    if request.content_type.startswith("multipart/") or request.content_type == "application/x-www-form-urlencoded":
        raise UnsupportedType("This call takes JSON, not a form.")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise UnsupportedType("This call takes its JSON uncompressed.")
    if (request.content_length or 0) > MAX_BODY:
        raise TooLarge("The body of this call is at most 64 KiB.")
    await send_continue(request)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _all(request)
    except TimeoutError:
        raise BodyStalled from None
    return decode(body or b"{}", kind)


async def _all(request: web.Request) -> bytes:
    """The whole body, but never more in memory than the limit and one piece."""
    body = bytearray()
    while piece := await request.content.readany():
        body += piece
        if len(body) > MAX_BODY:
            raise TooLarge("The body of this call is at most 64 KiB.")
    return bytes(body)


async def send_continue(request: web.Request) -> None:
    """Sends `100 Continue` to a client that waits for it. Not before the client is let in."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.version >= (1, 1):
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # The interim answer does not count as the beginning of the answer.
        request.writer.output_size = 0


def json_response(value: Any, status: int = 200) -> web.Response:
    """`value`, a Struct or what msgspec can encode, as a JSON response."""
    return web.Response(body=_encode(value), status=status, content_type="application/json")


def no_content() -> web.Response:
    """204, without a body."""
    return web.Response(status=204)


class Message(msgspec.Struct, rename="camel"):
    """Base of all that follows: camelCase. `rule` is a JSON schema of what fields ask of each other."""

    rule: ClassVar[Mapping[str, object]] = {}


class Problem(Message):
    """What is wrong (RFC 9457). `code` is stable; `detail` is a sentence for people.

    Of a query that cannot be read, `from` and `to` are the place in it, in characters.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    start: int | UnsetType = msgspec.field(default=UNSET, name="from")
    end: int | UnsetType = msgspec.field(default=UNSET, name="to")


def decode(body: bytes, kind: type[T]) -> T:
    """`body` as a `kind`. Raises InvalidJson or InvalidBody, whose detail names the field but repeats no value."""
    try:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError:
            return msgspec.convert(_with_whole_numbers(msgspec.json.decode(body)), kind)
    except msgspec.ValidationError as problem:
        reason, at, where = str(problem).rpartition(" - at ")
        if reason.startswith("Invalid enum value"):  # the one thing msgspec says that repeats what came
            reason = "Not one of the values allowed"
        raise InvalidBody(f"The body does not fit: {reason}{at}{where}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidJson("The body is not JSON; this call takes a JSON object in UTF-8.") from None


def _with_whole_numbers(value: Any) -> Any:
    """`1.0` as 1, wherever it is: in JSON they are the same, and some encoders write every number so."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _with_whole_numbers(each) for name, each in value.items()}
    return [_with_whole_numbers(each) for each in value] if isinstance(value, list) else value
