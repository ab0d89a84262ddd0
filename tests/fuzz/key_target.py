"""Whatever a client calls its stream key: let in if it is right, else told so."""

from __future__ import annotations

import asyncio
import string
from functools import cache
from typing import Final
from zlib import crc32

from multidict import CIMultiDict

from spectrix_lite.access import keys
from spectrix_lite.access.hashing import Argon2Thread, Cost
from spectrix_lite.access.key_verifier import KeyGrant, KeyVerifier
from spectrix_lite.access.presented_key import presented_key
from spectrix_lite.core.errors import InvalidKey, MissingKey
from spectrix_lite.core.records import StoredKey, StreamKey

_BODY: Final = keys.PREFIXES["live"] + "Abcdefgh12" + "s3cret" * 5 + "42"
RIGHT: Final = _BODY + keys.checksum(_BODY)
"""The key that is let in; every other one is not."""


def check(data: bytes) -> None:
    """As a key and as a header's value; raises AssertionError where a promise is broken."""
    text = data.decode("utf-8", "surrogateescape")  # how aiohttp reads a header's value
    _check_key(text)
    _check_key(_completed(text))
    for headers in ({"Authorization": text}, {"Authorization": f"Bearer {text}"}, {"X-API-Key": text}):
        try:
            key = _presented(headers)
        except (MissingKey, InvalidKey):
            continue
        assert key == key.strip() != ""
        _check_key(key)


def outcome(data: bytes) -> set[str]:
    """What became of it, in a word or two: the ways that a corpus should go."""
    text = data.decode("utf-8", "surrogateescape")
    found = set()
    for name, value in (
        ("is a key", text),
        ("is a key", _completed(text)),
        ("Bearer", f"Bearer {text}"),
        ("any scheme", text),
    ):
        try:
            granted = _granted(value if name == "is a key" else _presented({"Authorization": value}))
        except (MissingKey, InvalidKey) as refusal:
            found.add(f"{name}: {refusal.code}")
        else:
            found.add(f"{name}: {'right' if granted else 'unknown'}")
    return found


def _presented(headers: dict[str, str]) -> str:
    sent = CIMultiDict(headers)
    return presented_key(lambda name: sent.getall(name, ()))


def _check_key(text: str) -> None:
    key_id = keys.parse(text)
    well_formed = (
        text.isascii()
        and len(text) == keys.LENGTH
        and text.startswith(tuple(keys.PREFIXES.values()))
        and text[keys.PREFIX_LENGTH :].isalnum()
        and _checksum(text[: -keys.CHECKSUM_LENGTH]) == text[-keys.CHECKSUM_LENGTH :]
    )
    assert (key_id is not None) == well_formed
    if key_id is not None:
        assert key_id == text[keys.PREFIX_LENGTH : keys.PREFIX_LENGTH + keys.ID_LENGTH]
        secret = text[keys.PREFIX_LENGTH + keys.ID_LENGTH : -keys.CHECKSUM_LENGTH]
        assert secret not in keys.preview(text)
    try:
        granted = _granted(text)
    except InvalidKey:
        assert text != RIGHT
        return
    assert (granted is not None) == (text == RIGHT)
    assert well_formed


def _completed(text: str) -> str:
    """A key that begins so, as long as a key is and with the checksum that belongs to it: nobody guesses that one."""
    body = f"{keys.PREFIXES['live']}{text}".ljust(54, "0")[:54]
    return body + _checksum(body)


def _checksum(body: str) -> str:
    """As the contract has it, and not as `keys` does it."""
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    value = crc32(body.encode("utf-8", "surrogateescape"))
    return "".join(digits[value // 62**place % 62] for place in range(6))


def _granted(key: str) -> KeyGrant | None:
    return _verifier().known(key)


@cache
def _verifier() -> KeyVerifier:
    """One that has verified RIGHT and knows no other."""
    hasher = Argon2Thread(Cost(passes=1, memory=8, lanes=1))

    async def fetch_hash(key_id: str) -> str:
        return await hasher.hash(RIGHT)

    verifier = KeyVerifier(hasher, fetch_hash)
    verifier.add(StoredKey(StreamKey(keys.claimed_id(RIGHT), "service", "name", "", 0), keys.tag(RIGHT)))
    asyncio.run(verifier.verify(RIGHT))
    hasher.close()
    return verifier
