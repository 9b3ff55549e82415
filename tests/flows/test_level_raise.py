"""C15 as people walk it: the level, the ways up against real sources, and everything that leaves it where it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from idp.clock import instant
from idp.keys.models import KeyPurpose
from idp.proofing.assurance import NewEvidence
from tests.support.delegating import PLACE
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider, SqliteTemplate
from tests.support.registers import Registers, at, registers
from tests.support.tokens import claims_of

CARD = "6222000000000000018"
PROVE = "/account/level/prove"


@pytest.fixture
def twin() -> Iterator[Registers]:
    """The sources."""
    with registers() as made:
        yield made


@pytest.fixture
def served(twin: Registers, tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[Provider]:
    """A provider that asks them."""
    made = Provider(
        {**sqlite_template.copy(tmp_path), **twin.environment(), "YIHAO_OUTBOUND__SECONDS": "0.5"}
    )
    signer = made.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
    twin.callers.append(dict(signer.handle.public_jwk))
    at(made.clock.timestamp())
    yield made
    made.close()


def _somebody(provider: Provider, twin: Registers, **known: object) -> MadePerson:
    """A person whose level 1 stands on the population register; the sources know number, name and mobile."""
    person = provider.make.person(level=0)
    place, services = PLACE, provider.services.people
    with provider.sql.begin() as db:
        new = NewEvidence("population", "population", "r1", instant(provider.clock))
        services.assurance.record(db, person.id, new, "test", place)
    values = {"name": person.name, "mobile": person.mobile, "card_number": CARD, "result_token": "face-ok"}
    twin.knows(id_number=person.id_number, **{**values, **known})
    return person


def _at_the_form(provider: Provider, person: MadePerson, way: str) -> Browser:
    browser = Browser(provider).open("/account/level").sign_in(person)
    return browser.open(f"{PROVE}?way={way}")


def _level(provider: Provider, person: MadePerson) -> int:
    with provider.sql.once() as db:
        found = provider.services.persons.find(db, person.id)
    assert found is not None
    return found.level_at(instant(provider.clock))


def test_a_level_is_raised_and_told_to_applications(served: Provider, twin: Registers) -> None:
    """From 1 to 2 by a bank card: the page says so, the evidence keeps no card number, and `ial` says 2."""
    person = _somebody(served, twin)
    party = RelyingParty(served, served.make.client())
    before = party.tokens(Browser(served, "192.0.2.31"), person, scope="openid realname")
    assert party.userinfo(before["access_token"]).get_json()["ial"] == 1
    browser = Browser(served).open("/account/level").sign_in(person)
    assert "您当前为 1 级" in browser.page and "公安人口库比对" in browser.page
    assert 'value="window"' in browser.page and "窗口当面核实" in browser.page
    browser.open(f"{PROVE}?way=bank").submit(card_number=f" {CARD} ")
    assert browser.path == "/account/level" and "已核实，您当前为 2 级" in browser.page
    assert _level(served, person) == 2
    after = party.tokens(Browser(served, "192.0.2.32"), person, scope="openid realname")
    assert party.userinfo(after["access_token"]).get_json()["ial"] == 2
    assert party.userinfo(before["access_token"]).get_json()["ial"] == 2, "userinfo tells what is so now"
    assert "acr" in claims_of(served, after["id_token"], "JWT")
    with served.sql.once() as db:
        proofs = served.services.people.assurance.list_of(db, person.id)
    assert [proof.method for proof in proofs] == ["bank", "population"] or len(proofs) == 2
    assert CARD not in repr(proofs) + repr(served.events())


def test_what_differs_changes_nothing(served: Provider, twin: Registers) -> None:
    """Another card, another name, a person whom the source does not know: words of the difference, and the level stays."""
    person = _somebody(served, twin)
    browser = _at_the_form(served, person, "bank").submit(card_number="6222000000000000026")
    assert "未能确认是本人" in browser.page and "也可以换一种方式" in browser.page
    assert "6222000000000000026" not in browser.page
    twin.knows(id_number=person.id_number, name="别的名", mobile="19900009998", card_number=CARD)
    browser.submit(card_number=CARD)
    assert "姓名与来源登记的不一致" in browser.page and "手机号与来源登记的不一致" in browser.page
    twin.data.persons.clear()
    browser.submit(card_number=CARD)
    assert "未能确认是本人" in browser.page
    twin.knows(
        id_number=person.id_number, name=person.name, mobile=person.mobile, card_number=CARD, is_deceased=True
    )
    browser.submit(card_number=CARD)
    assert "未能确认是本人" in browser.page
    assert _level(served, person) == 1 and len(served.events("evidence.recorded")) == 1


def test_a_source_that_is_down_is_no_mismatch(served: Provider, twin: Registers) -> None:
    """The page says that nothing has changed; once it answers the same form works."""
    person = _somebody(served, twin)
    twin.data.mode = "down"
    browser = _at_the_form(served, person, "bank").submit(card_number=CARD)
    assert "核验来源没有应答" in browser.page and "未能确认是本人" not in browser.page
    twin.data.mode = ""
    assert "您当前为 2 级" in browser.submit(card_number=CARD).page


def test_a_face_check_needs_its_own_consent(served: Provider, twin: Registers) -> None:
    """Neither an empty code nor a missing tick asks anybody; what was ticked stays ticked."""
    person = _somebody(served, twin)
    browser = _at_the_form(served, person, "face")
    asked = twin.data.asked
    browser.submit(result_token="face-ok")
    assert browser.status == 400 and "须先勾选同意" in browser.page and twin.data.asked == asked
    browser.submit(consent="yes")
    assert browser.status == 400 and "输入人脸核验结果码" in browser.page and "checked" in browser.page
    browser.submit(result_token="face-ok", consent="yes")
    assert browser.path == "/account/level" and _level(served, person) == 2


def test_only_who_has_just_signed_in_raises_a_level(served: Provider, twin: Registers) -> None:
    """An old session is asked to sign in again; ways that are none are missing; nobody without a session comes in."""
    person = _somebody(served, twin)
    browser = _at_the_form(served, person, "bank")
    fields = browser.hidden()
    served.clock.advance(700)
    at(served.clock.timestamp())
    browser.post(PROVE, {**fields, "card_number": CARD})
    assert 'id="password"' in browser.page and _level(served, person) == 1
    assert 'id="password"' in browser.open(f"{PROVE}?way=bank").page
    browser.sign_in(person)
    for way in ("carried_over", "certificate", "nothing", "kinship"):
        assert browser.open(f"{PROVE}?way={way}").status == 404
    assert browser.open(PROVE).path == "/account/level"
    browser.post(PROVE, {**browser.open(f"{PROVE}?way=bank").hidden(), "way": "certificate"})
    assert browser.status == 404
    assert 'id="password"' in Browser(served, "192.0.2.40").open("/account/level").page


def test_evidence_that_ends_lets_the_level_fall(served: Provider, twin: Registers) -> None:
    """The page says until when it holds and what comes then; past that it is lower, with no job having run."""
    person = _somebody(served, twin)
    browser = _at_the_form(served, person, "bank").submit(card_number=CARD)
    assert "此后为 1 级" in browser.page
    served.clock.advance(timedelta(days=1096).total_seconds())
    at(served.clock.timestamp())
    browser = Browser(served, "192.0.2.41").open("/account/level").sign_in(person)
    assert "您当前为 1 级" in browser.page and "已到期" in browser.page
    served.services.people.assurance.run()
    assert _level(served, person) == 1 and len(served.events("level.fell")) == 1


def test_without_a_mobile_number_the_bank_is_no_way(served: Provider, twin: Registers) -> None:
    """It is named with what it lacks; the others stay open."""
    person = served.make.person(level=0, mobile=None, mobile_verified_at=None)
    browser = Browser(served).open("/account/level")
    browser.submit(identifier=person.id_number, password=person.password)
    assert "银行卡核验需要先登记手机号" in browser.page and 'value="face"' in browser.page
    assert browser.open(f"{PROVE}?way=bank").status == 404


def test_asking_again_and_again_is_paused(served: Provider, twin: Registers) -> None:
    """Ten refusals about one document a day: after that nobody is asked about it from here."""
    person = _somebody(served, twin)
    browser = _at_the_form(served, person, "bank")
    for _ in range(10):
        browser.submit(card_number="6222000000000000026")
    asked = twin.data.asked
    browser.submit(card_number=CARD)
    assert browser.status == 429 and twin.data.asked == asked and _level(served, person) == 1
