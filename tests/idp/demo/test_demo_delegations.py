"""The demo has somebody for every way of acting for another, by grants that hold."""

from pathlib import Path
from typing import Any

import pytest

from idp.clock import instant
from idp.delegations.models import DelegationState
from idp.delegations.verifying import verified
from idp.demo import seed, twins
from idp.demo.delegations import CHILD, CLAIMABLE, ENTERPRISES
from idp.demo.instance import Instance, Memory, remember
from idp.demo.personas import PERSONAS
from idp.identifiers.capacity import Capacity
from idp.identifiers.uscc import Uscc
from tests.support.provider import Provider


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """A demo that is never served."""
    return Instance(8400, tmp_path)


@pytest.fixture
def memory(instance: Instance) -> Memory:
    """Its secrets."""
    return remember(instance, seed.client_ids(instance))


def _ways(provider: Provider, name: str) -> set[tuple[Capacity, str | None, bool]]:
    """In which capacity for whom a persona may act, and whether through an agency."""
    persona = next(one for one in PERSONAS if one.name == name)
    with provider.sql.once() as db:
        person = provider.services.persons.find_by_document(db, persona.id_kind, persona.id_number)
        assert person is not None
        who = provider.services.people.delegations
        found = who.capacities.list_of(db, person.id, instant(provider.clock))
    return {(one.capacity, one.organisation_name, one.via_delegation_id is not None) for one in found}


def test_personas_act_for_none_one_many_a_client_and_a_child(
    provider: Provider, instance: Instance, memory: Memory
) -> None:
    """Every case of the choice of capacity has somebody to sign in as."""
    seed.seed(provider.services, instance, memory)
    agency, technology, snacks = (plan.name for plan in ENTERPRISES)
    assert _ways(provider, "赵未核") == set()
    assert _ways(provider, "陈旧号") == set()
    assert _ways(provider, "王样例") == {(Capacity.AGENT, technology, False)}
    assert _ways(provider, "林台样") == {
        (Capacity.AGENT, agency, False),
        (Capacity.AGENT, technology, True),
    }
    assert _ways(provider, "张演示") == {
        (Capacity.LEGAL_REPRESENTATIVE, technology, False),
        (Capacity.LEGAL_REPRESENTATIVE, snacks, False),
        (Capacity.GUARDIAN, None, False),
    }
    assert (Capacity.ADMINISTRATOR, technology, False) in _ways(provider, "孙尾叉")


def test_every_grant_holds_and_one_is_over(provider: Provider, instance: Instance, memory: Memory) -> None:
    """The evidence of each grant verifies, that of the expired one too."""
    seed.seed(provider.services, instance, memory)
    who = provider.services.people.delegations
    states: list[Any] = []
    for plan in ENTERPRISES:
        with provider.sql.once() as db:
            organisation = provider.services.people.organisations.find_by_uscc(db, plan.uscc)
            assert organisation is not None
            grants = who.parts.store.list_of_organisation(db, organisation.id, tuple(DelegationState))
        for grant in grants:
            assert verified(who.parts.evidence, grant) == {"grant": True, "acceptance": True}
            states.append(grant.state)
    assert states.count(DelegationState.EXPIRED) == 1


def test_second_seeding_adds_nothing_and_json_names_everybody(
    provider: Provider, instance: Instance, memory: Memory
) -> None:
    """`demo.json` lists the enterprises with personas that it also lists."""
    seed.seed(provider.services, instance, memory)
    first = seed.published(provider.services, instance, memory)["organisations"]
    seed.seed(provider.services, instance, memory)
    content = seed.published(provider.services, instance, memory)
    assert content["organisations"] == first
    assert len(first) == len(ENTERPRISES)
    names = {person["name"] for person in content["persons"]}
    for row in first:
        assert {row["legal_representative"], *row["agents"]} <= names


def test_codes_and_the_child_can_be_told_from_real_ones() -> None:
    """All stand in a county that never existed."""
    for plan in (*ENTERPRISES, CLAIMABLE):
        code = Uscc(plan.uscc)
        assert code.value[2:8] == "140199"
        assert code.subject_code.startswith("MA0T")
    assert CHILD[1].startswith("140199")


def test_the_register_says_of_each_what_is_seeded_and_knows_one_more(
    provider: Provider, instance: Instance, memory: Memory
) -> None:
    """Asked at once the job changes nothing; the enterprise to be claimed is not here and its representative can sign in."""
    seed.seed(provider.services, instance, memory)
    content = seed.published(provider.services, instance, memory)
    told = {one["uscc"]: one for one in twins.registered()}
    for row in content["organisations"]:
        assert told.pop(row["uscc"])["representative_name"] == row["legal_representative"]
    (free,) = told.values()
    assert free["uscc"] == content["claimable"]["uscc"]
    persons = {person["id_number"]: person for person in content["persons"]}
    representative = persons[free["representative_number"]]
    assert representative["level"] >= 2 and representative["state"] == "active"
