"""Enterprises of the demo and who acts for them: one person for many, for one, through an agency, no longer, for a child.

The codes carry the subject codes `MA0T…` and a county that never existed, so that each can be told at a glance.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from crypto.tokens import random_handle
from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.audit.event import Place
from idp.clock import CHINA, instant
from idp.delegations.inviting import To
from idp.delegations.models import DelegationState
from idp.delegations.parts import word_of
from idp.delegations.rules import Held, Refusal
from idp.delegations.store import Delegation
from idp.demo.personas import PERSONAS, resident
from idp.identifiers.capacity import ALL, Capacity
from idp.identifiers.uscc import Uscc
from idp.organisations.models import RegistrationStatus
from idp.organisations.port import RegisterFacts
from idp.organisations.rules import kind_of
from idp.organisations.store import Organisation
from idp.storage.engine import Db
from idp.wiring import Services

ACTOR: Final = "system:demo"
PLACE: Final = Place("127.0.0.1", "demo")
SOURCE: Final = "demo"
YEAR: Final = timedelta(days=365)
LEVEL: Final = 2
"""What agents of the demo are named for asks no more than this."""


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise and, by name of the persona or enterprise, who acts for it."""

    name: str
    uscc: str
    representative: str
    administrators: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    former_agents: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()


AGENCY: Final = Enterprise("示范代理记账有限公司", "91140199MA0T84032P", "孙尾叉", agents=("林台样",))
ENTERPRISES: Final = (
    AGENCY,
    Enterprise(
        "演示科技有限公司",
        "91140199MA0T840162",
        "张演示",
        administrators=("孙尾叉",),
        agents=("王样例", "何港样"),
        former_agents=("陈旧号",),
        agencies=(AGENCY.name,),
    ),
    Enterprise("演示小吃店", "92140199MA0T84024R", "张演示"),
)
CLAIMABLE: Final = Enterprise("示范新办服务有限公司", "91140199MA0T84040J", "张演示")
"""Known to the legal-person register only: its representative may claim it, by the unified or the organisation code."""
CHILD: Final = ("张小样", resident(721, date(2019, 6, 1)), "张演示")
"""A child with the guardian. A minor's number has a birth of this century: only the county tells that it is invented."""
COMES_OF_AGE: Final = datetime(2037, 6, 1, tzinfo=CHINA).astimezone(UTC)


def seed(db: Db, services: Services) -> None:
    """Add the enterprises that are missing, with everybody who acts for them, and the child with its guardian."""
    for plan in ENTERPRISES:
        if services.people.organisations.find_by_uscc(db, plan.uscc) is None:
            _Seeding(db, services).add(plan)
    _seed_child(db, services)


def published(db: Db, services: Services) -> list[dict[str, Any]]:
    """The enterprises as `demo.json` lists them; agents are those who act by an own grant."""
    found = []
    for plan in ENTERPRISES:
        organisation = services.people.organisations.find_by_uscc(db, plan.uscc)
        if organisation is not None:
            found.append(
                {
                    "name": organisation.name,
                    "uscc": organisation.uscc,
                    "legal_representative": plan.representative,
                    "agents": [*plan.administrators, *plan.agents],
                }
            )
    return found


