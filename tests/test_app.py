"""Starting and stopping: everything is opened, everything is closed, as often as one likes."""

from __future__ import annotations

import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError

from .conftest import Serve
from .support.serving import Server


async def test_starts_and_stops_again_in_one_process(config: Config, serve: Serve) -> None:
    first = await serve()
    service = await first.create_service()
    await first.listener.close()
    second = await serve()
    assert [known.id for known in second.context.authority.services()] == [service]


@pytest.mark.case(72)
async def test_nothing_is_left_open_when_the_database_is_refused(config: Config, serve: Serve) -> None:
    """A second server on the same file."""
    await serve()
    with pytest.raises(StartupError, match="Another server"):
        await serve()


async def test_answers_do_not_name_the_software(server: Server) -> None:
    async with server.anyone() as client:
        for path in ("/", "/healthz", "/api/v1/auth/me", "/nowhere"):
            async with client.get(path) as answer:
                assert answer.headers["Server"] == "spectrix-lite"
