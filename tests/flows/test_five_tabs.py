"""Many tabs of one browser: sign-ins side by side, the back button, forms sent twice."""

import threading
from urllib.parse import quote_plus

import pytest

from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import ask, cookie_header, snapshot
from tests.support.tokens import claims_of


def _applications(provider: Provider, count: int) -> list[RelyingParty]:
    return [RelyingParty(provider, provider.make.client(f"dept-{number}")) for number in range(count)]


def _open_tabs(browser: Browser, applications: list[RelyingParty]) -> list[dict[str, str]]:
    """The hidden fields of one sign-in form per application, all open at once."""
    return [browser.open(application.authorize_url()).hidden() for application in applications]


def _fill(browser: Browser, tab: dict[str, str], person: MadePerson) -> Browser:
    return browser.post("/login", {**tab, "identifier": person.id_number, "password": person.password})


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 2, 0, 3, 1)])
def test_five_forms_finish_in_any_order(any_provider: Provider, order: tuple[int, ...]) -> None:
    """Each application gets its own code for its own request, whichever form is sent first."""
    applications, person, browser = (
        _applications(any_provider, 5),
        any_provider.make.person(),
        Browser(any_provider),
    )
    tabs = _open_tabs(browser, applications)
    nonces = set()
    for number in order:
        _fill(browser, tabs[number], person).allow()
        application = applications[number]
        answer = application.answer(browser)
        assert answer["state"] == application.state
        tokens = application.redeem(answer["code"]).get_json()
        claims = claims_of(any_provider, tokens["id_token"], audience=application.client.client_id)
        assert claims["nonce"] == application.nonce
        nonces.add(claims["nonce"])
    assert len(nonces) == 5
    # Each form was a sign-in of the same person: one session, renewed.
    assert len(snapshot(any_provider)["sso_session"]) == 1


def test_after_the_first_sign_in_the_other_tabs_only_continue(provider: Provider) -> None:
    """Reloading the forms of the other tabs offers to go on as the person who signed in."""
    applications, person, browser = _applications(provider, 3), provider.make.person(), Browser(provider)
    tabs = _open_tabs(browser, applications)
    _fill(browser, tabs[0], person).allow()
    for tab, application in list(zip(tabs, applications, strict=True))[1:]:
        browser.open(f"/login?transaction={tab['transaction']}")
        assert 'action="/login/continue"' in browser.page
        browser.submit(choice="continue").allow()
        assert "code" in application.answer(browser)


def test_going_back_to_a_finished_form_gives_no_second_code(any_provider: Provider) -> None:
    """The form of a finished sign-in, opened or sent again, ends at a page that says so."""
    (application,), person, browser = (
        _applications(any_provider, 1),
        any_provider.make.person(),
        Browser(any_provider),
    )
    (tab,) = _open_tabs(browser, [application])
    _fill(browser, tab, person).allow()
    assert "code" in application.answer(browser)
    for is_sent in (False, True):
        if is_sent:
            _fill(browser, tab, person)
        else:
            browser.open(f"/login?transaction={tab['transaction']}")
        assert browser.left_to is None and browser.status == 400
        assert "这次登录已经完成" in browser.page
    assert len(any_provider.events("authorization.answered")) == 1


def test_a_finished_form_checks_no_password(provider: Provider) -> None:
    """A wrong password in a form that is done already signs nobody in and counts nothing."""
    (application,), person, browser = _applications(provider, 1), provider.make.person(), Browser(provider)
    (tab,) = _open_tabs(browser, [application])
    _fill(browser, tab, person)
    cookie = browser.cookie("yh_session")
    browser.post("/login", {**tab, "identifier": person.id_number, "password": "wrong"})
    assert browser.cookie("yh_session") == cookie
    assert not provider.events("sign_in.refused")


def test_a_form_sent_twice_at_once_makes_one_session(any_provider: Provider) -> None:
    """Of two finishes of one transaction one wins; the other goes on without a session of its own."""
    (application,), person, browser = (
        _applications(any_provider, 1),
        any_provider.make.person(),
        Browser(any_provider),
    )
    (tab,) = _open_tabs(browser, [application])
    headers = {**cookie_header(browser), "Origin": any_provider.issuer}
    body = f"identifier={person.id_number}&password={quote_plus(person.password)}".encode()
    body += f"&transaction={tab['transaction']}&csrf_token={tab['csrf_token']}".encode()
    start, answers = threading.Barrier(4), []

    def finish() -> None:
        start.wait()
        answers.append(ask(any_provider, "POST", "/login", body=body, headers=headers))

    threads = [threading.Thread(target=finish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {303}
    assert len({answer.one("Location") for answer in answers}) == 1, "all go on at the same place"
    with_session = [a for a in answers if any("yh_session" in c for c in a.all("Set-Cookie"))]
    assert len(with_session) == 1
    assert len(snapshot(any_provider)["sso_session"]) == 1
    assert len(any_provider.events("sign_in.done")) == 1


def test_a_request_resumed_twice_at_once_gets_one_code(any_provider: Provider) -> None:
    """Two resumptions of one authorization request: one code, the other is told that it is over."""
    (application,), person, browser = (
        _applications(any_provider, 1),
        any_provider.make.person(),
        Browser(any_provider),
    )
    application.tokens(browser, person)
    any_provider.clock.advance(5)
    browser.open(application.authorize_url(prompt="login"))
    headers = {**cookie_header(browser), "Origin": any_provider.issuer}
    tab = browser.hidden()
    body = f"identifier={person.id_number}&password={quote_plus(person.password)}".encode()
    body += f"&transaction={tab['transaction']}&csrf_token={tab['csrf_token']}".encode()
    signed_in = ask(any_provider, "POST", "/login", body=body, headers=headers)
    place = signed_in.one("Location") or ""
    cookie = next(c for c in signed_in.all("Set-Cookie") if "yh_session" in c).partition(";")[0]
    mark = next(part for part in headers["Cookie"].split("; ") if "yh_browser" in part)
    start, answers = threading.Barrier(4), []

    def resume() -> None:
        start.wait()
        answers.append(ask(any_provider, "GET", place, headers={"Cookie": f"{mark}; {cookie}"}))

    threads = [threading.Thread(target=resume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]
    assert sum("code=" in answer.text for answer in answers) == 1


def test_a_transaction_is_of_one_browser(provider: Provider) -> None:
    """The address of somebody's form opens nothing in another browser, with or without its own cookie."""
    (application,) = _applications(provider, 1)
    browser = Browser(provider).open(application.authorize_url())
    stranger = Browser(provider)
    stranger.open(f"/login?transaction={browser.hidden()['transaction']}")
    assert stranger.status == 400 and 'id="password"' not in stranger.page
    stranger.open("/login")
    stranger.post("/login", {**stranger.hidden(), "transaction": browser.hidden()["transaction"]})
    assert stranger.status == 400


def test_a_form_open_too_long_says_so(provider: Provider) -> None:
    """A transaction that is unknown by now shows the time-out page, not an error."""
    browser = Browser(provider).open("/login")
    browser.open("/login?transaction=" + "A" * 43)
    assert browser.status == 400 and "页面已超时" in browser.page
    browser.post("/login", {**browser.hidden(), "transaction": "A" * 43, "csrf_token": ""})
    assert browser.status == 400
