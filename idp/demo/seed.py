"""Fills a demo instance: people, applications, clients. What is there already stays as it is."""

from dataclasses import replace
from typing import Any

from crypto.tokens import random_handle
from idp.accounts.events import PersonAdded
from idp.accounts.making import person_row
from idp.accounts.new_person import NewPerson, validate
from idp.accounts.persons import PROOF
from idp.accounts.store import Person
from idp.applications import store as applications
from idp.applications.models import ApplicationState
from idp.audit.event import Place
from idp.claims.catalogue import claims_of
from idp.claims.store import Grant
from idp.clock import instant, today
from idp.demo import delegations, matters
from idp.demo.clients import ClientPlan, plans
from idp.demo.instance import Instance, Memory
from idp.demo.personas import PERSONAS, Persona
from idp.demo.twins import claimable, newcomers
from idp.oauth.clients import store as clients
from idp.oauth.clients.authentication import SECRET_KIND
from idp.proofing.carried import CarriedEvidence
from idp.proofing.methods import methods
from idp.storage.engine import Db
from idp.wiring import Services

ACTOR = "system:demo"
PLACE = Place("127.0.0.1", "demo")
LEGAL_BASIS = "演示:虚构数据,仅供试用"


def client_ids(instance: Instance) -> tuple[str, ...]:
    """The clients that prove themselves by a secret."""
    return tuple(plan.client_id for plan in plans(instance) if plan.has_secret)


def seed(services: Services, instance: Instance, memory: Memory) -> None:
    """Add the personas, applications and clients that are missing, and bring clients up to date; all or nothing.

    The catalogue of matters comes first, and only where there is none.
    """
    matters.seed(services.people.matters, ACTOR, PLACE)
    with services.sql.begin() as db:
        _seed_persons(db, services)
        delegations.seed(db, services)
        known = {row.client_id: row for row in clients.list_all(db)}
        for plan in plans(instance):
            secret = memory.client_secrets.get(plan.client_id)
            digest = services.client_secrets.digest(SECRET_KIND, secret) if secret is not None else None
            wanted = {**plan.columns(), "client_secret_digest": digest}
            row = known.get(plan.client_id)
            if row is None:
                _add_client(db, services, plan, wanted)
            elif changed := {name: to for name, to in wanted.items() if getattr(row, name) != to}:
                clients.change(db, plan.client_id, changed)
        _grant_claims(db, services, instance)


def published(services: Services, instance: Instance, memory: Memory) -> dict[str, Any]:
    """The content of `demo.json`, with level, mobile and state as the database has them now."""
    with services.sql.once() as db:
        persons = [
            (persona, services.persons.find_by_document(db, persona.id_kind, persona.id_number))
            for persona in PERSONAS
        ]
        organisations = delegations.published(db, services)
    return {
        "issuer": instance.issuer,
        "console": instance.console,
        "departments": list(instance.departments),
        "persons": [_published_person(persona, person) for persona, person in persons if person],
        "organisations": organisations,
        "claimable": claimable(),
        "newcomers": newcomers(),
        "register": instance.register,
        "phone": instance.phone,
        "clients": [plan.published(memory.client_secrets.get(plan.client_id)) for plan in plans(instance)],
    }


def _published_person(persona: Persona, person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "id_number": person.id_number,
        "mobile": person.mobile,
        "password": persona.password,
        "level": person.level,
        "state": person.state.value,
    }


def _seed_persons(db: Db, services: Services) -> None:
    now = instant(services.clock)
    missing = [p for p in PERSONAS if services.persons.find_by_document(db, p.id_kind, p.id_number) is None]
    if not missing:
        return
    evidence = CarriedEvidence(methods())
    until = evidence.until(PROOF, now)
    rows = [
        replace(
            _row(services, each),
            state=each.state,
            mobile_verified_at=now if each.mobile else None,
            level_until=until if each.level else None,
        )
        for each in missing
    ]
    services.persons.add(db, rows)
    evidence.add(db, [(row.id, row.level, PROOF) for row in rows if row.level], ACTOR, now)
    passwords = [(row.id, persona.password) for row, persona in zip(rows, missing, strict=True)]
    services.passwords.enrol(db, passwords, now)
    events = [PersonAdded(actor=ACTOR, object=row.id, place=PLACE, level=row.level) for row in rows]
    services.audit.append(db, *events)


def _row(services: Services, persona: Persona) -> Person:
    """The row of a persona, through the same door as every person. Raises ValueError for an impossible one."""
    new = NewPerson(persona.id_number, persona.name, persona.mobile, persona.level, persona.password)
    valid = validate(new, today(services.clock))
    if isinstance(valid, list):
        raise ValueError(f"persona {persona.password}: {[each.code for each in valid]}")
    return person_row(valid, instant(services.clock))


def _add_client(db: Db, services: Services, plan: ClientPlan, columns: dict[str, Any]) -> None:
    now = instant(services.clock)
    application_id = random_handle()
    applications.add(
        db,
        {
            "id": application_id,
            "name": plan.name,
            "name_en": plan.name_en,
            "department": plan.department,
            "department_en": plan.department_en,
            "home_url": plan.home_url,
            "state": ApplicationState.ACTIVE,
            "created_at": now,
        },
    )
    clients.add(db, {**columns, "application_id": application_id, "created_at": now})


def _grant_claims(db: Db, services: Services, instance: Instance) -> None:
    """Approve for each application the claims of its scopes. What an officer has decided about a claim stays."""
    owners = {row.client_id: row.application_id for row in clients.list_all(db)}
    decided = {(grant.application_id, grant.claim) for grant in services.grants.list_all(db)}
    for plan in plans(instance):
        application_id = owners[plan.client_id]
        for claim in claims_of(frozenset(plan.scope.split())):
            if (application_id, claim.name) in decided:
                continue
            purpose = next((plan.scope_purpose[one] for one in claim.scopes if one in plan.scope_purpose), "")
            grant = Grant(
                application_id, claim.name, LEGAL_BASIS, purpose, ACTOR, instant(services.clock), None
            )
            services.grants.grant(db, grant, PLACE)
