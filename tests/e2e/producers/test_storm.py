"""A producer that sends more requests than its key may, and whose only answer to a refusal is to ask again."""

from __future__ import annotations

from collections import Counter

import pytest

from .conftest import Follow, OpenSite, StartApp
from .node import NodeProcess


@pytest.mark.case(76)
async def test_over_the_rate_everything_is_delivered_in_the_end(
    open_site: OpenSite, follow: Follow, start_app: StartApp, load: NodeProcess
) -> None:
    """Refusals are held up, so that the middleware's flush with every further log does not become a storm"""
    site = open_site("--key-rate", "1", "--key-burst", "2")
    shop, other = site.service("Shop"), site.service("Other")
    follower = await follow(site, shop)
    app = await start_app(site, "express5", apiKey=shop.key, interval=250, maxBufferSize=10)
    sent = await load.call("send", port=app.ready["everywhere"], path="/items/#", count=300, rate=200)
    assert sent == {"200": 300}

    neighbour = await follow(site, other)
    calm = await start_app(site, "express5", apiKey=other.key, interval=250)
    await load.call("request", port=calm.ready["everywhere"], path="/items/calm")
    await neighbour.until_count(1, seconds=5)  # another key's requests are not held up

    await app.call("delivered")
    await follower.until_count(300)
    assert follower.messages == Counter(f"GET /items/{number}" for number in range(300))
    counts = await app.call("counts")
    assert counts["statuses"].keys() == {"200", "429"}
    # Some 50 requests of 230,000 bytes in all; were refusals answered at once, 200 and 4,000,000.
    assert counts["requests"] < 120
    assert counts["bytes"] < 1_000_000
    assert (await calm.call("counts"))["statuses"] == {"200": 1}
