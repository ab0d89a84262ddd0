"""Numbers as they stand in a query and in JSON, compared by every digit. The page compares alike (`numbers.js`)."""

from __future__ import annotations

import re
from typing import Final

import msgspec

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_MOST: Final = 10**15
"""What an exponent of more than 15 digits counts as: an entry cannot hold so many digits as would tell."""

_HOLDS: Final = {"=": (0,), ">": (1,), ">=": (0, 1), "<": (-1,), "<=": (-1, 0)}


class Exact(msgspec.Struct, frozen=True, gc=False):
    """A number: `text` as it stands, `value` the double next to it, infinite for what is beyond all doubles."""

    text: str
    value: float

    def holds(self, op: str, other: Exact) -> bool:
        """Whether it is =, >, >=, < or <= the other."""
        return self._compared(other) in _HOLDS[op]

    def _compared(self, other: Exact) -> int:
        """-1, 0 or 1: less than the other, the same, more."""
        # Rounding keeps the order: only what falls on one double is told apart by its digits, without a conversion.
        if self.value != other.value:
            return -1 if self.value < other.value else 1
        if self.text == other.text:
            return 0
        sign, size = _parts(self.text)
        other_sign, other_size = _parts(other.text)
        if sign != other_sign:  # where both are next to zero
            return -1 if sign < other_sign else 1
        return sign * ((size > other_size) - (size < other_size))


def exact(text: str) -> Exact | None:
    """The number that a text is; None where it is none. Takes time linear in its length, however long."""
    return Exact(text, float(text)) if _NUMBER.fullmatch(text) else None


def _parts(text: str) -> tuple[int, tuple[int, str]]:
    """The sign, 0 for zero; exponent and digits of the size, 0.digits times 10^exponent: in the order of sizes."""
    number, _, exponent = text.lstrip("-").lower().partition("e")
    whole, _, fraction = number.partition(".")
    digits = (whole + fraction).lstrip("0")
    shift = len(digits) - len(fraction)
    digits = digits.rstrip("0")
    sign = 0 if not digits else -1 if text.startswith("-") else 1
    return sign, (shift + _exponent(exponent), digits)


def _exponent(text: str) -> int:
    digits = text.lstrip("+-").lstrip("0")
    size = _MOST if len(digits) > 15 else int(digits or "0")
    return -size if text.startswith("-") else size


USUAL: Final = r"0|-?[1-9][0-9]{0,14}|-?[1-9][0-9]{0,14}\.[0-9]*[1-9]|-?0\.0{0,9}[1-9](?:[0-9]*[1-9])?"
"""What numbers look like as a rule: each is written in one way."""

_USUAL: Final = re.compile(USUAL)


def canonical(text: str) -> str | None:
    """The one text of all that are equal to the number that this is, as a rule itself; None where it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    if _USUAL.fullmatch(text):
        return text
    sign, (shift, digits) = _parts(text)
    minus = "-" if sign < 0 else ""
    if not digits:
        return "0"
    if len(digits) <= shift <= 15:
        return minus + digits.ljust(shift, "0")
    if 0 < shift <= 15:
        return f"{minus}{digits[:shift]}.{digits[shift:]}"
    if -10 < shift <= 0:
        return f"{minus}0.{'0' * -shift}{digits}"
    return f"{minus}0.{digits}e{shift}"
