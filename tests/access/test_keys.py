from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.access import keys

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KNOWN = "spx_v1_live_ab12CDef34" + "0123456789ABCDEFGHIJKLMNOPQRSTUV" + "Qk8R62"


def test_a_minted_key_has_the_promised_form() -> None:
    minted = keys.mint()
    assert re.fullmatch(r"spx_v1_live_[0-9A-Za-z]{48}", minted.key)
    assert minted.key.startswith("spx_v1_live_" + minted.key_id)
    assert len(minted.key_id) == 10
    assert keys.parse(minted.key) == minted.key_id


def test_a_hook_key_is_told_from_a_live_one_by_its_beginning() -> None:
    hook, live = keys.mint("hook"), keys.mint()
    assert re.fullmatch(r"spx_v1_hook_[0-9A-Za-z]{48}", hook.key)
    assert len(hook.key) == keys.LENGTH
    assert (keys.parse(hook.key), keys.kind(hook.key), keys.kind(live.key)) == (hook.key_id, "hook", "live")
    assert keys.preview(hook.key) == f"spx_v1_hook_{hook.key_id[:4]}…{hook.key[-4:]}"


def test_a_key_does_not_become_of_the_other_kind_by_its_beginning() -> None:
    """Neither the checksum nor the tag is the same."""
    live = keys.mint().key
    renamed = live.replace("live", "hook")
    assert keys.parse(renamed) is None
    assert keys.tag(renamed[:-6] + keys.checksum(renamed[:-6])) != keys.tag(live)


def test_no_two_keys_are_alike() -> None:
    assert len({keys.mint() for _ in range(200)}) == 200


def test_the_checksum_stays_what_it_was() -> None:
    """Keys in the field were made with it."""
    assert keys.parse(KNOWN) == "ab12CDef34"


@given(st.integers(0, keys.LENGTH - 1), st.sampled_from(BASE62))
def test_one_wrong_character_is_noticed(place: int, character: str) -> None:
    """case 31"""
    key = keys.mint().key
    wrong = key[:place] + character + key[place + 1 :]
    assert (keys.parse(wrong) is None) == (wrong != key)


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_key_or_breaks_the_reader(text: str) -> None:
    assert keys.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "undefined",
        "spx_v1_live_",
        "spx_v1_test_" + "0" * 48,
        "spx_v1_live_" + "0" * 48,
        "spx_v1_live_" + "０" * 48,  # noqa: RUF001  digits, but not ASCII ones
        "spx_v1_live_" + "\ud83d" * 48,
        "spx_v1_live_" + "0" * 47 + "\n",
    ],
)
def test_what_no_key_looks_like_is_refused(text: str) -> None:
    """case 2, case 31"""
    assert keys.parse(text) is None


def test_surroundings_are_not_forgiven() -> None:
    key = keys.mint().key
    for text in (key + "\n", " " + key, key[:-1], key + key[-1], key.upper()):
        assert keys.parse(text) is None


def test_the_preview_shows_nothing_of_the_secret() -> None:
    minted = keys.mint()
    preview = keys.preview(minted.key)
    assert preview == f"spx_v1_live_{minted.key_id[:4]}…{minted.key[-4:]}"
    assert minted.key[22:54] not in preview


def test_the_tag_is_64_bits_and_its_own_kind_of_hash() -> None:
    first, second = keys.mint().key, keys.mint().key
    assert len(keys.tag(first)) == 8
    assert keys.tag(first) == keys.tag(first) != keys.tag(second)
