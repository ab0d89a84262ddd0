"""Compressed bodies: opened whole, in slices, under a cap, in linear time; or refused."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.errors import BadEncoding, TooLarge, UnsupportedType
from spectrix_lite.entries.decompress import ENCODINGS, SLICE, encoding_of, named_encodings, opened

from ..support.growth import check_linear
from ..support.properties import repeatable

LIMIT = 8 * 1024 * 1024
CHANCE = random.Random(7).randbytes(1_000_000)
COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def whole(body: bytes, encoding: str, limit: int = LIMIT) -> bytes:
    return b"".join(opened(body, encoding, limit))


def test_every_encoding_is_tested() -> None:
    assert set(ENCODINGS) == set(COMPRESSED)


@pytest.mark.parametrize("encoding", COMPRESSED)
@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"x", b'{"logs":[]}', CHANCE, CHANCE[:16384], CHANCE[:16385]),
        *(b"a" * (SLICE - 1), b"a" * SLICE, b"a" * (SLICE + 1), b"a" * (2 * SLICE), b"a" * 3_000_000),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_what_was_compressed_comes_out_in_slices(content: bytes, encoding: str) -> None:
    """case 17"""
    parts = list(opened(COMPRESSED[encoding](content), encoding, LIMIT))
    assert b"".join(parts) == content
    assert all(0 < len(part) <= 2 * SLICE for part in parts)


def test_deflate_without_its_shell_is_opened() -> None:
    bare = zlib.compressobj(wbits=-15)
    assert whole(bare.compress(CHANCE) + bare.flush(), "deflate") == CHANCE


@pytest.mark.parametrize("encoding", COMPRESSED)
@pytest.mark.parametrize("content", [b'{"logs":[]}', CHANCE], ids=["small", "large"])
def test_a_body_cut_short_is_refused(content: bytes, encoding: str) -> None:
    """case 19"""
    body = COMPRESSED[encoding](content)
    for size in {0, 1, 5, len(body) // 2, len(body) - 1}:
        with pytest.raises(BadEncoding) as caught:
            whole(body[:size], encoding)
        assert caught.value.status == 400
        assert caught.value.code == "bad_encoding"


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_a_body_that_is_not_compressed_is_refused(encoding: str) -> None:
    """case 18"""
    with pytest.raises(BadEncoding):
        whole(b'{"logs":[{"level":"info","message":"m"}]}', encoding)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_corrupt_body_is_refused(encoding: str) -> None:
    """case 18"""
    body = bytearray(COMPRESSED[encoding](CHANCE))
    body[-1] ^= 0xFF  # the length, or the checksum
    with pytest.raises(BadEncoding):
        whole(bytes(body), encoding)


def test_gzip_of_several_members_is_one_content() -> None:
    members = [b"one", b"", b"", CHANCE, b"two", b""]
    assert whole(b"".join(map(gzip.compress, members)), "gzip") == b"".join(members)


def test_gzip_may_be_padded_with_zeros_and_with_nothing_else() -> None:
    body = gzip.compress(b"one")
    assert whole(body + b"\0" * 100_000, "gzip") == b"one"
    assert whole(body + b"\0\0" + body, "gzip") == b"oneone"
    with pytest.raises(BadEncoding):
        whole(body + b"more", "gzip")
    with pytest.raises(BadEncoding):
        whole(body + body[:-1], "gzip")


def test_zstd_of_several_frames_is_one_content() -> None:
    frames = [b"one", b"", CHANCE, b"", b"two"]
    assert whole(b"".join(map(zstd.compress, frames)), "zstd") == b"".join(frames)


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_the_cap_is_exact(encoding: str) -> None:
    body = COMPRESSED[encoding](b"a" * 1_000_000)
    assert len(whole(body, encoding, 1_000_000)) == 1_000_000
    with pytest.raises(TooLarge) as caught:
        whole(body, encoding, 999_999)
    assert caught.value.status == 413


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_a_bomb_is_never_held(encoding: str) -> None:
    """case 21, in little: counted in bytes that came out"""
    body = COMPRESSED[encoding](b"\0" * 50_000_000)
    sizes: list[int] = []

    def open_all() -> None:
        sizes.extend(map(len, opened(body, encoding, 1_000_000)))

    with pytest.raises(TooLarge):
        open_all()
    assert sum(sizes) <= 1_000_000


def test_many_tiny_members_take_linear_time() -> None:
    """Each one's rest must not be copied once more for each: 4 MB of them would be a hundred gigabytes."""
    member = gzip.compress(b"a")

    def open_all(members: bytes) -> None:
        assert whole(members, "gzip") == b"a" * (len(members) // len(member))

    check_linear(open_all, lambda size: member * (size // len(member)), 4_000_000)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("", ()),
        ("identity", ()),
        ("gzip", ("gzip",)),
        ("X-GZIP", ("x-gzip",)),
        ("deflate", ("deflate",)),
        ("br", ("br",)),
        ("zstd", ("zstd",)),
        ("zstd1", ("zstd",)),
        ("gzip,deflate", ("gzip", "deflate")),
        (" deflate , zstd1 ,identity", ("deflate", "zstd")),
    ],
)
def test_known_encodings(header: str, named: tuple[str, ...]) -> None:
    assert named_encodings(header) == named


@pytest.mark.parametrize("header", ["gzip, gzip", "gzip, br", "zstd, zstd1", "compress", "lzma", "gzip, lzma", "*"])
def test_other_encodings_are_refused(header: str) -> None:
    """case 20"""
    with pytest.raises(UnsupportedType, match="gzip") as caught:
        named_encodings(header)
    assert caught.value.status == 415


@pytest.mark.parametrize("named", [(), ("gzip",), ("deflate",), ("zstd",), ("gzip", "deflate")])
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_mark_counts_whatever_is_named(encoding: str, named: tuple[str, ...]) -> None:
    assert encoding_of(COMPRESSED[encoding](b"content"), named) == encoding


def test_without_a_mark_the_name_counts() -> None:
    assert encoding_of(COMPRESSED["deflate"](b"content"), ("gzip", "deflate")) == "deflate"
    assert encoding_of(b"{}", ("gzip",)) == "gzip"
    assert encoding_of(b"{}", ()) is None


@pytest.mark.parametrize("encoding", COMPRESSED)
@repeatable
@given(body=st.binary(max_size=200))
def test_whatever_comes_is_opened_or_refused(encoding: str, body: bytes) -> None:
    for sent in (body, COMPRESSED[encoding](b"content") + body, COMPRESSED[encoding](b"content")[:6] + body):
        try:
            parts = list(opened(sent, encoding, LIMIT))
        except (BadEncoding, TooLarge):
            continue
        assert sum(map(len, parts)) <= LIMIT
