"""Two services side by side: nothing of one is in the other's stream, whatever a client sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from .conftest import Follow
from .follower import Follower
from .site import Site, Watched


class Pair:
    """Two services, each with its watcher. Every entry says to which of them it was sent."""

    def __init__(self, site: Site, services: list[Watched], followers: list[Follower]) -> None:
        self.site = site
        self.ours, self.theirs = services
        self.our_stream, self.their_stream = followers
        self.accepted = {self.ours.name: 0, self.theirs.name: 0}

    async def send(
        self, service: Watched, *entries: dict[str, Any], query: str = "", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """What ingest answers to the key of `service`; `headers` besides those that it needs."""
        body = {"logs": [{"message": f"to {service.name}", **entry} for entry in entries]}
        async with aiohttp.ClientSession() as client:
            post = client.post(
                f"{self.site.api}/ingest/logs{query}",
                json=body, headers={"Authorization": f"Bearer {service.key}", **(headers or {})},
            )  # fmt: skip
            async with post as answer:
                said: dict[str, Any] = await answer.json(content_type=None)
        if not said.get("duplicate"):
            self.accepted[service.name] += said.get("accepted", 0)
        return said

    async def check(self) -> None:
        """Each stream has all of its own entries, without holes, and nothing else."""
        for service, stream in ((self.ours, self.our_stream), (self.theirs, self.their_stream)):
            await self.send(service, {})  # the last one: whatever was going to come has come
            await stream.until_count(self.accepted[service.name])
            assert set(stream.messages) == {f"to {service.name}"}
            assert [entry["seq"] for entry in stream.entries] == list(range(1, self.accepted[service.name] + 1))


@pytest.fixture
async def pair(site: Site, follow: Follow) -> Pair:
    services = [site.service(name) for name in ("ours", "theirs")]
    pair = Pair(site, services, [await follow(site, service) for service in services])
    for number in range(5):
        for service in services:
            await pair.send(service, {"source": service.name, "level": "error", "metadata": {"number": number}})
    return pair


@asynccontextmanager
async def socket(site: Site, query: str = "", **options: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as client, client.ws_connect(f"{site.api}/stream{query}", **options) as ws:
        yield ws


async def said(ws: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
    """All messages until the server has told what there was: a filter that cannot be read is answered after it."""
    await ws.send_json({"type": "filter", "filter": 7})
    messages = []
    while (message := json.loads(await ws.receive_str(timeout=10)))["type"] != "error":
        messages.append(message)
    return messages


async def test_entries_that_claim_to_be_of_another_service(pair: Pair) -> None:
    theirs = pair.theirs
    epoch = pair.their_stream.watching["epoch"]
    claims: list[dict[str, Any]] = [
        {"service": theirs.id},
        {"service": {"id": theirs.id, "name": theirs.name}, "serviceId": theirs.id, "service_id": theirs.id},
        {"seq": 1, "epoch": epoch, "receivedAt": "2000-01-01T00:00:00.000Z"},
        {"seq": 10**6, "source": theirs.name},
        {"source": theirs.name, "metadata": {"service": theirs.id, "seq": 1, "key": theirs.key}},
        {"type": "entries", "through": 10**6, "entries": [{"seq": 1}], "token": theirs.token},
    ]
    answer = await pair.send(pair.ours, *claims)
    assert answer == {"accepted": len(claims), "rejected": 0, "errors": []}
    for claim in claims:
        await pair.send(pair.ours, claim)
    await pair.check()
    assert all(entry["receivedAt"] > "2001" for entry in pair.our_stream.entries)


async def test_requests_that_name_another_service_beside_their_key(pair: Pair) -> None:
    theirs = pair.theirs
    query = f"?service={theirs.id}&serviceId={theirs.id}&key={theirs.key}&token={theirs.token}&api_key={theirs.key}"
    await pair.send(pair.ours, {}, query=query)
    for headers in (
        {"X-API-Key": theirs.key},  # the usual header goes first
        {"X-Service": theirs.id, "X-Service-Id": theirs.id},
        {"Cookie": f"key={theirs.key}; session={theirs.token}"},
        {"X-Forwarded-Host": theirs.name, "X-Original-URL": f"/api/v1/services/{theirs.id}/test-entry"},
    ):
        await pair.send(pair.ours, {}, headers=headers)
    await pair.check()


@pytest.mark.case(28)
async def test_an_idempotency_key_belongs_to_its_service(pair: Pair) -> None:
    """It counts for each service by itself: the other one's answer, or batch, is never given out."""
    repeated = {"Idempotency-Key": "batch-1"}
    assert "duplicate" not in await pair.send(pair.ours, {}, {}, headers=repeated)
    assert await pair.send(pair.theirs, {}, headers=repeated) == {"accepted": 1, "rejected": 0, "errors": []}
    assert (await pair.send(pair.ours, {}, {}, headers=repeated))["duplicate"] is True
    await pair.check()


