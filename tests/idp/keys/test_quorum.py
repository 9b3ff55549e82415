"""Which signatures agree to a ceremony, and why each other one does not."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.sm import second_opinion
from idp.keys.quorum import SKEW_SECONDS, Examination, check_evidence, check_time, examine, require_quorum
from idp.keys.statement import (
    Evidence,
    Officer,
    QuorumRefused,
    Statement,
    canonical,
    read_evidence,
    read_statement,
)
from tests.idp.keys.ceremony_house import Person, people, sign

OPENED = 1_800_000_000
EXPIRES = OPENED + 7 * 86_400
NOW = OPENED + 3_600


@pytest.fixture(scope="module")
def five() -> list[Person]:
    """Five officers."""
    return people()


@pytest.fixture(scope="module")
def statement(five: list[Person]) -> Statement:
    """Three of the five are to agree to a rotation."""
    return Statement(
        id="c" * 32,
        kind="rotate-root",
        instance="https://id.province.test",
        what={"form": "shares", "threshold": 3},
        generation=4,
        threshold=3,
        officers=tuple(each.officer for each in five),
        opened_at=OPENED,
        expires_at=EXPIRES,
        nonce="n",
    )


def refusal(
    statement: Statement, evidence: Evidence, current: list[Person], seen: tuple[str, ...] = ()
) -> str:
    """The word by which evidence is refused."""
    with pytest.raises(QuorumRefused) as refused:
        check_evidence(statement, evidence, [each.officer for each in current], seen, NOW)
    return refused.value.reason


def office(five: list[Person]) -> list[Officer]:
    """The officers in office."""
    return [each.officer for each in five]


@pytest.mark.parametrize("count", range(6))
def test_exactly_the_threshold_is_enough(statement: Statement, five: list[Person], count: int) -> None:
    """Three or more agree, fewer do not."""
    evidence = [sign(statement, each, NOW) for each in five[:count]]
    if count >= statement.threshold:
        found = require_quorum(statement, evidence, office(five), 4, NOW)
        assert len(found.accepted) == count
    else:
        with pytest.raises(QuorumRefused) as refused:
            require_quorum(statement, evidence, office(five), 4, NOW)
        assert refused.value.reason == "too_few"


@pytest.mark.clause("GM/T 0009", "10")
def test_evidence_verifies_by_a_library_that_shares_no_code(statement: Statement, five: list[Person]) -> None:
    """gmssl accepts what the engine signed, under the identity 1234567812345678, and refuses a changed bit."""
    good = sign(statement, five[0], NOW)
    check_evidence(statement, good, office(five), (), NOW, second_opinion.verify_message)
    bad = replace(good, signature=good.signature[:-1] + bytes((good.signature[-1] ^ 1,)))
    with pytest.raises(QuorumRefused, match="signature"):
        check_evidence(statement, bad, office(five), (), NOW, second_opinion.verify_message)


def test_a_signature_over_another_statement_is_refused(statement: Statement, five: list[Person]) -> None:
    """Also when it is passed off as one over this statement."""
    other = replace(statement, what={"form": "shares", "threshold": 2})
    evidence = sign(other, five[0], NOW)
    assert refusal(statement, evidence, five) == "other_statement"
    disguised = replace(evidence, statement_digest=statement.digest())
    assert refusal(statement, disguised, five) == "signature"
    assert (
        refusal(statement, replace(sign(statement, five[0], NOW), ceremony_id="d" * 32), five)
        == "other_statement"
    )


def test_a_removed_officer_and_a_stranger_are_refused(statement: Statement, five: list[Person]) -> None:
    """The statement lists an officer who has left since; and one was never there."""
    assert refusal(statement, sign(statement, five[0], NOW), five[1:]) == "removed"
    stranger = people(["己"])[0]
    assert refusal(statement, sign(statement, stranger, NOW), [*five, stranger]) == "stranger"


def test_an_officer_in_office_under_another_key_is_refused(statement: Statement, five: list[Person]) -> None:
    """The label alone makes no officer."""
    renewed = Person(five[0].label, people(["x"])[0].key)
    assert refusal(statement, sign(statement, five[0], NOW), [renewed, *five[1:]]) == "removed"


def test_nobody_agrees_twice(statement: Statement, five: list[Person]) -> None:
    """The second signature of an officer counts for nothing, whatever second it names."""
    first, second = sign(statement, five[0], NOW), sign(statement, five[0], NOW - 5)
    assert refusal(statement, second, five, (first.officer_id,)) == "duplicate"
    found = examine(statement, [first, second, first], office(five), NOW)
    assert found == Examination((first.officer_id,), ((first.officer_id, "duplicate"),) * 2)


def test_another_officers_name_on_a_signature_is_refused(statement: Statement, five: list[Person]) -> None:
    """Who signed is told by the key."""
    evidence = replace(sign(statement, five[0], NOW), officer_id=five[1].officer.id)
    assert refusal(statement, evidence, five) == "signature"


@pytest.mark.parametrize(
    ("at", "word"),
    [(OPENED - 1, "early"), (EXPIRES + 1, "late"), (NOW + SKEW_SECONDS + 1, "ahead")],
)
def test_the_time_of_signing_counts(statement: Statement, five: list[Person], at: int, word: str) -> None:
    """Before the opening, after the last second and in the future are refused, and the second itself is signed."""
    assert refusal(statement, sign(statement, five[0], at), five) == word
    moved = replace(sign(statement, five[0], at), signed_at=NOW)
    assert refusal(statement, moved, five) == "signature"


@pytest.mark.parametrize(("now", "word"), [(OPENED - 1, "clock"), (EXPIRES + 1, "expired")])
def test_a_clock_set_back_and_an_expired_statement_refuse(
    statement: Statement, five: list[Person], now: int, word: str
) -> None:
    """Whatever evidence there is."""
    evidence = [sign(statement, each, NOW) for each in five]
    with pytest.raises(QuorumRefused, match=word):
        check_time(statement, now)
    with pytest.raises(QuorumRefused, match=word):
        require_quorum(statement, evidence, office(five), 4, now)


def test_a_statement_of_another_generation_is_outdated(statement: Statement, five: list[Person]) -> None:
    """Officers or root key changed since it was made."""
    evidence = [sign(statement, each, NOW) for each in five]
    with pytest.raises(QuorumRefused, match="outdated"):
        require_quorum(statement, evidence, office(five), 5, NOW)


@pytest.mark.parametrize("threshold", [0, 1, 6])
def test_one_alone_or_more_than_there_are_is_no_quorum(
    statement: Statement, five: list[Person], threshold: int
) -> None:
    """Dual control at least: a statement with such a number is refused even with every signature."""
    loose = replace(statement, threshold=threshold)
    evidence = [sign(loose, each, NOW) for each in five]
    with pytest.raises(QuorumRefused, match="policy"):
        require_quorum(loose, evidence, office(five), 4, NOW)
    with pytest.raises(QuorumRefused, match="policy"):
        read_statement(loose.canonical())


@pytest.mark.parametrize("label", ["", " 甲", "甲\n乙", "甲\u202e", "x" * 65])
def test_a_label_that_could_deceive_the_eye_is_refused(
    statement: Statement, five: list[Person], label: str
) -> None:
    """Labels stand in printed records: no line breaks, no invisible characters."""
    renamed = (Officer(label, five[0].officer.public_key), *statement.officers[1:])
    with pytest.raises(QuorumRefused, match="policy"):
        read_statement(replace(statement, officers=renamed).canonical())


def test_files_are_read_as_they_were_written(statement: Statement, five: list[Person]) -> None:
    """Statement and evidence survive their files."""
    evidence = sign(statement, five[2], NOW)
    assert read_statement(statement.canonical() + b"\n") == statement
    assert read_evidence(canonical(evidence.as_json())) == evidence


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"threshold":3', b'"threshold": 3'),
        (b'"version":1', b'"version":2'),
        (b'"type":"yihao-ceremony"', b'"type":"yihao-evidence"'),
        (b'"nonce":"n"', b'"nonce":"n","nonce":"n"'),
        (b'"nonce":"n"', b'"nonce":"n","other":1'),
        (b'"opened_at":1800000000', b'"opened_at":1800000000.0'),
        (b'"label":"\xe7\x94\xb2"', b'"label":"\\u7532"'),
    ],
)
def test_only_the_canonical_form_is_a_statement(statement: Statement, old: bytes, new: bytes) -> None:
    """What two readers could take for two things is refused."""
    text = statement.canonical()
    assert old in text
    with pytest.raises(QuorumRefused, match="malformed"):
        read_statement(text.replace(old, new, 1))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered_with_a_word(data: bytes) -> None:
    """Files from strangers never raise anything else."""
    with pytest.raises(QuorumRefused):
        read_statement(data)
    with pytest.raises(QuorumRefused):
        read_evidence(data)
