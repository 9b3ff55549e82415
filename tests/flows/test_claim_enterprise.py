"""E02 with the legal-person register beside the provider: from the typed code to a token in the organisation's name."""

import re
from collections.abc import Iterator

import pytest

from idp.delegations.models import DelegationState
from idp.identifiers.capacity import Capacity
from idp.organisations.models import IdentifierKind, RegistrationStatus
from tests.support.at_once import at_once
from tests.support.delegating import PLACE, Office, office
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.registers import Registers, at, joined, registers
from tests.support.synthetic import synthetic_uscc, with_organisation_check
from tests.support.tokens import claims_of

PAGE = "/account/organisations/claim"
USCC = synthetic_uscc(77)
OLD = with_organisation_check("MA0T8407")


@pytest.fixture
def twin() -> Iterator[Registers]:
    """The registers."""
    with registers() as made:
        yield made


@pytest.fixture
def served(twin: Registers, any_environment: dict[str, str]) -> Iterator[Provider]:
    """A provider that asks them, on each pair of stores."""
    made = joined(twin, any_environment)
    yield made
    made.close()


def _registered(twin: Registers, person: MadePerson, **changes: object) -> None:
    values = {"uscc": USCC, "representative_name": person.name, "representative_number": person.id_number}
    twin.registers(**{**values, **changes})


def _claim(provider: Provider, person: MadePerson, code: str = USCC, address: str = "192.0.2.10") -> Browser:
    browser = Browser(provider, address).open(PAGE).sign_in(person)
    assert browser.path == PAGE and 'name="code"' in browser.page, browser.page
    return browser.submit(code=code)


def _capacities(provider: Provider, uscc: str = USCC) -> list[str]:
    with provider.sql.once() as db:
        found = provider.services.people.organisations.find_by_uscc(db, uscc)
        if found is None:
            return []
        grants = provider.services.people.delegations.parts.store.list_of_organisation(
            db, found.id, tuple(DelegationState)
        )
    return [f"{one.capacity.value} {one.state.value}" for one in grants]


def _here(provider: Provider, **changes: object) -> Office:
    """An organisation that is here already, as the register told of it before."""
    return office(provider, uscc=USCC, **changes)


def test_who_claims_acts_for_it_in_a_token(served: Provider, twin: Registers) -> None:
    """The register confirms, E04 opens, and the next application gets the organisation as the subject."""
    boss = served.make.person(name="赵法人", level=3)
    _registered(twin, boss, name="示范新办有限公司")
    browser = _claim(served, boss)
    assert browser.path == "/organisation" and "示范新办有限公司" in browser.page
    assert _capacities(served) == ["legal_representative active"]
    (event,) = served.events("organisation.claimed")
    assert event.outcome == "done" and boss.id in event.actor
    party = RelyingParty(
        served,
        served.make.client(
            "dept-firms", scope="openid org.basic", capacities=["self", "legal_representative"]
        ),
    )
    browser.open(party.authorize_url(scope="openid org.basic"))
    (key,) = re.findall(r'value="([^"]+\.)"', browser.page)
    browser.submit(**{"as": key}).allow()
    token = party.redeem(party.answer(browser)["code"]).get_json()["id_token"]
    claims = claims_of(served, token, "JWT")
    assert claims["org"]["uscc"] == USCC and claims["act"]["role"] == "legal_representative"


def test_claimed_twice_is_claimed_once(served: Provider, twin: Registers) -> None:
    """A second claim by the same person lands in the same place and writes nothing more."""
    boss = served.make.person()
    _registered(twin, boss)
    browser = _claim(served, boss)
    assert browser.open(PAGE).submit(code=USCC).path == "/organisation"
    assert _capacities(served) == ["legal_representative active"]
    assert len(served.events("organisation.claimed")) == 1


def test_two_nodes_at_once_make_one_organisation_and_one_capacity(
    twin: Registers, any_environment: dict[str, str]
) -> None:
    """Two presses that arrive at two nodes at the same moment."""
    nodes = [joined(twin, any_environment) for _ in range(2)]
    try:
        boss = nodes[0].make.person()
        _registered(twin, boss)
        browsers = [Browser(node, f"192.0.2.{i}").open(PAGE).sign_in(boss) for i, node in enumerate(nodes)]
        results = at_once([lambda each=each: each.submit(code=USCC).path for each in browsers])
        assert results == ["/organisation", "/organisation"]
        assert _capacities(nodes[0]) == ["legal_representative active"]
        assert len(nodes[0].events("organisation.claimed")) == len(nodes[0].events("organisation.added")) == 1
    finally:
        for node in nodes:
            node.close()


def test_an_old_code_is_shown_as_the_new_one_before_it_is_claimed(served: Provider, twin: Registers) -> None:
    """Known here or only to the register: the unified code and the name stand on a page of their own first."""
    boss = served.make.person()
    _registered(twin, boss, identifiers=[[IdentifierKind.ORGANISATION_CODE.value, OLD]])
    browser = _claim(served, boss, OLD)
    assert browser.path == PAGE and USCC in browser.page and not _capacities(served)
    assert browser.submit().path == "/organisation"
    assert _capacities(served) == ["legal_representative active"]
    # Now it is here: the register is not asked what the code stands for.
    asked = twin.data.asked
    browser.open(PAGE).submit(code=OLD)
    assert USCC in browser.page and twin.data.asked == asked


