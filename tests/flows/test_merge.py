"""Two accounts of one human become one by their owner's own hand: proof on both sides, and what applications see."""

from idp.accounts.models import PersonState
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of

MERGE = "/account/profile/merge"


def _two(provider: Provider) -> tuple[MadePerson, MadePerson]:
    """One human with an older account by ID number, and a younger one by passport."""
    older = provider.make.person(name="阿依·古丽")
    provider.clock.advance(60)
    return older, provider.make.person(name="阿依·古丽", id_kind="414", id_number="E00000901", level=3)


def _state(provider: Provider, person: MadePerson) -> PersonState:
    with provider.sql.once() as db:
        found = provider.services.persons.find(db, person.id)
    assert found is not None
    return found.state


def test_the_older_account_lives_on_with_all_documents(any_provider: Provider) -> None:
    """Merged from the younger one: applications know the older one's subject, the younger one's sessions are over."""
    older, younger = _two(any_provider)
    party = RelyingParty(any_provider, any_provider.make.client())
    first = party.tokens(Browser(any_provider, "192.0.2.91"), older)
    lost_browser = Browser(any_provider, "192.0.2.92").open(MERGE)
    lost_browser.submit(identifier=younger.mobile, password=younger.password)
    assert lost_browser.path == MERGE
    lost_browser.submit(identifier=older.id_number, password=older.password)
    assert lost_browser.status == 400 and "确认已了解后再合并" in lost_browser.page
    assert _state(any_provider, younger) is PersonState.ACTIVE
    lost_browser.submit(password=older.password, identifier=older.id_number, confirm="yes")
    assert "账户已合并" in lost_browser.page and "保留的是另一个账户" in lost_browser.page
    assert _state(any_provider, younger) is PersonState.MERGED
    assert 'id="password"' in lost_browser.open("/account").page
    assert party.userinfo(first["access_token"]).status_code == 200
    browser = Browser(any_provider, "192.0.2.93").open("/account/profile")
    browser.submit(identifier=older.id_number, password=older.password)
    assert "护照" in browser.page and "账户合并" in browser.page
    again = party.tokens(Browser(any_provider, "192.0.2.94"), older)
    subjects = {claims_of(any_provider, one["id_token"], "JWT")["sub"] for one in (first, again)}
    assert len(subjects) == 1


def test_only_who_proves_both_merges(any_provider: Provider) -> None:
    """A wrong password counts as a miss of a sign-in, oneself and another human are refused, an old sign-in is asked anew."""
    older, younger = _two(any_provider)
    stranger = any_provider.make.person(name="别的人")
    browser = Browser(any_provider).open(MERGE).sign_in(older)
    fields = browser.hidden()
    typed = {"confirm": "yes", "identifier": younger.mobile}
    browser.submit(**typed, password="not it at all")
    assert browser.status == 409 and "账户或密码不正确" in browser.page
    assert len(any_provider.events("sign_in.refused")) == 1
    for _ in range(9):
        browser.submit(**typed, password="not it at all")
    browser.submit(**typed, password=younger.password)
    assert browser.status == 409 and "账户或密码不正确" in browser.page, "paused, and not told apart"
    browser.submit(confirm="yes", identifier=older.id_number, password=older.password)
    assert "这就是您正在使用的账户" in browser.page
    browser.submit(confirm="yes", identifier=stranger.id_number, password=stranger.password)
    assert browser.status == 409 and _state(any_provider, stranger) is PersonState.ACTIVE
    any_provider.clock.advance(1200)
    browser.post(MERGE, {**fields, **typed, "password": younger.password})
    assert 'id="password"' in browser.page and _state(any_provider, younger) is PersonState.ACTIVE
