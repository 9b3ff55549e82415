"""Importing who acts for whom: nothing stands without the word of both sides, and no row gives more than the rules allow."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.clock import CHINA, instant
from idp.delegations import importing_file
from idp.delegations.commands_import import import_of
from idp.delegations.rules import ADMINISTRATORS
from idp.delegations.store import Delegation
from idp.delegations.verifying import verified
from idp.importing.report import ImportReport
from tests.idp.delegations.world import World
from tests.support.factories import MadePerson
from tests.support.importing import PLACE, codes, counts, read_in
from tests.support.matters import matter
from tests.support.provider import Provider

HEADER = "统一社会信用代码,姓名,证件号码,身份,事项,结束日期,授权凭证,接受凭证"
TAX = "TAX-001"


class House:
    """An organisation of the register whose representative has not been here, and a file about it."""

    def __init__(self, provider: Provider, folder: Path) -> None:
        self.provider = provider
        self.representative = provider.make.person(level=3)
        self.organisation = provider.make.organisation(
            representative_name=self.representative.name,
            representative_kind="111",
            representative_number=self.representative.id_number,
        )
        provider.services.people.matters.replace_all([matter(TAX), matter("TAX-003", level=3)], "test", PLACE)
        self._path = folder / "d.csv"
        self.ends = (instant(provider.clock).astimezone(CHINA) + timedelta(days=200)).date().isoformat()

    def line(self, who: MadePerson, capacity: str = "经办人", **cells: str) -> str:
        """A row; `cells` changes matters, ends, grant, acceptance, name."""
        values = {
            "name": who.name,
            "matters": TAX,
            "ends": self.ends,
            "grant": "委托书-1",
            "acceptance": "接受-1",
        } | cells
        return ",".join(
            [
                self.organisation.uscc,
                values["name"],
                who.id_number,
                capacity,
                values["matters"],
                values["ends"],
                values["grant"],
                values["acceptance"],
            ]
        )

    @property
    def root(self) -> str:
        """The row of the representative."""
        return self.line(self.representative, "法定代表人", matters="", ends="", grant="", acceptance="")

    def read_in(self, *lines: str, is_dry: bool = False) -> ImportReport:
        """What comes of a file of these rows."""
        self._path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
        what = import_of(self.provider.services)
        return read_in(self.provider, importing_file.opened, what, self._path, is_dry=is_dry)

    def grants(self) -> list[Delegation]:
        """Every grant of the organisation, oldest first."""
        store = self.provider.services.people.delegations.parts.store
        with self.provider.sql.once() as db:
            return store.list_of_organisation(db, self.organisation.id)[::-1]


@pytest.fixture
def house(any_provider: Provider, tmp_path: Path) -> House:
    """On both pairs of stores in turn."""
    return House(any_provider, tmp_path)


def test_both_words_make_a_grant_and_one_an_offer(house: House) -> None:
    """With both references a row stands under the representative with signed evidence; without acceptance it waits."""
    first, second = house.provider.make.person(), house.provider.make.person()
    report = house.read_in(house.root, house.line(first), house.line(second, acceptance=""))
    assert counts(report) == (3, 0, 0, 0)
    grants = {one.agent_person_id: one for one in house.grants()}
    root, active, offered = (grants[each.id] for each in (house.representative, first, second))
    assert (active.state, offered.state) == ("active", "invited")
    assert {active.parent_id, offered.parent_id} == {root.id}
    assert active.matters == frozenset({TAX})
    evidence = house.provider.services.people.delegations.parts.evidence
    assert verified(evidence, active) == {"grant": True, "acceptance": True}
    assert verified(evidence, offered) == {"grant": True}
    assert offered.accepted_at is None


def test_again_the_same_file_changes_nothing(house: House) -> None:
    """A second run finds everything there; another period for the same person is a matter for people."""
    who = house.provider.make.person(level=3)
    lines = [house.root, house.line(who)]
    house.read_in(*lines)
    assert counts(house.read_in(*lines)) == (0, 0, 2, 0)
    other = house.read_in(house.root, house.line(who, matters="*"))
    assert codes(other) == [(3, "row", "delegation.refused.already")]
    assert len(house.grants()) == 2


def test_without_the_organisations_word_nothing_is_imported(house: House) -> None:
    """A row without a grant reference is refused; so is one of an organisation whose representative is not there."""
    who = house.provider.make.person()
    assert codes(house.read_in(house.line(who, grant=""))) == [(2, "grant_reference", "delegation.no_grant")]
    assert codes(house.read_in(house.line(who))) == [(2, "uscc", "delegation.refused.not_usable")]
    assert house.grants() == []


def test_nobody_becomes_representative_by_a_file(house: House) -> None:
    """Only the person whom the register names; another one is refused, and nothing is founded."""
    rival = house.provider.make.person(level=3)
    report = house.read_in(house.line(rival, "法定代表人", matters="", ends="", grant="x", acceptance="x"))
    assert codes(report) == [(2, "agent_number", "delegation.not_representative")]
    assert house.grants() == []


@pytest.mark.parametrize("is_dry", [True, False])
def test_the_sixth_administrator_is_refused(house: House, is_dry: bool) -> None:
    """Five administrators at most, counted over the file and what stands, when dry as well (ORG-07)."""
    people = [house.provider.make.person(level=3) for _ in range(ADMINISTRATORS + 1)]
    lines = [house.line(who, "管理员", matters="*", ends="") for who in people]
    report = house.read_in(house.root, *lines, is_dry=is_dry)
    assert counts(report) == (1 + ADMINISTRATORS, 0, 0, 1)
    assert codes(report) == [(2 + ADMINISTRATORS + 1, "capacity", "delegation.refused.too_many")]
    assert len(house.grants()) == (0 if is_dry else 1 + ADMINISTRATORS)


def test_rules_hold_for_every_row(house: House) -> None:
    """Unknown matters, a level too low, periods over or too long, oneself, a name that is not the person's."""
    low, who = house.provider.make.person(level=1), house.provider.make.person(name="测试乙")
    nobody = house.provider.make.person(level=0)
    house.read_in(house.root)
    expected = [
        (house.line(who, matters="NO-SUCH"), "matters", "delegation.no_matter"),
        (house.line(low, matters="TAX-003"), "agent_number", "delegation.refused.level"),
        (house.line(nobody), "agent_number", "delegation.refused.level"),
        (house.line(who, ends="2001-01-01"), "row", "delegation.refused.period"),
        (house.line(who, ends="2999-01-01"), "row", "delegation.refused.period"),
        (house.line(who, ends=""), "row", "delegation.refused.period"),
        (house.line(who, ends="0001-01-01"), "ends_on", "delegation.date"),
        (house.line(who, matters=""), "row", "delegation.refused.no_matters"),
        (house.line(house.representative), "agent_number", "delegation.refused.oneself"),
        (house.line(who, name="测试丙"), "agent_number", "delegation.no_person"),
        (house.line(who, "监护人"), "capacity", "delegation.capacity"),
    ]
    for row, field, code in expected:
        assert codes(house.read_in(row)) == [(2, field, code)]
    assert len(house.grants()) == 1


def test_no_number_stands_in_rows_or_events(house: House) -> None:
    """What is written names persons by id; evidence and events hold no value of a person."""
    who = house.provider.make.person()
    house.read_in(house.root, house.line(who))
    with house.provider.sql.once() as db:
        rows = db.execute(text("SELECT * FROM delegation")).all()
        events = db.execute(text("SELECT * FROM audit_event")).all()
    for value in (who.id_number, who.name, house.representative.id_number):
        assert value not in repr(rows)
        assert value not in repr(events)


def test_an_imported_administrator_may_act_and_an_offer_may_not(world: World, tmp_path: Path) -> None:
    """What was imported as a grant is a capacity at once; an offer is none until its agent says yes."""
    house = House(world.provider, tmp_path)
    first, second = world.provider.make.person(), world.provider.make.person()
    house.read_in(house.root, house.line(first), house.line(second, acceptance=""))
    capacities = world.provider.services.people.delegations.capacities
    with world.provider.sql.once() as db:
        now = instant(world.provider.clock)
        assert [one.uscc for one in capacities.list_of(db, first.id, now) if one.uscc] == [
            house.organisation.uscc
        ]
        assert [one for one in capacities.list_of(db, second.id, now) if one.uscc] == []
