"""A USB key as people use it: bound once in the account, then it signs in alone; and what does not open anything."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.x509 import private_key
from crypto.x509.certificate import Certificate
from crypto.x509.private_key import SoftwareKey
from idp.clock import instant
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import transaction_of
from tests.support.provider import Provider, SqliteTemplate
from tests.support.tokens import claims_of
from tests.support.ukey_certificates import PERSON_OID, KeyCa, Said, sm2_spki
from tests.support.ukey_desk import Desk, desk_of, signed

PAGE = "/account/security/certificate"


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[Desk]:
    with desk_of(tmp_path, sqlite_template) as made:
        yield made


def bound(desk: Desk, person: MadePerson, key: SoftwareKey, certificate: Certificate) -> Browser:
    """A browser in which a person has bound a key."""
    browser = Browser(desk.provider).open(PAGE).sign_in(person)
    return browser.post(PAGE, signed(browser, key, certificate))


def at_the_key(desk: Desk, url: str = "/account") -> Browser:
    """A browser at the page for USB keys."""
    browser = Browser(desk.provider).open(url)
    return browser.open(f"/login/ukey?transaction={transaction_of(browser)}")


def test_a_bound_key_signs_in_alone_at_level_three(desk: Desk) -> None:
    """Bound after a fresh sign-in; from then on no identifier is typed, and the class says hardware."""
    person, key = desk.provider.make.person(), SoftwareKey(private_key.generate())
    certificate = desk.certificate(person, key)
    assert "证书已绑定" in bound(desk, person, key, certificate).page
    party = RelyingParty(desk.provider, desk.provider.make.client(scope="openid"))
    browser = at_the_key(desk, party.authorize_url(scope="openid", acr_values="urn:yihao:aal:3"))
    browser.post("/login/ukey", signed(browser, key, certificate))
    claims = claims_of(desk.provider, party.redeem(party.answer(browser)["code"]).get_json()["id_token"])
    assert claims["acr"] == "urn:yihao:aal:3" and set(claims["amr"]) == {"hwk", "pin", "mfa"}


@pytest.mark.sec("SEC-22")
def test_a_certificate_that_names_somebody_opens_nothing_before_it_is_bound(desk: Desk) -> None:
    """Whoever gets a certificate in another's name from a careless authority has no account by that."""
    person, key = desk.provider.make.person(), SoftwareKey(private_key.generate())
    browser = at_the_key(desk)
    browser.post("/login/ukey", signed(browser, key, desk.certificate(person, key)))
    assert "还没有绑定" in browser.page and browser.open("/account").path == "/login"


@pytest.mark.sec("SEC-22")
def test_nobody_binds_a_certificate_of_somebody_else(desk: Desk) -> None:
    """The number in it has to be the person's own; one that is bound cannot be bound once more."""
    person, other = desk.provider.make.person(), desk.provider.make.person()
    key = SoftwareKey(private_key.generate())
    theirs = desk.certificate(other, key)
    assert "不是您的" in bound(desk, person, key, theirs).page
    assert "证书已绑定" in bound(desk, other, key, theirs).page
    again = Browser(desk.provider).open(PAGE).sign_in(other)
    if again.path != PAGE:
        again.open(f"/login/ukey?transaction={transaction_of(again)}")
        again.post("/login/ukey", signed(again, key, theirs))
    assert again.path == PAGE
    assert "已经绑定" in again.post(PAGE, signed(again, key, theirs)).page


