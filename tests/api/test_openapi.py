"""The API's description of itself agrees with the table, with the error tree, and with what is answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import msgspec
import pytest
from jsonschema_rs import Draft202012Validator

from spectrix_lite import __version__
from spectrix_lite.api.document.openapi import document
from spectrix_lite.api.routes import ROUTES
from spectrix_lite.core import errors, session_errors
from spectrix_lite.core.errors import SpectrixError

DOCUMENT: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document(ROUTES)))
OPERATIONS: dict[tuple[str, str], dict[str, Any]] = {
    (method.upper(), path): operation for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
}

# What any address may answer, what closes a WebSocket or is said in one, what only stands above others in the tree.
NEVER_ANSWERED = {
    errors.Conflict,
    errors.MethodNotAllowed,
    session_errors.SessionError,
    session_errors.SessionUnknown,
    session_errors.SessionExpired,
    session_errors.SessionEnded,
}


def _tree(root: type[SpectrixError] = SpectrixError) -> Iterator[type[SpectrixError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every (key, value) of a JSON document, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


async def test_it_is_served(client: aiohttp.ClientSession) -> None:
    async with client.get("/api/v1/openapi.json") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert await answer.json() == DOCUMENT
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == __version__


def test_every_route_is_in_it_and_every_call_in_it_is_a_route() -> None:
    assert set(OPERATIONS) == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_call_says_what_it_takes_and_gives(route: Any) -> None:
    operation = OPERATIONS[route.method, route.path]
    assert operation["operationId"] == route.name
    assert operation["summary"]
    assert ("requestBody" in operation) == (route.request is not None)
    in_path = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", route.path))
    assert {str(status) for status in route.answers} <= set(operation["responses"])
    assert bool(operation["security"]) == (route.access in ("producer", "operator", "reader", "search", "scraper"))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_error_of_a_call_is_documented_with_its_code(route: Any) -> None:
    responses = OPERATIONS[route.method, route.path]["responses"]
    for error in route.all_errors:
        response = responses[str(error.status)]
        shape, codes = response["content"]["application/problem+json"]["schema"]["allOf"]
        assert shape == {"$ref": "#/components/schemas/Problem"}
        assert error.code in codes["properties"]["code"]["enum"]
        assert re.search(rf"^- `{error.code}`: \w.+\.$", response["description"], re.MULTILINE)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_headers_that_errors_come_with_are_promised(route: Any) -> None:
    responses = OPERATIONS[route.method, route.path]["responses"]
    for status, headers in {"429": {"Retry-After"}, "503": {"Retry-After"}, "426": {"Upgrade"}}.items():
        assert set(responses.get(status, {}).get("headers", ())) == (headers if status in responses else set())
    assert ("WWW-Authenticate" in responses.get("401", {}).get("headers", ())) == (
        route.access in ("producer", "hook", "reader", "search", "scraper")
    )
    assert ("Set-Cookie" in responses.get("204", {}).get("headers", ())) == (
        route.name in ("claim_link", "login", "logout")
    )


def test_what_any_address_may_answer_is_told() -> None:
    shared = DOCUMENT["components"]["responses"]
    assert shared["MethodNotAllowed"]["headers"]["Allow"]["required"] is True
    assert "not_found" in json.dumps(shared["NotFound"])


def test_every_code_is_listed() -> None:
    listed = {problem["code"]: problem for problem in DOCUMENT["x-problems"]}
    assert len(listed) == len(DOCUMENT["x-problems"])
    for error in _tree():
        assert listed[error.code]["status"] == error.status
        assert listed[error.code]["type"].endswith(error.code)


def test_every_code_that_a_call_may_answer_stands_with_a_call() -> None:
    documented = {code for key, value in _walk(DOCUMENT["paths"]) if key == "code" for code in value.get("enum", ())}
    assert documented == {error.code for error in _tree() if error not in NEVER_ANSWERED}


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    references = {value.removeprefix("#/components/schemas/") for key, value in _walk(DOCUMENT) if key == "$ref"}
    assert references == set(schemas), "and nothing lies there unused"


def test_keys_are_camel_case() -> None:
    # Seq's clients ask for its own spelling.
    ours = [schema for name, schema in DOCUMENT["components"]["schemas"].items() if name != "SeqAnswer"]
    names = {name for key, value in _walk(ours) if key == "properties" for name in value}
    assert names >= {"createdAt", "streamKeys", "signedIn", "errorShare"}
    assert all(re.fullmatch(r"[a-z]+[0-9]*(?:[A-Z][a-z]+)*", name) for name in names), names


def test_security_schemes_are_those_that_calls_name() -> None:
    named = {name for operation in OPERATIONS.values() for choice in operation["security"] for name in choice}
    assert named == set(DOCUMENT["components"]["securitySchemes"])


def test_the_schema_of_a_session_says_that_a_view_stands_for_its_filter_columns_and_range() -> None:
    valid = Draft202012Validator(DOCUMENT["components"]["schemas"]["NewSession"]).is_valid
    alone: list[dict[str, Any]] = [{}, {"view": "a"}, {"range": "-1d"}, {"view": None, "columns": ["a"], "filter": {}}]
    assert all(map(valid, alone))
    assert not any(valid({"view": "a", name: value}) for name, value in (("filter", {}), ("range", "-1d")))
