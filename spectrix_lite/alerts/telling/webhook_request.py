"""What is posted to a destination."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class WebhookRequest(NamedTuple):
    """A JSON body for an address; the headers are those of the destination's own."""

    url: str
    headers: Mapping[str, str]
    body: bytes
