"""Discovery and the key set."""

import pytest

from idp.oauth.grants.table import GRANTS
from idp.oauth.routes import ROUTES
from idp.oauth.tokens import id_token
from tests.idp.oauth.house import ISSUER, House, claims_of, header_of

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


@pytest.mark.clause("OpenID Connect Discovery 1.0", "3")
@pytest.mark.clause("RFC 8414", "2")
def test_discovery_tells_what_is_served(house: House) -> None:
    """Every endpoint named has a route, and the required members are there."""
    document = house.get("discovery").json
    assert document["issuer"] == ISSUER
    paths = {ISSUER + route.path for route in ROUTES}
    endpoints = {value for name, value in document.items() if name.endswith(("_endpoint", "jwks_uri"))}
    assert len(endpoints) == 8
    assert endpoints <= paths
    assert set(document["grant_types_supported"]) == set(GRANTS)
    assert document["response_types_supported"] == ["code"]
    assert document["subject_types_supported"] == ["pairwise"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert {"ES256", "SGD_SM3_SM2"} == set(document["id_token_signing_alg_values_supported"])
    assert document["authorization_response_iss_parameter_supported"] is True
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]
    assert "none" not in document["token_endpoint_auth_signing_alg_values_supported"]


def test_the_announced_claims_are_those_of_an_id_token(house: House) -> None:
    """Nothing is in an ID token that discovery does not announce; some stand there only for who acts for another."""
    house.add_client("one")
    house.add_person()
    claims = claims_of(house.tokens("one")["id_token"])
    assert set(claims) == set(id_token.CLAIMS) - {"act", "org", "subject_type"}
    assert set(claims) <= set(house.get("discovery").json["claims_supported"])


@pytest.mark.clause("RFC 7517", "5")
def test_the_key_set_holds_the_keys_of_the_tokens_and_nothing_private(house: House) -> None:
    """Both algorithms have a key, each token names one of them, and no private member is shown."""
    house.add_client("one", id_token_signed_response_alg="SGD_SM3_SM2")
    house.add_person()
    keys = house.get("jwks").json["keys"]
    assert {key["alg"] for key in keys if key["use"] == "sig"} == {"ES256", "SGD_SM3_SM2"}
    assert {key["alg"] for key in keys if key["use"] == "enc"} == {"ECDH-ES", "SGD_SM2_3"}
    tokens = house.tokens("one")
    by_kid = {key["kid"]: key["alg"] for key in keys}
    assert by_kid[header_of(tokens["id_token"])["kid"]] == "SGD_SM3_SM2"
    assert by_kid[header_of(tokens["access_token"])["kid"]] == "ES256"
    assert all(PRIVATE.isdisjoint(key) for key in keys)


@pytest.mark.clause("RFC 9110", "13.1.2")
@pytest.mark.parametrize("name", ["discovery", "jwks"])
def test_documents_may_be_kept_for_five_minutes(house: House, name: str) -> None:
    """The answer bears a tag; a caller that has it is told so without a body, others get the whole."""
    whole = house.get(name)
    assert whole.headers["Cache-Control"] == "public, max-age=300"
    tag = whole.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        unchanged = house.get(name, {"If-None-Match": known})
        assert (unchanged.status, unchanged.body) == (304, b"")
        assert unchanged.headers["ETag"] == tag
    assert house.get(name, {"If-None-Match": '"other"'}).body == whole.body


def test_a_new_key_appears_within_two_seconds(house: House) -> None:
    """The prepared bytes follow the ring."""
    before = house.get("jwks")
    made = house.add_signing_key("ES256")
    house.clock.now += 2
    after = house.get("jwks")
    assert made in {key["kid"] for key in after.json["keys"]}
    assert after.headers["ETag"] != before.headers["ETag"]
