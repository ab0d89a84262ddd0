from __future__ import annotations

from spectrix_lite.cluster.store import edits, reading
from spectrix_lite.cluster.store.documents import (
    ACCESS,
    NAMES,
    OPERATOR,
    Document,
    KeptSession,
    Names,
    OperatorDocument,
    Uses,
    decode,
    encode,
)
from spectrix_lite.cluster.store.replica import NOTHING, Held, Replica
from spectrix_lite.core.records import Service, StoredSession, StoredSignIn

API = Service("api", "API", 1)
NAMED = Names({"api": API})


def replica(**documents: Document) -> Replica:
    """With these, written by others."""
    made = Replica(lambda name: name == "mine")
    for revision, (key, document) in enumerate(documents.items(), 1):
        made.apply(key.replace("_", "."), Held(revision, document, "other"))
    return made


def session(name: str, sign_in: str | None, generation: int) -> KeptSession:
    row = StoredSession(name, name.encode().ljust(32), "operator", "api", sign_in, None, 1, 900)
    return KeptSession(row, generation)


def test_only_what_others_write_is_a_change_and_nothing_is_taken_in_twice() -> None:
    made = replica()
    assert not made.apply(NAMES, Held(4, NAMED, "mine"))
    assert made.changes(ACCESS) == 0
    assert not made.apply(NAMES, Held(4, Names(), "other"))
    assert not made.apply(NAMES, Held(3, Names(), "other"))
    assert made.get(NAMES, Names) == NAMED
    assert made.apply(NAMES, Held(5, Names(), "other"))
    assert made.changes(ACCESS) == 1
    assert made.apply("uses.n1", Held(6, Uses(), "other"))
    assert made.changes(ACCESS) == 1, "that keys were used is none"


def test_what_is_not_in_the_bucket_read_anew_is_gone_unless_it_was_written_since() -> None:
    made = replica(names=NAMED, op=OperatorDocument())
    made.apply("views", Held(9, Names(), "mine"))
    made.reload({NAMES: Held(7, Names(), "other")}, 8)
    assert made.held(OPERATOR) == NOTHING
    assert made.held("views").revision == 9
    assert (made.head, made.changes(ACCESS)) == (8, 4)


def test_of_a_bucket_made_anew_what_was_known_is_worth_nothing() -> None:
    made = replica(names=NAMED)
    made.begin_anew()
    assert reading.read_state(made).services == []
    assert made.apply(NAMES, Held(1, NAMED, "other"))


def test_a_key_that_the_engine_no_longer_knows_is_forgotten_as_it_was() -> None:
    made = replica(names=NAMED)
    made.forget(NAMES, 7)
    assert made.get(NAMES, Names) == NAMED
    made.forget(NAMES, 1)
    assert made.held(NAMES) == NOTHING


def test_an_operator_session_ends_with_its_sign_in_and_with_the_password_whoever_wrote_it_when() -> None:
    """A node that knows nothing of it yet may make a session after the end: that one is over as well."""
    operator = edits.add_sign_in(OperatorDocument(), StoredSignIn("in", b"".ljust(32), 1, 900))
    operator = edits.end_sign_in(operator, "in", 50)
    operator = edits.set_password(operator, "hash", 60, None)
    made = replica(names=NAMED, op=operator, ses_a=session("a", "in", 1), ses_b=session("b", None, 0))
    assert {row.id: row.ended_at for row in reading.read_state(made).sessions} == {"a": 50, "b": 60}
    made.apply("ses.c", Held(9, session("c", None, 1), "other"))
    assert reading.read_state(made).sessions[-1].ended_at is None


def test_the_ends_of_more_passwords_than_are_remembered() -> None:
    operator = OperatorDocument()
    for at in range(200):
        operator = edits.set_password(operator, "hash", at, None)
    made = replica(names=NAMED, op=operator, ses_a=session("a", None, 3), ses_b=session("b", None, 198))
    assert [row.ended_at for row in reading.read_state(made).sessions] == [100, 198]


def test_the_oldest_sign_in_ends_where_they_are_too_many_for_a_document() -> None:
    operator = OperatorDocument()
    for number in range(edits.MOST_SIGN_INS + 1):
        operator = edits.add_sign_in(operator, StoredSignIn(str(number), b"".ljust(32), 1, 900))
    assert len(operator.sign_ins) == edits.MOST_SIGN_INS
    assert "0" not in operator.sign_ins


def test_a_write_that_is_made_again_changes_nothing() -> None:
    """As after one whose outcome was unknown: its limit is reached by itself."""
    assert edits.add_service(NAMED, API, 1) is NAMED


def test_last_uses_of_all_nodes_are_merged() -> None:
    made = replica(uses_n1=Uses({"k": 5, "j": 1}), uses_n2=Uses({"k": 4}))
    keys: dict[str, int] = {}
    for _, uses in made.all("uses", Uses):
        reading.merge_uses(keys, uses.keys)
    assert keys == {"k": 5, "j": 1}
    many = edits.note_uses(Uses(), {str(at): at for at in range(edits.MOST_USES + 1)}, {})
    assert "0" not in many.keys
    assert len(many.keys) == edits.MOST_USES


def test_a_document_is_read_as_it_was_written_and_a_later_versions_member_is_passed_over() -> None:
    assert decode(NAMES, encode(NAMED)) == NAMED
    assert decode(NAMES, encode(NAMED)[:-1] + b',"later":1}') == NAMED
    assert decode("later.x", b"{}") is None
