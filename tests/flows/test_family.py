"""C23 as people walk it: relatives who act for one another, and children with their guardians."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from idp.clock import CHINA, instant
from idp.identifiers.capacity import Capacity
from idp.keys.models import KeyPurpose
from tests.support.delegating import PLACE, TAX
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.matters import matter
from tests.support.provider import Provider, SqliteTemplate
from tests.support.registers import Registers, at, registers
from tests.support.synthetic import synthetic_id_number
from tests.support.tokens import claims_of

FAMILY = "/account/family"


@pytest.fixture
def twin() -> Iterator[Registers]:
    """The register of kinship."""
    with registers() as made:
        yield made


@pytest.fixture
def served(twin: Registers, tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[Provider]:
    """A provider that asks it."""
    made = Provider(
        {**sqlite_template.copy(tmp_path), **twin.environment(), "YIHAO_OUTBOUND__SECONDS": "0.5"}
    )
    signer = made.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
    twin.callers.append(dict(signer.handle.public_jwk))
    at(made.clock.timestamp())
    yield made
    made.close()


def _with_matter(provider: Provider) -> None:
    family = matter(TAX, capacities=frozenset({Capacity.SELF, Capacity.FAMILY, Capacity.GUARDIAN}))
    provider.services.people.matters.replace_all([family], "system:test", PLACE)
    provider.clock.advance(1.5)


def _day(provider: Provider, days: int) -> str:
    return f"{(instant(provider.clock) + timedelta(days=days)).astimezone(CHINA):%Y-%m-%d}"


def _invite(
    provider: Provider, by: MadePerson, to: MadePerson, address: str = "192.0.2.10", **fields: str
) -> Browser:
    browser = Browser(provider, address).open(f"{FAMILY}/invite").sign_in(by)
    given = {"who": to.mobile, "scope": "chosen", f"matter-{TAX}": "1", "ends": _day(provider, 100)}
    return browser.submit(**{**given, **fields})


def _may_act(provider: Provider, person: MadePerson) -> list[str]:
    with provider.sql.once() as db:
        held = provider.services.people.delegations.capacities.list_of(db, person.id, instant(provider.clock))
    return [one.subject_person_id or "" for one in held]


def test_a_relative_is_invited_accepts_acts_and_is_ended(any_provider: Provider) -> None:
    """Both sides say yes, a token names who acts for whom, both see it, and either side ends it at once."""
    _with_matter(any_provider)
    elder, helper = any_provider.make.person(name="王大爷"), any_provider.make.person(name="王小乐")
    mine = _invite(any_provider, elder, helper)
    assert mine.path == FAMILY and "待接受" in mine.page and helper.mobile not in mine.page
    assert _may_act(any_provider, helper) == []
    theirs = Browser(any_provider, "192.0.2.71").open(FAMILY).sign_in(helper)
    assert "希望由您代为办理" in theirs.page and "王大爷" not in theirs.page
    theirs.submit(f"{FAMILY}/answer", answer="accept")
    assert _may_act(any_provider, helper) == [elder.id] and "选择代谁办理" in theirs.page
    client = any_provider.make.client(capacities=["self", "family"])
    party = RelyingParty(any_provider, client)
    theirs.open(party.authorize_url())
    (way,) = (key for key in re.findall(r'name="as" value="([^"]+)"', theirs.page) if key != "self")
    theirs.submit(**{"as": way})
    if 'id="allow"' in theirs.page:
        theirs.allow()
    tokens = party.redeem(party.answer(theirs)["code"]).get_json()
    assert claims_of(any_provider, tokens["id_token"], "JWT")["act"]["role"] == "family"
    assert "最近使用" in mine.open(FAMILY).page
    mine.submit(f"{FAMILY}/end")
    assert "立即失效" in mine.page and _may_act(any_provider, helper) == [elder.id]
    mine.submit(confirm="yes")
    assert _may_act(any_provider, helper) == [] and "已结束" in mine.page
    assert "已结束" in theirs.open(FAMILY).page


def test_an_offer_is_declined_or_withdrawn(any_provider: Provider) -> None:
    """Neither leaves a way to act; a page that was kept open finds nothing any more."""
    _with_matter(any_provider)
    elder, helper = any_provider.make.person(), any_provider.make.person()
    mine = _invite(any_provider, elder, helper)
    theirs = Browser(any_provider, "192.0.2.71").open(FAMILY).sign_in(helper)
    fields = theirs.hidden()
    mine.submit(f"{FAMILY}/end").submit(confirm="yes")
    assert "已撤回" in mine.page
    theirs.post(f"{FAMILY}/answer", {**fields, "answer": "accept"})
    assert theirs.status == 404 and _may_act(any_provider, helper) == []
    _invite(any_provider, elder, helper, "192.0.2.72")
    theirs.open(FAMILY).submit(f"{FAMILY}/answer", answer="decline")
    assert _may_act(any_provider, helper) == [] and "已谢绝" in mine.open(FAMILY).page


def test_faults_keep_what_was_typed_and_the_sixth_relative_is_refused(provider: Provider) -> None:
    """No number, no matter, no day; oneself; too long; and five at the same time."""
    _with_matter(provider)
    elder = provider.make.person()
    browser = Browser(provider).open(f"{FAMILY}/invite").sign_in(elder)
    browser.submit(who="123", scope="chosen", ends="")
    assert browser.page.count('class="field-error"') == 3 and 'value="123"' in browser.page
    browser.submit(who=elder.mobile, scope="all", ends=_day(provider, 100))
    assert browser.status == 409 and "不能授权给自己" in browser.page
    browser.submit(who="19900007777", scope="all", ends=_day(provider, 900))
    assert browser.status == 409 and "最长两年" in browser.page
    for number in range(6):
        browser.open(f"{FAMILY}/invite").submit(
            who=f"1990000778{number}", scope="all", ends=_day(provider, 100)
        )
    assert browser.status == 409 and len(provider.events("delegation.invited")) == 5


def test_strangers_reach_nothing_of_it(any_provider: Provider) -> None:
    """Neither answer nor end by somebody who is on neither side; an old sign-in invites nobody."""
    _with_matter(any_provider)
    elder, helper, stranger = (any_provider.make.person() for _ in range(3))
    mine = _invite(any_provider, elder, helper)
    (grant_id,) = re.findall(r'name="id" value="([^"]+)"', mine.page)
    foreign = Browser(any_provider, "192.0.2.73").open(f"{FAMILY}/invite").sign_in(stranger)
    token = foreign.hidden()["csrf_token"]
    for path, fields in (("answer", {"answer": "accept"}), ("end", {"confirm": "yes"})):
        foreign.post(f"{FAMILY}/{path}", {"csrf_token": token, "id": grant_id, **fields})
        assert foreign.status == 404
    any_provider.clock.advance(700)
    mine.post(
        f"{FAMILY}/invite",
        {**mine.hidden(), "who": stranger.mobile, "scope": "all", "ends": _day(any_provider, 9)},
    )
    assert 'id="password"' in mine.page and len(any_provider.events("delegation.invited")) == 1


def _child(provider: Provider, years: int, sequence: int) -> str:
    day = instant(provider.clock).astimezone(CHINA).date()
    return synthetic_id_number(sequence, date(day.year - years, 1, 1))


def test_a_guardian_adds_a_child_that_the_register_knows(served: Provider, twin: Registers) -> None:
    """A small child gets no sign-in of its own; the guardian acts for it until it is eighteen, and the page says when."""
    guardian = served.make.person(name="王家长")
    number = _child(served, 7, 21)
    twin.knows(
        id_number=number, name="王小乐", guardian_number=guardian.id_number, guardian_name=guardian.name
    )
    browser = Browser(served).open(f"{FAMILY}/child").sign_in(guardian)
    browser.submit(name="王小乐", id_number=number)
    assert browser.path == FAMILY and "监护人" in browser.page and "小乐" not in browser.page
    assert len(_may_act(served, guardian)) == 1 and number not in browser.page
    child = Browser(served, "192.0.2.74").open("/login").submit(identifier=number, password=guardian.password)
    assert child.path == "/login"
    browser.open(f"{FAMILY}/child").submit(name="王小乐", id_number=number)
    assert browser.status == 409 and "王小乐" in browser.page


def test_a_child_of_somebody_else_is_refused_and_silence_is_no_answer(
    served: Provider, twin: Registers
) -> None:
    """Another's child, an adult, a name that does not fit; a register that is down sends to the counter, and proves nothing."""
    guardian, number = served.make.person(), _child(served, 9, 23)
    twin.knows(id_number=number, name="李小明", guardian_number="140199190001010012", guardian_name="别人")
    browser = Browser(served).open(f"{FAMILY}/child").sign_in(guardian)
    browser.submit(name="李小明", id_number=number)
    assert browser.status == 409 and _may_act(served, guardian) == []
    adult = _child(served, 30, 25)
    browser.submit(name="李大明", id_number=adult)
    assert browser.status == 409 and "18" in browser.page
    browser.submit(name="", id_number="123")
    assert browser.status == 400 and browser.page.count('class="field-error"') == 2
    twin.data.mode = "down"
    browser.submit(name="李小明", id_number=number)
    assert browser.status == 409 and "大厅办理" in browser.page and _may_act(served, guardian) == []


def test_turning_eighteen_is_told_thirty_days_before(any_provider: Provider) -> None:
    """Both see the day; on the birthday it is over."""
    day = instant(any_provider.clock).astimezone(CHINA).date()
    birth = (
        date(day.year - 18, day.month, day.day) + timedelta(days=20)
        if (day.month, day.day) != (2, 29)
        else day
    )
    guardian, child = (
        any_provider.make.person(),
        any_provider.make.person(id_number=synthetic_id_number(27, birth)),
    )
    who = any_provider.services.people.delegations
    until = instant(any_provider.clock) + timedelta(days=20)
    with any_provider.sql.begin() as db:
        who.founding.guardian(db, child.id, guardian.id, until, "kinship", PLACE)
    theirs = Browser(any_provider).open(FAMILY).sign_in(guardian)
    own = Browser(any_provider, "192.0.2.75").open(FAMILY).sign_in(child)
    assert "满 18 岁" in theirs.page and "满 18 岁" in own.page
    assert f"{FAMILY}/end" not in own.page, "a child does not end its guardian"
    any_provider.clock.advance(timedelta(days=21).total_seconds())
    assert _may_act(any_provider, guardian) == []
