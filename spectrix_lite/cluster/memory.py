"""Memory through which messages go: kept between one and the next.

A message is read, copied and let go. Where its memory goes back to the kernel each time, to get it again costs more
than to read the message.
"""

from __future__ import annotations

from typing import Final

_BYTES: Final = 4 * 1024 * 1024  # a message is at most 1 MiB as a rule, and copied four times on its way


def keep_freed() -> None:
    """Has glibc keep what is freed, up to 8 MiB; elsewhere it does nothing.

    What is free at the heap's end goes back beyond twice the largest block that was mapped for itself and freed again
    (mallopt(3), M_MMAP_THRESHOLD). One to which nobody writes takes no memory.
    """
    bytearray(_BYTES)
