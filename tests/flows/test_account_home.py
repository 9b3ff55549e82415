"""What a person sees and ends on the account home."""

import re

from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
END = "/account/sessions/end"
WITHDRAW = "/account/applications/withdraw"
DEVICES = "/account/devices"
APPLICATIONS = "/account/applications"


def _forms(page: str, action: str) -> list[dict[str, str]]:
    """Hidden fields of every form of the page that goes to `action`."""
    forms = [part.partition("</form>")[0] for part in page.split(f'action="{action}"')[1:]]
    return [dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form)) for form in forms]


def _end(browser: Browser, handle: str) -> Browser:
    (fields,) = [form for form in _forms(browser.open(DEVICES).page, END) if form["handle"] == handle]
    browser.post(END, fields)
    assert 'id="cancel"' in browser.page, "the first step asks"
    return browser.submit(confirm="yes")


def _two_devices(provider: Provider) -> tuple[MadePerson, Browser, Browser]:
    person = provider.make.person()
    here, there = Browser(provider), Browser(provider, "198.51.100.7")
    here.open("/login").sign_in(person)
    provider.clock.advance(120)
    there.open("/login").sign_in(person)
    return person, here, there


def _sid(provider: Provider, browser: Browser) -> str:
    with provider.sql.once() as db:
        sso = provider.services.sessions.find(db, browser.cookie("yh_session"))
    assert sso is not None
    return sso.id


def test_every_session_stands_there_with_its_masked_place(any_provider: Provider) -> None:
    """Both devices are listed, one is marked as this one, no full address and no ID number is shown."""
    person, here, there = _two_devices(any_provider)
    here.open(DEVICES)
    handles = {form["handle"] for form in _forms(here.page, END)}
    assert handles == {_sid(any_provider, here), _sid(any_provider, there)}
    assert here.page.count("tag-ok") == 1
    assert "198.51.100.7" not in here.page and person.id_number not in here.page


def test_ending_another_session_signs_that_device_out(any_provider: Provider) -> None:
    """The other browser is out, its tokens die; this one and its tokens stay."""
    person, here, there = _two_devices(any_provider)
    application = RelyingParty(any_provider, any_provider.make.client())
    mine, theirs = application.tokens(here, person), application.tokens(there, person)
    _end(here, _sid(any_provider, there))
    assert here.path == DEVICES and len(_forms(here.page, END)) == 1
    assert there.open("/account").path == "/login"
    assert application.userinfo(theirs["access_token"]).status_code == 401
    assert application.refresh(theirs["refresh_token"]).status_code == 400
    assert application.userinfo(mine["access_token"]).status_code == 200
    (event,) = any_provider.events("session.ended")
    assert event.actor == f"person:{person.id}"


def test_ending_this_session_signs_out_here(any_provider: Provider) -> None:
    """Ending one's own session clears the cookie and shows the sign-in form."""
    _, here, _ = _two_devices(any_provider)
    _end(here, _sid(any_provider, here))
    assert here.cookie("yh_session") is None and 'id="password"' in here.page


def test_the_first_step_ends_nothing(provider: Provider) -> None:
    """Without the confirmation both sessions stand."""
    _, here, there = _two_devices(provider)
    sid = _sid(provider, there)
    (fields,) = [form for form in _forms(here.open(DEVICES).page, END) if form["handle"] == sid]
    here.post(END, fields)
    here.open(DEVICES)
    assert len(_forms(here.page, END)) == 2 and not provider.events("session.ended")


def test_a_strangers_session_cannot_be_named(any_provider: Provider) -> None:
    """The handle of another person's session, or of none, is not found — confirmed or not."""
    _, here, _ = _two_devices(any_provider)
    victim = Browser(any_provider).open("/login").sign_in(any_provider.make.person(name="测试乙"))
    form = _forms(here.open(DEVICES).page, END)[0]
    for handle in (_sid(any_provider, victim), "A" * 22, ""):
        for confirm in ("yes", "no"):
            here.post(END, {**form, "handle": handle, "confirm": confirm})
            assert here.status == 404
    assert victim.open("/account").path == "/account"


def test_forms_of_the_account_need_this_sessions_token(provider: Provider) -> None:
    """A form token from before the sign-in, or of another person's session, ends nothing."""
    _, here, there = _two_devices(provider)
    mine = _forms(here.open(DEVICES).page, END)[0]
    theirs = _forms(there.open(DEVICES).page, END)[0]
    sid = _sid(provider, there)
    here.post(END, {**mine, "handle": sid, "confirm": "yes", "csrf_token": theirs["csrf_token"]})
    assert here.status == 400
    here.post(END, {**mine, "handle": sid, "confirm": "yes"}, Origin="https://evil.test")
    assert here.status == 400 and not provider.events("session.ended")


def test_applications_stand_there_until_withdrawn(any_provider: Provider) -> None:
    """The application is listed with what it gets; withdrawing takes it from the list and ends its tokens only."""
    person, here, _ = _two_devices(any_provider)
    one = RelyingParty(any_provider, any_provider.make.client("dept-one"))
    two = RelyingParty(any_provider, any_provider.make.client("dept-two"))
    first, second = one.tokens(here, person), two.tokens(here, person)
    here.open(APPLICATIONS)
    assert {form["handle"] for form in _forms(here.page, WITHDRAW)} == {"dept-one", "dept-two"}
    assert "应用 dept-one" in here.page and "某部门" in here.page
    (fields,) = [form for form in _forms(here.page, WITHDRAW) if form["handle"] == "dept-one"]
    here.post(WITHDRAW, fields).submit(confirm="yes")
    assert [form["handle"] for form in _forms(here.page, WITHDRAW)] == ["dept-two"]
    assert one.userinfo(first["access_token"]).status_code == 401
    assert two.userinfo(second["access_token"]).status_code == 200


def test_unknown_applications_are_not_found(provider: Provider) -> None:
    """Withdrawing from an application that does not exist shows the page for that."""
    _, here, _ = _two_devices(provider)
    form = _forms(here.open(DEVICES).page, END)[0]
    here.post(WITHDRAW, {**form, "handle": "nobody", "confirm": "yes"})
    assert here.status == 404


def test_last_sign_in_is_the_one_before_this(provider: Provider) -> None:
    """The first device ever says so; the later one names the earlier, and the earlier does not name the later."""
    person = provider.make.person()
    here, there = Browser(provider), Browser(provider, "198.51.100.7")
    here.open("/login", **{"User-Agent": CHROME}).sign_in(person)
    first = here.open("/account").page
    provider.clock.advance(600)
    there.open("/login").sign_in(person)
    place = "198.51.100"
    overview = (
        there.open("/account").page.partition('aria-labelledby="overview"')[2].partition("</section>")[0]
    )
    assert "192.0.2" in overview and place not in overview
    again = here.open("/account").page
    for page in (first, again):
        overview = page.partition('aria-labelledby="overview"')[2].partition("</section>")[0]
        assert place not in overview, "a sign-in that came later is not the last before this one"


def test_the_bare_address_leads_to_the_account(provider: Provider) -> None:
    """`/` ends at the sign-in for who is out, and at the account for who is in."""
    browser = Browser(provider).open("/")
    assert browser.path == "/login"
    browser.sign_in(provider.make.person())
    assert browser.open("/").path == "/account"
