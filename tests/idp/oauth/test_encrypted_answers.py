"""ID tokens, userinfo, introspection and logout tokens as their client registered them: signed, encrypted, or refused."""

import io
from pathlib import Path
from typing import Any

import orjson
import pytest

from crypto.errors import TokenRejected
from crypto.jose import jwt
from crypto.jose.profile import half_hash, table_for
from idp.oauth.tokens import logout_token
from idp.observe import log
from idp.settings import Profile
from idp.storage.base import Base
from idp.storage.engine import Sql
from tests.idp.oauth.house import ISSUER, VERIFIER, House, basic, claims_of, header_of
from tests.support.recipients import Recipient, outer_header
from tests.support.synthetic import synthetic_id_number

SM2_ID_TOKEN = {"id_token_signed_response_alg": "SGD_SM3_SM2", "id_token_encrypted_response_alg": "SGD_SM2_3"}
ES_ID_TOKEN = {"id_token_signed_response_alg": "ES256", "id_token_encrypted_response_alg": "ECDH-ES"}
USERINFO = {"userinfo_signed_response_alg": "SGD_SM3_SM2", "userinfo_encrypted_response_alg": "SGD_SM2_3"}
JWT_ACCEPT = {"Accept": "application/token-introspection+jwt"}


@pytest.fixture(autouse=True)
def people(house: House) -> None:
    """A person with a session."""
    house.add_person()


def _verified(house: House, token: str, typ: str = "JWT", **options: Any) -> dict[str, Any]:
    return jwt.decode(
        token,
        house.get("jwks").json["keys"],
        algorithms=frozenset({"ES256", "SGD_SM3_SM2"}),
        typ=frozenset({typ}),
        issuer=ISSUER,
        now=house.clock.now,
        **options,
    )


@pytest.mark.clause("OpenID Connect Core 1.0", "10.2")
@pytest.mark.parametrize(
    ("recipient", "members"),
    [(Recipient.fresh("SGD_SM2_3"), SM2_ID_TOKEN), (Recipient.fresh("ECDH-ES"), ES_ID_TOKEN)],
    ids=["SM2", "P-256"],
)
def test_an_id_token_is_signed_and_then_encrypted(
    house: House, recipient: Recipient, members: dict[str, str]
) -> None:
    """Its client opens it and finds an ordinary ID token inside; nobody else reads a claim."""
    house.add_client("one", jwks=recipient.jwks, **members)
    tokens = house.tokens("one")
    header = outer_header(tokens["id_token"])
    assert (header["alg"], header["enc"], header["cty"]) == (recipient.alg, recipient.enc, "JWT")
    assert header["kid"] == recipient.jwk["kid"]
    signed = recipient.opened(tokens["id_token"])
    claims = _verified(house, signed, audience="one")
    alg = members["id_token_signed_response_alg"]
    assert header_of(signed)["alg"] == alg
    assert (claims["nonce"], claims["at_hash"]) == ("n-1", half_hash(alg, tokens["access_token"]))
    again = house.refresh("one", tokens["refresh_token"]).json["id_token"]
    assert claims_of(recipient.opened(again))["sub"] == claims["sub"]
    with pytest.raises(TokenRejected):
        Recipient.fresh(recipient.alg).opened(tokens["id_token"])


@pytest.mark.clause("OpenID Connect Back-Channel Logout 1.0", "2.5")
def test_a_logout_token_is_protected_like_an_id_token(house: House) -> None:
    """Signed with its own type inside, encrypted to the client outside."""
    recipient = Recipient.fresh()
    house.add_client("one", jwks=recipient.jwks, **SM2_ID_TOKEN)
    client = house.client("one")
    token = logout_token.build(ISSUER, house.protect, house.clock, client, "the-sub", "session-1")
    claims = _verified(house, recipient.opened(token), "logout+jwt", audience="one")
    assert (claims["sub"], claims["sid"]) == ("the-sub", "session-1")


@pytest.mark.clause("OpenID Connect Core 1.0", "5.3.2")
def test_userinfo_is_signed_for_who_registered_it(house: House) -> None:
    """The answer is a JWT of the issuer for this client, of the media type application/jwt, and no cache keeps it."""
    house.add_client("one", userinfo_signed_response_alg="SGD_SM3_SM2")
    tokens = house.tokens("one", "openid realname")
    answer = house.userinfo(tokens["access_token"])
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/jwt")
    assert answer.headers["Cache-Control"] == "no-store"
    claims = _verified(house, answer.body.decode(), audience="one")
    assert header_of(answer.body.decode())["alg"] == "SGD_SM3_SM2"
    assert claims == {
        "iss": ISSUER,
        "aud": "one",
        "sub": claims_of(tokens["id_token"])["sub"],
        "name": "测试样例",
        "ial": 3,
    }
    house.add_client("two")
    assert house.userinfo(house.tokens("two")["access_token"]).headers["Content-Type"] == "application/json"


