"""A machine in a hall, a person with a telephone: RFC 8628 from the first request to the token, and what goes wrong."""

from typing import Any

import pytest

from tests.support.at_once import at_once
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
BEGIN, TOKEN = "/oauth/device_authorization", "/oauth/token"


class Machine(RelyingParty):
    """A self-service machine: begins, shows a code, polls."""

    def begin(self, **changes: str) -> dict[str, Any]:
        """What the provider gives it to show."""
        answer = self.call(BEGIN, {"scope": "openid realname", **changes})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def poll(self, device_code: str) -> tuple[int, dict[str, Any]]:
        """One poll, after the interval."""
        self.provider.clock.advance(6)
        answer = self.call(TOKEN, {"grant_type": GRANT, "device_code": device_code})
        return answer.status_code, dict(answer.get_json())

    def error(self, device_code: str) -> str:
        """The error of one poll."""
        status, body = self.poll(device_code)
        assert status == 400
        return str(body["error"])


def machine(provider: Provider, client_id: str = "hall", **changes: Any) -> Machine:
    """A machine whose client is registered for the grant."""
    granted = {"grant_types": [GRANT, "refresh_token"], **changes}
    return Machine(provider, provider.make.client(client_id, **granted))


def confirmed(provider: Provider, begun: dict[str, Any], person: MadePerson) -> Browser:
    """A telephone whose owner typed the code, confirmed the machine and signed in."""
    telephone = Browser(provider, "198.51.100.7").open(begun["verification_uri"])
    telephone.submit(user_code=begun["user_code"].lower().replace("-", " "))
    telephone.submit()
    return telephone.sign_in(person)


@pytest.mark.clause("RFC 8628", "3.2")
@pytest.mark.clause("RFC 8628", "3.4")
def test_a_machine_gets_its_tokens_once_the_person_agreed(any_provider: Provider) -> None:
    """Pending until then; the tokens tell how the person signed in; who asks and where it stands was shown."""
    person, kiosk = any_provider.make.person(), machine(any_provider)
    begun = kiosk.begin()
    assert begun["expires_in"] == 300 and begun["interval"] == 5
    assert begun["verification_uri_complete"].endswith("?user_code=" + begun["user_code"])
    assert kiosk.error(begun["device_code"]) == "authorization_pending"
    telephone = Browser(any_provider, "198.51.100.7").open(begun["verification_uri"])
    telephone.submit(user_code=begun["user_code"])
    assert "应用 hall" in telephone.page and begun["user_code"] in telephone.page
    assert "192.0.2.0/24" in telephone.page
    telephone.submit()
    telephone.sign_in(person)
    assert kiosk.error(begun["device_code"]) == "authorization_pending"
    telephone.allow()
    assert "可以回到自助机了" in telephone.page and telephone.left_to is None
    status, tokens = kiosk.poll(begun["device_code"])
    assert status == 200 and tokens["refresh_token"]
    claims = claims_of(any_provider, tokens["id_token"])
    assert claims["amr"] == ["pwd"] and claims["acr"] == "urn:yihao:aal:1" and "nonce" not in claims
    assert kiosk.userinfo(tokens["access_token"]).get_json()["name"] == person.name
    assert kiosk.error(begun["device_code"]) == "invalid_grant", "once"
    assert kiosk.refresh(tokens["refresh_token"]).status_code == 200
    telephone.open("/oauth/logout").post("/oauth/logout/confirm", telephone.hidden())
    assert kiosk.userinfo(tokens["access_token"]).status_code == 401, "it ends with the session"


@pytest.mark.clause("RFC 8628", "5.4")
def test_opening_the_complete_address_confirms_nothing(provider: Provider) -> None:
    """Somebody who is signed in follows a link that was sent to him: nothing happens without his word."""
    person, kiosk = provider.make.person(), machine(provider)
    telephone = Browser(provider).open("/account").sign_in(person)
    begun = kiosk.begin()
    telephone.open(begun["verification_uri_complete"])
    assert begun["user_code"] in telephone.page
    assert kiosk.error(begun["device_code"]) == "authorization_pending"
    telephone.submit(user_code=begun["user_code"])
    assert "别人发来的代码或链接" in telephone.page
    telephone.submit(decision="no")
    assert "没有登录" in telephone.page
    assert kiosk.error(begun["device_code"]) == "access_denied"


@pytest.mark.clause("RFC 8628", "5.4")
def test_nobody_decides_about_a_machine_that_was_not_shown(provider: Provider) -> None:
    """The right code with a yes shows the machine first; what another browser was shown decides nothing here."""
    kiosk = machine(provider)
    begun = kiosk.begin()
    hasty = Browser(provider).open("/device")
    hasty.submit(user_code=begun["user_code"], decision="yes")
    assert "是您面前的这台机器吗" in hasty.page
    other = Browser(provider, "192.0.2.12").open("/device")
    taken = {**hasty.hidden(), "csrf_token": other.hidden()["csrf_token"]}
    assert "没有这个代码" in other.post("/device", taken).page
    assert kiosk.error(begun["device_code"]) == "authorization_pending"


