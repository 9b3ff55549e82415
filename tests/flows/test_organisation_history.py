"""E10: who of an organisation did what for it, for those who manage it and for nobody else."""

import re

from idp.identifiers.capacity import Capacity
from tests.support.delegating import office
from tests.support.journey import Browser
from tests.support.provider import Provider


def test_managers_see_grants_and_acts_by_pages_and_as_a_file(any_provider: Provider) -> None:
    """Newest first, no line twice or lost between pages, names masked, the file under the same filter."""
    here, agent = office(any_provider), any_provider.make.person(name="王经办")
    grant = here.give(here.representative, agent)
    theirs = Browser(any_provider, "192.0.2.11").open("/login").sign_in(agent)
    for number in range(60):
        any_provider.clock.advance(number % 2)
        key = f"{grant.id}." if number % 2 == 0 else "self"
        theirs.open("/acting/switch").submit(**{"as": key})
    here.end(here.representative, grant.id)
    boss = Browser(any_provider).open("/login").sign_in(here.representative)
    page = f"/organisation/history?id={here.organisation.id}"
    boss.open(f"/organisation?id={here.organisation.id}")
    assert page in boss.page
    counts = []
    for show, expected in (("", 35), ("&show=grants", 5), ("&show=uses", 30)):
        boss.open(page + show)
        assert "王*" in boss.page and "王经办" not in boss.page
        counts.append(boss.page.count("<tr>") - 1)
        assert counts[-1] == expected, show
    first = boss.open(page).page
    assert first.index("授权终止") < first.index("接受授权")
    file = boss.open(f"/organisation/history/export?id={here.organisation.id}&show=grants")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(file.page.strip().splitlines()) == 6 and "王经办" not in file.page


def test_pages_meet_without_gap_or_overlap(any_provider: Provider) -> None:
    """Sixty lines of one instant stand on two pages, each once."""
    here = office(any_provider)
    for _ in range(30):
        here.give(here.representative, any_provider.make.person())
    boss = Browser(any_provider).open("/login").sign_in(here.representative)
    boss.open(f"/organisation/history?id={here.organisation.id}")
    first = boss.page.count("<tr>") - 1
    (older,) = re.findall(r'href="([^"]+before=[^"]+)"', boss.page)
    second = boss.open(older.replace("&amp;", "&")).page.count("<tr>") - 1
    assert (first, second) == (50, 12) and "before=" not in boss.page
    assert boss.open(f"/organisation/history?id={here.organisation.id}&before=x.y&show=z").status == 200


def test_agents_and_strangers_see_nothing(provider: Provider) -> None:
    """Neither the page nor the file; an administrator sees both."""
    here = office(provider)
    agent, admin, other = (provider.make.person() for _ in range(3))
    here.give(here.representative, agent)
    here.give(here.representative, admin, Capacity.ADMINISTRATOR)
    for number, (person, status) in enumerate(((agent, 404), (other, 404), (admin, 200))):
        browser = Browser(provider, f"192.0.2.{number + 20}").open("/login").sign_in(person)
        for path in ("/organisation/history", "/organisation/history/export"):
            assert browser.open(f"{path}?id={here.organisation.id}").status == status, path
