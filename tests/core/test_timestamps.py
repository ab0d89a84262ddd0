"""Times in all the forms that loggers write, as one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.timestamps import is_canonical, read_time, rfc3339

from ..support.properties import repeatable

AT = "2026-11-29T16:45:00.123Z"
WHOLE = "2026-11-29T16:45:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-29T16:45:00.123Z", "2026-11-29t16:45:00.123z", "2026-11-29 16:45:00.123", "2026-11-29 16:45:00,123"),
        *("2026-11-29 16:45:00.123 UTC", "2026-11-29 16:45:00.123 Z", "2026-11-29 16:45:00.123 GMT"),
        *("2026-11-29 16:45:00.123456+00", "2026-11-29T16:45:00.123456789+0000", "2026-11-29T17:45:00.123+01:00"),
        *("2026-11-29 17:45:00.123 +0100", "2026-11-29 16:45:00.123456 +0000 UTC", "2026-11-29T11:45:00.123-05"),
        *("2026-11-29T17:45:00.123+01:00[Europe/Berlin]", "20261129T164500.123Z", "20261129T174500,123+0100"),
        *("29/Nov/2026:16:45:00.123 +0000", "[29/Nov/2026:17:45:00.123 +0100]"),
        *("1795970700123", "1795970700.123", "1795970700123456", "1795970700123456789", "1.795970700123E9"),
        *("  1795970700123 ", "1795970700123.9"),
    ],
)
def test_one_moment_in_many_forms(text: str) -> None:
    """cases g04, g05"""
    assert read_time(text) == AT


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-29T16:45Z", "2026-11-29 16:45", "20261129T1645Z", "1795970700"),
        *("Sun, 29 Nov 2026 16:45:00 GMT", "Sun, 29 Nov 2026 17:45:00 +0100", "29 Nov 2026 16:45 UT"),
        *("Sun, 29 Nov 2026 11:45:00 EST", "29 nov 2026 16:45:00 -0000 (UTC)", "29/Nov/2026:16:45:00"),
    ],
)
def test_one_second_in_many_forms(text: str) -> None:
    assert read_time(text) == WHOLE


@pytest.mark.parametrize(
    ("number", "time"),
    [
        (100_000_000, "1973-03-03T09:46:40.000Z"),
        (99_999_999_999, "5138-11-16T09:46:39.000Z"),
        (100_000_000_000, "1973-03-03T09:46:40.000Z"),
        (99_999_999_999_999, "5138-11-16T09:46:39.999Z"),
        (100_000_000_000_000, "1973-03-03T09:46:40.000Z"),
        (99_999_999_999_999_999, "5138-11-16T09:46:39.999Z"),
        (100_000_000_000_000_000, "1973-03-03T09:46:40.000Z"),
        (1_540_369_190_466_951_001, "2018-10-24T08:19:50.466Z"),
        (1764434700.1, "2025-11-29T16:45:00.100Z"),
        (1764434700.123, "2025-11-29T16:45:00.123Z"),
    ],
)
def test_a_number_is_read_by_its_magnitude(number: float, time: str) -> None:
    assert read_time(number) == time
    assert read_time(repr(number)) == time


@pytest.mark.parametrize(
    "value",
    [
        *(
            0,
            -1,
            99_999_999,
            99_999_999.9,
            -1795970700,
            10**21,
            1e300,
            "1e999",
            "1e-999",
            "0x10",
            "12",
            "1_795_970_700",
        ),
        *("2026-11-29", "20261129", "2026-02-30T10:00:00Z", "2026-11-29T25:00:00Z", "29/Foo/2026:16:45:00 +0000"),
        *("2026-11-29T16:45:00+24:00", "2026-11-29T16:45:00+00:60", "2026-1129T16:45:00Z", "16:45:00", "Nov 29 16:45"),
        *("x" * 100_000, "9" * 100_000, " " * 100_000, "٢٠٢٦-11-29T16:45:00Z", "\uff12\uff10" * 6),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_time(value: str | float) -> None:
    assert read_time(value) is None


@repeatable
@given(st.integers(10**8, 253_402_300_799), st.integers(0, 999))
def test_seconds_with_a_fraction_lose_no_millisecond(second: int, millisecond: int) -> None:
    if second < 10**11:
        assert read_time(f"{second}.{millisecond:03}") == rfc3339(second * 1000 + millisecond)


@repeatable
@given(st.text(max_size=70) | st.text("0123456789-+:.,TZ/ eEJanUTC[]", max_size=70) | st.floats() | st.integers())
def test_whatever_is_read_is_canonical(value: str | float) -> None:
    time = read_time(value)
    assert time is None or is_canonical(time)
