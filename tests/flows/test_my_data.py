"""C24 and the report of C20: the copy, corrections and complaints, and sign-ins that were not one's own."""

import re
from functools import partial
from typing import Any

import orjson
from sqlalchemy import text

from idp.accounts.models import PersonState
from idp.audit.event import Place
from idp.clock import instant
from idp.login.events import SignedIn
from tests.support.at_once import at_once
from tests.support.delegating import office
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

DATA, COPY, ASK = "/account/data", "/account/data/copy", "/account/data/ask"
HISTORY, REPORT, REPORTED = "/account/history", "/account/history/report", "/account/history/reported"
NUMBER = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")
FRESH = 601
PLACE = Place("console", "test")


def _signed_in(provider: Provider, **changes: Any) -> tuple[MadePerson, Browser]:
    person = provider.make.person(**changes)
    return person, Browser(provider).open("/login").sign_in(person)


def _ask(browser: Browser, kind: str = "correction", about: str = "name", words: str = "写错了") -> str:
    browser.open(f"{ASK}?kind={kind}")
    browser.submit(ASK, kind=kind, about=about, words=words)
    assert (browser.path, browser.status) == (DATA, 200), browser.page
    found = re.search(r"已记录，编号 (\S{9})", browser.page)
    assert found is not None
    return found.group(1)


def test_the_copy_holds_everything_and_stays_nowhere(any_provider: Provider) -> None:
    """All parts, nothing masked, no secret; not to be kept by any cache; the page tells format and size; it is audited."""
    here = office(any_provider)
    person, browser = _signed_in(any_provider)
    here.give(here.representative, person)
    party = RelyingParty(any_provider, any_provider.make.client())
    party.userinfo(party.tokens(browser, person)["access_token"])
    number = _ask(browser, words="名字第二个字写错了")
    page = browser.open(DATA).page
    assert re.search(r"下载我的信息副本（JSON，约 \d+ KB）", page)
    browser.submit(COPY)
    assert browser.headers["Cache-Control"] == "no-store"
    assert browser.headers["Content-Disposition"] == 'attachment; filename="my-information.json"'
    copy = orjson.loads(browser.page)
    assert copy["person"]["mobile"] == person.mobile and copy["documents"][0]["id_number"] == person.id_number
    assert copy["consents"][0]["client_id"] == copy["releases"][0]["client_id"] == "dept-one"
    assert copy["releases"][0]["claims"] == ["ial", "name"]
    assert copy["acts_for_others"][0]["organisation_name"] == here.organisation.name
    assert (copy["requests"][0]["number"], copy["requests"][0]["words"]) == (number, "名字第二个字写错了")
    assert {SignedIn.act, "consent.given"} <= {one["act"] for one in copy["events"]}
    assert len(copy["sessions"]) == 1 and copy["ways_to_sign_in"][0]["kind"] == "password"
    assert "digest" not in browser.page and "argon2" not in browser.page and "secret" not in copy
    (event,) = any_provider.events("person.data_copied")
    assert event.object == person.id


def test_the_copy_asks_for_a_fresh_sign_in(provider: Provider) -> None:
    """Ten minutes later, at somebody else's desk, there is no copy: one signs in, comes back to the page, and has it."""
    person, browser = _signed_in(provider)
    kept = browser.open(DATA).hidden()
    provider.clock.advance(FRESH)
    page = browser.open(DATA).page
    assert "重新登录后下载" in page and "KB" not in page
    assert browser.post(COPY, kept).path == "/login" and person.id_number not in browser.page
    assert browser.open(COPY).path == "/login"
    assert provider.events("person.data_copied") == []
    assert browser.sign_in(person).path == DATA
    assert browser.open(COPY).path == DATA
    assert orjson.loads(browser.submit(COPY).page)["person"]["id"] == person.id
    assert browser.post(COPY, {**kept, "csrf_token": "x"}).status == 400
    assert Browser(provider, "192.0.2.3").open(COPY).path == "/login"


def test_a_request_has_a_number_and_its_answer(any_provider: Provider) -> None:
    """What was written is sealed, the officer's answer is read by its owner, and it is answered once."""
    person, browser = _signed_in(any_provider)
    number = _ask(browser, "complaint", "sharing", "我没有同意过")
    assert NUMBER.fullmatch(number) and "处理中" in browser.page and "我没有同意过" in browser.page
    with any_provider.sql.once() as db:
        (row,) = db.execute(text("SELECT * FROM person_request")).all()
        assert "我没有同意过".encode() not in bytes(row.words)
        (waiting,) = any_provider.services.requests.list_open(db)
    assert (waiting.number, waiting.person_id) == (number, person.id)
    for is_first in (True, False):
        with any_provider.sql.begin() as db:
            done = any_provider.services.requests.answer(db, number, "已核查并更正", "cli:test", PLACE)
        assert done is is_first
    page = browser.open(DATA).page
    assert "已答复" in page and "已核查并更正" in page
    assert "我没有同意过" not in str(any_provider.events())


