"""What each machine request costs: statements sent to the database, calls of the short-lived store."""

from functools import partial

import pytest

from tests.idp.oauth.house import House, basic

BOTH_PAIRS = pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """A client that may introspect and a person with a session; caches warm."""
    house.add_client("one", may_introspect=True)
    house.add_person()
    house.userinfo(house.tokens("one")["access_token"])


@BOTH_PAIRS
def test_client_credentials_cost_one_insert(house: House) -> None:
    """No read and no short-lived store: the audit event is the only round trip."""
    house.calls.calls.clear()
    form = {"grant_type": "client_credentials"}
    sent = house.statements(lambda: house.post("token", form, basic("one")))
    assert sent == ["INSERT INTO audit_event"]
    assert house.calls.calls == []


@BOTH_PAIRS
def test_introspection_costs_one_read(house: House) -> None:
    """An active access token, an active refresh token and a client's own token cost one SELECT each, and no write."""
    tokens = house.tokens("one")
    machine = house.post("token", {"grant_type": "client_credentials"}, basic("one")).json
    house.calls.calls.clear()
    for token in (tokens["access_token"], tokens["refresh_token"], machine["access_token"]):
        assert house.introspect("one", token)["active"] is True
        sent = house.statements(partial(house.introspect, "one", token))
        assert [statement.partition(" ")[0] for statement in sent] == ["SELECT"]
    assert house.calls.calls == []


@BOTH_PAIRS
def test_userinfo_costs_two_reads_and_one_write_an_hour(house: House) -> None:
    """One statement says whether the token may be used, one reads the person; the first release of an hour is written."""
    token = house.tokens("one")["access_token"]
    house.calls.calls.clear()
    for writes in (["INSERT"], [], []):
        sent = house.statements(lambda: house.userinfo(token))
        assert [statement.partition(" ")[0] for statement in sent] == ["SELECT", "SELECT", *writes]
    assert house.calls.calls == []


@BOTH_PAIRS
def test_a_code_costs_two_short_calls_and_five_statements(house: House) -> None:
    """Find and swap the code; then one transaction reads session and consent and writes family, refresh token, event."""
    code = house.code("one")
    house.calls.calls.clear()
    sent = house.statements(lambda: house.redeem("one", code))
    assert [statement.partition(" ")[0] for statement in sent] == [
        "SELECT",
        "SELECT",
        "INSERT",
        "INSERT",
        "INSERT",
    ]
    assert house.calls.calls == ["get", "swap"]


@BOTH_PAIRS
def test_a_refresh_costs_four_statements(house: House) -> None:
    """One read with all that decides, the rotation in two statements, the event; no short-lived store."""
    token = house.tokens("one")["refresh_token"]
    house.calls.calls.clear()
    sent = house.statements(lambda: house.refresh("one", token))
    assert [statement.partition(" ")[0] for statement in sent] == ["SELECT", "UPDATE", "INSERT", "INSERT"]
    assert house.calls.calls == []


def test_documents_cost_nothing(house: House) -> None:
    """Discovery and the key set are answered from memory."""
    house.get("jwks")
    assert house.statements(lambda: (house.get("jwks"), house.get("discovery"))) == []
