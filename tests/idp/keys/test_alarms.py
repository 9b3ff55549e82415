"""What is tampered with or out of date is refused, and told to the auditors once; nothing else stops."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from crypto.errors import CryptoError
from idp.audit.event import Place
from idp.errors import SettingsRefused
from idp.keys.lifecycle import Actor
from idp.keys.models import KeyPurpose
from idp.storage.engine import Sql
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider, SqliteTemplate

OFFICER = Actor("cli:officer", Place("console", "REF"), "emergency")


def _settled() -> None:
    """Alarms are written beside the requests that met them."""
    for thread in threading.enumerate():
        if thread.name == "key-alarm":
            thread.join()


def test_a_damaged_row_is_refused_and_told_once(any_provider: Provider) -> None:
    """Of two requests that meet altered bytes neither gets a value, other persons are served, and one event tells of it."""
    application = RelyingParty(any_provider, any_provider.make.client())
    victim, other = any_provider.make.person(), any_provider.make.person()
    token = application.tokens(Browser(any_provider), victim)["access_token"]
    healthy = application.tokens(Browser(any_provider), other)["access_token"]
    with any_provider.sql.begin() as db:
        changed = "UPDATE person SET name = (SELECT p.name FROM person p WHERE p.id = :other) WHERE id = :id"
        assert db.execute(text(changed), {"id": victim.id, "other": other.id}).rowcount == 1
    for _ in range(2):
        answer = application.userinfo(token)
        assert answer.status_code == 500 and victim.name not in answer.get_data(as_text=True)
    assert application.userinfo(healthy).status_code == 200
    _settled()
    assert [event.object for event in any_provider.events("seal.row_refused")] == [f"person:{victim.id}"]


def test_tokens_of_a_retired_key_are_refused_and_told_once(any_provider: Provider) -> None:
    """After an emergency the leaked key's tokens open nothing, wherever they come, and one event tells that they come."""
    application = RelyingParty(any_provider, any_provider.make.client())
    tokens = application.tokens(Browser(any_provider), any_provider.make.person())
    old = any_provider.services.foundation.keyring.signer("ES256").handle.kid
    any_provider.services.lifecycle.replace_now(KeyPurpose.TOKEN, "ES256", OFFICER)
    any_provider.clock.advance(2)
    for _ in range(2):
        assert application.userinfo(tokens["access_token"]).status_code == 401
    introspected = application.call("/oauth/introspect", {"token": tokens["access_token"]})
    assert introspected.get_json() == {"active": False}
    Browser(any_provider).open(f"/oauth/logout?id_token_hint={tokens['id_token']}")
    _settled()
    assert [event.object for event in any_provider.events("key.retired_met")] == [old]


def test_swapped_private_keys_stop_the_start_and_are_told(
    sqlite_template: SqliteTemplate, tmp_path: Path
) -> None:
    """Wrapped keys exchanged between rows do not open; the event names the key."""
    environment = sqlite_template.copy(tmp_path)
    sql = Sql(environment["YIHAO_DATABASE__URL"])
    with sql.begin() as db:
        swap = (
            "UPDATE key_pair SET wrapped = (SELECT k.wrapped FROM key_pair k WHERE k.purpose = 'federation') "
            "WHERE purpose = 'token' AND algorithm = 'ES256'"
        )
        assert db.execute(text(swap)).rowcount == 1
    with pytest.raises((CryptoError, SettingsRefused)):
        Provider(environment)
    _settled()
    with sql.once() as db:
        query = "SELECT e.object FROM audit_event e WHERE e.act = 'key.pair_unusable'"
        kids = "SELECT kid FROM key_pair WHERE purpose = 'token' AND algorithm = 'ES256'"
        assert list(db.scalars(text(query))) == list(db.scalars(text(kids)))
    sql.close()
