"""Hook keys over real sockets: in an address, within their own bounds, and from other sites' pages."""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.server.admission import HOOK_BODY, HOOK_ENTRIES

from ..conftest import Serve
from ..support.serving import Server, check_problem

INGEST = "/api/v1/ingest/logs"
PAGE = "https://app.example.org"


@dataclasses.dataclass
class Hook:
    """A service with a hook key and a live one, and a client that shows neither by itself."""

    server: Server
    client: aiohttp.ClientSession
    service_id: str
    key: str
    live: str

    @property
    def address(self) -> str:
        return f"/in/{self.key}"

    async def send(self, body: bytes = b'{"level": "info", "message": "hello"}', **options: Any) -> dict[str, Any]:
        """The answer to what is taken; sent to the key's own address unless `path` says otherwise."""
        async with self.client.post(options.pop("path", self.address), data=body, **options) as answer:
            assert answer.status == 200, await answer.text()
            counts: dict[str, Any] = await answer.json()
            return counts

    def kept(self) -> list[dict[str, Any]]:
        return [json.loads(entry) for entry in self.server.held(self.service_id)]


@pytest.fixture(params=[False, True], ids=["cold", "warm"])
def warm(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def hook_of(server: Server, client: aiohttp.ClientSession, *, warm: bool) -> Hook:
    service_id = await server.create_service()
    authority = server.context.authority
    _, key = await authority.create_stream_key(service_id, "alerts", "hook")
    live = await server.create_key(service_id)
    if warm:
        await authority.verify_key(key)
        await authority.verify_key(live)
    return Hook(server, client, service_id, key, live)


@pytest.fixture
async def hook(server: Server, warm: bool) -> AsyncIterator[Hook]:
    async with server.anyone() as client:
        yield await hook_of(server, client, warm=warm)


@pytest.fixture
async def open_hook(config: Config, serve: Serve, warm: bool) -> AsyncIterator[Hook]:
    """Of a server that names a site whose pages may send."""
    server = await serve(dataclasses.replace(config, allow_origin=(PAGE, "http://localhost:5173")))
    async with server.anyone() as client:
        yield await hook_of(server, client, warm=warm)


async def test_a_hook_key_is_taken_wherever_a_key_is(hook: Hook) -> None:
    as_user = base64.b64encode(f"{hook.key}:".encode()).decode()
    for options in (
        {},
        {"path": f"{INGEST}?token={hook.key}"},
        {"path": INGEST, "headers": {"Authorization": f"Bearer {hook.key}"}},
        {"path": INGEST, "headers": {"Authorization": f"Basic {as_user}"}},
        {"path": INGEST, "headers": {"X-Sentry-Auth": f"Sentry sentry_key={hook.key}"}},
    ):
        assert await hook.send(**options) == {"accepted": 1, "rejected": 0, "errors": []}, options
    assert [entry["message"] for entry in hook.kept()] == ["hello"] * 5


@pytest.mark.parametrize(
    ("body", "count", "shown"),
    [
        (b'{"status": "firing", "alerts": {"a": 1}}', 1, "firing"),
        (b'{"action": "opened"}', 1, "opened"),
        (b'[{"event": "one"}, {"event": "two"}]', 2, "two"),
        (b"disk is nearly full", 1, "disk is nearly full"),
        (b"ERROR no space left\nWARN retrying", 2, "retrying"),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
async def test_any_json_or_text_is_an_entry(hook: Hook, body: bytes, count: int, shown: str, kind: str) -> None:
    """Whatever the content type says of it; but what is said to be a form and is text may be one."""
    if kind.endswith("urlencoded") and body[:1] not in (b"{", b"["):
        async with hook.client.post(hook.address, data=body, headers={"Content-Type": kind}) as answer:
            await check_problem(answer, 415, "unsupported_type")
        return
    assert (await hook.send(body, headers={"Content-Type": kind}))["accepted"] == count
    assert shown in json.dumps(hook.kept()[-1])


@pytest.mark.parametrize("name", ["X-Seq-ApiKey", "DD-API-KEY", "Api-Key", "X-License-Key", "X-Insert-Key", "apikey"])
async def test_a_live_key_is_taken_in_the_headers_of_other_products(hook: Hook, name: str) -> None:
    assert (await hook.send(path=INGEST, headers={name: hook.live}))["accepted"] == 1


@pytest.mark.case(107)
async def test_a_live_key_in_an_address_is_refused_and_neither_key_is_logged(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for path, headers in (
            (f"/in/{hook.live}", {}),
            (f"{INGEST}?token={hook.live}", {}),
            (f"{INGEST}?token={hook.live}", {"Authorization": f"Bearer {hook.live}"}),
            (INGEST, {"Authorization": "Basic " + base64.b64encode(f"{hook.live}:".encode()).decode()}),
        ):
            async with hook.client.post(path, data=b"{}", headers=headers) as answer:
                problem = await check_problem(answer, 401, "invalid_key")
                assert "revoked" in problem["detail"]
        assert hook.kept() == []
        await hook.send()
        async with hook.client.post(hook.address, data=b"[1") as answer:
            assert hook.key not in await answer.text()
        async with hook.client.get(hook.address) as answer:
            assert answer.headers["Allow"] == "POST"
            await check_problem(answer, 405, "method_not_allowed")
        async with hook.client.post(f"{hook.address}/more", data=b"{}") as answer:
            assert answer.status in (404, 405)
    for key in (hook.key, hook.live):
        assert key not in caplog.text
        assert key[22:54] not in caplog.text


async def test_no_key_and_a_wrong_one_in_the_address(hook: Hook) -> None:
    for path in ("/in/undefined", f"/in/{hook.key[:-1]}", f"/in/{hook.key}x", f"{INGEST}?token=undefined"):
        async with hook.client.post(path, data=b"{}") as answer:
            await check_problem(answer, 401, "invalid_key")
    headers = {"Authorization": f"Bearer {hook.key}"}
    async with hook.client.post("/in/undefined", data=b"{}", headers=headers) as answer:
        await check_problem(answer, 401, "invalid_key")
    await hook.send(path=f"{INGEST}?token=something-of-their-own", headers=headers)


async def test_a_hook_key_that_is_off_or_of_a_foreign_host(hook: Hook) -> None:
    """Webhooks call by whatever name they have."""
    await hook.send(headers={"Host": "hooks.example.org"})
    authority = hook.server.context.authority
    (shown, *_) = await authority.stream_keys(hook.service_id)
    await authority.change_stream_key(hook.service_id, shown.id, enabled=False)
    async with hook.client.post(hook.address, data=b"{}") as answer:
        await check_problem(answer, 401, "invalid_key")


async def test_a_hook_key_only_writes(hook: Hook) -> None:
    for name in ("Authorization", "apikey"):
        headers = {name: f"Bearer {hook.key}"}
        async with hook.client.get("/api/v1/services", headers=headers) as answer:
            await check_problem(answer, 403, "forbidden")


@pytest.mark.case(123)
async def test_a_hook_keys_request_is_small(hook: Hook) -> None:
    """As it comes or decompressed, by the address or by a header; a live key's may be as large as any."""
    entry = b'{"level":"info","message":"x"}'
    many = b'{"logs":[' + b",".join([entry] * (HOOK_ENTRIES + 1)) + b"]}"
    large = b'{"level":"info","message":"' + b"x" * HOOK_BODY + b'"}'
    for body in (many, large):
        for path, headers in ((hook.address, {}), (INGEST, {"Authorization": f"Bearer {hook.key}"})):
            async with hook.client.post(path, data=BytesIO(body), headers=headers) as answer:
                await check_problem(answer, 413, "too_large")
        headers = {"Authorization": f"Bearer {hook.live}"}
        async with hook.client.post(INGEST, data=BytesIO(body), headers=headers) as answer:
            assert (answer.status, (await answer.json())["rejected"]) == (200, 0)
    assert (await hook.send(b'{"logs":[' + b",".join([entry] * HOOK_ENTRIES) + b"]}"))["accepted"] == HOOK_ENTRIES


@pytest.mark.case(123)
async def test_a_hook_key_at_full_rate_leaves_the_others_theirs(config: Config, serve: Serve, warm: bool) -> None:
    server = await serve(dataclasses.replace(config, hook_rate=1))
    async with server.anyone() as client:
        hook = await hook_of(server, client, warm=warm)
        for _ in range(2):
            await hook.send()
        async with client.post(hook.address, data=b"{}") as answer:
            await check_problem(answer, 429, "too_many_requests")
            assert int(answer.headers["Retry-After"]) >= 1
        for _ in range(5):
            await hook.send(path=INGEST, headers={"Authorization": f"Bearer {hook.live}"})


# Other sites' pages


async def test_a_page_of_a_named_site_may_send_and_read_the_answer(open_hook: Hook) -> None:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    async with open_hook.client.options(open_hook.address, headers=asked) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        assert answer.headers["Access-Control-Allow-Methods"] == "POST"
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for body, status in ((b'{"message": "hello"}', 200), (b'{"a', 400)):
        headers = {"Origin": PAGE, "Content-Type": "application/json"}
        async with open_hook.client.post(open_hook.address, data=body, headers=headers) as answer:
            assert answer.status == status
            assert (answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]) == (PAGE, "Origin")
            assert "Access-Control-Allow-Credentials" not in answer.headers
    assert len(open_hook.kept()) == 1


@pytest.mark.case(122)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://app.example.org", f"{PAGE}:444", "*"])
async def test_a_page_of_another_site_is_refused(open_hook: Hook, origin: str) -> None:
    """By any way in, and before anything is taken; nor may it read why."""
    for method, path, headers in (
        ("OPTIONS", open_hook.address, {"Access-Control-Request-Method": "POST"}),
        ("POST", open_hook.address, {}),
        ("POST", f"{INGEST}?token={open_hook.key}", {}),
        ("POST", INGEST, {"Authorization": f"Bearer {open_hook.key}"}),
    ):
        async with open_hook.client.request(method, path, headers={"Origin": origin, **headers}, data=b"{}") as answer:
            await check_problem(answer, 403, "bad_origin")
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert open_hook.kept() == []
    await open_hook.send()


@pytest.mark.case(122)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_browser_sends_without_asking_needs_a_key(open_hook: Hook, kind: str) -> None:
    for origin in (PAGE, "https://evil.example"):
        async with open_hook.client.post(
            INGEST, data=b"x=1", headers={"Origin": origin, "Content-Type": kind}
        ) as answer:
            await check_problem(answer, 401, "missing_key")
    assert open_hook.kept() == []


async def test_a_live_keys_requests_are_no_pages_business(open_hook: Hook) -> None:
    """Only hook keys are bound to sites; the ingest address itself answers no page."""
    headers = {"Origin": "https://evil.example", "Authorization": f"Bearer {open_hook.live}"}
    async with open_hook.client.post(INGEST, data=b'{"message": "x"}', headers=headers) as answer:
        assert answer.status == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with open_hook.client.options(INGEST, headers={"Origin": PAGE}) as answer:
        await check_problem(answer, 405, "method_not_allowed")


async def test_without_a_named_site_no_page_may_read(hook: Hook) -> None:
    async with hook.client.options(hook.address, headers={"Origin": PAGE}) as answer:
        await check_problem(answer, 405, "method_not_allowed")
    async with hook.client.post(hook.address, data=b'{"message": "x"}', headers={"Origin": PAGE}) as answer:
        assert answer.status == 200
        assert not any(name.lower().startswith("access-control") for name in answer.headers)