@pytest.mark.clause("OpenID Connect Core 1.0", "5.3.2")
def test_userinfo_is_encrypted_for_who_registered_it(house: House) -> None:
    """Signed inside, encrypted outside, to the client's key alone."""
    recipient = Recipient.fresh()
    house.add_client("one", jwks=recipient.jwks, **USERINFO)
    answer = house.userinfo(house.tokens("one", "openid realname idcard")["access_token"])
    assert answer.headers["Content-Type"] == "application/jwt"
    claims = _verified(house, recipient.opened(answer.body.decode()), audience="one")
    assert claims["id_number"] == synthetic_id_number(1)
    assert synthetic_id_number(1).encode() not in answer.body


def test_sensitive_claims_leave_production_in_encrypted_answers_alone(tmp_path: Path, house: House) -> None:
    """The ID number goes to the application that has it encrypted; plain and signed answers never hold it."""
    sql = Sql(f"sqlite:///{tmp_path}/production.db")
    Base.metadata.create_all(sql.engine)
    production = House(sql, house.store, house.clock, profile=Profile.PRODUCTION)
    production.add_person()
    recipient = Recipient.fresh()
    production.add_client("plain")
    production.add_client("signed", userinfo_signed_response_alg="ES256")
    production.add_client("sealed", jwks=recipient.jwks, **USERINFO)
    told = {}
    for name in ("plain", "signed", "sealed"):
        answer = production.userinfo(production.tokens(name, "openid idcard")["access_token"])
        told[name] = answer.body.decode()
    assert "id_number" not in told["plain"]
    assert "id_number" not in claims_of(told["signed"])
    assert claims_of(recipient.opened(told["sealed"]))["id_number"] == synthetic_id_number(1)
    sql.close()


@pytest.mark.clause("RFC 9701", "5")
def test_introspection_answers_as_a_jwt_where_it_is_asked_for(house: House) -> None:
    """The media type in Accept gets a typed JWT for this caller, with the usual answer in one claim and no sub or exp."""
    house.add_client("one")
    house.add_client("resource", may_introspect=True, id_token_signed_response_alg="SGD_SM3_SM2")
    token = house.tokens("one")["access_token"]
    plain = house.introspect("resource", token)
    answer = house.post("introspect", {"token": token}, basic("resource") | JWT_ACCEPT)
    assert answer.headers["Content-Type"] == "application/token-introspection+jwt"
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.body.decode()
    assert header_of(text)["alg"] == "SGD_SM3_SM2"
    assert _verified(house, text, "token-introspection+jwt", audience="resource") == {
        "iss": ISSUER,
        "aud": "resource",
        "iat": int(house.clock.now),
        "token_introspection": plain,
    }


@pytest.mark.clause("RFC 9701", "5")
def test_an_inactive_token_is_told_of_by_one_member(house: House) -> None:
    """Unknown, or another client's: active is false and there is nothing else inside."""
    house.add_client("one")
    house.add_client("two")
    token = house.tokens("one")["access_token"]
    for asked in (token, "a.b.c", "unknown"):
        answer = house.post("introspect", {"token": asked}, basic("two") | JWT_ACCEPT)
        assert claims_of(answer.body.decode())["token_introspection"] == {"active": False}


@pytest.mark.clause("RFC 9701", "4")
@pytest.mark.parametrize(
    ("accept", "is_jwt"),
    [
        (None, False),
        ("application/json", False),
        ("*/*", False),
        ("application/token-introspection+jwt", True),
        ("Application/Token-Introspection+JWT; q=0.5", True),
        ("application/json, application/token-introspection+jwt", True),
        ("application/token-introspection+jwt;q=0", False),
        ("application/token-introspection+jwt; q=0.000, application/json", False),
        ("text/token-introspection+jwt", False),
        ("application/token-introspection+jwtx", False),
    ],
)
def test_the_accept_header_decides_where_nothing_is_registered(
    house: House, accept: str | None, is_jwt: bool
) -> None:
    """Only this very media type asks for a JWT, and not with a weight of zero."""
    house.add_client("one")
    headers = basic("one") | ({} if accept is None else {"Accept": accept})
    answer = house.post("introspect", {"token": "unknown"}, headers)
    assert (answer.headers["Content-Type"] != "application/json") is is_jwt


