"""The list of addresses that no notice is sent to, in every spelling of them."""

from __future__ import annotations

import pytest

from spectrix_lite.alerts.telling.addresses import target
from spectrix_lite.core.alert_errors import AddressForbidden

INSIDE = [
    *("http://127.0.0.1/", "http://127.0.0.1:4000", "http://127.9.9.9/", "http://[::1]/", "http://localhost/"),
    *("http://LOCALHOST./", "http://a.localhost/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/"),
    *("http://100.64.0.1/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:a00:1]/"),
    *("http://[0:0:0:0:0:ffff:7f00:0001]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::10.0.0.1]/"),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://ⓛocalhost/"),
]
NEVER = [
    *("http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://0/"),
    *("http://127.0.0.1./", "http://017700000001/", "http://0x7F.0x0.0x0.0x1/", "http://1.2.3/", "http://8.8.8.8./"),
    *("http://169.254.169.254/", "http://0xa9fea9fe/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/"),
    *("http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[fd00:ec2::254]/"),
    *("http://100.100.100.200/", "http://168.63.129.16/", "http://192.0.0.192/", "http://metadata.google.internal./"),
    *("http://224.0.0.1/", "http://[ff02::1]/", "http://0.0.0.0/", "http://0.1.2.3/", "http://[::]/"),
    *("http://255.255.255.255/", "http://240.0.0.1/", "http://[2002:7f00:1::]/", "http://[2001:0:7f00::1]/"),
    *("http://[::127.0.0.1]/", "http://[64:ff9b:1::1]/", "http://[fec0::1]/"),
    *("http://user@example.com/", "http://user:pass@example.com/", "http://@example.com/", "http://a@127.0.0.1/"),
    *("http://%31%32%37.0.0.1/", "http://example.com\\@127.0.0.1/", "http://exam ple.com/", "http://a\tb/"),
    *(
        "http://example.com:0/",
        "http://example.com:99999/",
        "http:///x",
        "http://",
        "http://-a.example/",
        "http://a..b/",
    ),
    *("ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)", "//example.com/"),
    *("http://192.88.99.1/", "http://192.0.0.8/", "http://[3fff::1]/", "http://[5f00::1]/", "http://[v1.x]/"),
    *("http://[::1", "http://[::g]/", "http://" + "a" * 2000),
]


@pytest.mark.parametrize("url", INSIDE)
@pytest.mark.case(148)
def test_what_lies_inside_needs_the_operators_word(url: str) -> None:
    with pytest.raises(AddressForbidden):
        target(url, private=False)
    assert target(url, private=True)


@pytest.mark.parametrize("url", NEVER)
@pytest.mark.parametrize("private", [False, True])
@pytest.mark.case(148)
def test_what_is_never_taken(url: str, private: bool) -> None:
    with pytest.raises(AddressForbidden):
        target(url, private=private)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "hooks.slack.com", 443),
        ("http://example.com.:8080/a?b=c#d", "example.com", 8080),
        ("https://bücher.example/", "xn--bcher-kva.example", 443),
        ("http://8.8.8.8/", "8.8.8.8", 80),
        ("http://[2606:4700::1111]:81/", "2606:4700::1111", 81),
        ("http://[64:ff9b::8.8.8.8]/", "64:ff9b::808:808", 80),
        ("HTTPS://my_host.example/", "my_host.example", 443),
    ],
)
def test_what_lies_outside_is_taken(url: str, host: str, port: int) -> None:
    found = target(url, private=False)
    assert (found.host, found.port) == (host, port)
