from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from spectrix_lite.access.hashing import KEY_COST, PASSWORD_COST, Argon2Thread, Cost
from spectrix_lite.core.errors import StorageFailed

from ..support.authorities import CHEAP

ROOT = Path(__file__).parent.parent.parent


async def test_what_was_hashed_verifies_and_nothing_else_does() -> None:
    hasher = Argon2Thread(CHEAP)
    hashed = await hasher.hash("a secret")
    assert hashed.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert hashed != await hasher.hash("a secret")
    assert await hasher.verify(hashed, "a secret")
    assert not await hasher.verify(hashed, "a secreT")
    hasher.close()
    hasher.close()


@pytest.mark.parametrize(
    ("cost", "shown"),
    [(KEY_COST, "m=19456,t=2,p=1"), (PASSWORD_COST, "m=65536,t=3,p=1"), (Cost(1, 16, 2), "m=16,t=1,p=2")],
)
async def test_the_cost_is_in_the_hash(cost: Cost, shown: str) -> None:
    hasher = Argon2Thread(cost)
    assert shown in await hasher.hash("x")
    hasher.close()


async def test_a_damaged_hash_is_not_a_wrong_secret() -> None:
    hasher = Argon2Thread(CHEAP)
    for hashed in ("", "plain", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"):
        with pytest.raises(StorageFailed):
            await hasher.verify(hashed, "x")
    hasher.close()


async def test_the_module_alone_costs_no_start_up_time() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys, spectrix_lite.access.authority; sys.exit('argon2' in sys.modules)",
        cwd=ROOT,
    )
    assert await asyncio.wait_for(process.wait(), 20) == 0
