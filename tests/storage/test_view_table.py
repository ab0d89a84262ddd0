from __future__ import annotations

import pytest

from spectrix_lite.cluster.store import alert_edits
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import LimitReached, NameTaken, ServiceNotFound, ViewNotFound
from spectrix_lite.core.records import View
from spectrix_lite.storage import view_table

from ..support.stores import opened_store


def view(name: str, service_id: str | None = None) -> View:
    return View(name, service_id, name, "level:error", ("time",), "-1h", 1)


async def test_what_cannot_be_kept_is_named_and_not_kept(either: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened_store(either) as store:
        views = store.views
        await views.add(view("a"))
        with pytest.raises(NameTaken):
            await views.add(View("b", None, "A", "", None, None, 1))
        with pytest.raises(ServiceNotFound):
            await views.add(view("b", "nowhere"))
        with pytest.raises(ServiceNotFound):
            await views.change(view("a", "nowhere"))
        with pytest.raises(ViewNotFound):
            await views.change(view("b"))
        with pytest.raises(ViewNotFound):
            await views.get("b")
        with pytest.raises(ViewNotFound):
            await views.named("b", "api")
        for module in (view_table, alert_edits):
            monkeypatch.setattr(module, "MAX_VIEWS", 1)
        with pytest.raises(LimitReached):
            await views.add(view("b"))
        assert await views.all() == [view("a")] == [await views.get("a")]