def test_what_is_wrong_with_a_request_is_said_at_its_field(provider: Provider) -> None:
    """Nothing chosen, nothing written, too much written, too many open: each says so, and what was typed stays."""
    _, browser = _signed_in(provider)
    browser.open(f"{ASK}?kind=correction")
    kept = browser.hidden()
    for fields, words in (
        ({"words": "写错了"}, "选择一项"),
        ({"about": "sharing", "words": "写错了"}, "选择一项"),
        ({"about": "name", "words": "  "}, "写明哪里有误"),
        ({"about": "name", "words": "字" * 501}, "最多 500 个字"),
    ):
        browser.post(ASK, {**kept, **fields})
        assert words in browser.page and browser.path == ASK
        assert fields["words"].strip() in browser.page
    browser.post(ASK, {**kept, "about": "name", "words": "字" * 500})
    assert browser.path == DATA
    for _ in range(19):
        _ask(browser)
    browser.post(ASK, {**kept, "about": "name", "words": "再来一件"})
    assert "还在处理" in browser.page and browser.path == ASK
    assert browser.open(f"{ASK}?kind=deletion").status == 404
    assert browser.post(ASK, {**kept, "kind": "not_me", "words": "x"}).status == 404


def test_others_numbers_show_nothing(any_provider: Provider) -> None:
    """Somebody else's request and report are as good as none, by page and by number."""
    _, owner = _signed_in(any_provider)
    number = _ask(owner, words="只有我能看")
    reported = _report(owner)
    _, thief = _signed_in(any_provider)
    assert (
        f"编号 {number}" not in thief.open(f"{DATA}?number={number}").page and "只有我能看" not in thief.page
    )
    assert "已记录" not in thief.page
    for foreign in (number, reported, "", "x" * 400):
        assert thief.open(f"{REPORTED}?number={foreign}").status == 404
    assert owner.open(f"{REPORTED}?number={reported}").status == 200


def _report(browser: Browser) -> str:
    browser.open(HISTORY)
    handle = re.search(rf'action="{REPORT}".*?name="handle" value="(\d+)"', browser.page, re.DOTALL)
    assert handle is not None
    browser.submit(REPORT, handle=handle.group(1))
    assert (browser.path, browser.status) == (REPORTED, 200)
    found = NUMBER.search(browser.page.partition('id="reference"')[2])
    assert found is not None
    return found.group(0)


def test_a_sign_in_that_was_not_mine_is_reported_once(any_provider: Provider) -> None:
    """It gets a number, leads to the password and to signing the others out, and stands at its row from then on."""
    _, browser = _signed_in(any_provider)
    number = _report(browser)
    assert f"已记录，编号 {number}" in browser.page
    assert (
        'href="/account/security"' in browser.page and 'action="/account/sessions/end-others"' in browser.page
    )
    browser.submit("/account/sessions/end-others")
    assert 'name="confirm"' in browser.page
    page = browser.open(HISTORY).page
    assert f"已记录，编号 {number}" in page and REPORT not in page
    (event,) = any_provider.events("person.request_made")
    assert number in str(event.details)


def test_two_presses_make_one_report(any_provider: Provider) -> None:
    """At the same moment or later: the same number."""
    person, browser = _signed_in(any_provider)
    with any_provider.sql.once() as db:
        event_id = db.execute(text("SELECT max(id) FROM audit_event")).scalar_one()

    def press() -> str:
        with any_provider.sql.begin() as db:
            return any_provider.services.requests.report(db, person.id, event_id, PLACE).number

    numbers = at_once([partial(press) for _ in range(6)])
    assert len(set(numbers)) == 1 and NUMBER.fullmatch(str(numbers[0])), numbers
    assert len(any_provider.events("person.request_made")) == 1
    assert browser.open(DATA).page.count("不是本人的登录") == 1


def test_nobody_reports_the_sign_in_of_another(provider: Provider) -> None:
    """Ids of other people's sign-ins, of other events and of nothing are not found, and nothing is written."""
    _signed_in(provider)
    with provider.sql.once() as db:
        foreign = db.execute(text("SELECT max(id) FROM audit_event")).scalar_one()
    _, browser = _signed_in(provider)
    browser.open(HISTORY)
    for handle in (str(foreign), "0", "-1", "9" * 40, "x", ""):
        kept = browser.open(HISTORY).hidden()
        assert browser.post(REPORT, {**kept, "handle": handle}).status == 404, handle
    assert provider.events("person.request_made") == []


def test_closing_the_account_empties_what_was_written(provider: Provider) -> None:
    """The words go with the person; that there was a request stays."""
    person, browser = _signed_in(provider)
    _ask(browser, words="我的住址写错了")
    life = provider.services.life
    with provider.sql.begin() as db:
        life.store.wipe(db, person.id, PersonState.CLOSED, instant(provider.clock))
        (row,) = db.execute(text("SELECT words, answer, number FROM person_request")).all()
    assert (row.words, row.answer) == (None, None) and row.number