def test_a_new_representative_comes_to_the_handover(served: Provider, twin: Registers) -> None:
    """The register names somebody new: the one before is out, and what he granted waits for a decision each."""
    agent, boss = served.make.person(), served.make.person(name="钱新任")
    here = _here(served, representative_number="140199190001010012", representative_kind="111")
    here.give(here.representative, agent, Capacity.ADMINISTRATOR)
    _registered(twin, boss)
    browser = _claim(served, boss)
    assert browser.path == "/organisation/handover"
    assert sorted(_capacities(served)) == [
        "administrator frozen",
        "legal_representative active",
        "legal_representative ended",
    ]


def test_who_is_not_the_representative_is_told_whom_to_ask(served: Provider, twin: Registers) -> None:
    """The administrators stand there by masked names; nothing is given, and the try is noted."""
    here, admin, other = _here(served), served.make.person(name="孙管理"), served.make.person(name="李旁人")
    here.give(here.representative, admin, Capacity.ADMINISTRATOR)
    _registered(twin, here.representative)
    browser = _claim(served, other)
    assert browser.status == 409 and "登记的法定代表人不是您" in browser.page
    assert "孙*" in browser.page and "孙管理" not in browser.page
    assert all(other.id not in str(row) for row in _capacities(served))
    (event,) = served.events("organisation.claimed")
    assert event.outcome == "refused"
    browser.open(f"/organisation?id={here.organisation.id}")
    assert browser.status == 404


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"status": "deregistered"}, 409, "不能认领"),
        ({"status": "revoked"}, 409, "不能认领"),
        ({"uscc": synthetic_uscc(78)}, 404, "登记机关没有这个代码"),
    ],
)
def test_what_has_ended_or_is_not_there_cannot_be_claimed(
    served: Provider, twin: Registers, change: dict[str, object], status: int, words: str
) -> None:
    """Neither leaves an organisation or a capacity."""
    boss = served.make.person()
    _registered(twin, boss, **change)
    browser = _claim(served, boss)
    assert (browser.status, words in browser.page) == (status, True)
    assert not _capacities(served)


def test_an_end_that_the_register_tells_at_a_claim_is_followed(served: Provider, twin: Registers) -> None:
    """The organisation is here: it ends here too, and nobody acts for it any more."""
    here = _here(served)
    _registered(twin, here.representative, status="deregistered")
    assert _claim(served, here.representative).status == 409
    with served.sql.once() as db:
        found = served.services.people.organisations.find_by_uscc(db, USCC)
    assert found is not None and found.status is RegistrationStatus.DEREGISTERED
    assert _capacities(served) == ["legal_representative ended"]


def test_an_organisation_in_dispute_cannot_be_claimed(served: Provider, twin: Registers) -> None:
    """A hold of ours stands above the register's word."""
    made, boss = served.make.organisation(uscc=USCC), served.make.person()
    with served.sql.begin() as db:
        served.services.people.organisations.freeze(db, made.id, "dispute", "system:test", PLACE)
    _registered(twin, boss)
    browser = _claim(served, boss)
    assert browser.status == 409 and "暂停代表" in browser.page and not _capacities(served)


@pytest.mark.parametrize("mode", ["down", "half", "bad_signature", "other_question", "refuse"])
def test_a_register_that_does_not_answer_gives_nothing(served: Provider, twin: Registers, mode: str) -> None:
    """Silence, and every answer that does not count, are the same."""
    boss = served.make.person()
    _registered(twin, boss)
    twin.data.mode = mode
    browser = _claim(served, boss)
    assert browser.status == 503 and "没有应答" in browser.page and not _capacities(served)


def test_a_register_that_tells_an_impossible_code_gives_nothing(served: Provider, twin: Registers) -> None:
    """What was begun is undone as a whole."""
    boss = served.make.person()
    _registered(twin, boss, identifiers=[[IdentifierKind.ORGANISATION_CODE.value, "123"]])
    assert _claim(served, boss).status == 503 and not _capacities(served)
    assert not served.events("organisation.added")


def test_a_house_without_a_register_says_so(provider: Provider) -> None:
    """No source in the settings is the same as a source that rests."""
    assert _claim(provider, provider.make.person()).status == 503


def test_mistyped_codes_keep_what_was_typed(served: Provider) -> None:
    """Form and check character have words of their own, older codes too."""
    wrong = USCC[:-1] + ("A" if USCC[-1] != "A" else "B")
    browser = _claim(served, served.make.person(), wrong)
    assert "代码校验位不符" in browser.page and f'value="{wrong}"' in browser.page
    assert "统一社会信用代码为 18 位" in browser.submit(code="123").page
    off = OLD[:-1] + ("1" if OLD[-1] != "1" else "2")
    assert "组织机构代码校验位不符" in browser.submit(code=off).page


def test_a_claim_needs_level_two_and_a_fresh_sign_in(served: Provider, twin: Registers) -> None:
    """Level 1 sees what is missing; an old session signs in again, also for the POST."""
    low, boss = served.make.person(level=1), served.make.person()
    browser = Browser(served).open(PAGE).sign_in(low)
    assert "2 级实名" in browser.page and 'name="code"' not in browser.page
    _registered(twin, boss)
    later = Browser(served, "192.0.2.11").open(PAGE).sign_in(boss)
    fields = {**later.hidden(), "code": USCC}
    served.clock.advance(700)
    at(served.clock.timestamp())
    assert later.post(PAGE, fields).path == "/login" and not _capacities(served)
    assert later.sign_in(boss).path == PAGE


def test_tries_are_counted(served: Provider, twin: Registers) -> None:
    """Twenty questions in an hour, however many codes; then the register is not asked any more."""
    browser = _claim(served, served.make.person())
    for serial in range(19):
        browser.open(PAGE).submit(code=synthetic_uscc(200 + serial))
    assert browser.status == 404
    asked = twin.data.asked
    assert browser.open(PAGE).submit(code=synthetic_uscc(300)).status == 429
    assert twin.data.asked == asked
