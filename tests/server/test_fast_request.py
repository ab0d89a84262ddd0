"""What is recognised as the usual request, and above all what is not."""

from __future__ import annotations

import pytest

from spectrix_lite.server.fast_request import MAX_BODY, MAX_HEAD, FastRequest, parse

LINE = b"POST /api/v1/ingest/logs HTTP/1.1\r\n"
HOST = b"Host: localhost:4000\r\n"
KEY = b"Authorization: Bearer spx_v1_live_abc\r\n"
LENGTH = b"Content-Length: 5\r\n"


def test_a_plain_request() -> None:
    head = LINE + HOST + KEY + b"Content-Type: application/json\r\n" + LENGTH + b"\r\n"
    assert parse(head + b"hello" + b"more") == FastRequest("spx_v1_live_abc", len(head), len(head) + 5)


def test_the_body_may_still_come() -> None:
    head = LINE + HOST + KEY + LENGTH + b"\r\n"
    assert parse(head) == parse(head + b"he") == FastRequest("spx_v1_live_abc", len(head), len(head) + 5)


@pytest.mark.parametrize(
    "headers",
    [
        # Node's fetch, as the seed's middleware sends it.
        b"host: localhost:4000\r\nconnection: keep-alive\r\nAuthorization: Bearer spx_v1_live_abc\r\n"
        b"Content-Type: application/json\r\naccept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\n"
        b"user-agent: node\r\naccept-encoding: gzip, deflate\r\ncontent-length: 5\r\n",
        b"HOST:localhost\r\nAUTHORIZATION:\tbearer spx_v1_live_abc \r\nCONTENT-LENGTH:5\r\n",
        HOST + KEY + LENGTH + b"content-type: Application/JSON; charset=UTF-8\r\n",
    ],
    ids=["node-fetch", "spaces", "charset"],
)
def test_how_the_usual_clients_write_it(headers: bytes) -> None:
    post = parse(LINE + headers + b"\r\nhello")
    assert post is not None
    assert post.key == "spx_v1_live_abc"


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(LINE + HOST + KEY + LENGTH, id="head cut short"),
        pytest.param(LINE[:-5] + b"1.0\r\n" + HOST + KEY + LENGTH + b"\r\nhello", id="HTTP/1.0"),
        pytest.param(b"GET" + LINE[4:] + HOST + KEY + LENGTH + b"\r\nhello", id="other method"),
        pytest.param(LINE.replace(b"logs", b"logs?a=b") + HOST + KEY + LENGTH + b"\r\nhello", id="query"),
        pytest.param(LINE + KEY + LENGTH + b"\r\nhello", id="no host"),
        pytest.param(LINE + HOST + LENGTH + b"\r\nhello", id="no key"),
        pytest.param(LINE + HOST + KEY + b"\r\nhello", id="no length"),
        pytest.param(LINE + HOST + HOST + KEY + LENGTH + b"\r\nhello", id="host twice"),
        pytest.param(LINE + HOST + KEY + KEY + LENGTH + b"\r\nhello", id="key twice"),
        pytest.param(LINE + HOST + KEY + LENGTH + LENGTH + b"\r\nhello", id="length twice"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Transfer-Encoding: chunked\r\n\r\nhello", id="two lengths"),
        pytest.param(LINE + HOST + KEY + b"Content-Length: +5\r\n\r\nhello", id="signed length"),
        pytest.param(LINE + HOST + KEY + b"Content-Length: 5, 5\r\n\r\nhello", id="list of lengths"),
        pytest.param(LINE + HOST + KEY + b"Content-Length: \xb25\r\n\r\nhello", id="length not ASCII"),
        pytest.param(LINE + HOST + KEY + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1), id="too long"),
        pytest.param(LINE + HOST + KEY + b"Content-Length : 5\r\n\r\nhello", id="space before the colon"),
        pytest.param(LINE + HOST + KEY + LENGTH + b" folded\r\n\r\nhello", id="folded"),
        pytest.param(LINE + HOST + KEY + b"Accept: a\nContent-Length: 7\r\n" + LENGTH + b"\r\nhello", id="bare LF"),
        pytest.param(LINE + HOST + KEY + b"Accept: a\rb\r\n" + LENGTH + b"\r\nhello", id="bare CR"),
        pytest.param(LINE + HOST + KEY + b"Accept: \x00\r\n" + LENGTH + b"\r\nhello", id="NUL"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Expect: 100-continue\r\n\r\nhello", id="expect"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Connection: close\r\n\r\nhello", id="close"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Connection: Upgrade\r\n\r\nhello", id="upgrade"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Content-Encoding: gzip\r\n\r\nhello", id="compressed"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Content-Type: text/plain\r\n\r\nhello", id="other type"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Idempotency-Key: a\r\n\r\nhello", id="idempotency"),
        pytest.param(LINE + HOST + b"Authorization: Basic abc\r\n" + LENGTH + b"\r\nhello", id="basic"),
        pytest.param(LINE + HOST + KEY + LENGTH + b"Accept: " + b"x" * MAX_HEAD + b"\r\n\r\nhello", id="long head"),
        pytest.param(b"\r\n" + LINE + HOST + KEY + LENGTH + b"\r\nhello", id="empty line before"),
    ],
)
def test_everything_else_is_left_to_aiohttp(request_: bytes) -> None:
    """case 23, case 24: nothing that two readers could understand in two ways."""
    assert parse(request_) is None
