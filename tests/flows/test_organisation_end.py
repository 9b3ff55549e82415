"""E11 as those who managed an organisation see it: read-only when it has ended, then closed."""

from idp.clock import instant
from idp.identifiers.capacity import Capacity
from idp.organisations.models import RegistrationStatus
from idp.organisations.port import RegisterFacts
from tests.support.claiming import DAY
from tests.support.delegating import PLACE, Office, office
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider


def _signed_in(provider: Provider, person: MadePerson, address: str = "192.0.2.10") -> Browser:
    return Browser(provider, address).open("/login").sign_in(person)


def _says(provider: Provider, here: Office, status: RegistrationStatus) -> None:
    facts = RegisterFacts(
        uscc=here.organisation.uscc,
        name=here.organisation.name,
        kind=here.organisation.kind,
        status=status,
        authority="某市场监督管理局",
        region=here.organisation.region,
        representative_name=here.representative.name,
        representative_kind="111",
        representative_number=here.representative.id_number,
    )
    with provider.sql.begin() as db:
        provider.services.people.organisations.apply(db, facts, "test", "system:test", PLACE)


def test_an_ended_organisation_is_read_only_and_then_closed(any_provider: Provider) -> None:
    """Pages that change something lead to the page that says why; its records can be read for 90 days, then no more."""
    here, agent = office(any_provider), any_provider.make.person()
    administrator, former = any_provider.make.person(), any_provider.make.person()
    grant = here.give(here.representative, agent)
    here.give(here.representative, administrator, Capacity.ADMINISTRATOR)
    left = here.give(here.representative, former, Capacity.ADMINISTRATOR)
    here.end(here.representative, left.id)
    boss = _signed_in(any_provider, here.representative)
    home = f"/organisation?id={here.organisation.id}"
    close = f"/organisation/close?id={here.organisation.id}"
    assert "单位存续" in boss.open(close).page
    boss.open(f"/organisation/invite?id={here.organisation.id}")
    fields = boss.hidden()
    _says(any_provider, here, RegistrationStatus.DEREGISTERED)
    now = instant(any_provider.clock)
    for page in ("", "/agents", "/invite", "/handover"):
        assert boss.open(f"/organisation{page}?id={here.organisation.id}").path == "/organisation/close"
        assert "已终止，没有做任何更改" in boss.page
    boss.post("/organisation/invite", {**fields, "who": "19900009999", "capacity": "agent"})
    assert boss.path == "/organisation/close"
    boss.post("/organisation/grant", {**fields, "id": grant.id, "act": "end"})
    assert boss.path == "/organisation/close"
    assert "账户只读" in boss.page and here.organisation.name in boss.open("/account/organisations").page
    assert "已终止的单位" in boss.page
    assert boss.open(f"/organisation/history?id={here.organisation.id}").path == "/organisation/history"
    theirs = _signed_in(any_provider, administrator, "192.0.2.11").open(close)
    assert theirs.status == 200 and "账户只读" in theirs.page
    for person, address in ((agent, "192.0.2.12"), (former, "192.0.2.13")):
        outsider = _signed_in(any_provider, person, address)
        assert outsider.open(close).status == outsider.open(home).status == 404
        assert "已终止的单位" not in outsider.open("/account/organisations").page
    any_provider.clock.advance(90 * DAY + 1)
    assert instant(any_provider.clock) > now
    boss = _signed_in(any_provider, here.representative)
    assert "账户已关闭" in boss.open(close).page
    assert boss.open(f"/organisation/history?id={here.organisation.id}").path == "/organisation/close"
    assert boss.open(f"/organisation/history/export?id={here.organisation.id}").path == "/organisation/close"


def test_a_revoked_organisation_comes_back_as_it_was(provider: Provider) -> None:
    """While the licence is taken it is read-only; when the register gives it back, everything works again."""
    here = office(provider)
    boss = _signed_in(provider, here.representative)
    _says(provider, here, RegistrationStatus.REVOKED)
    assert boss.open(f"/organisation?id={here.organisation.id}").path == "/organisation/close"
    _says(provider, here, RegistrationStatus.REGISTERED)
    assert boss.open(f"/organisation?id={here.organisation.id}").path == "/organisation"
