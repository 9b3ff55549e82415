"""C14 as people walk it: from the kind of document to a signed-in account, and every way in which it does not end so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from idp.accounts.models import PersonState
from idp.keys.models import KeyPurpose
from tests.support.delegating import PLACE
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.phone import Phone, phone
from tests.support.provider import Provider, SqliteTemplate
from tests.support.registers import Registers, at, registers
from tests.support.synthetic import synthetic_id_number

PASSWORD = "a long phrase 很长的"
DAY = 86_400


class _LateClock:
    """The clock of a provider that is made after who needs it."""

    provider: Provider | None = None

    def timestamp(self) -> float:
        assert self.provider is not None
        return self.provider.clock.timestamp()


@dataclass
class World:
    """A provider with registers and a telephone beside it."""

    provider: Provider
    twin: Registers
    phone: Phone

    def browser(self, address: str = "192.0.2.10") -> Browser:
        """A fresh browser at the first step."""
        return Browser(self.provider, address).open("/register")

    def known(self, sequence: int, name: str = "测试新", **facts: object) -> str:
        """A number that the population register knows."""
        number = synthetic_id_number(sequence)
        self.twin.knows(id_number=number, name=name, **facts)
        return number

    def to_the_code(
        self, browser: Browser, number: str, mobile: str, name: str = "测试新", kind: str = "111"
    ) -> Browser:
        """Walk to the page that asks for the code."""
        browser.submit(kind=kind)
        browser.submit(name=name, id_number=number)
        return browser.submit(mobile=mobile)

    def register(
        self, browser: Browser, number: str, mobile: str, name: str = "测试新", kind: str = "111"
    ) -> Browser:
        """Walk the whole way."""
        self.to_the_code(browser, number, mobile, name, kind)
        browser.submit(code=self.phone.code(mobile))
        return browser.submit(password=PASSWORD)


@pytest.fixture
def world(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[World]:
    clock = _LateClock()
    with registers() as twin, phone(clock) as telephone:
        settings = {**sqlite_template.copy(tmp_path), **twin.environment(), **telephone.environment()}
        provider = Provider({**settings, "YIHAO_OUTBOUND__SECONDS": "1"})
        clock.provider = provider
        signer = provider.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
        key = dict(signer.handle.public_jwk)
        twin.callers.append(key)
        telephone.twin.keys.append(key)
        at(provider.clock.timestamp())
        yield World(provider, twin, telephone)
        provider.close()


def _person(world: World, number: str) -> object:
    with world.provider.sql.once() as db:
        return world.provider.services.persons.find_by_document(db, "111", number)


def test_somebody_new_is_registered_proved_and_signed_in(world: World) -> None:
    """Five steps, one question each; at the end a session, level 1 by evidence, and a message to the number."""
    number, mobile = world.known(31), "19900003101"
    browser = world.browser()
    assert "第 1 步，共 5 步" in browser.page
    world.register(browser, number, mobile)
    assert "账户已创建" in browser.page and browser.status == 200
    assert browser.open("/account").path == "/account" and "1 级" in browser.page
    assert (
        Browser(world.provider, "192.0.2.11").open("/login").submit(identifier=mobile, password=PASSWORD).path
        == "/account"
    )
    world.provider.services.people.notices.run()
    assert any("账户已创建" in text for text in world.phone.texts(mobile))
    with world.provider.sql.once() as db:
        found = world.provider.services.persons.find_by_mobile(db, mobile)
        assert found is not None
        (evidence,) = world.provider.services.people.assurance.list_of(db, found.id)
    assert (found.level, evidence.method, evidence.source) == (1, "population", "population")


def test_registering_goes_on_to_the_application_that_asked(world: World) -> None:
    """From an application to the sign-in page, to registering, and on to the application."""
    number, mobile = world.known(32), "19900003201"
    party = RelyingParty(world.provider, world.provider.make.client())
    browser = Browser(world.provider).open(party.authorize_url())
    browser.open(browser.page.partition('id="register" href="')[2].partition('"')[0])
    world.register(browser, number, mobile)
    browser.open(browser.page.partition('id="continue" href="')[2].partition('"')[0])
    browser.submit()
    assert browser.path == "/consent"
    browser.allow()
    assert "code" in party.answer(browser)


def test_values_stay_and_earlier_steps_can_be_gone_back_to(world: World) -> None:
    """A mistake is named at its field with what was typed; back shows what was given; a later step cannot be jumped to."""
    browser = world.browser()
    browser.submit(kind="111").submit(name="测试新", id_number="140100190002280010")
    assert (
        browser.status == 400
        and "field-error" in browser.page
        and 'value="140100190002280010"' in browser.page
    )
    id_ = browser.hidden()["registration"]
    assert 'name="code"' not in browser.open(f"/register?registration={id_}&step=password").page
    browser.submit(name="测试新", id_number=synthetic_id_number(33))
    assert 'value="测试新"' in browser.open(f"/register?registration={id_}&step=identity").page
    browser.submit(name="测试改", id_number=synthetic_id_number(33))
    assert browser.open(f"/register?registration={id_}&step=identity").page.count('value="测试改"') == 1


def test_a_changed_number_must_be_proved_again(world: World) -> None:
    """Going back to another mobile number forgets that the first was proved."""
    browser, number = world.browser(), world.known(34)
    world.to_the_code(browser, number, "19900003401").submit(code=world.phone.code("19900003401"))
    id_ = browser.hidden()["registration"]
    browser.open(f"/register?registration={id_}&step=mobile").submit(mobile="19900003402")
    browser.submit(step="password", password=PASSWORD)
    assert _person(world, number) is None


def test_wrong_codes_are_counted_and_a_new_one_leaves_the_old_one_valid(world: World) -> None:
    """Ten tries; spaces and dashes are fine; after a second code the first still works."""
    browser, number, mobile = world.browser(), world.known(35), "19900003501"
    world.to_the_code(browser, number, mobile)
    first = world.phone.code(mobile)
    assert browser.submit(code="000000" if first != "000000" else "111111").status == 400
    browser.submit(again="yes")
    browser.submit(code=f"{first[:3]} - {first[3:]}")
    assert 'id="password"' in browser.page
    second = world.browser("192.0.2.12")
    world.to_the_code(second, number, "19900003502")
    wrong = next(code for code in ("000000", "111111") if code != world.phone.code("19900003502"))
    for _ in range(10):
        second.submit(code=wrong)
    second.submit(code=world.phone.code("19900003502"))
    assert second.status == 400


def test_details_that_do_not_match_and_an_account_that_is_there_look_alike(world: World) -> None:
    """Whoever tries with somebody's number learns nothing: one page, whatever the reason; the owner is told by text."""
    there = world.provider.make.person(name="测试甲")
    world.twin.knows(id_number=there.id_number, name="测试甲")
    taken = world.register(world.browser("192.0.2.21"), there.id_number, "19900003601", "测试甲")
    unknown = world.register(world.browser("192.0.2.22"), synthetic_id_number(36), "19900003602")
    wrong = world.register(world.browser("192.0.2.23"), world.known(37), "19900003603", "测试错")

    def shown(browser: Browser) -> str:
        return browser.page.partition("<main")[2].replace(
            browser.page.partition("registration=")[2][:43], "ID"
        )

    assert shown(taken) == shown(unknown) == shown(wrong) and "没有创建账户" in taken.page
    assert taken.status == unknown.status == wrong.status
    world.provider.services.people.notices.run()
    assert any("申请注册" in text for text in world.phone.texts(there.mobile))
    assert world.phone.texts("19900003601")[0].count("验证码") == 1, "the stranger is told nothing more"