@pytest.mark.clause("RFC 9701", "6")
def test_what_is_registered_for_introspection_holds_whatever_is_asked(house: House) -> None:
    """No Accept header takes signature or encryption away."""
    recipient = Recipient.fresh("ECDH-ES")
    house.add_client("signed", introspection_signed_response_alg="SGD_SM3_SM2")
    house.add_client("sealed", jwks=recipient.jwks, introspection_encrypted_response_alg="ECDH-ES")
    for accept in ({}, {"Accept": "application/json"}, JWT_ACCEPT):
        signed = house.post("introspect", {"token": "unknown"}, basic("signed") | accept).body.decode()
        assert header_of(signed)["alg"] == "SGD_SM3_SM2"
        sealed = house.post("introspect", {"token": "unknown"}, basic("sealed") | accept)
        assert sealed.headers["Content-Type"] == "application/token-introspection+jwt"
        inside = recipient.opened(sealed.body.decode())
        assert header_of(inside)["typ"] == "token-introspection+jwt"
        assert _verified(house, inside, "token-introspection+jwt", audience="sealed")


def test_the_jwt_of_an_introspection_is_no_token(house: House) -> None:
    """Presented as an access token it is not active, neither to userinfo nor to introspection (RFC 9701 §8.1)."""
    house.add_client("one", userinfo_signed_response_alg="ES256")
    token = house.tokens("one")["access_token"]
    told = house.post("introspect", {"token": token}, basic("one") | JWT_ACCEPT).body.decode()
    about = house.userinfo(token).body.decode()
    for other in (told, about):
        assert house.userinfo(other).status == 401
        assert house.introspect("one", other) == {"active": False}


@pytest.mark.parametrize(
    "keys",
    [
        {"keys": []},
        {"keys": [{**Recipient.fresh().jwk, "use": "sig"}]},
        {"keys": [{**Recipient.fresh().jwk, "alg": "SGD_SM3_SM2"}]},
        {"keys": [Recipient.fresh("ECDH-ES").jwk]},
        {"keys": [{n: v for n, v in Recipient.fresh().jwk.items() if n not in {"use", "alg"}}]},
        {"keys": [{**Recipient.fresh().jwk, "y": "A" * 43}]},
        {"keys": [{**Recipient.fresh().jwk, "crv": "P-256"}]},
        {"keys": [{**Recipient.fresh().jwk, "d": "A" * 43}]},
    ],
)
def test_without_a_usable_key_nothing_is_given_and_nothing_burned(house: House, keys: dict[str, Any]) -> None:
    """Userinfo and introspection refuse, and the code serves once the key is there."""
    recipient = Recipient.fresh()
    protection = SM2_ID_TOKEN | USERINFO | {"introspection_encrypted_response_alg": "SGD_SM2_3"}
    house.add_client("one", jwks=recipient.jwks, **protection)
    token = house.tokens("one")["access_token"]
    refresh_token = house.tokens("one")["refresh_token"]
    code = house.code("one")
    house.change_client("one", jwks=keys)
    answers = [
        house.redeem("one", code),
        house.refresh("one", refresh_token),
        house.userinfo(token),
        house.post("introspect", {"token": token}, basic("one")),
    ]
    broken_point = keys["keys"] and keys["keys"][0].get("y") == "A" * 43
    for answer in answers[2:] if broken_point else answers:
        assert (answer.status, answer.error) == (400, "invalid_client_metadata")
        assert b"eyJ" not in answer.body and "测试样例".encode() not in answer.body
    house.change_client("one", jwks=recipient.jwks)
    if not broken_point:
        assert house.redeem("one", code).status == 200
        assert house.refresh("one", refresh_token).status == 200


def test_the_operators_see_whose_answer_was_not_given(house: House) -> None:
    """The log names the client and what is missing, and nothing of the person."""
    house.add_client("one", jwks={"keys": []}, **USERINFO)
    token = house.tokens("one")["access_token"]
    stream = io.BytesIO()
    log.configure("warning", stream)
    try:
        assert house.userinfo(token).status == 400
    finally:
        log.configure("warning")
    (line,) = (orjson.loads(text) for text in stream.getvalue().splitlines())
    told = (line["event"], line["client_id"], line["reason"])
    assert told == ("answer.not_protected", "one", "key")
    assert "测试样例" not in stream.getvalue().decode()


