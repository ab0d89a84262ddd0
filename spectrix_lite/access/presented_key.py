"""Which stream key a request shows: producers send it by `Authorization` in several schemes, in headers that other
products have taught their clients, and a hook key in its address too.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ..core.errors import InvalidKey, MissingKey
from . import keys

AUTHORIZATION: Final = "Authorization"
KEY_HEADERS: Final = (
    "X-API-Key",
    "X-Seq-ApiKey",
    "DD-API-KEY",
    "Api-Key",
    "X-License-Key",
    "X-Insert-Key",
    "apikey",
    "X-Sentry-Auth",
)
"""The headers that may hold a key, in the order in which they are looked at, after `Authorization`."""

_SCHEMES: Final = frozenset(("bearer", "splunk", "apikey", "token"))
_SENTRY_KEY: Final = re.compile(r"(?:^|[\s,])sentry_key=([^\s,]+)")

_IN_ADDRESS: Final = (
    "A live key is not taken in an address, which proxies and browsers write down. Send it as "
    "`Authorization: Bearer ...`, or create a hook key; this one should be revoked."
)
_AS_USER: Final = (
    "A live key is not taken as the user name, which proxies write down: send it as the password, with any user; "
    "this one should be revoked."
)
_TWO: Final = "The request shows two different stream keys; send one."

Sent = Callable[[str], Sequence[str]]
"""All values of a header, by its name in any case; none where it was not sent."""


def presented_key(sent: Sent, address: str | None = None) -> str:
    """The key that a request shows; `address` is what stands in a key's place in its path or query.

    The first that has a key's form counts. Raises MissingKey where nothing is shown, InvalidKey where none of it has a
    key's form, where two that have differ, or for a live key in an address or as a user name.
    """
    shown = list(_shown(sent))
    if address:
        if _is_live(address):
            raise InvalidKey(_IN_ADDRESS)
        shown.append(address)
    formed = [key for key in shown if keys.parse(key) is not None]
    if not formed:
        if not shown:
            raise MissingKey
        raise InvalidKey
    if any(key != formed[0] for key in formed):
        raise InvalidKey(_TWO)
    return formed[0]


def shows_key(sent: Sent) -> bool:
    """Whether a header holds what begins as our keys do, whatever it is worth."""
    return any("spx_v1_" in value for name in (AUTHORIZATION, *KEY_HEADERS) for value in sent(name))


def _shown(sent: Sent) -> Iterator[str]:
    """What stands where a key would, in order."""
    for value in sent(AUTHORIZATION):
        scheme, _, rest = value.partition(" ")
        scheme, rest = scheme.lower(), rest.strip()
        if rest and scheme == "basic":
            yield _of_basic(rest)
        elif rest and scheme in _SCHEMES:
            yield rest
    for name in KEY_HEADERS:
        for value in sent(name):
            if name == "X-Sentry-Auth":
                found = _SENTRY_KEY.search(value)
                value = found[1] if found else ""
            if value := value.strip():
                yield value


def _of_basic(credentials: str) -> str:
    """The password, or the user where that is a hook key alone; "?", which is no key, for what cannot be read."""
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode("ascii").partition(":")
    except ValueError:  # no base64, or no ASCII, without or within it
        return "?"
    if _is_live(user) and keys.parse(password) is None:
        raise InvalidKey(_AS_USER)
    return password or user or "?"


def _is_live(key: str) -> bool:
    return keys.parse(key) is not None and keys.kind(key) == "live"
