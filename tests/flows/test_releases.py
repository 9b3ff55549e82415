"""What leaves: only what is approved for the application, and never without the owner seeing it (ONB-03, PRI-12)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from idp.claims import store
from idp.claims.store import Released
from idp.clock import instant
from idp.identifiers.capacity import Capacity
from tests.support.approving import approved
from tests.support.at_once import at_once
from tests.support.delegating import PLACE, office
from tests.support.factories import MadeClient, MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of

HOUR = 3600
LOG = "/account/data/shared"
ALL_SCOPES = "openid realname idcard mobile"


def _end(provider: Provider, client: MadeClient, *claims: str) -> None:
    with provider.sql.begin() as db:
        for claim in claims:
            assert provider.services.grants.end(db, client.application_id, claim, "cli:test", PLACE)
    provider.clock.advance(1.5)


def _approve(provider: Provider, client: MadeClient, claim: str, **changes: Any) -> None:
    now = instant(provider.clock)
    with provider.sql.begin() as db:
        provider.services.grants.grant(db, approved(client.application_id, claim, now, **changes), PLACE)
    provider.clock.advance(1.5)


def _rows(provider: Provider) -> list[Any]:
    with provider.sql.once() as db:
        return list(db.execute(text("SELECT * FROM release ORDER BY first_at, id")))


def _entries(provider: Provider, person: MadePerson) -> list[store.ReleaseEntry]:
    with provider.sql.once() as db:
        return store.list_releases(db, person.id, None, None)


def test_a_claim_that_is_not_approved_is_neither_offered_nor_given(any_provider: Provider) -> None:
    """Asked for by scope, a scope without one approved claim falls away; of another only the approved claims come."""
    client, person = any_provider.make.client(optional_scope=""), any_provider.make.person()
    _end(any_provider, client, "id_number", "phone_number", "phone_number_verified")
    party, browser = RelyingParty(any_provider, client), Browser(any_provider)
    browser.open(party.authorize_url(scope=ALL_SCOPES)).sign_in(person)
    assert person.id_number not in browser.page and person.mobile not in browser.page
    browser.allow(**{"item-mobile": "yes", "item-idcard": "yes"})
    tokens = party.redeem(party.answer(browser)["code"]).get_json()
    assert tokens["scope"] == "idcard openid realname"
    told = party.userinfo(tokens["access_token"]).get_json()
    assert told.keys() == {"sub", "name", "ial", "id_type"}
    (entry,) = _entries(any_provider, person)
    assert entry.claims == ("ial", "id_type", "name")


def test_without_any_approval_only_the_subject_leaves(provider: Provider) -> None:
    """The request stands without a question, and nothing is written down, since nothing was given."""
    client, person = provider.make.client(optional_scope=""), provider.make.person()
    held = ("name", "ial", "id_type", "id_number", "phone_number", "phone_number_verified")
    _end(provider, client, *held)
    party, browser = RelyingParty(provider, client), Browser(provider)
    browser.open(party.authorize_url(scope=ALL_SCOPES)).sign_in(person)
    tokens = party.redeem(party.answer(browser)["code"]).get_json()
    assert tokens["scope"] == "openid"
    assert party.userinfo(tokens["access_token"]).get_json().keys() == {"sub"}
    assert _rows(provider) == []


def test_an_approval_ends_under_a_token_that_lives_on(any_provider: Provider) -> None:
    """Ended by an officer or by its date, the claim is gone from the next answer; renewed, it comes again."""
    client, person = any_provider.make.client(), any_provider.make.person()
    party, browser = RelyingParty(any_provider, client), Browser(any_provider)
    token = party.tokens(browser, person)["access_token"]
    assert "name" in party.userinfo(token).get_json()
    _end(any_provider, client, "name")
    assert "name" not in party.userinfo(token).get_json()
    _approve(any_provider, client, "name", expires_at=instant(any_provider.clock) + timedelta(seconds=60))
    assert "name" in party.userinfo(token).get_json()
    any_provider.clock.advance(60)
    assert "name" not in party.userinfo(token).get_json()


def test_a_grant_that_ends_while_the_question_stands_gives_nothing(provider: Provider) -> None:
    """A consent that is given after the end of the grant is not worth more than the grant."""
    client, person = provider.make.client(optional_scope=""), provider.make.person()
    party, browser = RelyingParty(provider, client), Browser(provider)
    browser.open(party.authorize_url(scope="openid realname mobile")).sign_in(person)
    assert 'id="allow"' in browser.page
    _end(provider, client, "phone_number", "phone_number_verified")
    browser.allow()
    tokens = party.redeem(party.answer(browser)["code"]).get_json()
    assert tokens["scope"] == "openid realname"
    assert "phone_number" not in party.userinfo(tokens["access_token"]).get_json()


def test_a_release_is_one_row_and_counted_once_an_hour(any_provider: Provider) -> None:
    """However often an application asks under one authorization; another set of claims is another row."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    any_provider.clock.advance(HOUR - any_provider.clock.timestamp() % HOUR)
    token = party.tokens(Browser(any_provider), person, scope="openid realname mobile")["access_token"]
    for _ in range(3):
        party.userinfo(token)
        any_provider.clock.advance(60)
    assert [(row.times, row.first_at == row.last_at) for row in _rows(any_provider)] == [(1, True)]
    _end(any_provider, party.client, "ial")
    party.userinfo(token)
    assert [entry.claims for entry in _entries(any_provider, person)] == [("name",), ("ial", "name")]
    assert person.name not in str(_rows(any_provider))