def test_the_key_says_what_it_is_for(house: House) -> None:
    """Beside signature keys the one for encryption is found, by its use or by its algorithm alone."""
    recipient, other = Recipient.fresh(), Recipient.fresh()
    by_alg = {name: value for name, value in recipient.jwk.items() if name != "use"}
    by_use = {name: value for name, value in recipient.jwk.items() if name != "alg"}
    for own in (by_alg, by_use):
        keys = {
            "keys": [{**other.jwk, "use": "sig", "alg": "SGD_SM3_SM2"}, Recipient.fresh("ECDH-ES").jwk, own]
        }
        house.add_client(f"one-{len(own)}-{'use' in own}", jwks=keys, **SM2_ID_TOKEN)
        token = house.tokens(f"one-{len(own)}-{'use' in own}")["id_token"]
        assert recipient.opened(token)


def test_keys_behind_an_address_are_fetched_and_a_silent_address_refuses(house: House) -> None:
    """The key comes from jwks_uri; while nothing comes from there, no ID token leaves."""
    uri, recipient = "https://app.example.test/jwks", Recipient.fresh()
    house.published[uri] = recipient.jwks
    house.add_client("one", jwks_uri=uri, **SM2_ID_TOKEN)
    assert recipient.opened(house.tokens("one")["id_token"])
    assert house.fetched == [uri]
    house.published[uri] = {"keys": "none"}
    house.clock.now += 301
    form = {"redirect_uri": "https://app.example.test/callback", "code_verifier": VERIFIER}
    refused = house.redeem("one", house.code("one"), **form)
    assert (refused.status, refused.error) == (400, "invalid_client_metadata")


def test_an_impossible_registration_gets_no_answer_at_all(house: House) -> None:
    """Encryption without a signature, or a profile that makes no sense: refused, never less than registered."""
    recipient = Recipient.fresh()
    house.add_client("one", jwks=recipient.jwks)
    token = house.tokens("one")["access_token"]
    for changes in (
        {"userinfo_encrypted_response_alg": "SGD_SM2_3"},
        {"userinfo_signed_response_alg": "ES256", "jose_profile": {"sig_encoding": "ber"}},
        {"userinfo_signed_response_alg": "none"},
    ):
        house.change_client("one", **{"userinfo_encrypted_response_alg": None, "jose_profile": {}, **changes})
        assert house.userinfo(token).error == "invalid_client_metadata"
        assert house.redeem("one", house.code("one")).error == "invalid_client_metadata"


@pytest.mark.clause("GM/T 0009", "7.2")
def test_a_client_gets_the_forms_that_it_agreed_on(house: House) -> None:
    """DER signature, its own name of the algorithm, ASN.1 ciphertext and its own half hash."""
    recipient = Recipient.fresh()
    agreed = {"alg": "SM2-SM3", "sig_encoding": "der", "jwe_ek_encoding": "asn1", "half_hash": "sha256"}
    house.add_client("one", jwks=recipient.jwks, jose_profile=agreed, **SM2_ID_TOKEN)
    tokens = house.tokens("one")
    with pytest.raises(TokenRejected):
        recipient.opened(tokens["id_token"])
    signed = recipient.opened(tokens["id_token"], "asn1")
    assert header_of(signed)["alg"] == "SM2-SM3"
    claims = _verified(house, signed, profiles=table_for(agreed))
    assert claims["at_hash"] == half_hash("ES256", tokens["access_token"])
    with pytest.raises(TokenRejected):
        _verified(house, signed)
    assert header_of(tokens["access_token"])["alg"] == "ES256"


@pytest.mark.clause("RFC 9701", "7")
@pytest.mark.clause("OpenID Connect Discovery 1.0", "3")
def test_discovery_tells_how_answers_can_be_protected(house: House) -> None:
    """For each kind of answer the algorithms of signature, key management and content."""
    document = house.get("discovery").json
    for answer in ("id_token", "userinfo", "introspection"):
        assert document[f"{answer}_signing_alg_values_supported"] == ["ES256", "SGD_SM3_SM2"]
        assert document[f"{answer}_encryption_alg_values_supported"] == ["SGD_SM2_3", "ECDH-ES"]
        assert document[f"{answer}_encryption_enc_values_supported"] == ["SGD_SM4_GCM", "A256GCM"]
