"""Filling a demo: complete, repeatable, and as `demo.json` says."""

from pathlib import Path

import pytest
from sqlalchemy import text

from idp.accounts.models import PersonState
from idp.authenticators.base import Accepted
from idp.clock import instant
from idp.demo import instance as demo
from idp.demo import seed
from idp.demo.clients import plans
from idp.demo.instance import Instance, Memory
from idp.demo.personas import PERSONAS
from idp.identifiers.id_number import IdNumber
from idp.oauth.clients import store as clients
from idp.oauth.clients.authentication import SECRET_KIND
from tests.support.provider import Provider

KEYS = {
    "client_id",
    "client_secret",
    "name",
    "kind",
    "redirect_uris",
    "post_logout_redirect_uris",
    "grant_types",
    "token_endpoint_auth_method",
    "id_token_signed_response_alg",
    "scope",
}


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """A demo that nobody serves."""
    return Instance(8400, tmp_path)


@pytest.fixture
def memory(instance: Instance) -> Memory:
    """Its secrets."""
    return demo.remember(instance, seed.client_ids(instance))


def test_every_persona_can_use_the_password_that_is_printed(
    provider: Provider, instance: Instance, memory: Memory
) -> None:
    """Number and password of `demo.json` belong together for each person."""
    seed.seed(provider.services, instance, memory)
    published = seed.published(provider.services, instance, memory)
    assert len(published["persons"]) == len(PERSONAS)
    with provider.sql.once() as db:
        for one in published["persons"]:
            assert set(one) == {"name", "id_number", "mobile", "password", "level", "state"}
            person = provider.services.persons.find_by_document(
                db, IdNumber(one["id_number"]).kind.value, one["id_number"]
            )
            assert person is not None
            outcome, _ = provider.services.passwords.check(db, person.id, one["password"])
            assert isinstance(outcome, Accepted)
    assert len(provider.events("person.added")) == len(PERSONAS)


def test_second_seeding_changes_nothing(provider: Provider, instance: Instance, memory: Memory) -> None:
    """What people changed meanwhile stays, nobody is added twice, no client is touched."""
    seed.seed(provider.services, instance, memory)
    first = seed.published(provider.services, instance, memory)
    with provider.sql.begin() as db:
        zhang = provider.services.persons.find_by_document(db, "111", PERSONAS[0].id_number)
        assert zhang is not None
        now = instant(provider.services.clock)
        provider.services.persons.change_state(db, zhang.id, PersonState.FROZEN, now)
        stamps = db.execute(text("SELECT kind, version FROM change_stamp ORDER BY kind")).all()

    seed.seed(provider.services, instance, memory)

    second = seed.published(provider.services, instance, memory)
    assert second["persons"][0] == {**first["persons"][0], "state": "frozen"}
    assert second["persons"][1:] == first["persons"][1:]
    assert second["clients"] == first["clients"]
    with provider.sql.once() as db:
        assert db.execute(text("SELECT count(*) FROM person WHERE state <> 'dependent'")).scalar() == len(
            PERSONAS
        )
        assert db.execute(text("SELECT kind, version FROM change_stamp ORDER BY kind")).all() == stamps


def test_client_that_a_newer_version_describes_differently_is_brought_up_to_date(
    provider: Provider, instance: Instance, memory: Memory
) -> None:
    """A demo of an older version keeps its data and gets the clients of this one."""
    seed.seed(provider.services, instance, memory)
    with provider.sql.begin() as db:
        clients.change(db, "demo-affairs", {"scope": "openid", "redirect_uris": []})
    seed.seed(provider.services, instance, memory)
    with provider.sql.once() as db:
        row = next(row for row in clients.list_all(db) if row.client_id == "demo-affairs")
    assert row.scope == plans(instance)[0].scope
    assert row.redirect_uris == list(plans(instance)[0].redirect_uris)


def test_published_clients_have_the_promised_kinds_and_keys(
    provider: Provider, instance: Instance, memory: Memory
) -> None:
    """Two web clients, one of them with SM2 ID tokens, a public one without secret, a machine that may introspect."""
    seed.seed(provider.services, instance, memory)
    published = seed.published(provider.services, instance, memory)["clients"]
    by_kind = {kind: [c for c in published if c["kind"] == kind] for kind in ("web", "spa", "service")}
    assert {c["id_token_signed_response_alg"] for c in by_kind["web"]} == {"ES256", "SGD_SM3_SM2"}
    for one in by_kind["web"] + by_kind["service"]:
        assert set(one) == KEYS
    assert [set(one) for one in by_kind["spa"]] == [KEYS - {"client_secret"}]
    with provider.sql.once() as db:
        rows = {row.client_id: row for row in clients.list_all(db)}
    assert [c for c, row in rows.items() if row.may_introspect] == [by_kind["service"][0]["client_id"]]
    for one in published:
        if secret := one.get("client_secret"):
            digest = provider.services.client_secrets.digest(SECRET_KIND, secret)
            assert rows[one["client_id"]].client_secret_digest == digest
            assert secret not in repr(rows[one["client_id"]])


def test_departments_do_not_share_a_sector(instance: Instance) -> None:
    """Two departments cannot put together what they know of a person by comparing identifiers."""
    web = [plan for plan in plans(instance) if plan.kind == "web"]
    assert len({plan.sector_identifier for plan in web}) == len(web)
    assert all(plan.scope_purpose for plan in web)