def test_the_owner_of_the_number_is_told(world: World) -> None:
    """Whoever proves the registered mobile number hears that the account is there."""
    there = world.provider.make.person(name="测试甲")
    world.twin.knows(id_number=there.id_number, name="测试甲")
    browser = world.register(world.browser(), there.id_number, there.mobile, "测试甲")
    assert "您已经有账户" in browser.page


def test_until_the_code_nothing_differs_between_registered_and_not(world: World) -> None:
    """The pages up to the code are byte for byte the same for a known and an unknown number and mobile."""
    there = world.provider.make.person(name="测试甲")
    pages = []
    for number, mobile, address in (
        (there.id_number, there.mobile, "192.0.2.31"),
        (synthetic_id_number(38), "19900003801", "192.0.2.32"),
    ):
        browser = world.to_the_code(world.browser(address), number, mobile, "测试甲")
        body = browser.page.partition("<main")[2]
        for secret in (browser.hidden()["registration"], browser.hidden()["csrf_token"]):
            body = body.replace(secret, "X")
        pages.append((browser.status, body.replace(f"199******{mobile[-2:]}", "M")))
    assert pages[0] == pages[1]


def test_a_mobile_number_of_somebody_else_changes_hands(world: World) -> None:
    """Who proved it has it; the former holder signs in by number and not by it any more (NAT-02)."""
    former, number = world.provider.make.person(), world.known(39)
    world.register(world.browser(), number, former.mobile)
    again = Browser(world.provider, "192.0.2.41").open("/login")
    assert again.submit(identifier=former.mobile, password=former.password).path == "/login"
    assert again.open("/login").sign_in(former).path == "/account"
    assert {row.object for row in world.provider.events("person.identity_changed")} >= {former.id}


