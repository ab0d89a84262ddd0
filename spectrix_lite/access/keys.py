"""Stream keys as text: `spx_v1_live_` + 10 characters of public id + 32 of secret + 6 of checksum, all base62.

A hook key begins with `spx_v1_hook_` instead: it may stand in an address, and is bound more tightly for it. A read
token has the same form and begins with `spx_v1_read_`; it is no stream key.
"""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b
from typing import Final, NamedTuple
from zlib import crc32

from ..core.records import KeyKind

PREFIXES: Final[dict[KeyKind, str]] = {"live": "spx_v1_live_", "hook": "spx_v1_hook_"}
READ_PREFIX: Final = "spx_v1_read_"
PREFIX_LENGTH: Final = 12
ID_LENGTH: Final = 10
SECRET_LENGTH: Final = 32
CHECKSUM_LENGTH: Final = 6
LENGTH: Final = PREFIX_LENGTH + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_END: Final = PREFIX_LENGTH + ID_LENGTH
_BODY_END: Final = LENGTH - CHECKSUM_LENGTH
_SHAPE: Final = re.compile(r"spx_v1_(?:live|hook)_[0-9A-Za-z]{48}")
_READ_SHAPE: Final = re.compile(r"spx_v1_read_[0-9A-Za-z]{48}")


class MintedKey(NamedTuple):
    """A new key: its public id, and the key itself, which is shown once and kept nowhere."""

    key_id: str
    key: str


def random_base62(length: int) -> str:
    """`length` characters of 5.95 random bits each, for ids and secrets."""
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def mint(kind: KeyKind = "live") -> MintedKey:
    """A new random key."""
    return _mint(PREFIXES[kind])


def mint_read_token() -> MintedKey:
    """A new random read token."""
    return _mint(READ_PREFIX)


def _mint(prefix: str) -> MintedKey:
    key_id = random_base62(ID_LENGTH)
    body = prefix + key_id + random_base62(SECRET_LENGTH)
    return MintedKey(key_id, body + checksum(body))


def parse(key: str) -> str | None:
    """The public id of a well-formed key, or None: wrong length, alphabet or checksum. Costs about a microsecond.

    The checksum only spares the database a typing error or a truncated paste; anybody can compute it.
    """
    return _parse(_SHAPE, key)


def parse_read_token(token: str) -> str | None:
    """The same for a read token, which is none of a stream key's kinds."""
    return _parse(_READ_SHAPE, token)


def _parse(shape: re.Pattern[str], key: str) -> str | None:
    if len(key) != LENGTH or shape.fullmatch(key) is None or checksum(key[:_BODY_END]) != key[_BODY_END:]:
        return None
    return claimed_id(key)


def claimed_id(key: str) -> str:
    """What stands in the public id's place in a key of the right length: to look it up, and for nothing else."""
    return key[PREFIX_LENGTH:_ID_END]


def kind(key: str) -> KeyKind:
    """What a well-formed key says it is; its checksum and its tag cover that too."""
    return "hook" if key.startswith(PREFIXES["hook"]) else "live"


def preview(key: str) -> str:
    """What may be shown for ever: four characters of the id, four of the checksum, nothing of the secret."""
    return f"{key[: PREFIX_LENGTH + 4]}…{key[-4:]}"


def tag(key: str) -> bytes:
    """64 bits of the key, stored beside its argon2id hash: a guess is refused by comparing them.

    Sound only because 190 random bits stand behind it; never to be done with a password.
    """
    return blake2b(key.encode(), digest_size=8, person=b"spectrix-key-tag").digest()


def checksum(body: str) -> str:
    """Six characters for the 54 before them. No secret: it only tells a mistyped key from a wrong one."""
    value = crc32(body.encode())
    digits = []
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, 62)
        digits.append(_BASE62[digit])
    return "".join(digits)
