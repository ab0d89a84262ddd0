from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spectrix_lite.core.alert_records import Alert, Destination, When
from spectrix_lite.core.config import Config
from spectrix_lite.core.records import ReadToken, Service, StoredReadToken, StoredSession, StoredSignIn, StreamKey, View
from spectrix_lite.storage.copying import copy_store
from spectrix_lite.storage.interfaces import AnyStore

from ..support.stores import opened_store

NOW = 1_778_754_600_000


async def fill(store: AnyStore) -> None:
    """Something of all there is, and some of it over."""
    for name in ("api", "web"):
        await store.add_service(Service(name, name.upper(), NOW), 10)
    for name in ("live", "off", "revoked"):
        key = StreamKey(name, "api", name, "spx_v1_live_ab12…wxyz", NOW, kind="hook" if name == "live" else "live")
        await store.add_stream_key(key, b"8 bytes!", f"hash of {name}", 10)
    await store.change_stream_key("api", "off", "off", False)
    await store.revoke_stream_key("api", "revoked", NOW + 5)
    await store.note_uses({"live": NOW + 4})
    await store.set_first_password("password", NOW)
    await store.add_sign_in(StoredSignIn("in", b"in".ljust(32), NOW, NOW + 1000))
    await store.add_session(StoredSession("s", b"s".ljust(32), "operator", "web", "in", '{"q":"x"}', NOW, NOW + 900))
    for name, services in (("every", None), ("both", ("api", "web"))):
        token = ReadToken(name, "CI", "spx_v1_read_ab12…wxyz", services, NOW, NOW + 1000)
        await store.read_tokens.add(StoredReadToken(token, name.encode().ljust(32)), 10)
    await store.read_tokens.revoke("every", NOW + 6)
    await store.read_tokens.note_uses({"both": NOW + 7})
    await store.views.add(View("v", "api", "Errors", "level:error", ("time",), "-1h", NOW))
    where = (Destination("d", "slack", {"url": "https://hooks.example.org/T0"}),)
    alert = Alert("a", None, "v", "A", "level:error", When("count", 10, 60), 300, True, where, None, NOW + 8, NOW)
    await store.alerts.add(alert)
    await store.alerts.add(replace(alert, id="b", view_id=None, service_id="web"))
    await store.alerts.keep_states({("a", "api"): {"n": 1}})
    await store.notices.add_kinds({"api": [b"12345678"]})


@pytest.mark.parametrize("to_cluster", [True, False], ids=["import", "backup"])
async def test_all_that_a_store_keeps_is_there_in_another(
    to_cluster: bool, config: Config, clustered: Config, tmp_path: Path
) -> None:
    settings = (config, clustered) if to_cluster else (clustered, replace(config, db=str(tmp_path / "copy.db")))
    async with opened_store(settings[0]) as source, opened_store(settings[1]) as target:
        await fill(source)
        assert await copy_store(source, target) == 2
        assert await everything(target) == await everything(source)


async def everything(store: AnyStore) -> list[object]:
    return [
        await store.read_all(),
        await store.key_hashes(),
        await store.views.all(),
        await store.alerts.all(),
        await store.alerts.states(),
        await store.notices.kind_key(),
        await store.notices.kinds(),
    ]
