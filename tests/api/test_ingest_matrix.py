"""Every size, form and kind of batch, with a key that was used before and one that was not: all are answered alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from spectrix_lite.core.config import Config

from ..support.raw_ingest import FORMS, KINDS, Answer, Loop, Target, batch, loops, on, target

KIB: Final = 1024
SIZES: Final = tuple(KIB * size for size in (1, 16, 64, 128, 160, 256, 384, 512, 1024))
TIMES: Final = 3
MANY_KEYS: Final = 10_000
KEYS: Final = pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
LOOPS: Final = pytest.mark.parametrize("loop", loops().values(), ids=loops())


def cases() -> Iterator[tuple[str, str, int]]:
    for size in SIZES:
        for kind in KINDS:
            if kind != "many" or size >= 16 * KIB:
                yield from ((form, kind, size) for form in FORMS)


@pytest.fixture
def roomy(config: Config) -> Config:
    return dataclasses.replace(config, max_keys=MANY_KEYS)


@pytest.mark.case(85)
@LOOPS
@KEYS
def test_every_batch_is_taken(loop: Loop, warm: bool, roomy: Config) -> None:
    """Each within two seconds, and as often as one connection sends it."""

    async def test() -> None:
        wrong = {}
        async with target(roomy, warm=warm) as it:
            for case in cases():
                form, kind, size = case
                body, count = batch(kind, size)
                head = it.taken()
                async with it.connected() as raw:
                    for time in range(TIMES):
                        await raw.post(form, await it.key(), body)
                        answer = await raw.answer()
                        if answer.status != 200 or answer.body["accepted"] != count:
                            wrong[case, time] = answer
                            break
                    else:
                        assert it.taken() == head + TIMES * count
            assert it.server.context.admission.bodies.used == 0
        assert wrong == {}

    on(loop, test())


@pytest.mark.case(86)
@KEYS
@pytest.mark.parametrize("limit", [2_000, 150_000])
def test_no_body_goes_beyond_its_limit(warm: bool, limit: int, roomy: Config) -> None:
    """Neither as it comes nor opened, by whichever way it goes."""
    config = dataclasses.replace(roomy, max_body=limit)
    _try_bounds(config, warm, lambda size: 413 if size > limit else 200)


@pytest.mark.case(86)
@KEYS
def test_no_body_goes_beyond_the_budget_for_all(warm: bool, roomy: Config) -> None:
    """A compressed one counts twice while it is opened, so that it may be put off a little sooner."""
    config = dataclasses.replace(roomy, max_bodies=150_000)
    _try_bounds(config, warm, lambda size: 503 if size > 150_000 else 200)


@pytest.mark.case(86)
@KEYS
def test_what_will_never_fit_is_not_put_off(warm: bool, roomy: Config) -> None:
    """Whoever is told 503 sends it again, for ever."""
    config = dataclasses.replace(roomy, max_body=2_000, max_bodies=4_000)
    _try_bounds(config, warm, lambda size: 413 if size > 2_000 else 200)


@pytest.mark.case(86)
@KEYS
def test_no_batch_goes_beyond_its_number_of_entries(warm: bool, roomy: Config) -> None:
    config = dataclasses.replace(roomy, max_entries=399)
    loop, body = loops()["asyncio"], batch("usual", 1024 * KIB)[0]

    async def test() -> None:
        async with target(config, warm=warm) as it:
            for form in FORMS:
                answers = await _each_time(it, form, body)
                assert [answer.status for answer in answers] == [413] * TIMES, form
            assert it.taken() == 0

    on(loop, test())


def _try_bounds(config: Config, warm: bool, expected: Callable[[int], int]) -> None:
    async def test() -> None:
        wrong: dict[tuple[str, str, int], object] = {}
        async with target(config, warm=warm) as it:
            for form, kind, size in cases():
                body, count = batch(kind, size)
                head, status = it.taken(), expected(size)
                answers = await _each_time(it, form, body)
                if [answer.status for answer in answers] != [status] * TIMES:
                    wrong[form, kind, size] = answers
                elif it.taken() != head + (TIMES * count if status == 200 else 0):
                    wrong[form, kind, size] = it.taken() - head
            assert it.server.context.admission.bodies.used == 0
        assert wrong == {}

    on(loops()["asyncio"], test())


async def _each_time(it: Target, form: str, body: bytes) -> list[Answer]:
    """The answers to one batch after the other: a refusal may end the connection."""
    answers = []
    for _ in range(TIMES):
        async with it.connected() as raw:
            await raw.post(form, await it.key(), body)
            answers.append(await raw.answer())
    return answers
