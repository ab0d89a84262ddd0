"""The table of routes: complete, registered as it stands, and each call guarded as it says."""

from __future__ import annotations

import re

import aiohttp
import pytest

from spectrix_lite.api.route import API, Route
from spectrix_lite.api.routes import ROUTES
from spectrix_lite.server.guard import ACCESSES

from ..support.serving import Server, check_problem

# The contract's own words.
PROMISED = """
POST /ingest/logs
GET /stream
POST /auth/token
POST /auth/login
POST /auth/logout
GET /auth/me
GET /auth/connection
PUT /auth/password
GET /services
POST /services
GET /services/{id}
PATCH /services/{id}
DELETE /services/{id}
GET /services/{id}/stream-keys
POST /services/{id}/stream-keys
PATCH /services/{id}/stream-keys/{keyId}
DELETE /services/{id}/stream-keys/{keyId}
POST /services/{id}/sessions
GET /services/{id}/sessions
DELETE /sessions/{id}
GET /services/{id}/entries
GET /services/{id}/histogram
GET /services/{id}/export
POST /services/{id}/forget
POST /services/{id}/test-entry
GET /services/{id}/summary
GET /services/{id}/rejected
GET /intake
GET /read-tokens
POST /read-tokens
DELETE /read-tokens/{id}
GET /views
POST /views
PATCH /views/{id}
DELETE /views/{id}
GET /alerts
POST /alerts
POST /alerts/dry-run
PATCH /alerts/{id}
DELETE /alerts/{id}
POST /alerts/{id}/test
GET /alerts/{id}/dry-run
GET /alerts/{id}/notices
GET /openapi.json
"""

# Other products' addresses, which their clients bring with them.
OTHERS = """
POST /v1/logs
POST /v1/traces
POST /v1/metrics
POST /loki/api/v1/push
POST /_bulk
PUT /_bulk
POST /{index}/_bulk
PUT /{index}/_bulk
POST /services/collector
POST /services/collector/event
POST /services/collector/event/1.0
POST /services/collector/raw
POST /services/collector/raw/1.0
GET /services/collector/health
GET /services/collector/health/1.0
POST /api/events/raw
POST /ingest/clef
POST /
POST /api/v2/logs
POST /v1/datasets/{dataset}/ingest
POST /v1/ingest/{dataset}
GET /_cluster/health
GET /_license
GET /_index_template/{template}
POST /api/{project}/envelope/
POST /in/{hookKey}/stream
POST /gelf
"""


def test_every_promised_call_is_there_and_no_other() -> None:
    promised = {(method, API + path) for method, path in (line.split() for line in PROMISED.strip().splitlines())}
    promised |= {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/llms.txt")}
    promised |= {("POST", "/in/{hookKey}")}
    promised |= {(method, path) for method, path in (line.split() for line in OTHERS.strip().splitlines())}
    assert {(route.method, route.path) for route in ROUTES} == promised
    assert len(ROUTES) == len(promised)


def test_the_server_answers_the_table_and_nothing_else(server: Server) -> None:
    registered = {
        (route.method, route.resource.canonical)
        for route in server.app.router.routes()
        if route.resource is not None and route.method != "*"
    }
    table = {(route.method, route.path) for route in ROUTES}
    heads = {("HEAD", route.path) for route in ROUTES if route.method == "GET" and route.access != "stream"}
    assert registered == table | heads


def test_names_are_unique_and_accesses_known() -> None:
    names = [route.name for route in ROUTES]
    assert len(set(names)) == len(names)
    assert {route.access for route in ROUTES} | {"page"} == set(ACCESSES)


def _path(route: Route) -> str:
    return re.sub(r"{\w+}", "none", route.path)


SIGNED_IN = [route for route in ROUTES if route.access in ("operator", "reader", "search")]


@pytest.mark.parametrize("route", SIGNED_IN, ids=lambda route: route.name)
async def test_the_operators_calls_need_a_sign_in_and_our_own_page(route: Route, client: aiohttp.ClientSession) -> None:
    path = _path(route)
    async with client.request(route.method, path) as answer:
        await check_problem(answer, 401, "sign_in_required")
    async with client.request(route.method, path, headers={"Host": "evil.com"}) as answer:
        await check_problem(answer, 421, "misdirected")
    if route.method != "GET" or route.access == "search":
        async with client.request(route.method, path, headers={"Origin": "http://evil.com"}) as answer:
            await check_problem(answer, 403, "bad_origin")


@pytest.mark.parametrize("route", [r for r in ROUTES if "{id}" in r.path], ids=lambda route: route.name)
async def test_what_is_not_there_is_not_found(route: Route, operator: aiohttp.ClientSession) -> None:
    owner = route.path.partition("/{id}")[0].rpartition("/")[2]
    code = f"{owner.removesuffix('s').replace('-', '_')}_not_found"
    async with operator.request(route.method, _path(route), json={"name": "x"}) as answer:
        await check_problem(answer, 404, code)