def test_the_next_hour_counts_again_from_any_process(any_provider: Provider) -> None:
    """A process that knows nothing of the hour's first row changes nothing; the first release of the next hour does."""
    person = any_provider.make.person()
    told = Released(person.id, None, "dept-one", "family-1", ("name",))
    any_provider.clock.advance(HOUR - any_provider.clock.timestamp() % HOUR)
    with any_provider.sql.once() as db:
        for seconds, times in ((0, 1), (1800, 1), (1799, 1), (1, 2), (10, 2)):
            any_provider.clock.advance(seconds)
            store.note_release(db, told, instant(any_provider.clock))
            (entry,) = store.list_releases(db, person.id, None, None)
            assert entry.times == times, seconds


def test_two_first_releases_at_once_are_one_row(any_provider: Provider) -> None:
    """Nobody fails, and the owner sees it once."""
    person = any_provider.make.person()
    party = RelyingParty(any_provider, any_provider.make.client())
    token = party.tokens(Browser(any_provider), person)["access_token"]
    answers = at_once([partial(party.userinfo, token) for _ in range(8)])
    assert [answer.status_code for answer in answers] == [200] * 8  # type: ignore[attr-defined] # answers, or it fails
    assert [row.times for row in _rows(any_provider)] == [1]


def test_what_cannot_be_written_down_does_not_leave(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the log fails, the application gets a failure and no claim."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client())
    token = party.tokens(Browser(provider), person)["access_token"]

    def failing(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "note_release", failing)
        answer = party.userinfo(token)
    assert answer.status_code == 500 and person.name not in answer.get_data(as_text=True)
    assert party.userinfo(token).status_code == 200 and len(_rows(provider)) == 1


def test_acting_for_an_organisation_is_logged_for_both(any_provider: Provider) -> None:
    """Tokens tell the organisation, userinfo more of it: the one who acted sees both with the organisation's name."""
    here, agent = office(any_provider, representative_name="赵法人"), any_provider.make.person()
    here.give(here.representative, agent)
    client = any_provider.make.client(
        scope="openid realname org.basic org.legalrep", capacities=[Capacity.AGENT.value], optional_scope=""
    )
    party, browser = RelyingParty(any_provider, client), Browser(any_provider)
    tokens = party.tokens(browser, agent, scope="openid realname org.basic org.legalrep")
    (entry,) = _entries(any_provider, agent)
    assert (entry.claims, entry.organisation_id) == (("org",), here.organisation.id)
    any_provider.clock.advance(1)
    party.userinfo(tokens["access_token"])
    newest = _entries(any_provider, agent)[0]
    assert newest.claims == ("ial", "name", "org", "org_legal_representative")
    assert here.organisation.name in browser.open(LOG).page
    assert "赵法人" not in browser.page


def test_a_childs_release_is_the_childs(any_provider: Provider) -> None:
    """What a guardian's sign-in gives of the child stands in the child's log, the guardian's own in the guardian's."""
    child, guardian = any_provider.make.person(name="王小乐"), any_provider.make.person(name="王大人")
    until = instant(any_provider.clock) + timedelta(days=900)
    with any_provider.sql.begin() as db:
        any_provider.services.people.delegations.founding.guardian(
            db, child.id, guardian.id, until, "test", PLACE
        )
    client = any_provider.make.client("school", capacities=[Capacity.GUARDIAN.value])
    party = RelyingParty(any_provider, client)
    tokens = party.tokens(Browser(any_provider), guardian)
    party.userinfo(tokens["access_token"])
    for person in (child, guardian):
        (entry,) = _entries(any_provider, person)
        assert (entry.client_id, entry.claims) == ("school", ("ial", "name"))


def test_tokens_do_not_name_an_organisation_that_is_not_approved(any_provider: Provider) -> None:
    """Neither ID token, access token, introspection nor userinfo tells it, though the scope was granted before."""
    here, agent = office(any_provider), any_provider.make.person()
    here.give(here.representative, agent)
    client = any_provider.make.client(
        scope="openid realname org.basic", capacities=[Capacity.AGENT.value], optional_scope=""
    )
    gateway = any_provider.make.client("gateway", scope="introspect", may_introspect=True)
    party = RelyingParty(any_provider, client)
    tokens = party.tokens(Browser(any_provider), agent, scope="openid realname org.basic")
    assert "org" in claims_of(any_provider, tokens["id_token"])
    seen = RelyingParty(any_provider, gateway).call("/oauth/introspect", {"token": tokens["access_token"]})
    assert seen.get_json()["active"] and "org" not in seen.get_json()
    own = party.call("/oauth/introspect", {"token": tokens["access_token"]})
    assert own.get_json()["org"]["uscc"] == here.organisation.uscc
    _end(any_provider, client, "org")
    own = party.call("/oauth/introspect", {"token": tokens["access_token"]})
    assert own.get_json()["active"] and "org" not in own.get_json()
    again = party.tokens(Browser(any_provider, "192.0.2.9"), agent, scope="openid realname org.basic")
    assert "org" not in claims_of(any_provider, again["id_token"])
    assert "org" not in party.userinfo(tokens["access_token"]).get_json()


def test_the_owner_reads_the_log_by_pages(any_provider: Provider) -> None:
    """Fifty on a page, each row once, newest first; the mark of another's page leads into one's own log only."""
    person, other = any_provider.make.person(), any_provider.make.person()
    any_provider.make.client()
    with any_provider.sql.once() as db:
        for number in range(60):
            any_provider.clock.advance(60)
            owner = other if number == 59 else person
            told = Released(owner.id, None, "dept-one", f"family-{number}", ("name",))
            store.note_release(db, told, instant(any_provider.clock))
        (foreign,) = store.list_releases(db, other.id, None, None)
    browser = Browser(any_provider).open("/login").sign_in(person)
    first = browser.open(LOG).page
    assert first.count('<th scope="row">') == 50 and "应用 dept-one" in first and "姓名" in first
    mark = first.partition(f"{LOG}?before=")[2].partition('"')[0]
    assert browser.open(f"{LOG}?before={mark}").page.count('<th scope="row">') == 9
    at = round(foreign.last_at.timestamp() * 1_000_000)
    assert browser.open(f"{LOG}?before={at}-{foreign.id}").page.count('<th scope="row">') == 50
    for wrong in ("x", "-", "9" * 30 + "-a", "253402300800000000-a", "1-", "1-%27"):
        assert browser.open(f"{LOG}?before={wrong}").status == 200, wrong
    assert Browser(any_provider, "192.0.2.3").open(LOG).path == "/login"
