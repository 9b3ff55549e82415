"""Both sides of a grant are told by text message, in the transaction of the act, without a link (C28, E08)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.delegations.inviting import To
from idp.delegations.store import Delegation
from idp.identifiers.capacity import Capacity
from idp.organisations.models import RegistrationStatus
from idp.organisations.port import RegisterFacts
from tests.support.claiming import ClaimWorld, claim_world
from tests.support.delegating import PLACE, Office, office
from tests.support.factories import MadePerson
from tests.support.provider import SqliteTemplate


@pytest.fixture
def world(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[ClaimWorld]:
    with claim_world(sqlite_template.copy(tmp_path)) as made:
        yield made


def _about(world: ClaimWorld, person: MadePerson, words: str) -> list[str]:
    found = [text for text in world.texts(person) if words in text]
    assert not [text for text in found if "http" in text or "//" in text]
    return found


def _office(world: ClaimWorld) -> tuple[Office, MadePerson]:
    return office(world.provider), world.provider.make.person(name="王乙丙")


def test_an_offer_its_acceptance_and_its_end_are_told(world: ClaimWorld) -> None:
    """The invited one hears of the offer and the end, the one who offered of acceptance and end; names are masked."""
    here, agent = _office(world)
    grant = here.give(here.representative, agent)
    assert len(_about(world, agent, f"{here.organisation.name}发来邀请")) == 1
    (told,) = _about(world, here.representative, "已接受邀请")
    assert "王*" in told and "王乙丙" not in told
    here.end(here.representative, grant.id)
    assert len(_about(world, agent, "授权已结束")) == 1
    assert len(_about(world, here.representative, "授权已结束")) == 1
    here.end(here.representative, grant.id)
    assert len(_about(world, agent, "授权已结束")) == 1, "an end that was refused is not told"


def test_a_number_that_nobody_registered_is_told_too(world: ClaimWorld) -> None:
    """The offer goes to the number itself; a refused offer tells nobody."""
    here, _ = _office(world)
    offered = here.invite(here.representative, To(mobile="19900007777"))
    assert isinstance(offered, Delegation)
    world.provider.services.people.notices.run()
    (told,) = world.phone.texts("19900007777")
    assert here.organisation.name in told
    refused = here.invite(here.representative, To(mobile="19900007778"), matters=frozenset())
    assert not isinstance(refused, Delegation)
    world.provider.services.people.notices.run()
    assert world.phone.texts("19900007778") == []


def test_nobody_has_a_number_flooded(world: ClaimWorld) -> None:
    """Five offers a day are told to one number, whoever makes them; each further one stands without a message."""
    for _ in range(3):
        here, _ = _office(world)
        for _ in range(3):
            assert isinstance(here.invite(here.representative, To(mobile="19900007779")), Delegation)
    world.provider.services.people.notices.run()
    assert len(world.phone.texts("19900007779")) == 5


def test_everybody_below_hears_of_an_end_and_open_offers_do_not(world: ClaimWorld) -> None:
    """With the administrator end his agents, once each, whatever ends it; who never accepted hears of no end."""
    here, agent = _office(world)
    administrator, invited = world.provider.make.person(), world.provider.make.person()
    here.give(here.representative, administrator, Capacity.ADMINISTRATOR)
    here.give(administrator, agent)
    here.invite(administrator, To(person_id=invited.id))
    facts = RegisterFacts(
        uscc=here.organisation.uscc,
        name=here.organisation.name,
        kind=here.organisation.kind,
        status=RegistrationStatus.DEREGISTERED,
        authority="某市场监督管理局",
        region=here.organisation.region,
        representative_name="测试甲",
        representative_kind="111",
        representative_number=here.representative.id_number,
    )
    with world.provider.sql.begin() as db:
        world.provider.services.people.organisations.apply(db, facts, "test", "system:test", PLACE)
    for person in (agent, administrator, here.representative):
        own = f"您代表{here.organisation.name}办理事项的授权已结束"
        assert len(_about(world, person, own)) == 1
    assert _about(world, invited, "已结束") == []


def test_an_organisation_that_is_the_agent_hears_by_its_representative(world: ClaimWorld) -> None:
    """The agency's representative is told of the offer, and the grantor of the acceptance, by the agency's name."""
    here, there = office(world.provider), office(world.provider)
    offered = here.invite(here.representative, To(organisation_id=there.organisation.id))
    assert isinstance(offered, Delegation)
    assert len(_about(world, there.representative, f"{here.organisation.name}发来邀请")) == 1
    here.accept(there.representative, offered.id)
    assert len(_about(world, here.representative, f"{there.organisation.name}已接受邀请")) == 1