class _Seeding:
    """Goes the way that people go: the register founds, each other grant is offered and accepted."""

    def __init__(self, db: Db, services: Services) -> None:
        self._db = db
        self._services = services
        self._who = services.people.delegations
        self._now = instant(services.clock)

    def add(self, plan: Enterprise) -> None:
        """One enterprise with its grants."""
        boss = _person(self._db, self._services, plan.representative)
        facts = facts_of(plan, boss.name, boss.id_kind, boss.id_number)
        made = self._services.people.organisations.apply(self._db, facts, SOURCE, ACTOR, PLACE)
        self._who.founding.representative(self._db, made.id, boss.id, SOURCE, PLACE)
        for name in plan.administrators:
            self._grant(
                made, boss, name, Held(Capacity.ADMINISTRATOR, frozenset({ALL}), self._now, None, False)
            )
        for name in (*plan.agents, *plan.former_agents):
            grant = self._grant(made, boss, name, self._limited(self._now + YEAR))
            if name in plan.former_agents:
                self._let_expire(grant, boss)
        for name in plan.agencies:
            agency = next(one for one in ENTERPRISES if one.name == name)
            self._grant_agency(made, boss, agency)

    def _limited(self, ends_at: datetime) -> Held:
        """A few matters: of the catalogue where it has fitting ones."""
        fitting = [one.code for one in self._services.people.matters.list_active() if one.level <= LEVEL]
        codes = sorted(fitting)[:2] or ["TAX-001", "PERMIT-001"]
        return Held(Capacity.AGENT, frozenset(codes), self._now, ends_at, False)

    def _grant(self, made: Organisation, boss: Person, name: str, held: Held) -> Delegation:
        agent = _person(self._db, self._services, name)
        offered = self._who.inviting.invite(self._db, boss, made.id, held, To(person_id=agent.id), PLACE)
        return self._accepted(agent, offered)

    def _grant_agency(self, made: Organisation, boss: Person, agency: Enterprise) -> None:
        there = self._services.people.organisations.find_by_uscc(self._db, agency.uscc)
        if there is None:
            raise ValueError(f"{agency.name} stands below those whose agent it is")
        held, to = self._limited(self._now + YEAR), To(organisation_id=there.id)
        offered = self._who.inviting.invite(self._db, boss, made.id, held, to, PLACE)
        self._accepted(_person(self._db, self._services, agency.representative), offered)

    def _accepted(self, agent: Person, offered: Delegation | Refusal) -> Delegation:
        if isinstance(offered, Delegation):
            answer = self._who.inviting.accept(self._db, agent, offered.id, PLACE)
            if isinstance(answer, Delegation):
                return answer
            offered = answer
        raise ValueError(f"a grant of the demo is refused: {offered.value}")

    def _let_expire(self, grant: Delegation, boss: Person) -> None:
        """Write a grant as it stands when its period is over, signed for that period."""
        over = replace(
            grant,
            state=DelegationState.EXPIRED,
            starts_at=self._now - YEAR,
            ends_at=self._now - timedelta(days=1),
            ended_at=self._now,
            ended_for="period",
        )
        sign = self._who.parts.evidence.sign
        signed = replace(
            over,
            grant_evidence=sign(word_of(over, "grant", f"person:{boss.id}")),
            acceptance_evidence=sign(word_of(over, "acceptance", f"person:{over.agent_person_id}")),
        )
        self._who.parts.store.put(self._db, signed)


def _seed_child(db: Db, services: Services) -> None:
    name, number, guardian = CHILD
    if services.persons.find_by_document(db, "111", number) is not None:
        return
    now = instant(services.clock)
    child = Person(
        id=random_handle(),
        id_kind="111",
        id_number=number,
        name=name,
        mobile=None,
        level=1,
        state=PersonState.DEPENDENT,
        created_at=now,
        updated_at=now,
    )
    services.persons.add(db, [child])
    parent = _person(db, services, guardian)
    services.people.delegations.founding.guardian(db, child.id, parent.id, COMES_OF_AGE, SOURCE, PLACE)


def _person(db: Db, services: Services, name: str) -> Person:
    persona = next(one for one in PERSONAS if one.name == name)
    found = services.persons.find_by_document(db, persona.id_kind, persona.id_number)
    if found is None:
        raise ValueError("the personas come first")
    return found


def facts_of(plan: Enterprise, name: str, id_kind: str, id_number: str) -> RegisterFacts:
    """What the register says of an enterprise of the demo whose representative is so called."""
    code = Uscc(plan.uscc)
    return RegisterFacts(
        uscc=code.value,
        name=plan.name,
        kind=kind_of(code),
        status=RegistrationStatus.REGISTERED,
        authority="示范市市场监督管理局",
        region=code.value[2:8],
        representative_name=name,
        representative_kind=id_kind,
        representative_number=id_number,
    )
