"""E04–E09 as people walk them: invite, accept, use, end; and what strangers and agents do not reach."""

import re
from datetime import timedelta

from idp.clock import CHINA, instant
from idp.delegations.rules import ALL
from idp.identifiers.capacity import Capacity
from tests.support.delegating import PLACE, TAX, Office, office
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.matters import matter
from tests.support.provider import Provider

ADMINISTRATOR = Capacity.ADMINISTRATOR


def _office(provider: Provider) -> Office:
    matters = [matter(TAX), matter("SI-001", name="社会保险登记")]
    provider.services.people.matters.replace_all(matters, "system:test", PLACE)
    provider.clock.advance(1.5)
    return office(provider)


def _signed_in(provider: Provider, person: MadePerson, address: str = "192.0.2.10") -> Browser:
    return Browser(provider, address).open("/login").sign_in(person)


def _day(provider: Provider, days: int) -> str:
    return f"{(instant(provider.clock) + timedelta(days=days)).astimezone(CHINA):%Y-%m-%d}"


def _invite(provider: Provider, browser: Browser, here: Office, **fields: str) -> Browser:
    browser.open(f"/organisation/invite?id={here.organisation.id}")
    given = {
        "capacity": "agent",
        "scope": "chosen",
        f"matter-{TAX}": "1",
        "starts": _day(provider, 0),
        "ends": _day(provider, 300),
    }
    return browser.submit(**{**given, **fields})


def _grant_links(page: str) -> list[str]:
    return re.findall(r'href="(/organisation/grant\?id=[^"]+)"', page)


def test_an_agent_is_invited_accepts_and_is_ended(any_provider: Provider) -> None:
    """From the representative's form to the agent's list and out again, each step on its page."""
    here, agent = _office(any_provider), any_provider.make.person()
    boss = _signed_in(any_provider, here.representative)
    _invite(any_provider, boss, here, who=agent.mobile)
    assert 'name="draft"' in boss.page and f"事项 {TAX}" in boss.page and agent.mobile not in boss.page
    boss.submit()
    assert boss.path == "/organisation/agents" and "待接受" in boss.page
    theirs = _signed_in(any_provider, agent, "192.0.2.11").open("/account/organisations")
    (invitation,) = re.findall(r'href="(/account/invitation\?id=[^"]+)"', theirs.page)
    theirs.open(invitation)
    assert here.organisation.name in theirs.page and f"事项 {TAX}" in theirs.page
    theirs.submit(answer="accept")
    assert theirs.path == "/account/organisations" and here.matters_of(agent) == {TAX}
    page = boss.open(f"/organisation/agents?id={here.organisation.id}&show=active").page
    for link in _grant_links(page):
        boss.open(link)
        if "end-go" in boss.page and "提前到期" in boss.page:
            boss.post("/organisation/grant", {**boss.hidden(), "act": "end"})
    assert here.matters_of(agent) == frozenset()
    assert "您还不能代表任何单位" in theirs.open("/account/organisations").page


def test_an_invitation_can_be_declined_and_withdrawn(any_provider: Provider) -> None:
    """Neither leaves a way to act, and a page that was kept open says that it is over."""
    here, agent = _office(any_provider), any_provider.make.person()
    boss = _signed_in(any_provider, here.representative)
    theirs = _signed_in(any_provider, agent, "192.0.2.11")
    _invite(any_provider, boss, here, who=agent.mobile).submit()
    (link,) = re.findall(
        r'href="(/account/invitation\?id=[^"]+)"', theirs.open("/account/organisations").page
    )
    fields = theirs.open(link).hidden()
    (grant,) = _grant_links(boss.open(f"/organisation/agents?id={here.organisation.id}&show=invited").page)
    boss.open(grant).submit(act="withdraw")
    theirs.post("/account/invitation/answer", {**fields, "answer": "accept"})
    assert theirs.status == 404 and here.matters_of(agent) == frozenset()
    _invite(any_provider, boss, here, who=agent.mobile).submit()
    (link,) = re.findall(
        r'href="(/account/invitation\?id=[^"]+)"', theirs.open("/account/organisations").page
    )
    theirs.open(link).submit(answer="decline")
    assert here.matters_of(agent) == frozenset()
    assert "已谢绝" in boss.open(f"/organisation/agents?id={here.organisation.id}&show=over").page


def test_a_second_press_invites_once(any_provider: Provider) -> None:
    """The confirmation is spent by the first press; the second shows its result."""
    here, agent = _office(any_provider), any_provider.make.person()
    boss = _signed_in(any_provider, here.representative)
    _invite(any_provider, boss, here, who=agent.mobile)
    fields = boss.hidden()
    for _ in range(2):
        boss.post("/organisation/invite/confirm", fields)
        assert boss.path == "/organisation/agents"
    assert len(any_provider.events("delegation.invited")) == 1


