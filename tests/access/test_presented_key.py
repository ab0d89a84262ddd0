"""Where a stream key may stand in a request, as rows: what is sent, and the key that it shows."""

from __future__ import annotations

import base64

import pytest
from multidict import CIMultiDict

from spectrix_lite.access import keys
from spectrix_lite.access.presented_key import KEY_HEADERS, presented_key, shows_key
from spectrix_lite.core.errors import InvalidKey, MissingKey

LIVE, OTHER = keys.mint().key, keys.mint().key
HOOK = keys.mint("hook").key
WRONG = LIVE[:-1] + ("a" if LIVE[-1] != "a" else "b")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def shown(*headers: tuple[str, str], address: str | None = None) -> str:
    sent = CIMultiDict(headers)
    return presented_key(lambda name: sent.getall(name, ()), address)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Authorization", f"{scheme} {{}}") for scheme in ("Bearer", "bearer", "Splunk", "ApiKey", "Token", "TOKEN")),
        ("authorization", "Bearer   {} "),
        *((name, "{}") for name in KEY_HEADERS if name != "X-Sentry-Auth"),
        ("x-api-key", " {} "),
        ("X-Sentry-Auth", "Sentry sentry_version=7, sentry_key={}, sentry_client=raven/1.0"),
        ("X-Sentry-Auth", "sentry_key={}"),
    ],
)
@pytest.mark.parametrize("key", [LIVE, HOOK], ids=["live", "hook"])
def test_a_key_is_taken_where_producers_send_it(name: str, value: str, key: str) -> None:
    assert shown((name, value.format(key))) == key


def test_basic_has_the_key_as_password_and_a_hook_key_also_as_user() -> None:
    assert shown(("Authorization", basic("any", LIVE))) == LIVE
    assert shown(("Authorization", basic("", HOOK))) == HOOK
    assert shown(("Authorization", basic(LIVE, LIVE))) == LIVE
    assert shown(("Authorization", basic(HOOK, ""))) == HOOK
    with pytest.raises(InvalidKey):
        shown(("Authorization", basic(HOOK, "password")))


@pytest.mark.parametrize("password", ["", "x"])
def test_a_live_key_as_user_name_is_told_where_it_belongs(password: str) -> None:
    with pytest.raises(InvalidKey, match="as the password"):
        shown(("Authorization", basic(LIVE, password)), ("X-API-Key", LIVE))


@pytest.mark.parametrize(
    "headers",
    [
        (("X-API-Key", LIVE), ("Authorization", "Bearer something-else")),
        (("X-API-Key", LIVE), ("Authorization", basic("proxy", "its password"))),
        (("X-API-Key", LIVE), ("Authorization", "Basic ###")),
        (("X-API-Key", LIVE), ("Authorization", f"Bearer {WRONG}")),
        (("apikey", LIVE), ("Api-Key", "0123456789abcdef")),
        (("apikey", LIVE), ("Authorization", f"Bearer {LIVE}"), ("DD-API-KEY", LIVE)),
        (("Authorization", "Digest abc"), ("Authorization", f"Bearer {LIVE}")),
    ],
)
def test_the_first_that_has_a_keys_form_counts(headers: tuple[tuple[str, str], ...]) -> None:
    assert shown(*headers) == LIVE


@pytest.mark.parametrize(
    "headers",
    [
        (("Authorization", f"Bearer {LIVE}"), ("X-API-Key", OTHER)),
        (("Authorization", f"Bearer {LIVE}"), ("Authorization", f"Bearer {OTHER}")),
        (("Api-Key", LIVE), ("apikey", HOOK)),
    ],
)
def test_two_different_ones_are_refused(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(InvalidKey, match="two different"):
        shown(*headers)


@pytest.mark.case(107)
def test_an_address_may_hold_a_hook_key_and_no_live_one() -> None:
    assert shown(address=HOOK) == HOOK
    assert shown(("Authorization", f"Bearer {HOOK}"), address=HOOK) == HOOK
    assert shown(("Authorization", "Bearer the sender's own"), address=HOOK) == HOOK
    with pytest.raises(InvalidKey, match="two different"):
        shown(("Authorization", f"Bearer {LIVE}"), address=HOOK)
    for headers in ((), (("Authorization", f"Bearer {LIVE}"),)):
        with pytest.raises(InvalidKey, match="in an address"):
            shown(*headers, address=LIVE)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Authorization", ""),),
        (("Authorization", "Bearer "),),
        (("Authorization", "Basic"),),
        (("Authorization", f"Digest {LIVE}"),),
        (("X-API-Key", "  "),),
        (("X-Sentry-Auth", "Sentry sentry_version=7"),),
        (("Cookie", f"key={LIVE}"),),
    ],
)
def test_no_key_at_all(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(MissingKey):
        shown(*headers)
    with pytest.raises(MissingKey):
        shown(*headers, address="")


@pytest.mark.parametrize(
    "headers",
    [
        (("Authorization", "Bearer undefined"),),
        (("Authorization", f"Bearer {WRONG}"),),
        (("Authorization", "Basic ###"),),
        (("Authorization", "Basic \udcff\udcfe"),),
        (("Authorization", basic("", "")),),
        (("Authorization", "Bearer \udcff\udcfe"),),
        (("X-Sentry-Auth", "sentry_key=undefined"),),
    ],
)
def test_what_has_no_keys_form(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(InvalidKey) as refusal:
        shown(*headers)
    assert refusal.value.detail == InvalidKey.default_detail
    with pytest.raises(InvalidKey):
        shown(address="undefined")


def test_what_begins_like_a_key_is_recognised_in_any_of_the_headers() -> None:
    for name in ("Authorization", *KEY_HEADERS):
        sent = CIMultiDict({name: f"x {WRONG}"})
        assert shows_key(lambda name, sent=sent: sent.getall(name, ()))  # type: ignore[misc]
    assert not shows_key(lambda name: ["Bearer other"])
