"""What to do about an answer, or about none: nothing, give up, send in halves, or send again and when."""

from __future__ import annotations

import email.utils
from typing import NamedTuple, Optional

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds
LONGEST_RETRY_AFTER = 300.0
_PASSING = (408, 429)


class Verdict(NamedTuple):
    """`action` is done, drop, halve or retry; `delay`, in seconds, is for retry."""

    action: str
    delay: float = 0.0


def decide(
    status: Optional[int], attempt: int, entries: int, *, retry_after: Optional[str], now: int, random: float
) -> Verdict:
    """For a batch of `entries` whose failure would be the `attempt`th in a row.

    `status` is None where no answer came; `now` is in milliseconds since 1970; `random`, from 0 to 1, keeps
    many apps from coming back at the same moment.
    """
    if status is not None and 200 <= status < 300:
        return Verdict("done")
    if status == 413:
        return Verdict("halve" if entries > 1 else "drop")
    if status is not None and 400 <= status < 500 and status not in _PASSING:
        return Verdict("drop")
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt, 10))
    pause = round(FIRST_PAUSE + random * (longest - FIRST_PAUSE), 3)
    asked = _seconds(retry_after, now)
    return Verdict("retry", pause if asked is None else max(pause, min(asked, LONGEST_RETRY_AFTER)))


def _seconds(retry_after: Optional[str], now: int) -> Optional[float]:
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - now / 1000
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
