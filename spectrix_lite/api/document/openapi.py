"""OpenAPI 3.1 document, made of the table of routes."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import msgspec
from aiohttp import web

from ... import __version__
from ...core.errors import (
    InvalidBody,
    InvalidKey,
    InvalidMetricsToken,
    MethodNotAllowed,
    MissingKey,
    NotFound,
    SpectrixError,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedType,
    UpgradeRequired,
)
from ...core.token_errors import InvalidToken
from ...entries.entry import Entry
from ...server.guard import Access
from ...server.json_body import Problem
from ...server.problems import CONTENT_TYPE, problem_type
from ..parameters import Schema
from ..route import API, ErrorType, Route, route

# What the error tree says of bodies, it says to producers; here is the same for the operator's small ones.
_OF_SMALL_BODIES: Final[dict[ErrorType, str]] = {
    InvalidBody: "A field is missing or has another type; the detail names it.",
    TooLarge: "The body is larger than 64 KiB.",
    UnsupportedType: "The body is a form, or compressed; send plain JSON.",
}
_PARAMETER = re.compile(r"{(\w+)}")
_SECURITY: Final[dict[Access, list[dict[str, list[str]]]]] = {
    "producer": [{"streamKey": []}, {"streamKeyHeader": []}, {"streamKeyBasic": []}],
    "hook": [],  # the key is in the address
    "operator": [{"signIn": []}],
    "reader": [{"signIn": []}, {"readToken": []}],
    "search": [{"signIn": []}, {"readToken": []}],
    "scraper": [{"metricsToken": []}],
}
_ERROR_HEADERS: Final[dict[str, tuple[Schema, tuple[ErrorType, ...]]]] = {
    "Allow": ({"type": "string", "description": "The methods that the address takes."}, (MethodNotAllowed,)),
    "Retry-After": ({"type": "integer", "minimum": 1, "description": "Seconds."}, (TooMany, Unavailable)),
    "Upgrade": ({"const": "websocket"}, (UpgradeRequired,)),
    "WWW-Authenticate": (
        {"type": "string", "pattern": "^Bearer "},
        (MissingKey, InvalidKey, InvalidToken, InvalidMetricsToken),
    ),
}
"""The headers that errors come with."""

_SCHEMES: Final = {
    "streamKey": {"type": "http", "scheme": "bearer", "description": "A stream key, spx_v1_live_…"},
    "streamKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "streamKeyBasic": {"type": "http", "scheme": "basic", "description": "The stream key as password; any user."},
    "readToken": {"type": "http", "scheme": "bearer", "description": "A read token, spx_v1_read_…"},
    "metricsToken": {"type": "http", "scheme": "bearer", "description": "The token of --metrics-token."},
    "signIn": {
        "type": "apiKey",
        "in": "cookie",
        "name": "spectrix_4000",
        "description": "Set by signing in. The name ends in the port; under HTTPS it begins with __Host-.",
    },
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `routes`, as a JSON object."""
    routes = list(routes)
    types = {kind for each in routes for kind in each.answers.values() if kind is not None}
    types |= {each.request for each in routes if isinstance(each.request, type)}
    ordered = sorted({*types, Problem, Entry}, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    for kind in ordered:
        if rule := getattr(kind, "rule", None):
            components[kind.__name__] |= rule
    by_type = dict(zip(ordered, schemas, strict=True))
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for each in routes:
        paths[each.path][each.method.lower()] = _operation(each, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Spectrix Lite",
            "version": __version__,
            "description": "Keys are camelCase, times RFC 3339 UTC with milliseconds, ids opaque. "
            f"Errors are {CONTENT_TYPE}; `code` is stable. Whatever address there is none of answers 404 `not_found`, "
            "a method that an address does not take 405 `method_not_allowed` with `Allow`, and what is no HTTP/1.1 400 "
            "`bad_request`. GET also means HEAD, but for the stream.",
        },
        "servers": [{"url": "/"}],
        "paths": dict(paths),
        "components": {
            "schemas": components,
            "securitySchemes": _SCHEMES,
            "responses": {
                "NotFound": _problem([NotFound], by_type[Problem], {}),
                "MethodNotAllowed": _problem([MethodNotAllowed], by_type[Problem], {}),
            },
        },
        "x-problems": [
            {"code": error.code, "type": problem_type(error.code), "status": error.status}
            | {"title": error.title, "detail": error.default_detail}
            for error in sorted(_tree(SpectrixError), key=lambda error: (error.status, error.code))
            if "code" in vars(error)  # else it only groups others
        ],
    }


