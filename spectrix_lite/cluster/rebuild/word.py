"""Word: what nodes say to each other about a rebuild."""

from __future__ import annotations

from typing import Final

import msgspec

NEVER: Final = float(1 << 30)


class Word(msgspec.Struct, omit_defaults=True):
    """`kind` is "ask", "fill", "confirm" or "drop" of the one that drives it, and "answer", "filled" or "confirmed" of
    every node, where `is_good` says yes.

    An answer has by service the head and the number of its newest message; then the number of the last message `seen`,
    and how many seconds ago this node had all that the engine had. `plan` says of which services each node is to store
    what it has.
    """

    kind: str
    rebuild: str
    node: str = ""
    instance: str = ""
    """Another at each start of a node."""
    is_good: bool = True
    epoch: str = ""
    heads: dict[str, tuple[int, int]] = {}
    seen: int = 0
    whole_ago: float = NEVER
    plan: dict[str, list[str]] = {}


def subject(cluster: str) -> str:
    """On which they say so."""
    return f"{cluster}.rebuild"


def plan(answers: list[Word]) -> dict[str, list[str]]:
    """By node, the services of which it has as much as any; where several have, the first. Of the same head one may not
    have read yet what was taken out.
    """
    best: dict[str, Word] = {}
    for answer in answers:
        for service_id, head in answer.heads.items():
            if service_id not in best or head > best[service_id].heads[service_id]:
                best[service_id] = answer
    plan: dict[str, list[str]] = {}
    for service_id, answer in best.items():
        plan.setdefault(answer.node, []).append(service_id)
    return plan


def gone(beats: dict[str, float], answers: list[Word], seconds: float) -> set[str]:
    """The nodes that can have seen nothing that those who answer have not: as these had all, they had been silent for
    longer than `seconds`. `beats` says of each how many seconds ago it was heard of.
    """
    since = min((each.whole_ago for each in answers), default=NEVER) + seconds
    return {name for name, ago in beats.items() if ago > since}
