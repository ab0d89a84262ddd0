from __future__ import annotations

from pathlib import Path

from spectrix_lite.core.records import Numbered, Service
from spectrix_lite.storage.store import Store


async def test_how_far_a_service_was_numbered_never_goes_back_and_goes_with_it(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "x.db")
    try:
        await store.add_service(Service("a", "A", 1), 10)
        await store.numbers.note(
            [Numbered("a", "one", 7, 3, 9, 2, (1, 2, 3, 1)), Numbered("gone", "e", 1, 3, 1, 0, (1, 0, 0, 0))]
        )
        assert await store.numbers.all() == {"a": Numbered("a", "one", 7, 3, 9, 2, (1, 2, 3, 1))}
        await store.numbers.note([Numbered("a", "two", 5, 4, 10, 2, (2, 2, 3, 1))])
        assert await store.numbers.all() == {"a": Numbered("a", "two", 7, 4, 10, 2, (2, 2, 3, 1))}
        await store.delete_service("a", 1)
        assert await store.numbers.all() == {}
    finally:
        await store.close()
