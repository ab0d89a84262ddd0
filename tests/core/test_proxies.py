"""Whom a proxy names, by tables: without a socket."""

from __future__ import annotations

import pytest

from spectrix_lite.core.proxies import ForwardedClient, is_trusted, parse_networks, resolve_client

TRUSTED = parse_networks("127.0.0.1, ::1, 10.0.0.0/8, 2001:db8::/32")


def _seen(peer: str, *headers: tuple[str, str]) -> ForwardedClient:
    return resolve_client(peer, lambda name: [value for key, value in headers if key == name], TRUSTED)


def _for(peer: str, *values: str) -> str:
    return _seen(peer, *(("X-Forwarded-For", value) for value in values)).address


@pytest.mark.parametrize(
    ("claims", "client"),
    [
        (["203.0.113.5"], "203.0.113.5"),
        (["1.1.1.1, 203.0.113.5"], "203.0.113.5"),
        (["1.1.1.1", "203.0.113.5, 10.1.2.3"], "203.0.113.5"),
        (["203.0.113.5:51234"], "203.0.113.5"),
        (["[2001:db9::7]:443"], "2001:db9::7"),
        (["2001:DB9:0::7"], "2001:db9::7"),
        (["::ffff:203.0.113.5"], "203.0.113.5"),
        (["10.0.0.9, 10.0.0.8"], "10.0.0.9"),
        (["203.0.113.5, unknown"], "127.0.0.1"),
        (["203.0.113.5, unknown, 10.0.0.8"], "10.0.0.8"),
        (["203.0.113.5, unix:"], "127.0.0.1"),
        (["203.0.113.5,"], "127.0.0.1"),
        (["<script>"], "127.0.0.1"),
        (["999.1.1.1"], "127.0.0.1"),
        ([""], "127.0.0.1"),
        ([", ".join(["203.0.113.5", *["10.0.0.1"] * 100])], "10.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_trusted_proxy(claims: list[str], client: str) -> None:
    assert _for("127.0.0.1", *claims) == client


@pytest.mark.parametrize("peer", ["203.0.113.9", "11.0.0.1", "2001:db9::1", "", "unix", "/run/socket"])
def test_nothing_is_believed_from_others(peer: str) -> None:
    """case 46; a Unix-domain peer has no address and is never trusted"""
    claims = (("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.com"))
    assert _seen(peer, *claims, ("Forwarded", "for=10.0.0.1;proto=https")) == ForwardedClient(peer)


def test_a_mapped_address_is_the_one_it_maps() -> None:
    assert is_trusted("::ffff:127.0.0.1", TRUSTED)
    assert not is_trusted("::ffff:203.0.113.5", TRUSTED)


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [
        ("https", "https"),
        ("HTTP", "http"),
        ("wss", "https"),
        ("ws", "http"),
        ("http, https", "https"),
        ("gopher", None),
    ],
)
def test_scheme_and_host_are_what_the_nearest_proxy_says(proto: str, scheme: str | None) -> None:
    headers = (("X-Forwarded-Proto", proto), ("X-Forwarded-Host", "evil.com, logs.example.org"))
    assert _seen("127.0.0.1", *headers) == ForwardedClient("127.0.0.1", scheme, "logs.example.org")


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (["for=203.0.113.5;proto=https;host=a.org"], ForwardedClient("203.0.113.5", "https", "a.org")),
        (["for=1.1.1.1, FOR=203.0.113.5 ; Proto=HTTPS"], ForwardedClient("203.0.113.5", "https")),
        (["for=1.1.1.1", 'for="[2001:db9::7]:443";by=10.0.0.1'], ForwardedClient("2001:db9::7")),
        (['for="203.0.113.5, for=10.0.0.1"'], ForwardedClient("127.0.0.1")),
        (["for=203.0.113.5, nonsense"], ForwardedClient("127.0.0.1")),
        (["for=203.0.113.5, proto=https"], ForwardedClient("127.0.0.1", "https")),
        (["for=_hidden"], ForwardedClient("127.0.0.1")),
        ([","], ForwardedClient("127.0.0.1")),
    ],
)
def test_rfc_7239(forwarded: list[str], expected: ForwardedClient) -> None:
    assert _seen("127.0.0.1", *(("Forwarded", value) for value in forwarded)) == expected


def test_forwarded_does_not_count_beside_x_forwarded_for() -> None:
    """A proxy that writes the one may pass on what a client wrote into the other."""
    headers = (("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=10.0.0.1;proto=https;host=evil.com"))
    assert _seen("127.0.0.1", *headers) == ForwardedClient("203.0.113.5")


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.1/8", "10.0.0.0/33", "127.0.0.1;::1", "*"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match="is not a list of addresses"):
        parse_networks(text)