@pytest.mark.clause("RFC 8628", "3.5")
def test_who_turns_back_from_the_sign_in_denies_the_machine(provider: Provider) -> None:
    """A level that is not reached, and the way back: told on both sides."""
    kiosk = machine(provider, least_aal=2)
    begun = kiosk.begin()
    telephone = confirmed(provider, begun, provider.make.person())
    telephone.post("/login/cancel", telephone.hidden())
    assert "没有登录" in telephone.page
    assert kiosk.error(begun["device_code"]) == "access_denied"


@pytest.mark.clause("RFC 8628", "3.5")
def test_who_does_not_agree_denies_the_machine(provider: Provider) -> None:
    """On the consent page as on the first one."""
    kiosk = machine(provider)
    begun = kiosk.begin()
    telephone = confirmed(provider, begun, provider.make.person())
    telephone.submit(decision="deny")
    assert "没有登录" in telephone.page
    assert kiosk.error(begun["device_code"]) == "access_denied"


@pytest.mark.clause("RFC 8628", "3.5")
def test_a_machine_that_polls_too_fast_is_slowed(provider: Provider) -> None:
    """Each early poll adds five seconds to the interval; who then waits is answered."""
    kiosk = machine(provider)
    code = kiosk.begin()["device_code"]
    form = {"grant_type": GRANT, "device_code": code}
    assert kiosk.error(code) == "authorization_pending"
    assert kiosk.call(TOKEN, form).get_json()["error"] == "slow_down"
    assert kiosk.error(code) == "slow_down", "six seconds are too few now"
    provider.clock.advance(15)
    assert kiosk.error(code) == "authorization_pending"


def test_a_code_is_over_after_five_minutes(provider: Provider) -> None:
    """For the machine and for the person; an approval that comes too late is told."""
    kiosk, person = machine(provider), provider.make.person()
    begun = kiosk.begin()
    telephone = confirmed(provider, begun, person)
    provider.clock.advance(301)
    telephone.allow()
    assert "时间到了" in telephone.page
    assert kiosk.error(begun["device_code"]) == "expired_token"
    late = Browser(provider).open("/device").submit(user_code=begun["user_code"])
    assert late.status == 400 and "没有这个代码" in late.page


@pytest.mark.sec("SEC-06")
def test_another_machine_gets_nothing_for_it(provider: Provider) -> None:
    """A code belongs to the client that began; unknown codes are told the same."""
    kiosk, other = machine(provider), machine(provider, "other")
    begun = kiosk.begin()
    confirmed(provider, begun, provider.make.person()).allow()
    assert other.error(begun["device_code"]) == "invalid_grant"
    assert other.error("x" * 43) == "invalid_grant"
    assert kiosk.poll(begun["device_code"])[0] == 200


@pytest.mark.sec("SEC-06")
def test_of_many_polls_at_once_one_gets_tokens(any_provider: Provider) -> None:
    """Ten at one moment after the approval: at most one is answered with tokens, and no other ever."""
    kiosk = machine(any_provider)
    begun = kiosk.begin()
    confirmed(any_provider, begun, any_provider.make.person()).allow()
    any_provider.clock.advance(6)
    form = {"grant_type": GRANT, "device_code": begun["device_code"]}
    statuses = at_once([lambda: kiosk.call(TOKEN, form).status_code] * 10)
    assert set(statuses) <= {200, 400}
    any_provider.clock.advance(60)
    won = statuses.count(200) or [kiosk.poll(begun["device_code"])[0]].count(200)
    assert won == 1 and kiosk.error(begun["device_code"]) == "invalid_grant"


@pytest.mark.sec("SEC-29")
@pytest.mark.clause("RFC 8628", "5.1")
def test_user_codes_cannot_be_searched(provider: Provider) -> None:
    """Thirty tries an hour from one address, right or wrong."""
    browser = Browser(provider)
    for _ in range(30):
        assert browser.open("/device").submit(user_code="BBBB-BBBB").status == 400
    assert browser.open("/device").submit(user_code="BBBB-BBBB").status == 429


@pytest.mark.sec("SEC-19")
def test_the_least_level_of_the_client_holds_here_too(provider: Provider) -> None:
    """A machine of a client that demands two factors gets its tokens after two."""
    kiosk = machine(provider, least_aal=2)
    telephone = confirmed(provider, kiosk.begin(), provider.make.person())
    assert telephone.path == "/login/more"


@pytest.mark.clause("RFC 8628", "3.1")
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"scope": "openid org.basic"}, "invalid_scope"),
        ({"scope": "realname"}, "invalid_scope"),
        ({"scope": "openid", "acr_values": "urn:nobody"}, "unmet_authentication_requirements"),
    ],
)
def test_what_a_machine_may_not_ask_is_refused(
    provider: Provider, fields: dict[str, str], error: str
) -> None:
    """By the same checks as at the authorization endpoint."""
    assert machine(provider).call(BEGIN, fields).get_json()["error"] == error


def test_a_client_without_the_grant_is_refused(provider: Provider) -> None:
    """At both endpoints."""
    party = RelyingParty(provider, provider.make.client())
    assert party.call(BEGIN, {"scope": "openid"}).get_json()["error"] == "unauthorized_client"
    refused = party.call(TOKEN, {"grant_type": GRANT, "device_code": "x"})
    assert refused.get_json()["error"] == "unauthorized_client"
