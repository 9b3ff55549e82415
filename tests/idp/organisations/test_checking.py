"""The job that asks the register again: what changed there is followed, silence changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.delegations.models import DelegationState
from idp.identifiers.capacity import Capacity
from idp.organisations.models import RegistrationStatus
from idp.organisations.store import Organisation
from tests.support.delegating import Office, office
from tests.support.provider import Provider, SqliteTemplate
from tests.support.registers import Registers, at, joined, registers

HOUR = 3600.0


@pytest.fixture
def twin() -> Iterator[Registers]:
    """The registers."""
    with registers() as made:
        yield made


@pytest.fixture
def served(twin: Registers, tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[Provider]:
    """A provider that asks them."""
    made = joined(twin, sqlite_template.copy(tmp_path))
    yield made
    made.close()


def _run(provider: Provider) -> int:
    return provider.services.people.checking.run()


def _later(provider: Provider, seconds: float) -> None:
    provider.clock.advance(seconds)
    at(provider.clock.timestamp())


def _now(provider: Provider, organisation: Organisation) -> Organisation:
    with provider.sql.once() as db:
        found = provider.services.people.organisations.find(db, organisation.id)
    assert found is not None
    return found


def _told(provider: Provider, twin: Registers, **changes: object) -> Office:
    """An organisation with representative and agent of which the register says the same."""
    here = office(provider)
    same = {
        "uscc": here.organisation.uscc,
        "name": here.organisation.name,
        "representative_number": here.representative.id_number,
    }
    twin.registers(**{**same, **changes})
    here.give(here.representative, provider.make.person())
    return here


def _states(here: Office) -> list[tuple[Capacity, DelegationState]]:
    with here.provider.sql.once() as db:
        store = here.provider.services.people.delegations.parts.store
        grants = store.list_of_organisation(db, here.organisation.id, tuple(DelegationState))
    return sorted((one.capacity, one.state) for one in grants)


def test_each_is_asked_once_in_a_period(served: Provider, twin: Registers) -> None:
    """Right after it was asked about an organisation rests; after a day it is its turn again."""
    here = _told(served, twin)
    assert _run(served) == 1 and twin.data.asked == 1
    assert _run(served) == 0 and twin.data.asked == 1
    _later(served, 23 * HOUR)
    assert _run(served) == 0
    _later(served, 2 * HOUR)
    assert _run(served) == 1 and _now(served, here.organisation).checked_at is not None


def test_the_longest_unchecked_come_first_and_a_run_is_bounded(
    served: Provider, twin: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two at a time, three organisations take two runs, the never asked first."""
    monkeypatch.setattr("idp.organisations.checking.AT_ONCE", 2)
    first = _told(served, twin)
    assert _run(served) == 1
    _later(served, 25 * HOUR)
    others = [_told(served, twin), _told(served, twin)]
    before = _now(served, first.organisation).checked_at
    assert _run(served) == 2
    assert _now(served, first.organisation).checked_at == before
    assert all(_now(served, one.organisation).checked_at for one in others)
    assert _run(served) == 1


def test_an_end_at_the_register_ends_every_grant(served: Provider, twin: Registers) -> None:
    """Deregistered: nobody acts any more, and the audit log says on whose word."""
    here = _told(served, twin, status="deregistered")
    _run(served)
    assert _now(served, here.organisation).status is RegistrationStatus.DEREGISTERED
    assert {state for _, state in _states(here)} == {DelegationState.ENDED}
    (changed,) = served.events("organisation.changed")
    assert changed.actor == "system:register_check"


def test_a_new_representative_at_the_register_freezes_what_the_old_one_gave(
    served: Provider, twin: Registers
) -> None:
    """The old one is out at once; the agent's grant waits for the new one, who comes by claiming."""
    here = _told(served, twin)
    _run(served)
    twin.registers(
        uscc=here.organisation.uscc,
        name=here.organisation.name,
        representative_number=served.make.person().id_number,
    )
    _later(served, 25 * HOUR)
    _run(served)
    assert _states(here) == [
        (Capacity.AGENT, DelegationState.FROZEN),
        (Capacity.LEGAL_REPRESENTATIVE, DelegationState.ENDED),
    ]


def test_silence_changes_nothing_and_the_turn_is_not_lost(served: Provider, twin: Registers) -> None:
    """A register that is down proves nothing: the organisation stays as it was and is asked about again soon."""
    here = _told(served, twin, status="deregistered")
    twin.data.mode = "down"
    assert _run(served) == 0
    assert _now(served, here.organisation) == here.organisation
    twin.data.mode = ""
    assert _run(served) == 1
    assert _now(served, here.organisation).status is RegistrationStatus.DEREGISTERED


def test_what_the_register_does_not_know_or_mistells_holds_up_no_other(
    served: Provider, twin: Registers
) -> None:
    """No such code, a circle of parents, a malformed old code: each keeps its state, the next one is still followed."""
    unknown = served.make.organisation()
    circle = _told(served, twin)
    twin.data.organisations[circle.organisation.uscc]["parent_uscc"] = circle.organisation.uscc
    mistold = _told(served, twin, identifiers=[["organisation_code", "123"]])
    good = _told(served, twin, status="deregistered")
    assert _run(served) == 4
    for one in (unknown, circle.organisation, mistold.organisation):
        now = _now(served, one)
        assert now.status is RegistrationStatus.REGISTERED and now.version == one.version
        assert now.checked_at is not None
    assert _now(served, good.organisation).status is RegistrationStatus.DEREGISTERED


def test_a_house_without_a_register_asks_nobody(provider: Provider) -> None:
    """The job is there and does nothing."""
    office(provider)
    assert _run(provider) == 0
