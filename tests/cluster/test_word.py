"""Who is to be asked before a log is rebuilt, and who is to say what it has."""

from __future__ import annotations

from spectrix_lite.cluster.rebuild.word import NEVER, Word, gone, plan


def test_of_each_service_one_of_those_that_have_most_is_to_store_it() -> None:
    answers = [
        Word("answer", "r", "one", heads={"a": (3, 90), "b": (5, 80), "d": (2, 95)}),
        Word("answer", "r", "two", heads={"a": (4, 91), "b": (5, 80), "c": (1, 7), "d": (2, 96)}),
        Word("answer", "r", "three"),
    ]
    assert plan(answers) == {"two": ["a", "d", "c"], "one": ["b"]}
    assert plan([]) == {}


def test_a_node_is_gone_if_the_others_had_all_long_after_it_was_heard_of() -> None:
    answers = [Word("answer", "r", "one", whole_ago=40.0), Word("answer", "r", "two", whole_ago=50.0)]
    beats = {"one": 1.0, "three": 69.0, "four": 71.0}
    assert gone(beats, answers, 30.0) == {"four"}
    assert gone(beats, [], 30.0) == set()
    assert gone(beats, [Word("answer", "r", "one", whole_ago=NEVER)], 30.0) == set()