def test_when_the_register_is_silent_the_account_stands_at_level_zero(world: World) -> None:
    """Silence is no mismatch: the account is made, unproved, and says so."""
    world.twin.data.mode = "down"
    browser = world.register(world.browser(), synthetic_id_number(40), "19900004001")
    assert "暂时没有应答" in browser.page
    assert "还没有核验" in browser.open("/account").page


def test_a_passport_is_registered_unproved(world: World) -> None:
    """A document that the population register does not keep is looked at later; the account is there."""
    browser = world.register(world.browser(), "E12345678", "19900004101", "Ada Sample", "414")
    assert "账户已创建" in browser.page


def test_a_child_under_fourteen_is_sent_to_the_guardian(world: World) -> None:
    """The birth date in the number tells it; nothing is made. On the fourteenth birthday one registers oneself."""
    browser = world.browser()
    browser.submit(kind="111").submit(name="测试童", id_number=synthetic_id_number(42, date(2014, 5, 6)))
    assert "监护人" in browser.page and 'name="mobile"' not in browser.page
    today = date(2026, 11, 23)
    number = synthetic_id_number(43, today.replace(year=today.year - 14))
    world.twin.knows(id_number=number, name="测试少")
    made = world.register(world.browser("192.0.2.52"), number, "19900004301", "测试少")
    assert "账户已创建" in made.page


def test_the_dead_do_not_register(world: World) -> None:
    """The register says that the person died: no account."""
    number = world.known(44, is_deceased=True)
    assert "没有创建账户" in world.register(world.browser(), number, "19900004401").page
    assert _person(world, number) is None


def test_who_closed_the_account_returns_as_the_same_person(world: World) -> None:
    """The whole way round by the pages: close, fifteen days, register again — the application meets the same subject."""
    number, mobile = world.known(45), "19900004501"
    world.register(world.browser(), number, mobile)
    party = RelyingParty(world.provider, world.provider.make.client())
    person = MadePerson("", number, "测试新", mobile, PASSWORD)
    before = party.userinfo(
        party.tokens(Browser(world.provider, "192.0.2.61"), person)["access_token"]
    ).get_json()
    found = _person(world, number)
    life = world.provider.services.life
    with world.provider.sql.begin() as db:
        life.closing.begin(db, found.id, f"person:{found.id}", PLACE)  # type: ignore[attr-defined] # a person
    world.provider.clock.advance(15 * DAY)
    at(world.provider.clock.timestamp())
    assert life.closing.run() == 1
    world.register(world.browser("192.0.2.62"), number, mobile)
    after = party.userinfo(
        party.tokens(Browser(world.provider, "192.0.2.63"), person)["access_token"]
    ).get_json()
    assert after["sub"] == before["sub"]
    assert _person(world, number).state is PersonState.ACTIVE  # type: ignore[attr-defined] # a person


def test_another_browser_cannot_go_on_with_a_registration(world: World) -> None:
    """The registration is bound to the browser that began it."""
    browser = world.browser()
    id_ = browser.hidden()["registration"]
    assert Browser(world.provider, "192.0.2.71").open(f"/register?registration={id_}").status == 400


def test_codes_to_one_number_are_limited(world: World) -> None:
    """Five in an hour, whoever asks from wherever (ABU-01)."""
    mobile = "19900004601"
    for count in range(6):
        browser = world.browser(f"198.51.100.{count}")
        world.to_the_code(browser, synthetic_id_number(46), mobile)
    assert browser.status == 429 and len(world.phone.texts(mobile)) == 5


def test_a_message_waits_for_a_gateway_and_the_second_one_helps_out(world: World, tmp_path: Path) -> None:
    """While all are down the message waits, sealed; when one answers it goes, and number and text are gone."""
    world.phone.twin.mode = "down"
    with world.provider.sql.begin() as db:
        world.provider.services.people.notices.tell(db, "registered", "19900004701")
    assert world.provider.services.people.notices.run() == 1 and not world.phone.texts("19900004701")
    with world.provider.sql.once() as db:
        sealed = db.exec_driver_sql("SELECT recipient FROM message").scalar_one()
    assert b"19900004701" not in bytes(sealed)
    world.phone.twin.mode = ""
    assert world.provider.services.people.notices.run() == 0, "not before its pause is over"
    world.provider.clock.advance(11)
    assert world.provider.services.people.notices.run() == 1 and len(world.phone.texts("19900004701")) == 1
    with world.provider.sql.once() as db:
        kept = db.exec_driver_sql("SELECT state, recipient, text FROM message").one()
    assert tuple(kept) == ("sent", None, None)
