"""C03 as people walk it: a picture on one screen, a question on a telephone, and what nobody else can make of them."""

import re

import pytest

from tests.support.at_once import at_once
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import give_passkey, use_passkey
from tests.support.pictures import number_on, scan, screen_of, state_of
from tests.support.provider import Provider
from tests.support.tokens import claims_of


def test_a_telephone_signs_a_screen_in(any_provider: Provider) -> None:
    """System, department, device and place are told; the number is picked; the screen goes on, the class says one factor."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client(scope="openid"))
    screen = screen_of(any_provider, party.authorize_url(scope="openid"))
    telephone = Browser(any_provider, "198.51.100.7").open("/account").sign_in(person)
    assert state_of(screen) == "waiting"
    scan(telephone, screen)
    assert "应用 dept-one" in telephone.page and "某部门" in telephone.page and "192.0.2" in telephone.page
    assert state_of(screen) == "scanned"
    telephone.submit(number=number_on(screen))
    assert "已确认" in telephone.page and state_of(screen) == "confirmed"
    screen.submit()
    claims = claims_of(any_provider, party.redeem(party.answer(screen)["code"]).get_json()["id_token"])
    assert claims["acr"] == "urn:yihao:aal:1" and claims["amr"] == ["qr"]


def test_a_telephone_that_proved_two_factors_lately_says_two(provider: Provider) -> None:
    """After a passkey on the telephone the screen's sign-in counts as two; ten minutes later it does not."""
    person = provider.make.person()
    device = give_passkey(provider, person)
    party = RelyingParty(provider, provider.make.client(scope="openid"))
    telephone = use_passkey(Browser(provider).open("/account"), device)
    for wait, acr in ((0, "urn:yihao:aal:2"), (700, "urn:yihao:aal:1")):
        provider.clock.advance(wait)
        screen = screen_of(provider, party.authorize_url(scope="openid"))
        scan(telephone, screen).submit(number=number_on(screen))
        screen.submit()
        claims = claims_of(provider, party.redeem(party.answer(screen)["code"]).get_json()["id_token"])
        assert claims["acr"] == acr


@pytest.mark.sec("SEC-20")
def test_another_number_refuses_for_good(provider: Provider) -> None:
    """Who was sent the picture does not see the number: one wrong pick and it is over, the right one comes too late."""
    screen = screen_of(provider)
    telephone = scan(Browser(provider).open("/account").sign_in(provider.make.person()), screen)
    right = number_on(screen)
    offered = re.findall(r'name="number" value="([0-9]{2})"', telephone.page)
    assert right in offered and len(set(offered)) == 3
    fields = telephone.hidden()
    telephone.post("/qr", {**fields, "number": next(one for one in offered if one != right)})
    assert "已拒绝" in telephone.page
    telephone.post("/qr", {**fields, "number": right})
    assert "已拒绝" in telephone.page and state_of(screen) == "refused"
    assert "refuse" not in screen.submit().path and screen.path == "/login/qr"
    assert Browser.open(screen, "/account").path == "/login"


@pytest.mark.sec("SEC-20")
def test_the_second_account_that_scans_gets_nothing(provider: Provider) -> None:
    """Once one person looks at it, it is his alone: another can neither see nor confirm it."""
    screen = screen_of(provider)
    first = scan(Browser(provider).open("/account").sign_in(provider.make.person()), screen)
    second = Browser(provider).open("/account").sign_in(provider.make.person())
    token = second.open("/account/security/codes").hidden()["csrf_token"]
    assert "已失效" in scan(second, screen).page
    fields = {"csrf_token": token, "c": screen.hidden()["code"], "number": number_on(screen)}
    second.post("/qr", fields)
    assert "已拒绝" in second.page and state_of(screen) == "scanned"
    first.submit(number=number_on(screen))
    assert state_of(screen) == "confirmed"


@pytest.mark.sec("SEC-07")
@pytest.mark.sec("SEC-20")
def test_a_confirmed_picture_is_taken_once_by_its_own_screen(any_provider: Provider) -> None:
    """Another browser with the same code gets nothing; of eight at once in the own browser one is signed in by it."""
    person = any_provider.make.person()
    screen = screen_of(any_provider)
    telephone = scan(Browser(any_provider).open("/account").sign_in(person), screen)
    telephone.submit(number=number_on(screen))
    fields = screen.hidden()
    thief = screen_of(any_provider)
    stolen = {**thief.hidden(), "code": fields["code"]}
    thief.post("/login/qr", stolen)
    assert thief.path == "/login/qr" and Browser.open(thief, "/account").path == "/login"
    qr = any_provider.services.signing_in.qr
    held = any_provider.services.signing_in.login._transactions.get(fields["transaction"])
    assert held is not None

    def take() -> bool:
        return qr.take(fields["code"], held.browser, fields["transaction"]) is not None

    assert at_once([take] * 8).count(True) == 1


def test_after_two_minutes_it_is_over(provider: Provider) -> None:
    """A picture that nobody can answer any more says so on both screens."""
    screen = screen_of(provider)
    code = screen.hidden()["code"]
    provider.services.signing_in.qr._box.take(code)
    assert state_of(screen) == "expired"
    telephone = Browser(provider).open("/account").sign_in(provider.make.person())
    assert "已失效" in telephone.open(f"/qr?c={code}").page


def test_who_is_not_signed_in_on_the_telephone_signs_in_first(provider: Provider) -> None:
    """The question comes right after."""
    screen = screen_of(provider)
    telephone = scan(Browser(provider), screen)
    assert telephone.path == "/login"
    telephone.sign_in(provider.make.person())
    assert telephone.path == "/qr" and "哪一个" in telephone.page


def test_nothing_picked_loses_nothing(provider: Provider) -> None:
    """Confirming without a number asks for one; refusing ends it."""
    screen = screen_of(provider)
    telephone = scan(Browser(provider).open("/account").sign_in(provider.make.person()), screen)
    telephone.submit()
    assert telephone.status == 400 and "选择那台设备上显示的数字" in telephone.page
    telephone.post("/qr", {**telephone.hidden(), "number": "no"})
    assert "已拒绝" in telephone.page and state_of(screen) == "refused"


@pytest.mark.sec("SEC-20")
def test_a_picture_makes_no_proof_younger(provider: Provider) -> None:
    """Whoever stole a session of this morning cannot make a fresh one of it: neither for the password nor for `max_age`."""
    person = provider.make.person()
    telephone = Browser(provider).open("/account").sign_in(person)
    signed_in_at = int(provider.clock.timestamp())
    provider.clock.advance(1200)
    party = RelyingParty(provider, provider.make.client(scope="openid"))
    screen = screen_of(provider, party.authorize_url(scope="openid"))
    scan(telephone, screen).submit(number=number_on(screen))
    screen.submit()
    claims = claims_of(provider, party.redeem(party.answer(screen)["code"]).get_json()["id_token"])
    assert claims["auth_time"] == signed_in_at
    assert screen.open("/account/security/password").path == "/login"
    fresh = screen_of(provider, party.authorize_url(scope="openid", prompt="login"))
    scan(telephone, fresh)
    assert telephone.path == "/login"
    telephone.sign_in(person)
    assert telephone.path == "/qr"
    telephone.submit(number=number_on(fresh))
    fresh.submit()
    claims = claims_of(provider, party.redeem(party.answer(fresh)["code"]).get_json()["id_token"])
    assert claims["auth_time"] >= signed_in_at + 1200
