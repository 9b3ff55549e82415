"""Levels rise by evidence only, fall when it ends, and are said to others in their words without rising."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.store import Person
from idp.clock import instant
from idp.errors import NotFound
from idp.proofing import levels, methods
from idp.proofing.assurance import NewEvidence, settle
from idp.proofing.levels import LEVELS, is_at_least, scales
from idp.proofing.store import Evidence
from tests.support.delegating import PLACE
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

DAY = 86_400
ACTOR = "person:test"


def _record(provider: Provider, person: MadePerson, method: str, **changes: Any) -> tuple[str, int]:
    values: dict[str, Any] = {
        "method": method,
        "source": method,
        "reference": "R-1",
        "obtained_at": instant(provider.clock),
    }
    with provider.sql.begin() as db:
        return provider.services.people.assurance.record(
            db, person.id, NewEvidence(**{**values, **changes}), ACTOR, PLACE
        )


def _person(provider: Provider, made: MadePerson) -> Person:
    with provider.sql.once() as db:
        found = provider.services.persons.find(db, made.id)
    assert found is not None
    return found


def test_a_proof_raises_the_level_and_its_end_lowers_it(any_provider: Provider) -> None:
    """Two elements, then a face check; after two years the face check carries nothing, and the two elements are left."""
    person = any_provider.make.person(level=0)
    assert _record(any_provider, person, "population")[1] == 1
    assert _record(any_provider, person, "face")[1] == 2
    any_provider.clock.advance(730 * DAY)
    found = _person(any_provider, person)
    assert found.level_at(instant(any_provider.clock)) == 1, "at once, not only after the job"
    assert any_provider.services.people.assurance.run() == 1
    assert _person(any_provider, person).level == 1
    assert any_provider.services.people.assurance.run() == 0
    (event,) = any_provider.events("level.fell")
    assert event.object == person.id


def test_applications_are_told_the_level_of_now(any_provider: Provider) -> None:
    """userinfo says the lower level from the instant at which the evidence ends."""
    person = any_provider.make.person(level=0)
    soon = instant(any_provider.clock) + timedelta(seconds=120)
    _record(any_provider, person, "face", valid_until=soon)
    party = RelyingParty(any_provider, any_provider.make.client())
    tokens = party.tokens(Browser(any_provider), person)
    assert party.userinfo(tokens["access_token"]).get_json()["ial"] == 2
    any_provider.clock.advance(121)
    assert party.userinfo(tokens["access_token"]).get_json()["ial"] == 0


def test_a_document_that_ends_carries_its_proof_no_longer(any_provider: Provider) -> None:
    """The proof ends with the document that it was about, however long the method would carry it (LOA-05)."""
    person = any_provider.make.person(level=0)
    until = instant(any_provider.clock) + timedelta(days=10)
    _record(any_provider, person, "window", valid_until=until)
    assert _person(any_provider, person).level_until == until


def test_a_revoked_proof_counts_no_more(any_provider: Provider) -> None:
    """Revoked once; a second time, and for another person, there is nothing to revoke."""
    person, other = any_provider.make.person(level=0), any_provider.make.person(level=0)
    assurance = any_provider.services.people.assurance
    evidence_id, _ = _record(any_provider, person, "window", details={"clerk": "c-7", "terminal": "t-3"})
    for who in (other, person, person):
        with any_provider.sql.begin() as db:
            if who is person and _person(any_provider, person).level:
                assert assurance.revoke(db, who.id, evidence_id, "mistake", "officer:test", PLACE) == 0
                continue
            with pytest.raises(NotFound):
                assurance.revoke(db, who.id, evidence_id, "mistake", "officer:test", PLACE)
    with any_provider.sql.once() as db:
        (kept,) = assurance.list_of(db, person.id)
    assert kept.revoked_for == "mistake" and kept.details == {"clerk": "c-7", "terminal": "t-3"}


def test_nothing_claims_more_than_its_method(any_provider: Provider) -> None:
    """A proof that names a higher level than its method carries is cut down; an unknown method is an error."""
    person = any_provider.make.person(level=0)
    assert _record(any_provider, person, "population", level=3)[1] == 1
    with pytest.raises(KeyError):
        _record(any_provider, person, "hearsay")


def test_two_of_three_can_be_asked_by_the_table_alone() -> None:
    """Where a level needs two methods, one twice is not enough (NAT-07)."""
    table = {
        key: {"level": 2, "days": 0, "grade": "A", "needs": [], "consent": False}
        for key in ("bank", "face", "eid")
    }
    table |= {key: {**table["bank"], "level": 3} for key in ("window", "certificate")}
    two = methods.parse({**table, "levels": {"1": 1, "2": 2, "3": 1}})
    assert two.level_of([("bank", 2), ("bank", 2)]) == 1
    assert two.level_of([("bank", 2), ("face", 2)]) == 2
    with pytest.raises(ValueError, match="one way only"):
        methods.parse({"bank": table["bank"], "levels": {"1": 1, "2": 1, "3": 1}})


PROOFS = st.tuples(
    st.sampled_from(["population", "bank", "face", "window"]), st.integers(0, 3), st.integers(1, 900)
)


@given(st.lists(PROOFS, max_size=8))
def test_the_level_never_rises_by_itself(drawn: list[tuple[str, int, int]]) -> None:
    """Whatever evidence there is: the level only falls with time, and falls exactly when it says that it will."""
    begun = datetime.fromisoformat("2026-11-26T00:00:00+00:00")
    proofs = [
        Evidence(
            str(n),
            "p",
            method,
            "s",
            level,
            "A",
            "r",
            {},
            begun,
            begun + timedelta(days=days),
            None,
            None,
            "a",
        )
        for n, (method, level, days) in enumerate(drawn)
    ]
    table = methods.methods()
    before = 3
    for day in range(0, 901, 30):
        now = begun + timedelta(days=day)
        settled = settle(proofs, table, now)
        assert settled.level <= before
        if settled.until is not None:
            assert settle(proofs, table, settled.until).level == settled.following < settled.level
            just = settled.until - timedelta(microseconds=1)
            assert settle(proofs, table, just).level == settled.level
        before = settled.level


@pytest.mark.parametrize("name", list(scales()))
def test_no_level_rises_by_being_told_and_read_again(name: str) -> None:
    """Out and back in again is never more than it was; a peer's word is never more than the peer is trusted for."""
    scale = scales()[name]
    for level in LEVELS:
        assert scale.read(scale.say(level), 3) <= level
        for trusted in LEVELS:
            assert scale.read(scale.say(level), trusted) <= trusted
    assert scale.read("L9", 3) == scale.read("", 0) == 0


def test_the_strongest_of_zhejiang_is_its_one_and_never_its_four() -> None:
    """A scale that falls where ours rises is read right (china.md §3.2)."""
    zhejiang = scales()["zhejiang"]
    assert [zhejiang.read(word, 3) for word in ("1", "2", "3", "4")] == [3, 3, 1, 0]
    assert is_at_least(3, 2) and not is_at_least(1, 2)


def test_a_table_that_would_raise_a_level_is_refused() -> None:
    """A row whose way out and back gains a level stops the boot."""
    row = {"out": {"0": "A", "1": "B", "2": "C", "3": "D"}, "in": {"A": 1}}
    with pytest.raises(ValueError, match="raises a level"):
        levels.parse({"elsewhere": row})
