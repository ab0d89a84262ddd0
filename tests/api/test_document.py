"""What the served document says, the server does: requests made from the document, right and wrong ones, by all who may
come. Each answer has a status, a body and headers that stand in the document, and none is a failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

import pytest
import requests
import schemathesis
from schemathesis import Case, GenerationMode, Response, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from spectrix_lite.access.keys import random_base62
from spectrix_lite.alerts.telling.addresses import target
from spectrix_lite.alerts.telling.webhook import PostOutcome, Webhooks
from spectrix_lite.alerts.telling.webhook_request import WebhookRequest
from spectrix_lite.api.document.openapi import document
from spectrix_lite.api.ingest import protocols
from spectrix_lite.api.route import Route
from spectrix_lite.api.routes import ROUTES
from spectrix_lite.core.alert_records import Alert, When
from spectrix_lite.core.config import Config
from spectrix_lite.core.records import View
from spectrix_lite.server.guard import SAFE_METHODS

from ..support.scale import scaled
from ..support.threaded import Threaded, threaded

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OWN: Final = [route for route in ROUTES if route not in protocols.ROUTES]
OF_PROTOCOLS: Final = list({route.summary: route for route in protocols.ROUTES}.values())
"""One address of each: the others are served by the same handler."""
BY_NAME: Final = {route.name: route for route in ROUTES}
METRICS_TOKEN: Final = "t" * 32

# What a schema cannot say: whether a text is a query, or lines of JSON; whether a body is what Content-Encoding claims;
# where an address leads.
BEYOND_SCHEMAS: Final = {"invalid_query", "invalid_json", "bad_encoding", "address_forbidden"}


Test = TypeVar("Test", bound=Callable[..., None])


def made_from_the_document(
    max_examples: int, routes: Sequence[Route] = ROUTES, *, boundaries: bool = True
) -> Callable[[Test], Test]:
    """A decorator: for each of `routes` its boundary cases, and `max_examples` by chance, the same on every run."""
    generation = GenerationConfig(deterministic=True, max_examples=max_examples, with_security_parameters=False)
    phases = PhasesConfig(coverage=CoveragePhaseConfig(enabled=boundaries))
    projects = ProjectsConfig(default=ProjectConfig(generation=generation, phases=phases))
    # Through JSON, as it is served: `test_openapi` sees that it is.
    served = json.loads(json.dumps(document(routes)))
    api = schemathesis.openapi.from_dict(served, config=SchemathesisConfig(projects=projects))
    parametrize: Callable[[Test], Test] = api.parametrize()
    return parametrize


@schemathesis.serializer("application/x-ndjson", "application/vnd.serilog.clef")
def lines(context: SerializationContext, value: Any) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


BINARY: Final = ("application/x-protobuf", "application/msgpack")


@schemathesis.serializer(*BINARY)
def nothing(context: SerializationContext, value: Any) -> bytes:
    """No schema says how these are made; `tests/protocols` does."""
    return b""


class NoNetwork(Webhooks):
    """Looks at addresses, asks no name server, and posts nothing."""

    async def check(self, url: str) -> None:
        target(url, private=False)

    async def post(self, request: WebhookRequest) -> PostOutcome:
        return PostOutcome(204)


class Api:
    """The running server; one who may ask it, and what is there for those who do."""

    def __init__(self, thread: Threaded) -> None:
        self.url = thread.server.base_url
        self.client = requests.Session()
        self._is_refused = False
        self._thread = thread
        self._authority = thread.server.context.authority
        self._home = thread.do(thread.server.create_service("Home"))
        self.key = thread.do(thread.server.create_key(self._home))
        """A stream key that stays right."""
        _, self.hook = thread.do(self._authority.create_stream_key(self._home, "hook", "hook"))

    def ask(self, case: Case[Any], **more: Any) -> Response:
        """As one who is signed in, again where the last call has ended that: then the cookie is gone, or refused."""
        if not self.client.cookies or self._is_refused:
            token = self._thread.do(self._authority.operator.new_link())
            self.client.post(f"{self.url}/api/v1/auth/token", json={"token": token}).raise_for_status()
        answer = case.call(base_url=self.url, session=self.client, **more)
        self._is_refused = answer.status_code == 401
        return answer

    def ids(self, path: str) -> dict[str, str]:
        """Such as lead somewhere, for the parameters of a path. What they led to may be gone after each call."""
        if "{hookKey}" in path:
            return {"hookKey": self.hook}
        if "{id}" not in path:
            return dict.fromkeys(re.findall(r"{(\w+)}", path), "logs")
        server = self._thread.server
        others = [service.id for service in self._authority.services() if service.id != self._home]
        service = others[0] if others else self._thread.do(server.create_service())
        if "/sessions/{id}" in path:
            session, _ = self._thread.do(server.create_session(service))
            return {"id": session.id}
        if "/read-tokens/{id}" in path:
            token, _ = self._thread.do(self._authority.readers.create("CI"))
            return {"id": token.id}
        if "/alerts/{id}" in path:
            alert = Alert(random_base62(12), None, None, "a", "", When("firstSeen"), 0, False, (), None, None, 0)
            for former in server.context.alerting.alerts():
                self._thread.do(server.context.store.alerts.delete(former.id))
            self._thread.do(server.context.store.alerts.add(alert))
            self._thread.do(server.context.alerting.reload())
            return {"id": alert.id}
        if "/views/{id}" in path:
            view = View(random_base62(12), None, random_base62(12), "level:error", None, None, 0)
            self._thread.do(server.context.store.views.add(view))
            return {"id": view.id}
        if "{keyId}" in path:
            created, _ = self._thread.do(self._authority.create_stream_key(service, "backend"))
            return {"id": service, "keyId": created.id}
        return {"id": service}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    db = tmp_path_factory.mktemp("database") / "spectrix.db"
    config = Config(
        host="127.0.0.1", port=0, db=str(db), metrics_token=METRICS_TOKEN, max_services=10_000, max_keys=10_000
    )
    with threaded(config, webhooks=NoNetwork(private=False, own_ports=set())) as thread:
        running = Api(thread)
        yield running
        running.client.close()


OPERATOR = ("operator", "reader", "search")

Ask = Callable[[Case[Any], Api], Response]


def nobody(case: Case[Any], api: Api) -> Response:
    """Has no credential: is let in nowhere."""
    answer = case.call(base_url=api.url)
    refused = {"producer": 401, "hook": 401, "scraper": 401, "stream": 426, **dict.fromkeys(OPERATOR, 401)}
    if is_call(case) and route(case).access in refused and is_read(answer):
        assert answer.status_code == refused[route(case).access]
    return answer


def producer(case: Case[Any], api: Api) -> Response:
    """Has a stream key, which opens ingest and nothing else."""
    answer = case.call(base_url=api.url, headers={"Authorization": f"Bearer {api.key}"})
    refused = {"stream": 403, "scraper": 401, **dict.fromkeys(OPERATOR, 403)}
    if "{hookKey}" in case.path:
        refused["hook"] = 401
    if is_call(case) and route(case).access in refused and is_read(answer):
        assert answer.status_code == refused[route(case).access]
    check_verdict(case, answer)
    return answer


def operator(case: Case[Any], api: Api) -> Response:
    """Is signed in, and asks for what is there."""
    if case.path_parameters:
        case.path_parameters = api.ids(case.path)
    if isinstance(case.body, dict):
        for name in ("ttl", "cooldown"):
            if isinstance(seconds := case.body.get(name), float) and seconds.is_integer():
                case.body[name] = round(seconds)  # 60.0 is an integer to a schema, and to the server none
        if isinstance(where := case.body.get("destinations"), list):  # whether an id is there no schema knows
            case.body["destinations"] = [each for each in where if not _is_kept(each)]
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"} if route(case).access == "scraper" else {}
    answer = api.ask(case, headers=headers)
    if route(case).access != "producer":
        check_verdict(case, answer)
    return answer


def _is_kept(destination: Any) -> bool:
    return isinstance(destination, dict) and isinstance(destination.get("id"), str) and "kind" in destination


def stranger(case: Case[Any], api: Api) -> Response:
    """Is signed in, and asks for what is not there."""
    return api.ask(case)


def foreign_page(case: Case[Any], api: Api) -> Response:
    """Another site's page in the operator's browser: it may change nothing."""
    answer = api.ask(case, headers={"Origin": "http://evil.example"})
    access = route(case).access
    ours = access in ("open", "stream", *OPERATOR)
    if ours and (case.method.upper() not in SAFE_METHODS or access in ("stream", "search")) and is_read(answer):
        assert answer.json()["code"] == "bad_origin"
    return answer


def foreign_host(case: Case[Any], api: Api) -> Response:
    """A name that was bent to our address."""
    answer = api.ask(case, headers={"Host": "evil.example"})
    if route(case).access in ("open", "stream", *OPERATOR) and is_read(answer):
        assert answer.status_code == 421
    return answer


def route(case: Case[Any]) -> Route:
    return BY_NAME[case.operation.definition.raw["operationId"]]


def is_call(case: Case[Any]) -> bool:
    """Not so where the method was changed to one that the path does not take."""
    return case.method.upper() == route(case).method


def is_read(answer: Response) -> bool:
    """Not so where the request is refused for its size, before anybody looks who asks, and whom."""
    return len(answer.request.url or "") < 8000


def check_verdict(case: Case[Any], answer: Response) -> None:
    """What the document allows is taken."""
    assert case.meta is not None
    if is_call(case) and case.meta.generation.mode is GenerationMode.POSITIVE and case.media_type not in BINARY:
        refused = answer.status_code in (400, 413, 415) and answer.json()["code"] not in BEYOND_SCHEMAS
        if {"after", "before"} <= set(case.query or ()):  # no schema says that one of them excludes the other
            return
        if isinstance(case.body, dict) and "/" in str(case.body.get("range")):  # nor which of two times is earlier
            return
        assert not refused, (case.body, case.query, answer.text)


@made_from_the_document(max_examples=3, routes=OF_PROTOCOLS)
def test_the_server_does_as_it_says_of_protocols(case: Case[Any], api: Api) -> None:
    """To who has a key: who has none learns nothing that depends on the protocol."""
    answer = producer(case, api)
    case.validate_response(answer, checks=CHECKS)


@made_from_the_document(max_examples=3, routes=OWN)
def test_the_server_does_as_it_says(case: Case[Any], api: Api) -> None:
    """To those whom a call is for."""
    ask = producer if route(case).access == "producer" else operator
    answer = ask(case, api)
    case.validate_response(answer, checks=[*CHECKS, unsupported_method, allow_header_conformance])
    if route(case).access in OPERATOR:
        case.validate_response(answer, checks=[negative_data_rejection])


@pytest.mark.parametrize("ask", [nobody, producer, operator])
@made_from_the_document(max_examples=3, routes=OWN, boundaries=False)
def test_whoever_asks_is_answered_as_it_says(case: Case[Any], ask: Ask, api: Api) -> None:
    case.validate_response(ask(case, api), checks=CHECKS)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("ask", [nobody, producer, operator, stranger, foreign_page, foreign_host])
@made_from_the_document(max_examples=scaled(60, 6), boundaries=False)
def test_the_server_does_as_it_says_whatever_is_asked(case: Case[Any], ask: Ask, api: Api) -> None:
    case.validate_response(ask(case, api), checks=CHECKS)
