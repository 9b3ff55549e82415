"""The people of the demo: right in every check, and nobody's."""

import re
from datetime import date

from idp.accounts.models import PersonState
from idp.accounts.new_person import NewPerson, ValidPerson, validate
from idp.demo.personas import OLD_NUMBER, PERSONAS
from idp.identifiers.id_number import IdKind, parse_id_number
from tests.support.synthetic import TODAY, with_id_check


def test_every_persona_passes_the_door_that_all_persons_pass() -> None:
    """Registration would take each of them as they are written, nothing corrected."""
    for persona in PERSONAS:
        valid = validate(
            NewPerson(persona.id_number, persona.name, persona.mobile, persona.level, persona.password), TODAY
        )
        assert isinstance(valid, ValidPerson), persona
        assert (valid.name, valid.id_number, valid.mobile) == (
            persona.name,
            persona.id_number,
            persona.mobile,
        )


def test_no_persona_can_be_a_living_person() -> None:
    """All are born before 1905, and their check characters hold by an independent computation."""
    for persona in PERSONAS:
        assert parse_id_number(persona.id_number, TODAY).birth_date < date(1905, 1, 1)
        assert with_id_check(persona.id_number[:17]) == persona.id_number
        assert persona.mobile is None or re.fullmatch("1990000[0-9]{4}", persona.mobile)


def test_numbers_mobiles_and_passwords_are_distinct() -> None:
    """No two personas can be confused, and each password is long enough and says that it is a demo's."""
    for values in (
        [p.id_number for p in PERSONAS],
        [p.mobile for p in PERSONAS if p.mobile],
        [p.password for p in PERSONAS],
    ):
        assert len(set(values)) == len(values)
    assert all(len(p.password) >= 12 and p.password.startswith("demo-") for p in PERSONAS)


def test_cases_that_go_wrong_elsewhere_are_there() -> None:
    """A dozen at least, with every level and card, the states no act in the demo leads to, old, rare, foreign names."""
    kinds = {parse_id_number(p.id_number, TODAY).kind for p in PERSONAS}
    assert len(PERSONAS) >= 12
    assert kinds == set(IdKind)
    assert {p.level for p in PERSONAS} == {0, 1, 2, 3}
    assert {p.state for p in PERSONAS} == {PersonState.ACTIVE, PersonState.FROZEN, PersonState.CLOSED}
    assert parse_id_number(OLD_NUMBER, TODAY).value in {p.id_number for p in PERSONAS}
    assert any(p.mobile is None for p in PERSONAS)
    assert any(p.id_number.endswith("X") for p in PERSONAS)
    names = [p.name for p in PERSONAS]
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert any("·" in name for name in names)
    assert any(name.isascii() for name in names)
    assert any(len(name) > 20 for name in names)