@pytest.mark.parametrize("fault", ["revoked", "expired", "foreign", "replayed", "other line"])
def test_a_key_that_does_not_serve_is_told_why(desk: Desk, fault: str) -> None:
    """Each refusal has its words, signs nobody in, and leaves another way on the page."""
    person, key = desk.provider.make.person(), SoftwareKey(private_key.generate())
    certificate = desk.certificate(person, key)
    bound(desk, person, key, certificate)
    browser = at_the_key(desk)
    fields = signed(browser, key, certificate)
    words = "没有通过核对"
    if fault == "revoked":
        desk.ca.revoked.append(int(certificate.serial_hex, 16))
        # The list that is held is asked for again when it is half a day old.
        desk.provider.clock.advance(13 * 3600)
        browser = at_the_key(desk)
        fields, words = signed(browser, key, certificate), "吊销"
    elif fault == "expired":
        desk.provider.clock.advance(40 * 86_400)
        browser = at_the_key(desk)
        fields, words = signed(browser, key, certificate), "有效期"
    elif fault == "foreign":
        stranger = KeyCa(instant(desk.provider.clock), name="Stranger")
        said = Said(identities=((PERSON_OID, person.id_number),), crl=desk.lists)
        fields, words = signed(browser, key, stranger.issue(sm2_spki(key), said)), "认可的范围"
    elif fault == "replayed":
        browser.post("/login/ukey", {**fields, "signature": ""})
    else:
        fields["signature"] = base64.b64encode(key.sign(b"v1|another line")).decode()
    browser.post("/login/ukey", fields)
    assert browser.status == 400 and words in browser.page
    assert 'id="other"' in browser.page and browser.open("/account").path == "/login"


def test_a_key_is_taken_off_and_opens_nothing_more(desk: Desk) -> None:
    """Removed in the account, after a proof by the key itself."""
    person, key = desk.provider.make.person(), SoftwareKey(private_key.generate())
    certificate = desk.certificate(person, key)
    bound(desk, person, key, certificate)
    browser = at_the_key(desk)
    browser.post("/login/ukey", signed(browser, key, certificate)).open(PAGE)
    handle = re.search(r'name="handle" value="([^"]+)"', browser.page)
    assert handle is not None
    browser.post(PAGE, {**browser.hidden(), "handle": handle.group(1)})
    assert "已移除" in browser.page
    later = at_the_key(desk)
    later.post("/login/ukey", signed(later, key, certificate))
    assert "还没有绑定" in later.page


def test_without_authorities_the_way_is_off(provider: Provider) -> None:
    """No button on the sign-in page, and a sentence for who comes by address."""
    browser = Browser(provider).open("/account")
    assert "way-ukey" not in browser.page
    browser.open(f"/login/ukey?transaction={transaction_of(browser)}")
    assert "没有启用" in browser.page


def test_five_keys_are_bound_and_a_sixth_takes_none_of_them_away(desk: Desk) -> None:
    """The sixth is refused with a word on what to do; the first still opens the account."""
    person = desk.provider.make.person()
    keys = [SoftwareKey(private_key.generate()) for _ in range(6)]
    certificates = [desk.certificate(person, key) for key in keys]
    bound(desk, person, keys[0], certificates[0])
    browser = at_the_key(desk, PAGE)
    browser.post("/login/ukey", signed(browser, keys[0], certificates[0]))
    for key, certificate in zip(keys[1:5], certificates[1:5], strict=True):
        assert "证书已绑定" in browser.post(PAGE, signed(browser, key, certificate)).page
        browser.open(PAGE)
    browser.post(PAGE, signed(browser, keys[5], certificates[5]))
    assert browser.status == 400 and "先移除一个再添加" in browser.page
    again = at_the_key(desk)
    again.post("/login/ukey", signed(again, keys[0], certificates[0]))
    assert again.status == 200 and "<title>账户中心" in again.page


def test_a_session_at_level_three_idles_a_quarter_of_an_hour(desk: Desk) -> None:
    """What a hardware key opened closes sooner than what a password opened."""
    person, key = desk.provider.make.person(), SoftwareKey(private_key.generate())
    certificate = desk.certificate(person, key)
    bound(desk, person, key, certificate)
    browser = at_the_key(desk)
    browser.post("/login/ukey", signed(browser, key, certificate))
    desk.provider.clock.advance(899)
    assert browser.open("/account").path == "/account"
    desk.provider.clock.advance(901)
    assert browser.open("/account").path == "/login"
