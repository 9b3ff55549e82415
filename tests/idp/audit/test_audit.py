"""The audit log: events stand with their act, refusals by themselves."""

from dataclasses import dataclass

import pytest

from idp.audit.event import REGISTRY, Event, Outcome, Place
from idp.errors import Conflict
from idp.sessions.events import SessionEnded
from tests.support.journey import Browser
from tests.support.provider import Provider

PLACE = Place("192.0.2.0/24", "0123456789abcdef")


def _event(**changes: object) -> SessionEnded:
    values: dict[str, object] = {
        "actor": "person:x",
        "object": "s",
        "place": PLACE,
        "why": "test",
        "participants": 2,
    }
    return SessionEnded(**{**values, **changes})  # type: ignore[arg-type] # a table of fields


def test_an_event_stands_if_and_only_if_its_act_does(any_provider: Provider) -> None:
    """`append` joins the transaction: undone with it, committed with it."""
    audit = any_provider.services.audit
    with pytest.raises(RuntimeError), any_provider.sql.begin() as db:
        audit.append(db, _event())
        raise RuntimeError
    assert any_provider.events("session.ended") == []
    with any_provider.sql.begin() as db:
        audit.append(db, _event(), _event(object="t"))
    assert [event.object for event in any_provider.events("session.ended")] == ["s", "t"]


def test_a_note_outlives_the_refusal_around_it(any_provider: Provider) -> None:
    """`note` is durable when it returns, whatever happens next."""
    with pytest.raises(Conflict):
        any_provider.services.audit.note(_event(outcome=Outcome.REFUSED))
        raise Conflict("object.conflict")
    (event,) = any_provider.events("session.ended")
    assert event.outcome == "refused" and event.reference == PLACE.reference


def test_details_are_exactly_the_fields_of_the_kind() -> None:
    """What an event adds to its base becomes its details; actor, object and place do not repeat there."""
    assert _event().details() == {"why": "test", "participants": 2}


def test_a_subkind_keeps_the_fields_of_its_kind() -> None:
    """Each act is registered once, by the class that is used."""
    assert REGISTRY["session.ended"] is SessionEnded
    assert all(kind.act == act for act, kind in REGISTRY.items())

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Tried(Event):
        """An act of this test."""

        act = "test.tried"
        count: int

    try:
        assert REGISTRY["test.tried"] is Tried
        assert Tried(actor="a", object="o", place=PLACE, count=1).details() == {"count": 1}
    finally:
        del REGISTRY["test.tried"]


@pytest.mark.clause("GB/T 39786-2021", "8.4")
def test_a_sign_in_leaves_no_personal_data_in_the_log(any_provider: Provider) -> None:
    """Neither number, name, mobile, password nor full address stands in any event."""
    person = any_provider.make.person()
    browser = Browser(any_provider, "198.51.100.77").open("/login").sign_in(person, "wrong words")
    browser.sign_in(person)
    log = str(any_provider.events())
    assert "sign_in.done" in log and "sign_in.refused" in log
    for value in (person.id_number, person.name, person.mobile, "wrong words", "198.51.100.77"):
        assert value not in log