def _tree(root: ErrorType) -> set[ErrorType]:
    """`root` and all below it: also what any address may answer, and what closes a WebSocket."""
    return {root}.union(*map(_tree, root.__subclasses__()))


def _operation(route: Route, schemas: Mapping[type, Schema]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        **({"description": route.description} if route.description else {}),
        "security": _SECURITY.get(route.access, []),
        "responses": {
            **{str(status): _answer(status, kind, schemas, route) for status, kind in route.answers.items()},
            **_problems(route, schemas[Problem]),
        },
    }
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    for place, each in (("query", route.query), ("header", route.takes)):
        parameters += [{"name": p.name, "in": place, "description": p.summary, "schema": p.schema} for p in each]
    if parameters:
        operation["parameters"] = parameters
    if route.request is not None:
        bodies = {"application/json": schemas[route.request]} if isinstance(route.request, type) else route.request
        content = {kind: {"schema": schema} for kind, schema in bodies.items()}
        # Where nothing is required, an empty body is as good as an empty object.
        required = not isinstance(route.request, type) or any(f.required for f in msgspec.structs.fields(route.request))
        operation["requestBody"] = {"required": required, "content": content}
    return operation


_DESCRIPTIONS: Final = {101: "The stream begins", 200: "Done", 201: "Created", 202: "Taken", 204: "Done"}


def _answer(status: int, kind: type | None, schemas: Mapping[type, Schema], route: Route) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _DESCRIPTIONS[status]}
    if kind is not None:
        answer["content"] = {"text/plain" if kind is str else "application/json": {"schema": schemas[kind]}}
    if others := route.answer_kinds:
        answer["content"] = answer.get("content", {}) | {other: {} for other in others}
    if gives := route.gives:
        answer["headers"] = {h.name: {"required": True, "description": h.summary, "schema": h.schema} for h in gives}
    return answer


def _problems(route: Route, shape: Schema) -> dict[str, Any]:
    """The call's errors by status: each code with its sentence."""
    own = {} if route.access in ("producer", "hook") else _OF_SMALL_BODIES
    by_status: defaultdict[str, list[ErrorType]] = defaultdict(list)
    for error in route.all_errors:
        by_status[str(error.status)].append(error)
    return {status: _problem(group, shape, own) for status, group in by_status.items()}


def _problem(group: Sequence[ErrorType], shape: Schema, own: Mapping[ErrorType, str]) -> dict[str, Any]:
    """The answer of errors that have one status; `own` are the call's own sentences for some of them."""
    codes = {
        "properties": {
            "status": {"const": group[0].status},
            "code": {"enum": [error.code for error in group]},
            "type": {"enum": [problem_type(error.code) for error in group]},
        }
    }
    answer: dict[str, Any] = {
        "description": "\n".join(f"- `{error.code}`: {own.get(error, error.default_detail)}" for error in group),
        "content": {CONTENT_TYPE: {"schema": {"allOf": [shape, codes]}}},
    }
    headers = {
        name: {"required": len(telling) == len(group), "schema": schema}
        for name, (schema, kinds) in _ERROR_HEADERS.items()
        if (telling := [error for error in group if issubclass(error, kinds)])
    }
    return answer | ({"headers": headers} if headers else {})


class ApiDocument:
    """The document's JSON, made when it is first asked for: a start need not wait for it."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    @cached_property
    def json(self) -> bytes:
        """As it is served. Making it takes some 50 ms, once."""
        return msgspec.json.encode(document(self._routes))


DOCUMENT: Final = web.AppKey("document", ApiDocument)


@route(
    "GET",
    f"{API}/openapi.json",
    access="open",
    answers={200: dict},
)
async def openapi(request: web.Request) -> web.StreamResponse:
    """This document."""
    described = request.app[DOCUMENT]
    body = await asyncio.to_thread(lambda: described.json)
    return web.Response(body=body, content_type="application/json")
