"""What registers say reaches us only signed, for our question, in time; a mismatch is never taken for silence."""

from datetime import date

import pytest

from adapters.registries.breaker import FAILURES, Breaker
from idp.errors import TooMany
from idp.organisations.models import IdentifierKind, RegistrationStatus
from idp.organisations.port import RegisterDown, RegisterFacts
from idp.proofing.port import Claimed, Matched, Mismatched, NotFound, SourceDown, Verdict
from tests.support.clock import StandingClock
from tests.support.delegating import PLACE
from tests.support.provider import Provider
from tests.support.registers import METHODS, Registers, at
from tests.support.synthetic import synthetic_id_number, synthetic_uscc

NUMBER = synthetic_id_number(7)
SOURCES = [method for method in METHODS if method != "legal_persons"]


def _ask(
    provider: Provider, method: str = "population", address: str = "192.0.2.1", **claimed: object
) -> Verdict:
    values = {"id_kind": "111", "id_number": NUMBER, "name": "测试甲", **claimed}
    who = Claimed(**values)  # type: ignore[arg-type] # named by the tests
    return provider.services.people.proofing.check(method, who, "person:test", address, PLACE)


@pytest.mark.parametrize("method", SOURCES)
def test_every_source_tells_a_match_a_mismatch_and_nobody_apart(
    served: Provider, twin: Registers, method: str
) -> None:
    """Three answers, three values; a reference comes with each."""
    twin.knows(id_number=NUMBER, name="测试甲", mobile="19900000001", born="1900-01-01")
    found = _ask(served, method, mobile="19900000001")
    assert isinstance(found, Matched) and found.source == method and found.reference.startswith("TWIN-")
    assert found.born == date(1900, 1, 1)
    other = _ask(served, method, name="测试乙", mobile="19900000001")
    assert isinstance(other, Mismatched) and other.fields == ("name",)
    nobody = _ask(served, method, id_number=synthetic_id_number(8), mobile="19900000001")
    assert isinstance(nobody, NotFound)


@pytest.mark.parametrize("mode", ["down", "half", "bad_signature", "other_question", "refuse"])
def test_what_is_no_answer_is_never_taken_for_one(served: Provider, twin: Registers, mode: str) -> None:
    """Out of order, cut in the middle, signed by a stranger, an answer to another question, a refusal: source down."""
    twin.knows(id_number=NUMBER, name="测试甲")
    twin.data.mode = mode
    assert isinstance(_ask(served), SourceDown)
    twin.data.mode = ""
    assert isinstance(_ask(served), Matched)


def test_a_slow_source_is_given_up_in_time(served: Provider, twin: Registers) -> None:
    """No person waits longer than the settings say."""
    twin.knows(id_number=NUMBER, name="测试甲")
    twin.data.mode = "slow"
    assert isinstance(_ask(served), SourceDown)


def test_a_caller_whom_the_register_does_not_know_gets_nothing(served: Provider, twin: Registers) -> None:
    """Without our key the register refuses, and that is no answer about anybody."""
    twin.knows(id_number=NUMBER, name="测试甲")
    twin.callers.clear()
    assert isinstance(_ask(served), SourceDown)


def test_a_source_that_fails_is_left_alone_and_tried_again(served: Provider, twin: Registers) -> None:
    """After five failures it is asked no more until its rest is over; one answer closes the matter."""
    twin.knows(id_number=NUMBER, name="测试甲")
    twin.data.mode = "bad_signature"
    for number in range(FAILURES):
        _ask(served, address=f"198.51.100.{number}")
    asked = twin.data.asked
    twin.data.mode = ""
    resting = _ask(served, address="198.51.100.77")
    assert resting == SourceDown("population", "resting") and twin.data.asked == asked
    served.clock.advance(31)
    at(served.clock.timestamp())
    assert isinstance(_ask(served, address="198.51.100.78"), Matched)


def test_a_breaker_lets_one_through_after_its_rest() -> None:
    """Open, half open for one caller, open again after its failure, closed after an answer."""
    clock = StandingClock()
    breaker = Breaker(clock, 30)
    for _ in range(FAILURES):
        assert breaker.may_ask()
        breaker.failed()
    assert not breaker.may_ask()
    clock.advance(30)
    assert breaker.may_ask() and not breaker.may_ask()
    breaker.failed()
    clock.advance(29)
    assert not breaker.may_ask()
    clock.advance(1)
    assert breaker.may_ask()
    breaker.answered()
    assert breaker.may_ask() and breaker.may_ask()


def test_a_method_without_a_source_is_down_and_not_wrong(served: Provider) -> None:
    """What is not in the settings proves nothing about anybody."""
    assert _ask(served, "certificate") == SourceDown("certificate", "no_source")


def test_whoever_guesses_names_is_stopped(served: Provider, twin: Registers) -> None:
    """Wrong names for one number, or from one address, are counted and refused before the source is asked (ABU-03)."""
    twin.knows(id_number=NUMBER, name="测试甲")
    for number in range(10):
        assert isinstance(_ask(served, address=f"203.0.113.{number}", name="测试乙"), Mismatched)
    with pytest.raises(TooMany):
        _ask(served, address="203.0.113.99", name="测试甲")


def test_the_audit_holds_no_value_of_anybody(served: Provider, twin: Registers) -> None:
    """An event says which source was asked by whom and what kind of answer came, and nothing of the person."""
    twin.knows(id_number=NUMBER, name="测试甲")
    _ask(served)
    (event,) = served.events("proof.asked")
    assert "测试" not in str(event) and NUMBER not in str(event)


def test_the_legal_person_register_finds_by_code_and_by_old_numbers(
    served: Provider, twin: Registers
) -> None:
    """None, one and several; status and representative come with each; down is none of these."""
    register = served.services.people.ways.register
    assert register is not None
    one, two = synthetic_uscc(1), synthetic_uscc(2)
    twin.registers(uscc=one, status="revoked", identifiers=[["registration_number", "140100200000018"]])
    twin.registers(uscc=two, identifiers=[["registration_number", "140100200000018"]])
    found = register.find(one)
    assert isinstance(found, RegisterFacts) and found.status is RegistrationStatus.REVOKED
    assert register.find(synthetic_uscc(3)) is None
    several = register.find_by_identifier(IdentifierKind.REGISTRATION_NUMBER, "140100200000018")
    assert isinstance(several, tuple) and {each.uscc for each in several} == {one, two}
    assert register.find_by_identifier(IdentifierKind.TAX_NUMBER, "140100200000018") == ()
    twin.data.mode = "down"
    assert isinstance(register.find(one), RegisterDown)


def test_the_representative_is_checked_without_being_told(served: Provider, twin: Registers) -> None:
    """Right, wrong, unknown code and silence are four different things."""
    register = served.services.people.ways.register
    assert register is not None
    uscc = synthetic_uscc(4)
    twin.registers(uscc=uscc, representative_name="测试甲", representative_number=NUMBER)
    right = register.check_representative(uscc, "测试甲", "111", NUMBER)
    wrong = register.check_representative(uscc, "测试乙", "111", NUMBER)
    unknown = register.check_representative(synthetic_uscc(5), "测试甲", "111", NUMBER)
    assert not isinstance(right, RegisterDown) and right.is_match
    assert not isinstance(wrong, RegisterDown) and wrong.is_known and not wrong.is_match
    assert not isinstance(unknown, RegisterDown) and not unknown.is_known
    twin.data.mode = "half"
    assert isinstance(register.check_representative(uscc, "测试甲", "111", NUMBER), RegisterDown)