def test_what_was_typed_stays_and_each_fault_has_words(provider: Provider) -> None:
    """A wrong number, no matter and no day are named at their fields; the rest of the form is as it was."""
    here = _office(provider)
    boss = _signed_in(provider, here.representative)
    boss.open(f"/organisation/invite?id={here.organisation.id}")
    boss.submit(capacity="agent", scope="chosen", who="123", starts=_day(provider, 0), ends="")
    assert boss.page.count('class="field-error"') == 3 and 'value="123"' in boss.page
    assert not provider.events("delegation.invited")
    _invite(provider, boss, here, who=here.representative.mobile).submit()
    assert boss.status == 409 and "不能授权给自己" in boss.page
    _invite(provider, boss, here, who="19900009999", ends=_day(provider, 800)).submit()
    assert boss.status == 409 and "最长两年" in boss.page
    _invite(provider, boss, here, who="91140199MA0T999900")
    assert "没有这个统一社会信用代码" in boss.page


def test_strangers_and_agents_do_not_reach_the_pages_of_managers(any_provider: Provider) -> None:
    """A stranger finds nothing at all; an agent sees the home and the own grant, and neither list nor form."""
    here, agent, stranger = _office(any_provider), any_provider.make.person(), any_provider.make.person()
    grant = here.give(here.representative, agent)
    theirs, foreign = _signed_in(any_provider, agent), _signed_in(any_provider, stranger, "192.0.2.12")
    pages = ["/organisation", "/organisation/agents", "/organisation/invite", "/organisation/handover"]
    for page in pages:
        assert foreign.open(f"{page}?id={here.organisation.id}").status == 404
    assert foreign.open(f"/organisation/grant?id={grant.id}").status == 404
    assert theirs.open(f"/organisation?id={here.organisation.id}").status == 200
    for page in pages[1:]:
        assert theirs.open(f"{page}?id={here.organisation.id}").status == 404
    token = theirs.open(f"/organisation/grant?id={grant.id}").hidden()
    for act in ("keep", "narrow"):
        theirs.post("/organisation/grant", {**token, "act": act, "ends": _day(any_provider, 10)})
        assert theirs.status == 409
    boss = here.root.id
    theirs.post("/organisation/grant", {**token, "id": boss, "act": "end"})
    assert theirs.status == 404
    assert here.matters_of(agent) == {TAX} and here.matters_of(here.representative) == {ALL}


def test_several_are_ended_together_after_a_look(any_provider: Provider) -> None:
    """The ticked grants are listed first; only the confirmation ends them; a foreign id among them ends nothing."""
    here, there = _office(any_provider), office(any_provider)
    agents = [any_provider.make.person() for _ in range(3)]
    grants = [here.give(here.representative, agent) for agent in agents]
    foreign = there.give(there.representative, agents[0])
    boss = _signed_in(any_provider, here.representative)
    boss.open(f"/organisation/agents?id={here.organisation.id}")
    ticked = {f"end-{grants[0].id}": "1", f"end-{grants[1].id}": "1"}
    boss.submit("/organisation/agents/end", **ticked, **{f"end-{foreign.id}": "1"}, confirm="yes")
    assert boss.status == 404 and here.matters_of(agents[0]) == {TAX}
    boss.open(f"/organisation/agents?id={here.organisation.id}").submit("/organisation/agents/end", **ticked)
    assert here.matters_of(agents[0]) == {TAX}
    boss.submit(**ticked, confirm="yes")
    assert [here.matters_of(agent) for agent in agents] == [frozenset(), frozenset(), {TAX}]


def test_a_new_representative_keeps_and_ends_what_the_old_one_gave(any_provider: Provider) -> None:
    """After the change nothing works; what the new one keeps works again, what he ends does not, the old one is out."""
    here = _office(any_provider)
    administrator, agent = any_provider.make.person(), any_provider.make.person()
    here.give(here.representative, administrator, ADMINISTRATOR)
    here.give(administrator, agent)
    successor = any_provider.make.person(level=3)
    who = any_provider.services.people.delegations
    with any_provider.sql.begin() as db:
        who.founding.representative(db, here.organisation.id, successor.id, "test", PLACE)
    assert (
        here.matters_of(here.representative)
        == here.matters_of(administrator)
        == here.matters_of(agent)
        == frozenset()
    )
    boss = _signed_in(any_provider, successor).open(f"/organisation/handover?id={here.organisation.id}")
    links = _grant_links(boss.page)
    assert len(links) == 2
    for link in links:
        act = "keep" if "管理员" in boss.open(link).page.partition("<dl")[2].partition("</dl>")[0] else "end"
        boss.submit(act=act)
        assert boss.path == "/organisation/handover"
    assert here.matters_of(administrator) == {ALL} and here.matters_of(agent) == frozenset()


def test_the_exported_sheet_shows_no_full_name(provider: Provider) -> None:
    """Names in the file are masked as on the page."""
    here, agent = _office(provider), provider.make.person(name="王乙丙")
    here.give(here.representative, agent)
    boss = _signed_in(provider, here.representative)
    text = boss.open(f"/organisation/agents/export?id={here.organisation.id}").page
    assert "王*" in text and "王乙丙" not in text and boss.headers["Content-Type"].startswith("text/csv")
