"""What is named like a secret loses its value, in every spelling; all else stays byte for byte."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError
from spectrix_lite.entries.entry import Batch, Entry, Limits, encode
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.entries.redaction import Redaction

from ..support.growth import check_linear

ARRIVED = "2026-05-14T10:30:00.000Z"
NAMES = Config().redact
REDACTION = Redaction(NAMES)


def names(text: str) -> tuple[str, ...]:
    return Config.load({"redact": text}, {}).redact


def test_the_names_that_are_promised() -> None:
    promised = "password, passwd, secret, token, authorization, cookie, set-cookie, api_key, apikey"
    assert names(promised) == NAMES


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"password":"hunter2"}', '{"password":"[redacted]"}'),
        ('{"a":1,"Token":"x","b":2}', '{"a":1,"Token":"[redacted]","b":2}'),
        ('{"SET-COOKIE":["a=1","b=2"],"x":[1]}', '{"SET-COOKIE":"[redacted]","x":[1]}'),
        ('{"secret":{"deep":[{"}":"]"}]},"x":1}', '{"secret":"[redacted]","x":1}'),
        ('{"req":{"headers":{"authorization":"Bearer x"}}}', '{"req":{"headers":{"authorization":"[redacted]"}}}'),
        ('[{"apikey" : 1234567890.10 },{"api_key":null}]', '[{"apikey" : "[redacted]" },{"api_key":"[redacted]"}]'),
        ('{"n":12345678901234567890.10,"token":true}', '{"n":12345678901234567890.10,"token":"[redacted]"}'),
        (r'{"p\u0061ssword":"x"}', '{"password":"[redacted]"}'),
        (r'{"token":"a\"b\\","x":"y"}', '{"token":"[redacted]","x":"y"}'),
        ('{"token":"tok', '{"token":"[redacted]"'),
        ('{"secret":{"a":"b', '{"secret":"[redacted]"'),
    ],
)  # fmt: skip
def test_members_at_any_depth_and_in_any_case(before: str, after: str) -> None:
    assert REDACTION.text(before) == after
    assert REDACTION.text(after) == after


@pytest.mark.parametrize(
    "text",
    [
        '{"tokens":3,"my_password":"x","passwordless":true}',
        '{"x":"password","y":["token","secret"]}',
        r'{"text":"{\"password\":\"x\"}"}',
        r'{"x\"token": "y"}',
        r'{"x\\":"token"}',
        '{"a":"\\u0000\\ud800"}',
        '{"url":"/a?tokens=1&x=token"}',
        '{"100%":"token"}',
        "",
        "no json, but a token: x",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert REDACTION.text(text) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/login?token=abc&next=/a", "/login?token=[redacted]&next=/a"),
        ("/a?x=1&API_KEY=abc", "/a?x=1&API_KEY=[redacted]"),
        ("https://x.example/?password=a%20b#top", "https://x.example/?password=[redacted]#top"),
        ("/a?%74oken=abc", "/a?%74oken=[redacted]"),
        ("/a#token=abc", "/a#token=[redacted]"),
        ("/a?secret=", "/a?secret=[redacted]"),
        ("/a?xtoken=1", "/a?xtoken=1"),
        ("/token=abc", "/token=abc"),
        ("/a?q=token", "/a?q=token"),
    ],
)
def test_parameters_of_an_address(before: str, after: str) -> None:
    """In an endpoint, and in a URL that stands in metadata, also as other languages escape it."""
    assert REDACTION.url(before) == after
    assert json.loads(REDACTION.text(json.dumps({"url": before, "x": "y"}))) == {"url": after, "x": "y"}
    escaped = json.dumps({"url": before}).replace("&", "\\u0026").replace("/", "\\/")
    assert json.loads(REDACTION.text(escaped)) == {"url": after}


def entry(metadata: Any, message: str = "hello", **fields: Any) -> Entry:
    raw = msgspec.UNSET if metadata is None else msgspec.Raw(json.dumps(metadata).encode())
    return Entry(message=message, timestamp=ARRIVED, metadata=raw, **fields)


def redacted(*entries: Entry, body: bytes | None = None, samples: tuple[str, ...] = ()) -> Batch:
    return REDACTION.batch(Batch(list(entries), [], list(samples)), body)


def test_an_entry_loses_them_in_metadata_endpoint_and_what_was_made_of_these() -> None:
    made = entry(message="GET /a?token=abc", method="GET", endpoint="/a?token=abc", metadata={"token": "t", "x": [1]})
    whole = entry(None, message='{"token":"abc","x":{"secret":"t')
    said = entry(message="the token is abc: token=abc", metadata={"x": 1})
    (first, second, third) = redacted(made, whole, said).entries
    assert (first.message, first.endpoint) == ("GET /a?token=[redacted]", "/a?token=[redacted]")
    assert json.loads(bytes(first.metadata)) == {"token": "[redacted]", "x": [1]}  # type: ignore[arg-type]
    assert second.message == '{"token":"[redacted]","x":{"secret":"[redacted]"'
    assert third.message == "the token is abc: token=abc"


def test_samples_of_what_was_rejected_lose_them_too() -> None:
    assert redacted(samples=('{"password": "abc', "x")).samples == ['{"password": "[redacted]"', "x"]
    key = "see /in/spx_v1_hook_0123456789abcdef"
    assert redacted(samples=(key, key[:12]), body=b"x").samples == ["see /in/[redacted]", key[:12]]


def read(body: bytes, redaction: Redaction = REDACTION) -> Entry:
    """The one entry of a body, by the usual way where that is one, and by the other always."""
    decoder = LenientDecoder(Limits(), redaction)
    (kept,) = decoder.read(body, ARRIVED).entries
    if (usual := decoder.read_usual(body, ARRIVED)) is not None:
        assert list(map(encode, usual.entries)) == [encode(kept)]
    return kept


@pytest.mark.parametrize("form", [b"%b", b"[%b]", b'{"logs":[%b]}', b"%b,", b"[%b,"])
def test_the_canonical_form_is_as_sent_unless_that_is_redacted_as_well(form: bytes) -> None:
    body = form % b'{"level":"info","message":"m","endpoint":"/a?token=1","metadata":{"password":"x"}}'
    kept = read(body)
    assert (bytes(kept.metadata), kept.endpoint) == (b'{"password":"x"}', "/a?token=1")  # type: ignore[arg-type]
    kept = read(body, Redaction(NAMES, canonical_too=True))
    assert bytes(kept.metadata) == b'{"password":"[redacted]"}'  # type: ignore[arg-type]
    assert kept.endpoint == "/a?token=[redacted]"


@pytest.mark.parametrize(
    ("record", "metadata"),
    [
        ('{"msg":"m","PassWord":"x","a":1}', {"PassWord": "[redacted]", "a": 1}),
        (r'{"msg":"m","p\u0061ssword":{"x":1}}', {"password": "[redacted]"}),
        ('{"msg":"m","req":{"headers":{"Cookie":["x"]}}}', {"req": {"headers": {"Cookie": "[redacted]"}}}),
        ('{"msg":"m","list":[{"token":1}]}', {"list": [{"token": "[redacted]"}]}),
        (r'{"msg":"m","req":{"s\u0065cret":1}}', {"req": {"secret": "[redacted]"}}),
        ('{"msg":"m","referer":"http://x/?token=1"}', {"referer": "http://x/?token=[redacted]"}),
        (r'{"msg":"m","referer":"http://x/?a=1\u0026t%6Fken=1"}', {"referer": "http://x/?a=1&t%6Fken=[redacted]"}),
        ('{"level":60,"token":"x","msg":"m"}', {"originalLevel": 60, "token": "[redacted]"}),
        ('{"message":"m","level":"info","metadata":{"secret":1},"logger":"s"}', {"secret": "[redacted]"}),
    ],
)
def test_records_of_other_loggers_are_redacted_as_they_are_read(record: str, metadata: dict[str, Any]) -> None:
    for form in ("%s", "[%s]", '{"logs":[%s]}', "[%s,"):
        kept = read((form % record).encode())
        assert json.loads(bytes(kept.metadata)) == metadata  # type: ignore[arg-type]


def test_what_came_as_request_or_message_is_redacted_as_well() -> None:
    request = read(b'{"logs":[{"method":"GET","path":"/a?token=1&b=2","msg":"m"}]}')
    assert request.endpoint == "/a?token=[redacted]&b=2"
    assert read(rb'{"logs":[{"msg":"{\"token\":1}","a":1}]}').message == '{"token":"[redacted]"}'
    assert read(b'{"token":"abc"}').message == '{"token":"[redacted]"}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"PassWord": "x"}',
        b'{"p\\u0061ssword":"x"}',
        b'{"log":"{\\"password\\":1}"}',
        b"/a?p%61ssword=x",
        b"level=info PASSWORD=x",
        b" " * 600_000 + b'"password"',
        b" " * (256 * 1024 - 5) + b'"password"',
        None,
    ],
    ids=["case", "escaped", "within", "percent", "logfmt", "large", "between", "binary"],
)
def test_a_body_that_holds_a_name_is_noticed_in_every_spelling(body: bytes | None) -> None:
    (kept,) = redacted(entry(metadata={"password": "x"}), body=body).entries
    assert json.loads(bytes(kept.metadata)) == {"password": "[redacted]"}  # type: ignore[arg-type]


def test_in_a_body_without_any_of_the_names_nothing_is_looked_at() -> None:
    (kept,) = redacted(entry(metadata={"password": "x"}), body=b'{"msg":"the password is secret","a":"token"').entries
    assert b"redacted" in bytes(kept.metadata)  # type: ignore[arg-type]  # it is one by its quotes
    (kept,) = redacted(entry(metadata={"password": "x"}), body=b'{"msg":"the password is secret"}').entries
    assert b"redacted" not in bytes(kept.metadata)  # type: ignore[arg-type]


def test_own_names_or_none() -> None:
    own = Redaction(names("Пароль, x.y"))
    assert own.text('{"пАРОЛЬ":1,"x.y":2,"xzy":3,"password":4}') == (
        '{"пАРОЛЬ":"[redacted]","x.y":"[redacted]","xzy":3,"password":4}'
    )
    (kept,) = own.batch(Batch([entry(metadata={"пароль": "x"})], [], []), b"").entries
    assert "redacted" in bytes(kept.metadata).decode()  # type: ignore[arg-type]
    nothing = Redaction(names(""))
    assert bytes(nothing.batch(Batch([entry(metadata={"token": 1})], [], []), b"token").entries[0].metadata) == (  # type: ignore[arg-type]
        b'{"token": 1}'
    )
    for wrong in ("a,,b", 'a"b', "a\\b", "x" * 101, ",".join(["x"] * 101)):
        with pytest.raises(StartupError, match="is not a list"):
            names(wrong)


KEYS = st.sampled_from(["a", "Token", "x\\", 'x"token', "secret"]) | st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["token", '"token":', "\\", "{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
)


def expected(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "[redacted]" if k.lower() in NAMES else expected(v) for k, v in value.items()}
    return [expected(each) for each in value] if isinstance(value, list) else value


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_any_json_is_the_same_but_for_such_members(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps({"x": value}, ensure_ascii=ascii_only, indent=indent)
    assert json.loads(REDACTION.text(text)) == {"x": expected(value)}


@pytest.mark.parametrize(
    ("first", "part", "last"),
    [
        ('{"token":', "[", ""),
        ("", '{"token":', ""),
        ('"token"', " ", ""),
        ("", '"token" ', ""),
        ("", "?token", ""),
        ("", "&", "token="),
        ('{"token":"', "\\", ""),
        ("", '"', "token"),
        ("", "%", "="),
        ("", "\\u0061", "token"),
    ],
)
def test_what_a_stranger_makes_of_it_takes_linear_time(first: str, part: str, last: str) -> None:
    check_linear(REDACTION.text, lambda size: first + part * (size // len(part)) + last * (size // 16), 240_000)
