"""Whoever comes from an old system signs in with the old password once; from then on only our own hash is kept."""

import json
from pathlib import Path

import pytest

from crypto.passwords import is_carried
from idp.accounts import import_file
from idp.accounts.commands_import import import_of
from idp.authenticators.password import KIND
from tests.support.factories import MadePerson
from tests.support.importing import counts, read_in
from tests.support.journey import Browser
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number

VECTORS = Path(__file__).parents[1] / "vectors/passwords/foreign.json"
KNOWN = json.loads(VECTORS.read_text("utf-8"))
SCHEMES = {
    "bcrypt": KNOWN["bcrypt"][0],
    "pbkdf2": KNOWN["pbkdf2"][2],
    "pbkdf2_of_few_rounds": KNOWN["pbkdf2"][0],
    "pbkdf2_sm3": {
        "hash": "pbkdf2_sm3$10000$saltsalt$BDQHTr83JTcRG7pTHyP7sKY4XMMv+P6CG4w7ailEnSU=",
        "password": "password",
    },
    "salted_md5": KNOWN["plain"][0],
    "salted_sm3": KNOWN["plain"][2],
}


def imported(
    provider: Provider, folder: Path, known: dict[str, str], are_weak_kept: bool = True
) -> MadePerson:
    """A person who comes with this hash."""
    number = synthetic_id_number(11)
    source = folder / "p.csv"
    source.write_text(f"姓名,证件号码,密码散列\n测试,{number},{known['hash']}\n", "utf-8")
    what = import_of(provider.services, are_weak_kept=are_weak_kept)
    assert counts(read_in(provider, import_file.opened, what, source)) == (1, 0, 0, 0)
    with provider.sql.once() as db:
        person = provider.services.persons.find_by_document(db, "111", number)
    assert person is not None
    return MadePerson(person.id, number, person.name, "", known["password"])


def stored(provider: Provider, person: MadePerson) -> str | None:
    """What is kept of the person's password."""
    with provider.sql.once() as db:
        found = provider.services.passwords._credentials.find(db, person.id, KIND)
    return found.secret if found else None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_sign_in_replaces_the_carried_hash(any_provider: Provider, tmp_path: Path, scheme: str) -> None:
    """A wrong password leaves it, the right one signs in and leaves our own hash, which signs in again."""
    person = imported(any_provider, tmp_path, SCHEMES[scheme])
    before = stored(any_provider, person)
    assert before is not None
    assert is_carried(before)

    browser = Browser(any_provider).open("/login").sign_in(person, "wrong")
    assert browser.path == "/login"
    assert stored(any_provider, person) == before
    browser.sign_in(person, person.password)
    assert browser.path == "/account"
    after = stored(any_provider, person)
    assert after is not None
    assert after.startswith("$yihao1$argon2id$")

    assert Browser(any_provider).open("/login").sign_in(person, person.password).path == "/account"
    assert stored(any_provider, person) == after


def test_where_reset_is_asked_a_weak_hash_opens_nothing(any_provider: Provider, tmp_path: Path) -> None:
    """The account is there without a password: its owner has to choose one, the old one does not sign in."""
    person = imported(any_provider, tmp_path, SCHEMES["salted_md5"], are_weak_kept=False)
    assert stored(any_provider, person) is None
    assert Browser(any_provider).open("/login").sign_in(person, person.password).path == "/login"


def test_a_strong_hash_is_kept_where_reset_is_asked(any_provider: Provider, tmp_path: Path) -> None:
    """`reset` is about weak hashes only."""
    person = imported(any_provider, tmp_path, SCHEMES["bcrypt"], are_weak_kept=False)
    assert Browser(any_provider).open("/login").sign_in(person, person.password).path == "/account"
