"""C22 as people walk it: what is known and from where, and another mobile number."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.keys.models import KeyPurpose
from tests.support.delegating import PLACE
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.phone import Phone, phone
from tests.support.provider import Provider, SqliteTemplate
from tests.support.synthetic import synthetic_id_number

MOBILE = "/account/profile/mobile"
NEW = "19900008801"


class _LateClock:
    """The clock of a provider that is made after who needs it."""

    provider: Provider | None = None

    def timestamp(self) -> float:
        assert self.provider is not None
        return self.provider.clock.timestamp()


@dataclass
class World:
    """A provider with a telephone beside it."""

    provider: Provider
    phone: Phone

    def mobile_of(self, person: MadePerson) -> str | None:
        """The number as stored now."""
        with self.provider.sql.once() as db:
            found = self.provider.services.persons.find(db, person.id)
        assert found is not None
        return found.mobile


@pytest.fixture
def world(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[World]:
    clock = _LateClock()
    with phone(clock) as telephone:
        provider = Provider({**sqlite_template.copy(tmp_path), **telephone.environment()})
        clock.provider = provider
        signer = provider.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
        telephone.twin.keys.append(dict(signer.handle.public_jwk))
        yield World(provider, telephone)
        provider.close()


def _changing(world: World, person: MadePerson, mobile: str = NEW) -> Browser:
    return Browser(world.provider).open(MOBILE).sign_in(person).submit(mobile=mobile)


def test_every_item_has_its_source_and_nothing_is_shown_whole(any_provider: Provider) -> None:
    """Name, documents with their standing, number, and the history with what stood before, all masked."""
    person = any_provider.make.person(name="王小明")
    identity, number = any_provider.services.life.identity, synthetic_id_number(801)
    with any_provider.sql.begin() as db:
        identity.change_name(db, person.id, "王大明", "population", None, "cli:test", PLACE)
        identity.correct_number(db, person.id, "111", number, "population", None, "cli:test", PLACE)
    browser = Browser(any_provider).open("/account/profile")
    page = browser.submit(identifier=person.mobile, password=person.password).page
    assert "来源：公安人口库" in page and "姓名变更" in page and "证件号码更正" in page
    assert "主要证件" in page and "曾用" in page and "王" in page
    for whole in (number, person.id_number, person.mobile, "小明", "大明"):
        assert whole not in page


def test_a_new_number_is_proved_and_the_old_one_told(world: World) -> None:
    """The code goes to the new number only; afterwards it signs in, and the old one does not and knows it."""
    person = world.provider.make.person()
    browser = _changing(world, person)
    assert NEW not in browser.page and world.phone.texts(person.mobile) == []
    browser.submit(code="000000" if world.phone.code(NEW) != "000000" else "000001")
    assert browser.status == 400 and world.mobile_of(person) == person.mobile
    browser.submit(code=world.phone.code(NEW))
    assert browser.path == "/account/profile" and "已通知您的旧手机号" in browser.page
    assert world.mobile_of(person) == NEW
    world.provider.services.people.notices.run()
    assert any("手机号已更改" in text for text in world.phone.texts(person.mobile))
    fresh = Browser(world.provider, "192.0.2.61").open("/login")
    assert fresh.submit(identifier=person.mobile, password=person.password).path != "/account"
    fresh.open("/login").submit(identifier=NEW, password=person.password)
    assert fresh.path == "/login/more", "a new device right after a new number takes one more step"
    fresh.submit(way="sms")
    fresh.submit(code=world.phone.code(NEW))
    assert fresh.path == "/account"


def test_a_number_of_somebody_else_is_taken_over_by_its_code_and_not_told_before(world: World) -> None:
    """The page is the same as for a free number; who had it keeps the account and signs in by document (NAT-02)."""
    person, other = world.provider.make.person(), world.provider.make.person()
    free = _changing(world, person).page
    taken = Browser(world.provider, "192.0.2.62").open(MOBILE).sign_in(person).submit(mobile=other.mobile)
    assert taken.status == 200 and len(taken.page) == len(free)
    taken.submit(code=world.phone.code(other.mobile))
    assert world.mobile_of(person) == other.mobile and world.mobile_of(other) is None
    theirs = Browser(world.provider, "192.0.2.63").open("/login")
    theirs.submit(identifier=other.id_number, password=other.password)
    assert theirs.path == "/account" and "手机号" in theirs.page


def test_faults_are_named_and_another_sessions_challenge_is_none(world: World) -> None:
    """No number, the same number, a challenge of another session, an old sign-in, and a code that was used."""
    person, thief = world.provider.make.person(), world.provider.make.person()
    browser = _changing(world, person, "123")
    assert browser.status == 400 and 'value="123"' in browser.page
    browser.submit(mobile=person.mobile)
    assert "这就是您现在的手机号" in browser.page
    browser.submit(mobile=NEW)
    challenge = browser.hidden()["challenge"]
    stranger = Browser(world.provider, "192.0.2.64").open(MOBILE).sign_in(thief)
    stranger.post(MOBILE, {**stranger.hidden(), "challenge": challenge, "code": world.phone.code(NEW)})
    assert world.mobile_of(thief) == thief.mobile
    fields = browser.hidden()
    browser.submit(code=world.phone.code(NEW))
    browser.post(MOBILE, {**fields, "code": world.phone.code(NEW)})
    assert browser.status == 400 and len(world.provider.events("person.identity_changed")) == 1
    browser.open(MOBILE)
    world.provider.clock.advance(700)
    browser.submit(mobile="19900008802")
    assert 'id="password"' in browser.page
