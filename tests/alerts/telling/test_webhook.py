"""Posting to a sink of our own, and never where it is forbidden."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from spectrix_lite.alerts.telling import webhook
from spectrix_lite.alerts.telling.webhook import Webhooks
from spectrix_lite.alerts.telling.webhook_request import WebhookRequest
from spectrix_lite.core.alert_errors import AddressForbidden

from ...support.sink import Sink


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink().serving() as sink:
        yield sink


@asynccontextmanager
async def webhooks(
    *, private: bool = True, own: int = 0, lookup: webhook.Lookup | None = None
) -> AsyncIterator[Webhooks]:
    hooks = Webhooks(private=private, own_ports={own}, lookup=lookup)
    try:
        yield hooks
    finally:
        await hooks.close()


def request(url: str) -> WebhookRequest:
    return WebhookRequest(url, {"X-Mine": "yes"}, b'{"text":"hello"}')


class Names:
    """A name server that answers differently each time; the last answer stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int) -> list[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_body_arrives_with_its_headers(sink: Sink) -> None:
    async with webhooks() as hooks:
        outcome = await hooks.post(request(sink.url))
    assert outcome.is_delivered
    received = await sink.next()
    assert received["text"] == "hello"
    assert received["headers"]["X-Mine"] == "yes"
    assert received["headers"]["Content-Type"] == "application/json"


@pytest.mark.case(147)
async def test_what_is_answered_is_told(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    elsewhere = {"Location": f"http://127.0.0.1:{sink.port}/secret"}
    sink.answers = [
        lambda: web.Response(status=500),
        lambda: web.Response(status=429, headers={"Retry-After": "7"}),
        lambda: web.Response(status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        lambda: web.Response(status=503, headers={"Retry-After": "soon"}),
        lambda: web.Response(status=307, headers=elsewhere),
        None,
    ]
    async with webhooks() as hooks:
        outcomes = [await hooks.post(request(sink.url)) for _ in range(6)]
    assert [each.status for each in outcomes] == [500, 429, 503, 503, 307, None]
    assert [each.wait for each in outcomes] == [0, 7, 0, 0, 0, 0]
    assert "redirects" in outcomes[4].said
    assert "no answer" in outcomes[5].said
    assert sink.requests == 6, "a redirect is not followed"
    assert not any(each.is_delivered for each in outcomes)


@pytest.mark.parametrize(
    "asked",
    [
        "-1",
        "1e9",
        "9" * 500,
        "Mon, 01 Jan 2030 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ],
)
async def test_a_retry_after_that_is_none_asks_for_nothing(sink: Sink, asked: str) -> None:
    sink.answers = [lambda: web.Response(status=429, headers={"Retry-After": asked})]
    async with webhooks() as hooks:
        assert await hooks.post(request(sink.url)) == (429, "", 0.0)


async def test_what_is_taken_is_delivered_whatever_comes_behind_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 5.0)
    ends = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"hello")
        writer.write(answers.pop(0))
        await writer.drain()
        if not answers:
            await ends.wait()
        writer.close()

    # One hangs up within its body, asks to wait though it has taken it; the other never ends its body.
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nRetry-After: 3000\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n",
    ]
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, webhooks() as hooks:
        for _ in range(2):
            assert await hooks.post(request(f"http://127.0.0.1:{port}/")) == (200, "", 0.0)
        ends.set()


async def test_where_nobody_listens_is_told(sink: Sink) -> None:
    async with webhooks() as hooks:
        assert (await hooks.post(request("http://127.0.0.1:1/"))).said == "it could not be reached"

    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async with webhooks(lookup=nowhere) as hooks:
        assert (await hooks.post(request("http://hooks.example/"))).said == "its name does not resolve"
        await hooks.check("http://hooks.example/")  # it may be there when something is sent


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path, host: str) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-keyout", key, "-out", certificate, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(certificate, key)
    async with Sink().serving(secure) as sink, webhooks() as hooks:
        outcome = await hooks.post(request(f"https://{host}:{sink.port}/"))
        assert outcome == (None, "its certificate is not valid", 0.0)
        assert sink.requests == 0


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.7", "169.254.169.254", "fe80::1", "64:ff9b::7f00:1"]
)
async def test_a_name_that_leads_inside_is_refused_at_saving_and_at_sending(sink: Sink, inside: str) -> None:
    url = f"http://rebound.example:{sink.port}/"
    for names in (Names([inside]), Names(["8.8.8.8", inside])):
        async with webhooks(private=False, lookup=names) as hooks:
            with pytest.raises(AddressForbidden):
                await hooks.check(url)
            with pytest.raises(AddressForbidden):
                await hooks.post(request(url))
    assert sink.requests == 0


@pytest.mark.case(149)
async def test_a_name_is_looked_up_anew_whenever_something_is_sent_and_connected_to_as_it_was_checked(
    sink: Sink,
) -> None:
    url = f"http://rebound.example:{sink.port}/"
    async with webhooks(private=False, lookup=Names(["8.8.8.8"], ["127.0.0.1"])) as hooks:
        await hooks.check(url)
        with pytest.raises(AddressForbidden):
            await hooks.post(request(url))
    assert sink.requests == 0
    async with webhooks(lookup=Names(["127.0.0.1"])) as hooks:
        assert (await hooks.post(request(url))).is_delivered
    assert (await sink.next())["headers"]["Host"] == f"rebound.example:{sink.port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "[::ffff:127.0.0.1]", "me.example"])
@pytest.mark.case(150)
async def test_this_servers_own_ports_are_never_posted_to(sink: Sink, host: str) -> None:
    async with webhooks(own=sink.port, lookup=Names(["127.0.0.1"])) as hooks:
        with pytest.raises(AddressForbidden):
            await hooks.check(f"http://{host}:{sink.port}/")
        with pytest.raises(AddressForbidden):
            await hooks.post(request(f"http://{host}:{sink.port}/"))
    assert sink.requests == 0