async def test_keys_that_nearly_fit(pair: Pair) -> None:
    """The id of one and the secret of another; and what is a secret, but of another kind."""
    ours, theirs = pair.ours.key, pair.theirs.key
    prefix = len("spx_v1_live_")
    tried = (
        ours[: prefix + 10] + theirs[prefix + 10 :],
        theirs[: prefix + 10] + ours[prefix + 10 :],
        theirs[:-1],
        f"{theirs} {ours}",
        f"{ours},{theirs}",
        pair.theirs.token,
        pair.theirs.id,
    )
    answers = await asyncio.gather(*(pair.send(pair.theirs._replace(key=key), {}) for key in tried))  # all held up
    assert {answer["code"] for answer in answers} == {"invalid_key"}
    await pair.check()


@pytest.mark.case(37, 50)
async def test_what_is_no_token_of_a_session_watches_nothing(pair: Pair) -> None:
    """A stream key writes, and does no more."""
    ours, theirs = pair.ours, pair.theirs
    for token in (theirs.key, theirs.id, theirs.token[:-1], theirs.token + "A", theirs.token.swapcase(), "", "*"):
        async with socket(pair.site) as ws:
            await ws.send_json({"type": "watch", "token": token})
            assert (await ws.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
            assert ws.close_code == 4401
    for headers in ({"Authorization": f"Bearer {ours.key}"}, {"X-API-Key": ours.key}):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            async with socket(pair.site, headers=headers):
                pass
        async with aiohttp.ClientSession(headers=headers) as client:
            for path in ("services", f"services/{ours.id}/entries", f"services/{theirs.id}/entries"):
                async with client.get(f"{pair.site.api}/{path}") as answer:
                    assert answer.status in (401, 403)
    await pair.check()


async def test_no_watch_message_reaches_beyond_its_session(pair: Pair) -> None:
    ours, theirs = pair.ours, pair.theirs
    epoch = pair.their_stream.watching["epoch"]
    tricks: list[dict[str, Any]] = [
        {"service": theirs.id, "serviceId": theirs.id, "sessionId": pair.their_stream.watching["sessionId"]},
        {"service": {"id": theirs.id, "name": theirs.name}, "tokens": [theirs.token]},
        {"filter": {"sources": [theirs.name]}},
        {"filter": {"sources": [ours.name, theirs.name], "levels": ["error"]}},
        {"filter": {"q": f"to {theirs.name}"}},
        {"filter": {"service": theirs.id, "services": [theirs.id], "q": ""}},
        {"filter": {"q": f'"x" OR "service = {theirs.id}"'}},
        {"filter": {"q": f"metadata.service:{theirs.id}"}},
        {"after": {"epoch": epoch, "seq": 0, "service": theirs.id}},
        {"after": {"epoch": epoch, "seq": 7}},
        {"after": {"epoch": epoch, "seq": -1}},
        {"after": {"epoch": theirs.id, "seq": 0}},
        {"backlog": 10**9},
    ]
    for trick in tricks:
        async with socket(pair.site, query=f"?service={theirs.id}&token={theirs.token}") as ws:
            await ws.send_json({"type": "watch", "token": ours.token, **trick})
            first, *rest = await said(ws)
            assert (first["type"], first["service"]["id"]) == ("watching", ours.id)
            length = len(rest)
            await ws.send_json({"type": "filter", "token": theirs.token, "service": theirs.id})
            await pair.send(theirs, {"source": theirs.name})
            await pair.send(ours, {"source": ours.name})
            while len(rest) == length or rest[-1]["type"] != "entries":
                rest.append(json.loads(await ws.receive_str(timeout=10)))
            entries = [entry for message in rest for entry in message.get("entries", ())]
            assert {entry["message"] for entry in entries} == {f"to {ours.name}"}
    await pair.check()


async def test_a_socket_does_not_change_its_session(pair: Pair) -> None:
    async with socket(pair.site) as ws:
        await ws.send_json({"type": "watch", "token": pair.ours.token, "backlog": 0})
        assert json.loads(await ws.receive_str(timeout=10))["type"] == "watching"
        await ws.send_json({"type": "watch", "token": pair.theirs.token})
        assert (await ws.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 4400
    await pair.check()


async def test_what_the_operator_reads_of_one_service_is_of_that_service(pair: Pair) -> None:
    await pair.send(pair.theirs, {"message": None})  # rejected
    for service, other in ((pair.ours, pair.theirs), (pair.theirs, pair.ours)):
        for query in ("", f"?source={quote(other.name)}", f"?q={quote(other.name)}", f"?service={other.id}"):
            page = pair.site.ask(f"services/{service.id}/entries{query}")
            assert {entry["message"] for entry in page["entries"]} <= {f"to {service.name}"}
        rejected = pair.site.ask(f"services/{service.id}/rejected")["rejected"]
        assert len(rejected) == (service is pair.theirs)
    await pair.check()
