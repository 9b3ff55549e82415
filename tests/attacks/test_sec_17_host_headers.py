"""SEC-17: no header about hosts, schemes or paths moves an address, a cookie or an issuer."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from urllib.parse import urlencode

import pytest

from idp.main import public_routes
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider, SqliteTemplate
from tests.support.raw import RawAnswer, ask, cookie_header, masked

pytestmark = pytest.mark.sec("SEC-17")
CORPUS = Path(__file__).parents[1] / "vectors" / "attacks" / "host_headers.json"
POISONS: list[dict[str, str]] = json.loads(CORPUS.read_text())
GETS = sorted(route.path for route in public_routes() if "GET" in route.methods)


def addresses(party: RelyingParty) -> list[str]:
    """Every GET route, those that need parameters with good ones too, and two that do not exist."""
    good = [
        party.authorize_url(),
        party.authorize_url(prompt="none"),
        party.authorize_url(redirect_uri="https://evil.test/"),
        "/preferences?set=language:en&back=/account",
        f"/oauth/logout?client_id={party.client.client_id}",
    ]
    return [*GETS, *good, "/static/none.css", "/nowhere"]


def seen(provider: Provider, urls: list[str], headers: dict[str, str], address: str) -> dict[str, object]:
    """What each address answers, volatile parts masked."""
    return {url: masked(ask(provider, "GET", url, headers=headers, address=address)) for url in urls}


def test_answers_are_the_same_under_every_poison(provider: Provider) -> None:
    """Every address, signed in or not, answers byte for byte as without the header."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    urls = addresses(party)
    for headers in ({}, cookie_header(browser)):
        plain = seen(provider, urls, headers, "192.0.2.77")
        for number, poison in enumerate(POISONS):
            # A caller of his own each time, so that the limit on refusals does not speak.
            assert seen(provider, urls, headers | poison, f"198.18.0.{number}") == plain, poison


def test_a_trusted_proxy_may_name_the_caller_but_no_host(
    sqlite_template: SqliteTemplate, tmp_path: Path
) -> None:
    """Behind a proxy that settings trust, discovery, redirects and cookies still come from the issuer alone."""
    trusting = sqlite_template.copy(tmp_path) | {"YIHAO_WEB__TRUSTED_PROXIES": '["192.0.2.0/24"]'}
    provider = Provider(trusting)
    urls = ["/.well-known/openid-configuration", "/login", "/account", "/nowhere"]
    plain = seen(provider, urls, {}, "192.0.2.77")
    for poison in POISONS:
        assert seen(provider, urls, poison, "192.0.2.77") == plain, poison
    provider.close()


def test_a_poisoned_sign_in_sets_the_same_cookie_and_goes_the_same_way(provider: Provider) -> None:
    """With all poisons in turn the form leads on within the provider and the session cookie keeps every flag."""
    for poison in POISONS:
        # Somebody else each time: thirty sign-ins of one person in a minute are asked for more.
        person = provider.make.person()
        browser = Browser(provider).open("/login")
        fields = {**browser.hidden(), "identifier": person.id_number, "password": person.password}
        headers = cookie_header(browser) | {"Origin": provider.issuer} | poison
        answer = ask(provider, "POST", "/login", body=urlencode(fields).encode(), headers=headers)
        assert (answer.status, answer.one("Location")) == (303, "/account"), poison
        session, device = answer.all("Set-Cookie")
        assert session.startswith("__Host-yh_session=") and device.startswith("__Host-yh_device=")
        assert all(one.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure") for one in (session, device))


def test_a_form_of_the_poisoned_host_is_foreign(provider: Provider) -> None:
    """An Origin that equals the sent Host, but not the issuer, is refused: the host is asked for nothing."""
    person = provider.make.person()
    browser = Browser(provider).open("/login")
    fields = {**browser.hidden(), "identifier": person.id_number, "password": person.password}
    headers = cookie_header(browser) | {"Origin": "https://evil.test", "Host": "evil.test"}
    answer = ask(provider, "POST", "/login", body=urlencode(fields).encode(), headers=headers)
    assert answer.status == 400 and not answer.all("Set-Cookie")


def test_tokens_name_the_configured_issuer(provider: Provider) -> None:
    """ID token and access token of a poisoned token request bear the issuer of the settings."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open(party.authorize_url()).sign_in(provider.make.person()).allow()
    fields = {"grant_type": "authorization_code", "code": party.answer(browser)["code"]}
    fields |= {"redirect_uri": party.client.redirect_uri, "code_verifier": party.verifier}
    tokens = party.call("/oauth/token", fields, **POISONS[0], **POISONS[1]).get_json()
    for token in (tokens["id_token"], tokens["access_token"]):
        assert claims(token)["iss"] == provider.issuer


def test_a_stranger_cannot_choose_the_place_that_a_session_shows(provider: Provider) -> None:
    """X-Forwarded-For of an untrusted peer does not change where a session says it comes from."""
    person = provider.make.person()
    browser = Browser(provider).open("/login")
    fields = {**browser.hidden(), "identifier": person.id_number, "password": person.password}
    headers = cookie_header(browser) | {"Origin": provider.issuer, "X-Forwarded-For": "198.51.100.9"}
    answer: RawAnswer = ask(provider, "POST", "/login", body=urlencode(fields).encode(), headers=headers)
    assert answer.status == 303
    with provider.sql.once() as db:
        place = db.exec_driver_sql("SELECT place FROM sso_session").scalar()
    assert "192.0.2" in str(place) and "198.51" not in str(place)


def claims(token: str) -> dict[str, object]:
    """The claims of a JWT, unverified."""
    part = token.split(".")[1]
    return dict(json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))))
