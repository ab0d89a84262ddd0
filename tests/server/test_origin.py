"""Which host was called, which page asks, which cookie is ours: by tables, without a socket."""

from __future__ import annotations

import pytest

from spectrix_lite.core.errors import BadOrigin, Misdirected
from spectrix_lite.server.origin import Origin, called_origin, check_page

PUBLIC = "https://logs.example.org"


@pytest.mark.parametrize(
    ("host", "public_url", "expected"),
    [
        ("localhost", None, Origin("http", "localhost", 80)),
        ("LocalHost:4000", None, Origin("http", "localhost", 4000)),
        ("127.0.0.1:4000", None, Origin("http", "127.0.0.1", 4000)),
        ("192.168.1.20", None, Origin("http", "192.168.1.20", 80)),
        ("[::1]:4000", None, Origin("http", "[::1]", 4000)),
        ("[0:0:0:0:0:0:0:1]", None, Origin("http", "[::1]", 80)),
        ("logs.example.org", PUBLIC, Origin("https", "logs.example.org", 443)),
        ("logs.example.org:8443", PUBLIC, Origin("https", "logs.example.org", 8443)),
        ("localhost:4000", PUBLIC, Origin("http", "localhost", 4000)),
        ("10.0.0.7", "https://10.0.0.7", Origin("https", "10.0.0.7", 443)),
        ("[::2]", "https://[::2]:4000", Origin("https", "[::2]", 443)),
    ],
)
def test_hosts_that_are_ours(host: str, public_url: str | None, expected: Origin) -> None:
    assert called_origin(host, public_url) == expected


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.com",
        "evil.com:4000",
        "localhost.evil.com",
        "127.0.0.1.evil.com",
        "localhost.",
        "local\u212aost",
        "127.1",
        "0x7f.0.0.1",
        "user@localhost",
        "localhost:4000:80",
        "localhost:",
        "localhost:999999",
        "localhost/",
        "[::1",
        "[::1%25eth0]",
        "[127.0.0.1]",
        "::1",
        "localhost, evil.com",
    ],
)
def test_hosts_that_are_not(host: str) -> None:
    with pytest.raises(Misdirected):
        called_origin(host, PUBLIC)


OURS = Origin("http", "127.0.0.1", 4000)


@pytest.mark.parametrize(
    ("origin", "fetch_site"),
    [
        (None, None),
        ("http://127.0.0.1:4000", None),
        ("http://127.0.0.1:4000", "same-origin"),
        (None, "none"),
    ],
)
def test_pages_that_are_ours(origin: str | None, fetch_site: str | None) -> None:
    check_page(OURS, origin, fetch_site)


@pytest.mark.parametrize(
    ("origin", "fetch_site"),
    [
        ("null", None),
        ("", None),
        ("http://127.0.0.1:4001", None),
        ("http://127.0.0.1", None),
        ("https://127.0.0.1:4000", None),
        ("http://localhost:4000", None),
        ("http://127.0.0.1.evil.com:4000", None),
        ("http://evil.com", None),
        ("http://127.0.0.1:4000/", None),
        ("http://127.0.0.1:4000@evil.com", None),
        ("ftp://127.0.0.1:4000", None),
        ("127.0.0.1:4000", None),
        ("http://127.0.0.1:4000", "cross-site"),
        ("http://127.0.0.1:4000", "same-site"),
        (None, "cross-site"),
        (None, "garbage"),
    ],
)
def test_pages_that_are_not(origin: str | None, fetch_site: str | None) -> None:
    with pytest.raises(BadOrigin):
        check_page(OURS, origin, fetch_site)


def test_the_default_port_may_be_left_out() -> None:
    check_page(called_origin("logs.example.org:443", PUBLIC), "https://logs.example.org", None)
    check_page(called_origin("logs.example.org", PUBLIC), "https://logs.example.org:443", None)


def test_the_cookie_is_named_for_its_port_and_bound_to_the_host_under_https() -> None:
    assert called_origin("localhost:4000", None).cookie == "spectrix_4000"
    assert called_origin("localhost:4001", None).cookie == "spectrix_4001"
    assert called_origin("logs.example.org", PUBLIC).cookie == "__Host-spectrix_443"
    assert not called_origin("localhost:4000", PUBLIC).is_secure
